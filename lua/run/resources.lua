-- resources: how many jobs a run has, and what cpu, memory and gpu its steps may use at a time.

local errors = require "rille.base.errors"
local first_plan = require "rille.host.first_plan"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local limits = require "rille.script.limits"
local sys = require "rille.host.sys"

local resources = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP
local NAMES <const> = { "cpu", "memory", "gpu" }

local function show_amount(name, amount) return name == "memory" and limits.show_bytes(amount) or tostring(amount) end

-- Where the run says nothing of cpu, a step that needs more than there is runs alone.
local function check_needs(step, id, pool, given)
  local needs = step.options.resources
  if not needs then return end
  for _, name in ipairs(NAMES) do
    local need = needs[name]
    if need and need > pool[name] and (name ~= "cpu" or given.cpu) then
      errors.at(step.at, 'step "%s" requests %s = %s, but this run has %s; set it with '
        .. 'rille run --resources %s=...', id, name, show_amount(name, need), show_amount(name, pool[name]), name)
    end
  end
end

-- A step in this process runs without limits.
local function check_limits(step, id)
  local options = step.options
  if options.timeout or options.resources and options.resources.memory then
    errors.at(step.at, 'step "%s" has a %s, which only a worker process can enforce; run with jobs = 1 or more', id,
      options.timeout and "timeout" or "memory limit")
  end
end

-- The number of worker processes (nil: the steps run in this process) and the pool of resources.  Raises, before
-- any step runs, where a step needs more.
---@param plan table
---@param options table of the run
---@return integer? jobs, { cpu: number, memory: integer, gpu: number } pool
function resources.of(plan, options)
  local jobs = global_options.jobs or options.jobs or global_options.processors or nil
  local given = options.resources and limits.pool("resources", options.resources) or {}
  local pool = { cpu = given.cpu or jobs or 1, memory = given.memory or sys.memory(), gpu = given.gpu or 0 }
  local nodes, has_any = plan.graph.nodes, false
  for _, step in ipairs(first_plan.steps(nodes, plan.graph.rows)) do
    has_any = has_any or step.options.resources or step.options.timeout
  end
  for i = 1, has_any and #nodes or 0 do
    local step = nodes[i][STEP]
    if (step.options.resources or step.options.timeout) and not plan:is_cached(i) then
      local id = nodes[i][ID]
      check_needs(step, id, pool, given)
      if not jobs and not options.runner then check_limits(step, id) end
    end
  end
  return jobs, pool
end

return resources
