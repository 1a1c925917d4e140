-- context: ctx, which gives a running step its surroundings.
--
-- Data by a dot (run, step, pipeline, model, params, stack, tmpdir, tracker, alerter), actions by a colon (log,
-- log_metric, log_params, log_metadata, log_artifact_metadata, output_uri,
-- output_materializer, progress, promote, deploy).  A read of a value that may differ in another run is observed:
-- the run's id and name make a step impure.

local graph = require "rille.graph"
local json = require "rille.json"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local running = require "rille.project.running"
local sys = require "rille.host.sys"
local value = require "rille.host.value"

local context = { current = nil }

local Context = { __name = "context" }

-- The private fields of a context have keys that no script has.
local REQUEST, SPEC, ANSWER, ENV, MADE, STAGED, COUNT = {}, {}, {}, {}, {}, {}, {}
local METRIC_FIELDS <const> = { step = true }
local FIELDS <const> = { run = true, step = true, pipeline = true, model = true, params = true, stack = true,
  tmpdir = true, tracker = true, alerter = true }

local Run = { __name = "run" }

function Run.__index(self, k)
  if k ~= "id" and k ~= "name" then errors.raise('ctx.run has no field "%s"; available: id, name', tostring(k)) end
  observe.impure("ctx.run." .. k)
  return rawget(self, REQUEST)[k]
end

-- The name and the id are not in the key: a record holds only for the step that asked (cache/lookup.lua
-- compares), and no other node of the run takes the result.
local Step = { __name = "step of a context" }

function Step.__index(self, k)
  local v = rawget(self, REQUEST)[k]
  if v == nil then errors.raise('ctx.step has no field "%s"; available: id, name', tostring(k)) end
  observe.fact("value", "ctx.step." .. k, v)
  rawget(self, ANSWER).named = true
  return v
end

local methods = {}

-- ctx:log(fmt, ...): a line in the step's log
---@param fmt string
function methods.log(self, fmt, ...)
  errors.check_self(self, Context, "log")
  observe.log(errors.format("ctx:log", fmt, ...) .. "\n")
end

-- What was logged before with the values added, as a copy: nothing is changed when it raises.
---@param before table?
---@param what string the method
---@return table
local function merge(before, what, values)
  if type(values) ~= "table" then
    errors.raise("ctx:%s: expected a table { name = value }, found %s", what, errors.describe(values))
  end
  local all = {}
  for k, v in next, before or {} do all[k] = v end
  for k, v in next, values do
    if type(k) ~= "string" then errors.raise("ctx:%s: names must be strings, found %s", what, errors.describe(k)) end
    all[k] = v
  end
  return all
end

-- The step number of a logged metric: a number, or { step = number }.
local function step_number(step)
  if type(step) == "table" then
    errors.check_fields("ctx:log_metric", step, METRIC_FIELDS)
    step = step.step
  end
  if step ~= nil and type(step) ~= "number" then
    errors.raise("ctx:log_metric: the step is %s, expected a number", errors.describe(step))
  end
  return step
end

-- ctx:log_metric({ loss = 0.9 }[, step | { step = step }]): numbers, kept with the step run; all that were logged
-- are kept as a series
---@param values table<string, number>
---@param step number|{ step: number }|nil 1, 2, 3... without it
function methods.log_metric(self, values, step, ...)
  errors.check_self(self, Context, "log_metric", ...)
  local answer = rawget(self, ANSWER)
  local all = merge(answer.metrics, "log_metric", values)
  for k, v in next, values do
    if type(v) ~= "number" then errors.raise('ctx:log_metric: "%s" is %s, expected a number', k, errors.describe(v)) end
  end
  step = step_number(step)
  local seconds = answer.started and sys.now() - answer.started
  local add = require("rille.execute.metric_series").add
  for k, v in next, values do answer.series = add(answer.series, k, v, step, seconds) end
  answer.metrics = all
end

-- ctx:log_metadata { source = "lab 3" }: plain data, kept with the step run
---@param values table<string, any>
function methods.log_metadata(self, values, ...)
  errors.check_self(self, Context, "log_metadata", ...)
  local answer = rawget(self, ANSWER)
  answer.metadata = merge(answer.metadata, "log_metadata", values)
end

-- Plain data only: what is kept as JSON.
local function merge_plain(before, what, values)
  local all = merge(before, what, values)
  local ok, message = pcall(json.pack, all)
  if not ok then errors.raise("ctx:%s: %s", what, message) end
  return all
end

-- ctx:log_params { depth = 3 }: parameters that the step chose itself, kept with
-- the step run
---@param values table<string, any>
function methods.log_params(self, values, ...)
  errors.check_self(self, Context, "log_params", ...)
  local answer = rawget(self, ANSWER)
  answer.logged = merge_plain(answer.logged, "log_params", values)
