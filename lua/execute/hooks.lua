-- hooks: on_failure(message, ctx) and on_success(ctx) of a step, or of its pipeline where the step
-- has none.  A hook runs once, in the parent, after the step's last attempt; what it prints and
-- its error go to the step's log and change nothing else.

local context = require "rille.execute.context"
local internal_error = require "rille.base.internal_error"
local errors = require "rille.base.errors"
local key = require "rille.cache.key"
local observe = require "rille.host.observe"
local running = require "rille.project.running"

local hooks = {}

-- What a hook may add to the record of its step.
local KEPT <const> = { "metrics", "series", "metadata", "logged", "noted", "model" }

-- The hook of that name for a step, or nil.
---@param options table of the step
---@param pipeline table? hooks of the pipeline
function hooks.of(options, pipeline, name)
  local own = options[name]
  if own == nil and pipeline then own = pipeline[name] end
  return own or nil
end

-- Calls a hook of the step with this request and answer.
---@param name "on_failure"|"on_success"
---@param f function
---@param step table
---@param request Request
---@param answer Answer
---@param env TaskEnv
function hooks.call(name, f, step, request, answer, env)
  -- history may be read: nothing here is in a key
  local spec = { name = step.name, params = step.params, outputs = step.outputs, options = { cache = false } }
  local said = {}
  for _, field in ipairs(KEPT) do said[field] = answer[field] end
  -- its own step has ended for it
  local ctx = context.new(request, spec, said, setmetatable({ ended = answer }, { __index = env }))
  local secrets = package.loaded["rille.project.secrets"]
  local echo, show = env.echo, nil
  if secrets then echo, show = secrets.echo(echo) end
  observe.begin { seed = key.seed(request.key), tmpdir = env.root, echo = echo }
  running.enter(ctx)
  local ok, message
  if name == "on_failure" then ok, message = internal_error.call(f, answer.error, ctx)
  else ok, message = internal_error.call(f, ctx) end
  if not ok then observe.log(string.format("%s failed: %s\n", name, errors.text_of(message, name))) end
  running.leave()
  local log = observe.finish().log
  context.release(ctx)
  if secrets then
    show(log)
    log, said = secrets.mask_log(log), secrets.masked(said)
  end
  if log ~= "" then
    local before = answer.log or ""
    answer.log = before .. (before ~= "" and before:sub(-1) ~= "\n" and "\n" or "") .. log
  end
  for _, field in ipairs(KEPT) do answer[field] = said[field] end
end

return hooks
