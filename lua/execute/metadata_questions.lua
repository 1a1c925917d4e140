-- metadata_questions: what a running step may ask of the metadata, which only the parent of its
-- worker has open.

local internal_error = require "rille.base.internal_error"
local meta = require "rille.host.meta"

local metadata_questions = {}

local READS = meta.reads()
READS.within = true         -- not of the metadata: asks the running run (lua/record/own_run_view.lua)

-- The reply to a question of a worker: { true, result... } or { false, message }, with n.
---@param question { ask: string, args: table }
---@param ask fun(method: string, ...): any  asks the metadata
---@return table reply
function metadata_questions.answer(question, ask)
  local method, args = question.ask, question.args
  if not READS[method] then
    local why = "a running step can only read the metadata (it asked for %s); pipelines are run outside steps"
    return { false, string.format(why, method), n = 2 }
  end
  local results = table.pack(internal_error.call(ask, method, table.unpack(args, 1, args.n)))
  if not results[1] then results[2] = tostring(results[2]) end
  return results
end

return metadata_questions
