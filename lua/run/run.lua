-- run: one run of a pipeline from its definition to its record.
--
--   script -> pipeline -> graph -> plan -> execute -> record
--
-- run.pipeline(pipeline, options) and run.graph(...) return what became of the run, run.plan makes the plan alone.
-- options are never changed.  options.emit(event, position, data, more) is called with each event of the run; the
-- position is that of a node in the plan's graph:
--
--   plan                                  first: data = { result, plan, info, spec, jobs, cache, stack,
--                                         uncommitted(digest): an artifact that the metadata may not have yet }
--   run_begin, run_end                    a run in which all is cached has no run_begin
--   step_begin
--   step_end, step_failed, step_stopped   data = the step's answer (execute/task.lua)
--   step_retry                            data = the answer, more = { attempt, times, delay }
--   step_skipped                          data = position of the step that failed, or nil and more = a reason
--   log                                   data = text that the step printed (execute/worker_pool.lua)
--   progress                              data = { fraction, text }
--   note                                  data = a sentence about the step
--   notice                                data = a sentence about the run
--   alert                                 data = { text, title, level, step } that a step or a hook alerts
--   hook                                  a hook is about to run in this process
--   tick                                  about ten times a second while steps run in worker processes
--   abort                                 the run ends by an internal error

local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local internal_error = require "rille.base.internal_error"
local interrupt = require "rille.host.interrupt"
local pipeline_graph = require "rille.script.pipeline_graph"
local program = require "rille.project.program"
local project = require "rille.project"
local run_row = require "rille.record.run_row"
local running = require "rille.project.running"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"

local run = {}

---@class rille.run.result what became of a run
---@field id string
---@field row integer of the metadata
---@field name string
---@field pipeline string
---@field status "completed"|"failed"|"stopped"
---@field seconds number?
---@field plan table
---@field failed { position: integer, id: string, answer: table }? the step that failed first

---@class rille.run.job a run that is being carried out
---@field pipeline { name: string, cache: boolean?, on_failure: function?, on_success: function? }
---@field options table what the caller asked for
---@field emit fun(event: string, position: integer?, data: any, more: any)
---@field began number
---@field newest integer the newest step run when the plan was begun
---@field plan table
---@field spec fun(node: table): table
---@field view rille.own_run_view
---@field models rille.run_models?
---@field recorder table
---@field jobs integer? worker processes; nil: the steps run in this process
---@field pool table? resources
---@field cache boolean results may be taken from the cache
---@field version table? of the code (run/code_version.lua)
---@field stack rille.stack? nil: the default one
---@field fields table of the run's row (record/run_row.lua)
---@field alerts rille.alerts? where steps and hooks send alerts
---@field params table of the pipeline
---@field observers rille.observers? what listens to the run beside options.emit
---@field result rille.run.result

local EXPLAINED <const> = 20     -- misses whose reason is worked out before the run

-- Works out why the first misses are misses, for the listener and the record.
local function explain_first(job)
  local plan, why = job.plan, nil
  for n, i in ipairs(plan:ready_positions()) do
    if n > EXPLAINED then return end
    if not plan:reason(i) then
      why = why or require "rille.query.why"
      plan:set_reason(i, why.of_miss(plan, job.spec, i, job.pipeline.name))
    end
  end
end

-- From plan to record ------------------------------------------------------------------------

-- What waits for the end of a run: the hook on_end and alerters.  Once, however the run ends.
local function end_run(job)
  if job.is_over then return end
  job.is_over = true
  if job.pipeline.on_end or job.alerts then require("rille.run.run_end").call(job) end
end

-- Publishes the versions that were moved to a stage whose versions the registry of the stack wants.
local function publish(job)
  if not job.stack:parts("model_registry")[1] then return end
  local moved = require("rille.query.publish_on_promotion").moved
  for _, one in ipairs(job.result.models) do
    for _, move in ipairs(one.promoted or {}) do
      local text = move.outcome == "promoted" and one.is and moved(job.stack, one.model, one.is.number, move.stage)
      if text then require("rille.run.notices").tell(job, text) end
    end
  end
end

-- Starts the servers that steps asked for: the version that the run made has its number, and nothing that a step's end
-- stops is among them.
local function deploy(job)
  local list = job.models:deployments(job.result.models)
  if list[1] then require("rille.run.deployment_requests").carry_out(job, list) end
end

