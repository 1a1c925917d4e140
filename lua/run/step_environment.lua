-- step_environment: what steps see of the world around them while they run, and what runs their hooks.

local context = require "rille.execute.context"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local map_items = require "rille.graph.map_items"
local project = require "rille.project"
local request = require "rille.run.request"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"

local step_environment = {}

local STEP <const> = graph.STEP
local BRIEF <const> = 0.1           -- seconds: a hook that took less holds up nobody's commit

-- The env of execute/task.lua and of runners.
---@param job rille.run.job
---@param emit fun(event: string, position: integer?, ...)
---@return table env
function step_environment.new(job, emit)
  local plan, view, recorder = job.plan, job.view, job.recorder
  local function within(method, ...) return view[method](view, ...) end
  local env
  local function progress(fraction, text) emit("progress", env.position, { fraction = fraction, text = text }) end
  env = {
    store = project.store, store_id = plan.store_id,
    root = project.scratch(), spec = job.spec, epoch = 0, emit = emit, within = within,
    echo = job.options.tells_all or not (global_options.quiet or global_options.json),
    around = job.options.audit and job.options.audit.around,
    -- a worker that was forked before the items of a map were known knows the map
    node = function(id) return plan.graph.by_id[id] or plan.graph.by_id[map_items.map_of(id)] end,
    kind = function(position) return plan.graph.nodes[position][STEP].run end,
    -- a question of a worker: of the running run, else of the metadata
    ask = function(method, ...)
      if method == "within" then return within(...) end
      return project.meta[method](project.meta, ...)
    end,
    alert = function(message, position) emit("alert", position, message) end,
    hand = function(...) return require("rille.query.history").handed(...) end,
    history = function()
      context.check_history()
      return require("rille.query.history").pipeline(job.pipeline.name)
    end,
    model_field = function(data, field)
      return require("rille.query.past_model").of_context(data, field)
    end,
    idle = function() recorder:catch_up() end,
    progress = job.options.tells_all and progress or nil,
  }
  return env
end

-- A function that calls the hook of the step that an answer is of.  Nothing is committed while a hook runs, so what
-- has ended is committed before it, unless that hook is known to be brief.
---@param job rille.run.job
---@param env table
---@return fun(answer: table)
function step_environment.hooks(job, env)
  local hooks = require "rille.execute.hooks"
  local plan, recorder, brief = job.plan, job.recorder, {}
  local of_pipeline = { on_failure = job.pipeline.on_failure, on_success = job.pipeline.on_success }
  return function(answer)
    local position = answer.position
    local step = plan.graph.nodes[position][STEP]
    local name = answer.ok and "on_success" or "on_failure"
    local hook = hooks.of(step.options, of_pipeline, name)
    if hook then
      env.emit("hook", position)
      local waits <close> = signals.waiting_for "step"
      assert(waits)
      if not brief[hook] then recorder:commit() end
      local began = sys.mono()
      hooks.call(name, hook, step, request.new(plan, position, job.view), answer, env)
      brief[hook] = sys.mono() - began < BRIEF
    end
    if answer.ok then recorder.noted[position] = answer.noted or false end
  end
end

return step_environment
