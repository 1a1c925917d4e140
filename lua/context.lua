-- context: what a running step knows of its surroundings, ctx.
--
-- Data by a dot (run, step, pipeline, params, tmpdir), actions by a colon (log,
-- log_metric, log_metadata, progress).  What is read of it that could be another
-- value tomorrow is observed: the run's id and name make a step impure.

local mistake = require "rille.mistake"
local observe = require "rille.host.observe"
local parcel = require "rille.parcel"
local suggest = require "rille.suggest"
local sys = require "rille.host.sys"

local context = { current = nil }

local Context = { __name = "context" }

-- What a context keeps for itself stands under keys that no script has.
local REQUEST, SPEC, ANSWER, ENV, MADE = {}, {}, {}, {}, {}
local FIELDS = { "run", "step", "pipeline", "params", "tmpdir", "log", "log_metric", "log_metadata", "progress" }

local Run = { __name = "run" }

function Run.__index(self, k)
  if k ~= "id" and k ~= "name" then mistake.raise('ctx.run has no field "%s"; there is id, name', tostring(k)) end
  observe.impure("ctx.run." .. k)
  return rawget(self, REQUEST)[k]
end

-- The name and the id are not in the key: a record holds for who asked (cache.lua
-- compares), and no other node of the run takes the result.
local Step = { __name = "step of a context" }

function Step.__index(self, k)
  local v = rawget(self, REQUEST)[k]
  if v == nil then mistake.raise('ctx.step has no field "%s"; there is id, name', tostring(k)) end
  observe.fact("value", "ctx.step." .. k, v)
  rawget(self, ANSWER).named = true
  return v
end

local methods = {}

-- ctx:log(fmt, ...): a line in the step's log
---@param fmt string
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
---@param values table<string, number>
function methods.log_metric(self, values)
  local answer = rawget(self, ANSWER)
  local into = answer.metrics or {}
  merge(into, "log_metric", values)
  for k, v in next, values do
    if type(v) ~= "number" then mistake.raise('ctx:log_metric: "%s" is %s, expected a number', k, mistake.describe(v)) end
  end
  answer.metrics = into
end

-- ctx:log_metadata { source = "lab 3" }: plain data, kept with the step run
---@param values table<string, any>
function methods.log_metadata(self, values)
  local answer = rawget(self, ANSWER)
  local into = answer.metadata or {}
  merge(into, "log_metadata", values)
  answer.metadata = into
end

-- ctx:progress(fraction [, text])
function methods.progress(self, fraction, text)
  if type(fraction) ~= "number" or fraction < 0 or fraction > 1 then
    mistake.raise("ctx:progress: expected a fraction from 0 to 1, found %s", mistake.describe(fraction))
  end
  local progress = rawget(self, ENV).progress
  if progress then progress(fraction, text) end
end

-- The fields are made when they are asked for: most steps ask for none.
local fields = {}

function fields.run(self) return setmetatable({ [REQUEST] = rawget(self, REQUEST).run }, Run) end
function fields.step(self)
  return setmetatable({ [REQUEST] = { id = rawget(self, REQUEST).id, name = rawget(self, SPEC).name }, [ANSWER] = rawget(self, ANSWER) }, Step)
end
function fields.tmpdir(self) return context.folder(self) end
function fields.pipeline(self) return rawget(self, ENV).history() end

function Context.__index(self, k)
  local method = methods[k]
  if method then return method end
  local make = fields[k]
  if make then return make(self) end
  mistake.raise('ctx has no field "%s"%s', tostring(k), suggest.hint(k, FIELDS))
end

function Context.__newindex(_, k) mistake.raise('ctx cannot be changed (field "%s")', tostring(k)) end

function context.new(request, spec, answer, env)
  return setmetatable({ [REQUEST] = request, [SPEC] = spec, [ANSWER] = answer, [ENV] = env, params = parcel.unpack(request.params, request.objects), [MADE] = false }, Context)
end

-- The step's temporary folder, made when it is first wanted.
function context.folder(self)
  local made = rawget(self, MADE)
  if not made then
    local root = rawget(self, ENV).root
    mistake.need(sys.mkdirs(root))
    made = mistake.need(sys.make_folder(root .. "/step-"))
    rawset(self, MADE, made)
  end
  return made
end

-- The step has ended: its folder goes.
function context.release(self)
  local made = rawget(self, MADE)
  if made then sys.remove(made) end
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
  if ctx and rawget(ctx, SPEC).options.cache ~= false then
    mistake.raise('step "%s" reads history, so its result depends on more than its inputs: say cache = false', rawget(ctx, REQUEST).id)
  end
end

return context
