-- run_end: what happens once when a run has ended and is recorded: the hook on_end of its pipeline, and the alert that
-- it failed.  Nothing here changes what became of the run.

local context = require "rille.execute.context"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local hash = require "rille.host.hash"
local history = require "rille.query.history"
local internal_error = require "rille.base.internal_error"
local notices = require "rille.run.notices"
local observe = require "rille.host.observe"
local packed_params = require "rille.execute.packed_params"
local project = require "rille.project"
local running = require "rille.project.running"
local signals = require "rille.project.signals"

local run_end = {}

-- A hook that runs after the record has nowhere to log to.
local CLOSED <const> = setmetatable({ named = true }, { __newindex = function(_, field)
  errors.raise("on_end: the run has ended, so nothing can be added to its record (%s); log it in a step or in a "
    .. "hook of a step", field)
end })

-- The context of on_end.
local function context_of(job)
  local result, pipeline = job.result, job.pipeline
  local request = { run = { id = result.id, name = result.name },
    params = packed_params.pack(job.params or {}), model = job.models and job.models:at_end(result.models) }
  local spec = { name = pipeline.name, params = pipeline.params or {}, outputs = {}, options = { cache = false } }
  local env = { root = project.scratch(), ended = { ok = result.status ~= "failed" },
    alert = function(message) job.emit("alert", nil, message) end,
    model_field = function(...) return require("rille.query.past_model").of_context(...) end,
    history = function() return history.pipeline(pipeline.name) end }
  return context.new(request, spec, CLOSED, env)
end

-- The run as on_end gets it: that of the history, or where the metadata was lost what is known of it.
local function find(result)
  local ok, run = internal_error.call(history.find_run, result.id)
  if ok and run then return run end
  return { id = result.id, name = result.name, pipeline = result.pipeline, status = result.status }
end

-- Calls the pipeline's on_end; what it prints is recorded with the run.
local function call_hook(job)
  local waits <close> = signals.waiting_for "step"
  assert(waits)
  local ctx = context_of(job)
  local run = find(job.result)
  local secrets = package.loaded["rille.project.secrets"]
  local echo, show = not (global_options.quiet or global_options.json), nil
  if secrets then echo, show = secrets.echo(echo) end
  observe.begin { seed = hash.sha256(job.result.id), tmpdir = project.scratch(), echo = echo }
  running.enter(ctx)
  local ok, message = internal_error.call(job.pipeline.on_end, run, ctx)
  running.leave()
  local log = observe.finish().log
  context.release(ctx)
  if secrets then
    show(log)
    log, message = secrets.mask_log(log), secrets.masked(message)
  end
  if internal_error.is(message) then error(message, 0) end
  if log ~= "" then
    -- programs that read events hear it, others have seen it
    local keep = global_options.json and notices.tell or notices.record
    keep(job, "on_end: " .. log:gsub("\n$", ""))
  end
  if not ok then notices.tell(job, "on_end failed: " .. errors.text_of(message, "on_end")) end
end

---@param job rille.run.job whose result has its status
function run_end.call(job)
  if job.pipeline.on_end then call_hook(job) end
  if job.alerts then job.alerts:run_ended() end
end

return run_end