end

-- ctx:log_artifact_metadata([output,] { rows = 3 }): plain data, kept with the
-- output; a hit has it too
---@param output string|table the output's name; may be left off when there is one
---@param values table<string, any>?
function methods.log_artifact_metadata(self, output, values, ...)
  errors.check_self(self, Context, "log_artifact_metadata", ...)
  local name = output
  if values == nil then name, values = nil, output end
  local spec, answer = rawget(self, SPEC), rawget(self, ANSWER)
  local port = spec.outputs[require("rille.artifact.output_files").output(spec, "log_artifact_metadata", name)].name
  local noted = answer.noted or {}
  noted[port] = merge_plain(noted[port], "log_artifact_metadata", values)
  answer.noted = noted
end

-- ctx:output_uri([name]) -> a folder; what is put there becomes members of the
-- output's artifact (rille help steps)
---@param name string?
---@return string path
function methods.output_uri(self, name, ...)
  errors.check_self(self, Context, "output_uri", ...)
  local i = require("rille.artifact.output_files").output(rawget(self, SPEC), "output_uri", name)
  local staged = rawget(self, STAGED)
  if not staged then
    staged = {}
    rawset(self, STAGED, staged)
  end
  return require("rille.artifact.output_files").folder(staged, context.folder(self), i)
end

-- ctx:output_materializer([name [, value]]) -> { type, version } of the materializer
-- that will save the output; value is needed where its type leaves the choice open
---@param name string?
---@return { type: string, version: integer }
function methods.output_materializer(self, name, v, ...)
  errors.check_self(self, Context, "output_materializer", ...)
  local spec = rawget(self, SPEC)
  local i = require("rille.artifact.output_files").output(spec, "output_materializer", name)
  return errors.need(require("rille.artifact.materializer_choice").of_output(spec, i, v))
end

-- The nearest fraction from 0 to 1.  A step does not fail by its progress: it gets a note, once.
local function clamped(self, fraction)
  local answer, nearest = rawget(self, ANSWER), fraction < 0 and 0.0 or 1.0
  if not answer.clamped then
    answer.clamped, answer.notes = true, answer.notes or {}
    table.insert(answer.notes, string.format("%s: ctx:progress: the fraction %s is not from 0 to 1; shown as %d",
      errors.where() or "?", errors.describe(fraction), nearest))
  end
  return nearest
end

-- ctx:progress(fraction [, text])
function methods.progress(self, fraction, text, ...)
  errors.check_self(self, Context, "progress", ...)
  if type(fraction) ~= "number" or fraction ~= fraction then
    errors.raise("ctx:progress: expected a fraction from 0 to 1, found %s", errors.describe(fraction))
  end
  errors.check_text("ctx:progress", "the text", text)
  if fraction < 0 or fraction > 1 then fraction = clamped(self, fraction) end
  local progress = rawget(self, ENV).progress
  local secrets = text and package.loaded["rille.project.secrets"]
  if progress then progress(fraction, secrets and secrets.mask(text) or text) end
end

-- ctx:promote(model, stage [, { metric =, better =, reason = }]): when the run has completed, its version of the
-- model is moved to the stage, and the version that has it is archived (rille help models)
---@param model any ctx.model, a model or its name
---@param stage string
---@param options? { metric?: string, better?: "higher"|"lower", reason?: string }
function methods.promote(self, model, stage, options, ...)
  errors.check_self(self, Context, "promote", ...)
  require("rille.execute.model_context").promote(rawget(self, REQUEST).model, rawget(self, ANSWER), model, stage,
    options)
end

-- ctx:deploy(model [, { name =, port =, host =, token_env =, artifact = }]) -> a deployment: when the run has
-- completed, its version of the model is served (rille help deployments)
---@param model any ctx.model, a model or its name
---@param options? { name?: string, port?: integer, host?: string, token_env?: string, artifact?: string }
---@return deployment.Deployment
function methods.deploy(self, model, options, ...)
  errors.check_self(self, Context, "deploy", ...)
  return require("rille.execute.deploy_request").add(rawget(self, REQUEST).model, rawget(self, ANSWER), model, options)
end

-- The fields are made when they are read: most steps read none.
local fields = {}

function fields.run(self) return setmetatable({ [REQUEST] = rawget(self, REQUEST).run }, Run) end
function fields.step(self)
  if not rawget(self, REQUEST).id then errors.raise "on_end is called for the run: there is no ctx.step" end
  local identity = { id = rawget(self, REQUEST).id, name = rawget(self, SPEC).name }
  return setmetatable({ [REQUEST] = identity, [ANSWER] = rawget(self, ANSWER) }, Step)
end
function fields.tmpdir(self) return context.folder(self) end
function fields.alerter(self)
  return require("rille.execute.outlets").alerter(rawget(self, REQUEST), rawget(self, ENV))