local function perform(job)
  local plan, recorder, result = job.plan, job.recorder, job.result
  job.emit("plan", nil, { result = result, plan = plan, info = recorder.run, spec = job.spec, jobs = job.jobs,
    cache = job.cache, stack = job.fields.stack,
    uncommitted = function(digest) return job.view:uncommitted(digest) end })
  if recorder.run.number > 1 then explain_first(job) end
  if plan:all_cached() then result.seconds = sys.mono() - job.began
  else require("rille.run.execution").run(job) end
  if recorder.told then result.models = require("rille.record.model_links").told(recorder.told)
  elseif job.models and job.options.unlisted then result.models = job.models:left_alone() end
  job.emit "run_end"
  if result.models and result.status == "completed" then
    if job.stack then publish(job) end
    deploy(job)
  end
  end_run(job)
  if result.failed and result.failed.answer.fault then error(internal_error.of(result.failed.answer), 0) end
end

-- Performs a run that has a row: when this raises, the run is recorded as failed.
local function perform_and_end(job)
  local held = interrupt.hold(true)
  local ok, message = internal_error.call(perform, job)
  if ok then return interrupt.hold(held) end
  local reason = internal_error.is(message) and "internal error" or (tostring(message):match "[^\n]*")
  job.recorder:give_up(job.plan, reason)
  job.result.status = "failed"
  if job.observers then job.observers:broken_off(reason) end
  local told, why = internal_error.call(end_run, job)
  -- what broke the run counts
  if not told then job.emit("notice", nil, tostring(why):match "[^\n]*") end
  interrupt.hold(held)
  error(message, 0)
end

local function ignore() end

-- The stack of a run; nil: the default one of a project without others, which has nothing to open.
local function stack_of(options)
  local name = global_options.stack or options.stack
  if not name and not project.is_configured() then return nil end
  local origin = not global_options.stack and options.origin and options.origin.stack
  local stack = require("rille.stack").of(name, origin and origin.position)
  stack:check()
  return stack
end

-- Until the result is closed, scripts see the stack as rille.stack, and the project's artifact store is that of the
-- stack.
local function entered(stack, told)
  if not stack then return nil end
  local module = require "rille.stack"
  local before, leave = module.enter(stack), stack:use_store()
  return setmetatable({}, { __close = function()
    leave()
    module.enter(before)
    stack:close(told)
  end })
end

-- Adds the alerters of the stack.
local function add_alerts(job)
  if not job.stack or not (job.stack:parts("alerter")[1] or job.stack.extra.alerter) then return end
  job.alerts = require("rille.run.alerts").of(job)
  if job.alerts then job.emit = job.alerts:listening(job.emit) end
end

-- Adds what its stack and the caller have that listens to the run.
local function add_observers(job)
  if not job.stack and not job.options.observers and not job.options.openlineage then return end
  job.observers = require("rille.run.observers").of(job)
  if job.observers then job.emit = job.observers:listening(job.emit) end
end

-- Is .git in the folder or above it?  A start without a repository pays for nothing else.
local function has_repository(folder)
  while folder do
    if sys.entry(folder .. "/.git") then return true end
    folder = folder:match "^(.+)/[^/]*$"
  end
  return sys.entry "/.git" ~= nil
end

-- The version of the script's code, which git begins to find out; nil outside of a repository.
local function code_version()
  if program.code_version == nil then
    local version = has_repository(project.folder()) and require("rille.run.code_version").look()
    program.set_code_version(version or false)
  end
  return program.code_version or nil
end

-- The models that the run works for; nil for none.
local function models_of(pipeline, g, options)
  -- without that module no script can have declared one
  local has = package.loaded["rille.script.model"] ~= nil
  for _, literal in ipairs(g.externals) do has = has or literal.origin and literal.origin.model ~= nil end
  return has and require("rille.record.model_links").of(pipeline, g, options) or nil
end

-- A run that takes over an earlier one makes no plan.
local function plan_of(...) return require("rille.run.planner").plan(...) end

-- The job of a run: its plan, and what is recorded of it when it begins.
local function new_job(pipeline, g, params, options, stack)
  local name = options.run_name and run_row.fill_name(options.run_name, pipeline)
  project.need "write"
  local version = code_version()           -- git answers while the plan is made
  local job = { pipeline = pipeline, options = options, emit = options.emit or ignore, began = sys.mono(),
    stack = stack, version = version, params = params, newest = project.meta and project.meta:newest_step_run() or 0,
    cache = options.cache ~= false and pipeline.cache ~= false }                    -- off anywhere wins
  job.models = models_of(pipeline, g, options)
  job.plan, job.spec, job.view = plan_of(g, { pipeline = pipeline.name, unlisted = options.unlisted,
    cache = job.cache, only = options.only, from = options.from, stack = stack, models = job.models,
    memo = not options.audit and not options.recorded_as and options.memo ~= false })
  job.fields = run_row.fields(pipeline, params, g, options, name, stack, job.plan)
  return job
