-- plan_table: a plan as JSON has it: { items = { { id, step, status, reason, estimate }... }, next, estimate }.

local estimate = require "rille.plan.estimate"
local json = require "rille.json"
local why = require "rille.query.why"

local plan_table = {}

local function or_null(v) if v == nil then return json.null end return v end

---@param list table[] of why.of_plan
---@param positions integer[] of why.of_plan
---@param times Estimate
---@return table
function plan_table.of(list, positions, times)
  for i, one in ipairs(list) do one.estimate = or_null(times[positions[i]]) end
  return {
    items = json.array(list), next = json.null,
    estimate = { seconds = times.seconds, up_to = times.up_to, chain = times.chain, jobs = times.jobs,
      with_jobs = times.with_jobs, saved = or_null(times.saved), unknown = times.unknown },
  }
end

-- The same of a plan that rille.run.plan gave.
---@param pipeline table
---@param plan table
---@param spec fun(node: table): table
---@param jobs integer steps at a time
function plan_table.of_plan(pipeline, plan, spec, jobs)
  local list, positions = why.of_plan(plan, spec, pipeline.name)
  return plan_table.of(list, positions, estimate.of(plan, spec, jobs))
end

return plan_table
