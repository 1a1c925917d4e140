-- execution: runs the steps of a run that are not cached, and records what they leave.  It joins execute/execute.lua,
-- which knows neither disk nor database, with the record, the cache and the listeners.

local child_wait = require "rille.execute.child_wait"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local interrupt = require "rille.host.interrupt"
local live_log = require "rille.record.live_log"
local project = require "rille.project"
local request = require "rille.run.request"
local resources = require "rille.run.resources"
local signals = require "rille.project.signals"
local single_flight = require "rille.cache.single_flight"
local step_environment = require "rille.run.step_environment"
local sys = require "rille.host.sys"
local verdict = require "rille.run.verdict"

local execution = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

-- Steps --------------------------------------------------------------------------------------

-- Forked workers where there are jobs, else this process.
local function runner_of(job, env)
  if job.options.runner then return job.options.runner(env, job) end
  local own = job.stack and job.stack:objects("orchestrator")[1].object:runner(env, job.jobs)
  if own then return own end
  local runner = require "rille.execute.runner"
  return job.jobs and runner.forked(env, job.jobs) or runner.inline(env)
end

-- What a signal asks for, in the words of execute/execute.lua.
local ASKED <const> = { [child_wait.FINISH] = "finish", [child_wait.END] = "end", [child_wait.KILL] = "kill" }

local function stop_asked()
  if interrupt.reason() then return "kill" end
  local signal, level = signals.received()
  return signal ~= nil and ASKED[level]
end

local RECORDED <const> = { step_end = true, step_failed = true, step_stopped = true }

-- What execute asks of the world.  pause: of tidy.
local function world_of(job, emit, pause)
  local plan, recorder, spec = job.plan, job.recorder, job.spec
  local env = step_environment.new(job, emit)
  env.pause = pause and pause.before
  local runner = runner_of(job, env)
  local nodes, audit = plan.graph.nodes, job.options.audit
  local judge = verdict.judge(plan, spec, recorder, emit, runner.isolated)
  -- with workers, rows are made while nothing else is to be done
  local record_step = runner.isolated and recorder.defer or recorder.add
  return {
    runner = runner, stop_asked = stop_asked, mode = job.options.execution_mode, pool = job.pool, now = sys.mono,
    request = function(i) return request.new(plan, i, job.view) end,
    needs = function(i) return nodes[i][STEP].options.resources end,
    -- a step with a known error is not tried again
    retries = function(i) return not plan:known_error(i) and nodes[i][STEP].options.retries end,
    hook = step_environment.hooks(job, env),
    judge = audit and audit:judging(judge, plan) or judge,
    emit = function(event, i, data, more)
      if RECORDED[event] then
        if not data.unstarted then record_step(recorder, plan, i, data, spec(nodes[i]), plan:reason(i)) end
      elseif event == "step_skipped" then
        recorder:add_skipped(plan, i, data)
      end
      emit(event, i, data, more)
    end,
  }
end

-- Runs the ready steps and those that become ready; returns the status.
local function execute(plan, world)
  local ok, status = internal_error.call(require("rille.execute").run, plan, world)
  world.runner:shutdown()
  if ok then return status end
  world.emit "abort"
  world.runner:close()
  error(status, 0)
end

-- Events -------------------------------------------------------------------------------------

-- With -v: the reason of a step that begins, in full.
local function explain(job, i)
  job.plan:set_reason(i, require("rille.query.why").of_miss(job.plan, job.spec, i, job.pipeline.name, true))
end

-- Tells of the steps that a condition skipped since the last call.
local function tell_skipped(job)
  local plan = job.plan
  for i in plan.next_skipped, plan do job.emit("step_skipped", i, nil, plan:skip_reason(i)) end
end

-- The emit of what happens while steps run: it keeps the live log and the first failure, and passes the event on.
local function emit_to(job, log)
  local plan, result = job.plan, job.result
  local told, explains, has_conditions = job.emit, global_options.verbose, plan.graph.dynamic
  return function(event, i, data, more)
    if explains and event == "step_begin" then explain(job, i) end
    log:on_event(event, i, data, more)
    if event == "step_failed" and not result.failed then
      result.failed = { position = i, answer = data, id = plan.graph.nodes[i][ID] }
    end
    told(event, i, data, more)
    if has_conditions then tell_skipped(job) end
  end
end

-- What a run needs that is not all cached: fails before the run has a row.
---@param job rille.run.job
function execution.prepare(job)
  job.jobs, job.pool = resources.of(job.plan, job.options)
  project.scratch()
end

local SIGNALS <const> = { [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [15] = "SIGTERM" }

-- Why a run has failed or was stopped, for its record.
local function reason_of(result)
  if result.failed then return "step " .. result.failed.id .. " failed" end
  local signal = result.status == "stopped" and signals.received()
  return signal and "stopped by " .. (SIGNALS[signal] or "signal " .. signal) or nil
end

-- What is made for a step is garbage soon.  Where the graph is large, the collector does not wait until there is as
-- much garbage as graph: until the returned value is closed.
local LARGE <const>, PAUSE <const> = 64 << 10, 120      -- kilobytes, per cent

local function tidy()
  if collectgarbage "count" < LARGE then return nil end
  local before = collectgarbage("setpause", PAUSE)
  return setmetatable({ before = before }, { __close = function() collectgarbage("setpause", before) end })
end

-- Runs the steps and records them, and the end of the run.
---@param job rille.run.job
function execution.run(job)
  local plan, recorder, result = job.plan, job.recorder, job.result
  local pause <close> = tidy()
  job.emit "run_begin"
  tell_skipped(job)
  local log = live_log.new(recorder.run, plan, not job.jobs)
  local emit = emit_to(job, log)
  local world = world_of(job, emit, pause)
  local keys <close> = single_flight.join(world, plan, recorder, job.newest, emit)
  result.status = execute(plan, world)
  result.seconds = sys.mono() - job.began
  log:flush()
  recorder:finish(plan, result.status, reason_of(result), result.seconds)
  keys:committed()
  log:close()
  world.runner:close()
end

return execution
