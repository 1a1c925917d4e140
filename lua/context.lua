-- context: what a running step knows of its surroundings, ctx.
--
-- Data by a dot (run, step, pipeline, params, tmpdir), actions by a colon (log,
-- log_metric, log_metadata, progress).  What is read of it that could be another
-- value tomorrow is observed: the run's id and name make a step impure.

local mistake = require "rille.mistake"
local observe = require "rille.host.observe"
local suggest = require "rille.suggest"
local value = require "rille.host.value"

local context = { current = nil }

local Context = { __name = "context" }
local FIELDS = { "run", "step", "pipeline", "params", "tmpdir", "log", "log_metric", "log_metadata", "progress" }

local Run = {
  __name = "run",
  __index = function(self, k)
    local v = rawget(self, "private")[k]
    if v == nil then mistake.raise('ctx.run has no field "%s"; there is id, name', tostring(k)) end
    observe.impure("ctx.run." .. k)
    return v
  end,
}

local methods = {}

-- ctx:log(fmt, ...): a line in the step's log
function methods.log(self, fmt, ...)
  if type(fmt) ~= "string" then mistake.raise("ctx:log: expected a format, found %s", mistake.describe(fmt)) end
  observe.log(string.format(fmt, ...) .. "\n")
end

local function merge(into, what, values)
  if type(values) ~= "table" then mistake.raise("ctx:%s: expected a table { name = value }, found %s", what, mistake.describe(values)) end
  for k, v in next, values do
    if type(k) ~= "string" then mistake.raise("ctx:%s: names are strings, found %s", what, mistake.describe(k)) end
    into[k] = v
  end
end

-- ctx:log_metric { accuracy = 0.9 }: numbers, kept with the step run
function methods.log_metric(self, values)
  local into = self.answer.metrics or {}
  merge(into, "log_metric", values)
  for k, v in next, values do
    if type(v) ~= "number" then mistake.raise('ctx:log_metric: "%s" is %s, expected a number', k, mistake.describe(v)) end
  end
  self.answer.metrics = into
end

-- ctx:log_metadata { source = "lab 3" }: plain data, kept with the step run
function methods.log_metadata(self, values)
  local into = self.answer.metadata or {}
  merge(into, "log_metadata", values)
  self.answer.metadata = into
end

-- ctx:progress(fraction [, text])
function methods.progress(self, fraction, text)
  if type(fraction) ~= "number" or fraction < 0 or fraction > 1 then
    mistake.raise("ctx:progress: expected a fraction from 0 to 1, found %s", mistake.describe(fraction))
  end
  if self.private.progress then self.private.progress(fraction, text) end
end

function Context.__index(self, k)
  local method = methods[k]
  if method then return method end
  local private = rawget(self, "private")
  if k == "tmpdir" then return private.folder() end
  if k == "pipeline" then return private.history() end
  if k == "answer" then return private.answer end
  mistake.raise('ctx has no field "%s"%s', tostring(k), suggest.hint(k, FIELDS))
end

function Context.__newindex(_, k) mistake.raise('ctx cannot be changed (field "%s")', tostring(k)) end

function context.new(request, step, answer, folder, env)
  return setmetatable({
    run = setmetatable({ private = request.run }, Run), step = { id = request.id, name = step.name },
    params = value.decode(request.params),
    private = { answer = answer, folder = folder, progress = env.progress, cache = step.options.cache,
      history = env.history },
  }, Context)
end

function context.enter(ctx) context.current = ctx end
function context.leave() context.current = nil end

-- rille.context(): ctx where it was not handed on.
function context.get()
  if not context.current then mistake.raise "rille.context: no step is running here" end
  return context.current
end

-- Reading history in a step that may be cached would make a hit stale.
function context.check_history()
  local ctx = context.current
  if ctx and rawget(ctx, "private").cache ~= false then
    mistake.raise('step "%s" reads history, so its result depends on more than its inputs: say cache = false', ctx.step.id)
  end
end

return context
