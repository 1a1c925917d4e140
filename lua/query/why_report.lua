-- why_report: why a step of a recorded run ran, or was taken from the cache.
--
-- why_report.of(run, step) -> { step, run, status, reason, changes, previous }, and hit (why_hit.lua) for a step that
-- was taken from the cache.  changes is what differs (key_parts.compare) from previous, the name of an earlier run.

local dynamic_steps = require "rille.record.dynamic_steps"
local format = require "rille.base.format"
local key_parts = require "rille.query.key_parts"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local why = require "rille.query.why"
local why_hit = require "rille.query.why_hit"

local why_report = {}

-- Why a step that depends on data has no result of its own: a map, a `when`, one that a
-- condition skipped; or nil.
local function dynamic_reason(run, step)
  local dynamic = dynamic_steps.of(run)
  local items, when = dynamic.maps[step.position], dynamic.whens[step.position]
  if items then
    local what = items == 0 and "the list is empty" or "one step per item of its list, " .. format.plural(items, "item")
    return string.format("a map: %s; for one item: rille why '%s[1]'", what, step.node)
  end
  return when and "it stands for " .. when.node .. ", by its condition" or dynamic.skipped[step.position]
end

-- Completes the report of a step that was taken from the cache.
local function explain_hit(report, run, step)
  if step.run then
    report.hit = why_hit.of(run, step)
    report.reason = why_hit.reason(report.hit)
  else
    report.reason = "its result is from a run that no longer exists"
  end
end

-- What is different from the step run `previous` of an earlier run.
local function compare_with(report, step, previous, previous_run)
  report.previous = previous_run.name
  report.changes = key_parts.compare(key_parts.of_row(previous), key_parts.of_row(step.row))
  local was = project.meta:step(previous_run.row, step.node).step
  if was ~= step.step then
    table.insert(report.changes, 1, { what = string.format("it is step %s, was step %s", step.step, was) })
  end
end

-- Completes the report of a step that ran: what is different from the run before.
local function explain_run(report, run, step)
  report.reason = project.meta:step_row(step.row).reason
  local previous, previous_run, failed = why.previous_row(run.pipeline, step.node, run.row)
  if failed then report.reason = "failed in " .. previous_run.name end
  if previous_run then compare_with(report, step, previous or failed, previous_run)
  elseif not report.reason then report.reason = "not run before" end
end

local NOT_ENDED <const> = { running = "the step is running", pending = "the step has not started yet" }

---@param run table row of the metadata
---@param step table row of a step of that run
---@return table
function why_report.of(run, step)
  local report = { step = step.node, run = run.name, status = outcome.STATUS[step.status] or step.status, changes = {} }
  report.reason = dynamic_reason(run, step)
  if report.reason then return report end
  if report.status == "cached" then explain_hit(report, run, step)
  elseif step.row and report.status ~= "skipped" then explain_run(report, run, step)
  else
    report.reason = NOT_ENDED[report.status] or step.row and project.meta:step_row(step.row).reason or step.reason
      or "the step did not run"
  end
  return report
end

-- What stands above the changes of a step that ran; nil where they say it.
---@param report table
---@return string?
function why_report.sentence(report)
  -- a reason worked out before the run begins with one of the changes
  for _, change in ipairs(report.changes) do
    if report.reason and report.reason:sub(1, #change.what) == change.what then return nil end
  end
  if not report.reason and report.previous and #report.changes == 0 then
    return "no known change; its last result was not cacheable"
  end
  return report.reason
end

return why_report
