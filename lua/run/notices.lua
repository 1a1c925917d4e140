-- notices: sentences about a run that no step of it says: a tracker that failed, an alert that was not delivered.  They
-- are told once and recorded with the run.

local project = require "rille.project"
local text_width = require "rille.base.text_width"

local notices = {}

local LONGEST <const> = 2000        -- bytes of one

-- Records a sentence about the run, which may have ended.
---@param job rille.run.job with result, once the run has begun
---@param text string
function notices.record(job, text)
  if job.stack then text = job.stack:without_secrets(text) end
  if #text > LONGEST then text = text_width.head(text, LONGEST) .. "..." end
  if job.result and project.meta then project.meta:note_run(job.result.row, text) end
  return text
end

-- Tells a sentence about the run, and records it; the run may have ended.
---@param job rille.run.job with result, once the run has begun
---@param text string
function notices.tell(job, text)
  job.emit("notice", nil, notices.record(job, text))
end

return notices