end

-- Performs a run that has begun in the metadata.
local function perform_recorded(job, recorder)
  -- from here on a row says that it is running
  local waits <close> = signals.waiting_for(job.jobs and "workers" or "step")
  assert(waits)
  local info = recorder.run
  info.id = job.fields.id
  job.view:begin(recorder, info.id, info.name)
  job.recorder = recorder
  job.result = { id = info.id, row = info.row, name = info.name, pipeline = job.fields.pipeline, status = "completed",
    plan = job.plan }
  perform_and_end(job)
  return job.result
end

-- Begins the run in the metadata and performs it.
local function carry_out(job)
  local plan, fields = job.plan, job.fields
  local all_cached = plan:all_cached()
  if not all_cached then require("rille.run.execution").prepare(job) end
  local recorder = require("rille.record").begin(project, fields, plan, all_cached and sys.mono() - job.began or nil,
    job.version, job.models)
  return perform_recorded(job, recorder)
end

-- Runs a graph; only options.emit listens to it, and with options.alerts the alerters of its stack.
---@param pipeline table of which it is, or { name = } where a step is run alone
---@param g table
---@param params table values of the pipeline's parameters
---@param options table those of pipeline:run (rille help pipelines); emit; runner(env) in place of the usual one;
--- audit; observers; tells_all: emit hears of progress, and what steps in this process print is shown.
---  jobs = nil: the program's number, in a library this process alone
---@return rille.run.result
function run.graph(pipeline, g, params, options)
  program.check_may_run(string.format('step "%s"', pipeline.name))
  project.need "write"
  local stack = stack_of(options)
  local within <close> = entered(stack)
  local job = new_job(pipeline, g, params, options, stack)
  if options.alerts then add_alerts(job) end
  return carry_out(job)
end

-- The options with what their configuration file says.
local function configured(pipeline, options)
  if not options.config then return options end
  return require("rille.script.config").applied(pipeline, options)
end

local function build(pipeline, options)
  return pipeline_graph.build(pipeline, options.params, options.overrides, options.adjust, options.inputs or {},
    options.model)
end

-- Runs a pipeline.
---@param pipeline table
---@param options table as of run.graph, and config; memo = true: options.emit reads no more of a plan in which all is
--- cached than plan/cached_plan.lua has
---@return rille.run.result
function run.pipeline(pipeline, options)
  program.check_may_run(string.format('pipeline "%s"', pipeline.name))
  if running.is_step() then errors.raise('pipeline "%s" cannot be run inside a step', pipeline.name) end
  local secrets = package.loaded["rille.project.secrets"]
  if secrets then secrets.prepare() end
  options = configured(pipeline, options)
  code_version()
  -- artifacts from outside are looked up while the graph is built
  local _, exists = project.find()
  if exists then project.need "write" end
  local stack = stack_of(options)
  if stack then project.need "write" end
  local job
  local within <close> = entered(stack, function(text) require("rille.run.notices").tell(job, text) end)
  local memo = options.memo and require("rille.run.definition_memo").of(pipeline, options, stack)
  job = memo and memo:take()
  if job then return perform_recorded(job, job.recorder) end
  local g, params
  if memo then g, params = memo:watching(build, pipeline, options)
  else g, params = build(pipeline, options) end
  job = new_job(pipeline, g, params, options, stack)
  add_alerts(job)
  add_observers(job)
  local result = carry_out(job)
  if memo then memo:keep(job) end
  return result
end

-- Plans a graph: nothing runs, nothing is written.
---@param pipeline table
---@param g table
---@param options table
---@return table plan
---@return fun(node: table): table spec
function run.plan_graph(pipeline, g, options)
  local stack = stack_of(options)
  local within <close> = entered(stack, ignore)
  return plan_of(g, { models = models_of(pipeline, g, options), pipeline = pipeline.name, stack = stack,
    unlisted = options.unlisted, cache = true })
end

-- Plans a pipeline: nothing runs, nothing is written.
---@param pipeline table
---@param options table
---@return table plan
---@return fun(node: table): table spec
---@return table options in full, with the configuration
function run.plan(pipeline, options)
  options = configured(pipeline, options)
  local _, exists = project.find()
  if exists then project.need "read" end
  local stack = stack_of(options)
  local within <close> = entered(stack)
  local g = build(pipeline, options)
  local plan, spec = plan_of(g, { models = models_of(pipeline, g, options), pipeline = pipeline.name,
    stack = stack,
    cache = options.cache ~= false and pipeline.cache ~= false })
  return plan, spec, options
end

return run
