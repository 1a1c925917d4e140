-- run_on_call: what a script runs by a call: a step outside of a pipeline, pipeline:run, pipeline:plan.

local errors = require "rille.base.errors"
local graph = require "rille.graph"
local history = require "rille.query.history"
local program = require "rille.project.program"
local run = require "rille.run"
local run_failed = require "rille.run.run_failed"
local signals = require "rille.project.signals"
local upcalls = require "rille.base.upcalls"

local run_on_call = {}

-- Ctrl-C ends the script too, not just the run.
local function leave_if_stopped(result)
  local signal = result.status == "stopped" and signals.received()
  if signal then error({ exit = 128 + signal }, 0) end
end

-- Runs a step through the cache.
---@param step table
---@param inputs table[] as in a node
---@param params table
---@return table ... an artifact for each output
function run_on_call.step(step, inputs, params)
  program.set_has_run()
  local g = graph.single(step, inputs, params)
  local result = run.graph({ name = step.name }, g, params,
    { unlisted = true, alerts = true, emit = upcalls.new_listener() })
  if result.failed then error(run_failed.new(result, result.failed.answer.error), 0) end
  leave_if_stopped(result)
  local artifacts, digests = {}, result.plan:output_digests(1)
  for k, port in ipairs(step.outputs) do
    artifacts[k] = history.artifact_of { digest = digests:sub(32 * k - 31, 32 * k), name = port.name,
      origin = { source = result.row, position = 1, output = k } }
  end
  return table.unpack(artifacts, 1, #step.outputs)
end

---@class rille.run_options
---@field params table?
---@field inputs table?
---@field run_name string?
---@field unlisted boolean?
---@field cache boolean?
---@field jobs integer?
---@field tags string[]?
---@field raise boolean?
---@field config string?
---@field stack string?
---@field execution_mode? "stop_on_failure"|"fail_fast"|"continue_on_failure"
---@field openlineage string?
---@field resources { cpu: integer?, memory: integer|string|nil, gpu: integer? }?

-- Runs a pipeline; raises when the run failed, unless raise = false.
---@param pipeline table
---@param options rille.run_options
---@return table run of the history (query/history.lua)
function run_on_call.pipeline(pipeline, options)
  program.set_has_run()
  program.set_ran(pipeline.name, errors.where())
  options.emit, options.memo = upcalls.new_listener(), true
  local result = run.pipeline(pipeline, options)
  if result.status == "failed" and options.raise ~= false then
    error(run_failed.new(result, string.format("run %s failed in step %s: %s", result.name, result.failed.id,
      result.failed.answer.error)), 0)
  end
  leave_if_stopped(result)
  return history.find_run(result.id)
end

-- What would run and why, in order.
---@param pipeline table
---@param options { params?: table, inputs?: table, cache?: boolean, config?: string }
---@return { id: string, step: string, status: "cached"|"run"|"wait", reason: string? }[]
function run_on_call.plan(pipeline, options)
  program.set_has_run()
  local plan, spec = run.plan(pipeline, options)
  return (require("rille.query.why").of_plan(plan, spec, pipeline.name))
end

return run_on_call