end
function fields.tracker(self) return require("rille.execute.outlets").tracker(self) end
function fields.stack() return require("rille.stack.view").stack end
function fields.model(self)
  return require("rille.execute.model_context").new(rawget(self, REQUEST).model, rawget(self, ANSWER), function(data, k)
    context.check_history()
    return rawget(self, ENV).model_field(data, k)
  end)
end
function fields.pipeline(self) return rawget(self, ENV).history() end

function Context.__index(self, k)
  local method = methods[k]
  if method then return method end
  local make = fields[k]
  if make then return make(self) end
  require("rille.base.usage_hints").field("context", k, methods, FIELDS)
end

-- The class of the parameters of a running step: plain data, except that a misspelt name of a parameter
-- is an error.  Any other name gives nil.
local Params = {}
value.set_plain(Params)

function Params.__index(_, k)
  local ctx = running.context()
  if ctx and type(k) == "string" then require("rille.execute.undeclared_params").read(rawget(ctx, SPEC), k) end
end

-- The classes of what a step is given as ctx.
context.classes = { ctx = Context, ["ctx.params"] = Params, ["ctx.run"] = Run, ["ctx.step"] = Step }

errors.refuse(Context, "__call", "__concat")
function Context.__pairs() require("rille.base.usage_hints").walk("context", FIELDS) end

function Context.__newindex(_, k) errors.raise('ctx cannot be changed (field "%s")', tostring(k)) end

function context.new(request, spec, answer, env)
  local bytes = request.params or require("rille.execute.packed_params").pack(env.node(request.id)[graph.PARAMS])
  local params = setmetatable(require("rille.execute.packed_params").unpack(bytes, request.objects), Params)
  local secret = package.loaded["rille.script.secret"]
  local missing = secret and secret.open(spec.params, params)
  if missing then answer.missing_secret = missing end
  return setmetatable({ [REQUEST] = request, [SPEC] = spec, [ANSWER] = answer, [ENV] = env, params = params,
    [MADE] = false, [STAGED] = false, [COUNT] = 0 }, Context)
end

-- The step's temporary folder, made when it is first wanted.
function context.folder(self)
  local made = rawget(self, MADE)
  if not made then
    local root = rawget(self, ENV).root
    made = sys.make_folder(root .. "/step-")
    if not made then
      errors.need(sys.mkdirs(root))
      made = errors.need(sys.make_folder(root .. "/step-"))
    end
    rawset(self, MADE, made)
  end
  return made
end

-- A new folder in it.  Its name is the same in each run: only the name of the step's folder is random,
-- and lua/artifact/local_paths.lua looks for that.
---@param name string
function context.new_folder(self, name)
  local n = rawget(self, COUNT) + 1
  rawset(self, COUNT, n)
  local path = string.format("%s/%s-%d", context.folder(self), name, n)
  errors.need(sys.mkdirs(path))
  return path
end

-- The step's temporary folder, or nil while there is none.
function context.made(self) return rawget(self, MADE) or nil end

-- Why the result of the step cannot be reused, whatever it declares; nil says nothing.  The context is nil where the
-- step was called by hand.
function context.set_unrecorded(self, why)
  if self and why then rawget(self, ANSWER).unrecorded = why end
end

-- The status with which a step in C failed.
function context.set_status(self, status)
  if self then rawget(self, ANSWER).status = status end
end

-- How far a step is, as ctx:progress; below 0: unknown.
---@param fraction number
function context.tick(self, fraction)
  local progress = self and rawget(self, ENV).progress
  if progress then progress(fraction) end
end

-- The folders of outputs, by their number.
function context.staged(self) return rawget(self, STAGED) or nil end

-- The step has ended: removes its folder.
function context.release(self)
  local made = rawget(self, MADE)
  if made then sys.remove(made) end
end

-- The body has returned: its parameters become a plain table again.
function context.plain_params(ctx) setmetatable(ctx.params, nil) end

-- rille.context(): ctx where it was not handed on.
function context.get()
  return running.context() or errors.raise "rille.context: no step is running here"
end

-- Asks the run of the step or hook that runs here for what it has of its own
-- (metadata_questions.lua); nil where none runs.
function context.within(method, ...)
  local ctx = running.context()
  local env = ctx and rawget(ctx, ENV)
  if not env or not env.within then return nil end
  return env.within(method, rawget(ctx, REQUEST).position, env.ended or false, ...)
end

-- Reading history in a step that may be cached would make a hit stale.
function context.check_history()
  local ctx = running.context()
  if ctx and rawget(ctx, SPEC).options.cache ~= false then
    errors.raise('step "%s" reads history, so its result depends on more than its inputs: set cache = false',
      rawget(ctx, REQUEST).id)
  end
end

return context
