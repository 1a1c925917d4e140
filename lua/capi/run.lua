-- run: runs a pipeline or a step for a host, and describes what its scripts define.

local arguments = require "rille.capi.arguments"
local failure = require "rille.capi.failure"
local graph = require "rille.graph"
local json = require "rille.json"
local pipelines = require "rille.script.pipeline"
local project = require "rille.project"
local steps = require "rille.script.step"
local suggest = require "rille.base.suggest"

local run = {}

local NOT_FOUND <const>, STEP <const> = failure.NOT_FOUND, failure.STEP

local function sorted_names(t)
  local names = {}
  for name in next, t do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function find(known, what, name)
  local found = known[name]
  if not found then
    failure.raise(NOT_FOUND, 'there is no %s "%s"%s', what, name, suggest.hint(name, sorted_names(known)))
  end
  return found
end

-- What becomes of a run: the host's rille_run and, where it did not complete, its error.
local function told(result)
  local failed = result.failed
  local made = { row = result.row, id = result.id, name = result.name, status = result.status }
  if result.status == "stopped" then
    local message, code = failure.of_interrupt()
    made.error, made.code = string.format("run %s: %s", result.name, message), code
  elseif failed then
    local place = failure.place(failed.answer.error)
    place.step, place.traceback = failed.id, failed.answer.trace
    place.step_status = failed.answer.status
    made.error, made.code = string.format("step %s: %s", failed.id, failed.answer.error), STEP
    made.details = failure.details(place)
  end
  return made
end

-- The model that the host names, in place of that of the pipeline.
local function model_of(given)
  if not given.model then return nil end
  return require("rille.script.model").of_fields("rille_run_options.model",
    { name = given.model, version = given.model_version })
end

-- What would run: nothing does, nothing is written.
local function planned(pipeline, jobs, plan, spec)
  local plan_table = require("rille.query.plan_table").of_plan(pipeline, plan, spec, math.max(jobs, 1))
  return { row = 0, name = pipeline.name, status = "planned", json = json.encode(plan_table) }
end

-- given.workers: see workers.lua.
local function run_options(name, given, emit)
  local runner
  if given.jobs > 0 and not given.dry then
    given.workers.pipeline = name
    runner = require("rille.capi.workers").runner(given.jobs, given.workers)
  end
  return { jobs = runner and given.jobs, runner = runner, run_name = given.run_name, cache = not given.no_cache,
    unlisted = given.unlisted, emit = emit,
    tells_all = emit ~= nil }
end

-- Runs a pipeline.
---@param name string
---@param args table values of parameters and inputs by name
---@param given { run_name: string?, no_cache: boolean, unlisted: boolean, dry: boolean, jobs: integer,
---  config: string?, workers: table, model: string?, model_version: string? }
---@param emit function?
function run.pipeline(name, args, given, emit)
  local pipeline = find(pipelines.pipelines, "pipeline", name)
  local options = run_options(name, given, emit)
  options.params, options.inputs = arguments.of_pipeline(pipeline, args, given.config ~= nil)
  options.config = given.config
  options.model = model_of(given)
  if given.dry then return planned(pipeline, given.jobs, require("rille.run").plan(pipeline, options)) end
  return told(require("rille.run").pipeline(pipeline, options))
end

local function plan_step(step, g, options)
  local _, exists = project.find()
  if exists then project.need "read" end
  return require("rille.run").plan_graph(step, g, options)
end

-- Runs a step by itself.
---@param name string
---@param args table values of inputs and parameters by name
---@param given table as of run.pipeline
---@param emit function?
function run.step(name, args, given, emit)
  local step = find(steps.steps, "step", name)
  local inputs, params = arguments.of_step(step, args)
  local g = graph.single(step, inputs, params)
  local options = run_options(name, given, emit)
  options.unlisted = true
  if given.dry then return planned(step, given.jobs, plan_step(step, g, options)) end
  return told(require("rille.run").graph({ name = step.name }, g, params, options))
end

local function ports(list)
  local made = {}
  for i, port in ipairs(list) do made[i] = json.object { name = port.name, type = tostring(port.type) } end
  return json.array(made)
end

local function params_of(list)
  local made = {}
  for i, param in ipairs(list) do
    made[i] = json.object { name = param.name, type = tostring(param.type), default = param.default }
  end
  return json.array(made)
end

-- What rille_describe gives.
---@return string
function run.describe()
  local made = { pipelines = {}, steps = {} }
  for i, name in ipairs(sorted_names(pipelines.pipelines)) do
    local one = pipelines.pipelines[name]
    made.pipelines[i] = json.object { name = name, doc = one.doc, params = params_of(one.params),
      inputs = ports(one.inputs) }
  end
  for i, name in ipairs(sorted_names(steps.steps)) do
    local one = steps.steps[name]
    made.steps[i] = json.object { name = name, doc = one.doc, inputs = ports(one.inputs),
      params = params_of(one.params), outputs = ports(one.outputs) }
  end
  return json.encode(json.object { pipelines = json.array(made.pipelines), steps = json.array(made.steps) })
end

return run
