-- model_context: ctx.model, the version of a model that a running step works for.
--
-- model, number, name, stage and new are known before the run begins; what a step reads of them is an observed fact.
-- What a version holds can change: it is read by the history, which needs cache = false.  What a step asks of its
-- version (link, log_metadata, ctx:promote) is kept with its record, done when the run is committed, and done again
-- when the result is taken from the cache.

local errors = require "rille.base.errors"
local metric_name = require "rille.script.metric_name"
local json = require "rille.json"
local observe = require "rille.host.observe"

local model_context = {}

local DATA, ANSWER, OPEN = {}, {}, {}

local ModelContext = { __name = "model of a context" }

-- What a step asks of its model is kept with the model's name: of another one a hit asks nothing.
local function asked_of(answer, data, what)
  answer.model = answer.model or { of = data.model }
  answer.model[what] = answer.model[what] or {}
  return answer.model[what]
end

local methods = {}

-- ctx.model:log_metadata { note = "..." }: plain data, merged into the metadata of the version
---@param values table<string, any>
function methods.log_metadata(self, values, ...)
  errors.check_self(self, ModelContext, "log_metadata", ...)
  if type(values) ~= "table" then
    errors.raise("ctx.model:log_metadata: expected a table { name = value }, found %s", errors.describe(values))
  end
  local ok, message = pcall(json.pack, values)
  if not ok then errors.raise("ctx.model:log_metadata: %s", message) end
  local all = asked_of(rawget(self, ANSWER), rawget(self, DATA), "metadata")
  for k, v in next, values do all[k] = v end
end

-- ctx.model:log_signature(data): what the model is given when it is served: a frame or a matrix like that, or a
-- signature; kept in the metadata of the version
---@param data any
function methods.log_signature(self, data, ...)
  errors.check_self(self, ModelContext, "log_signature", ...)
  local made = require("rille.learn.signature").given("ctx.model:log_signature", data)
  asked_of(rawget(self, ANSWER), rawget(self, DATA), "metadata").signature = made
end

local LINK_OPTIONS <const> = { name = true, kind = true, overwrite = true }

-- Checks the options of a link; returns its name, kind and overwrite.
---@param what string
---@param artifact any
---@param options table?
function model_context.link_options(what, artifact, options)
  local meta = type(artifact) == "table" and debug.getmetatable(artifact)
  if not meta or meta.__name ~= "artifact" then
    errors.raise("%s: expected an artifact, found %s", what, errors.describe(artifact))
  end
  options = options or {}
  if type(options) ~= "table" then
    errors.raise("%s: expected options, as in { overwrite = false }, found %s", what, errors.describe(options))
  end
  errors.check_fields(what, options, LINK_OPTIONS)
  errors.check_text(what, "name", options.name)
  if options.kind ~= nil and not require("rille.script.port_type").KINDS[options.kind] then
    errors.raise("%s: kind must be data, model or deployment, found %s", what, errors.describe(options.kind))
  end
  if options.overwrite ~= nil and type(options.overwrite) ~= "boolean" then
    errors.raise("%s: overwrite must be true or false, found %s", what, errors.describe(options.overwrite))
  end
  local name = options.name or artifact.name
  if not name then errors.raise('%s: the artifact has no name; give one: { name = "report" }', what) end
  return name, options.kind or "data", options.overwrite ~= false
end

-- ctx.model:link(artifact, { name =, kind =, overwrite = }): one that no step of the run makes
function methods.link(self, artifact, options, ...)
  errors.check_self(self, ModelContext, "link", ...)
  local name, kind, overwrite = model_context.link_options("ctx.model:link", artifact, options)
  table.insert(asked_of(rawget(self, ANSWER), rawget(self, DATA), "links"),
    { digest = artifact.digest, name = name, kind = kind, overwrite = overwrite })
end

function methods.set_stage(self, _, ...)
  errors.check_self(self, ModelContext, "set_stage", ...)
  errors.raise('ctx.model:set_stage: a step asks for a stage: write ctx:promote(ctx.model, "production"); '
    .. "the version is moved when the run has completed")
end

-- Fields that are known before the run, by the name of their fact.
local FACTS <const> = { model = true, number = true, name = true, stage = true, new = true }

-- Fields of the history of versions.
local PAST <const> = { metadata = true, signature = true, artifacts = true, tags = true, runs = true, metrics = true,
  created = true, run = true, versions = true }

-- What is a mistake of one version and none of another is observed, too: a step may catch the error.
local function fact(self, k)
  local data = rawget(self, DATA)
  rawget(self, ANSWER).named = true
  if data.new and k == "number" then
    observe.fact("value", "model new", tostring(data.new))
    errors.raise "ctx.model.number: this run makes a new version, which gets its number when the run has completed; \z
      ctx.model.new says so"
  end
  local v = data[k]
  observe.fact("value", "model " .. k, v == nil and "" or tostring(v))
  return v
end

function ModelContext.__index(self, k)
  local method = methods[k]
  if method then return method end
  if FACTS[k] then return fact(self, k) end
  if PAST[k] then return rawget(self, OPEN)(rawget(self, DATA), k) end
  require("rille.base.usage_hints").field("model of a context", k, methods, FACTS, PAST)
end

function ModelContext.__newindex(_, k) errors.raise('ctx.model cannot be changed (field "%s")', tostring(k)) end
function ModelContext.__pairs() require("rille.base.usage_hints").walk("model of a context", FACTS) end
errors.refuse(ModelContext, "__call", "__concat", "__lt", "__le", "__add", "__sub", "__mul", "__div", "__unm", "__len")
function ModelContext.__tostring(self) return "model " .. rawget(self, DATA).model end

---@return boolean
function model_context.is_context(v) return type(v) == "table" and debug.getmetatable(v) == ModelContext end

-- The name of the model that ctx is of.
function model_context.name_of(v) return rawget(v, DATA).model end

-- Which model the step works for, or that it has none, is a fact: a step that saw it is a hit for the same one alone,
-- and no other node of the run takes its result.
local function note_model(data, answer)
  observe.fact("value", "model model", data and data.model or "")
  answer.named = true
end

-- ctx.model; nil where the step has no model.
---@param data table? of record/model_links.lua
---@param answer table
---@param open fun(data: table, field: string): any  a field of the version's history
function model_context.new(data, answer, open)
  note_model(data, answer)
  if not data then return nil end
  return setmetatable({ [DATA] = data, [ANSWER] = answer, [OPEN] = open }, ModelContext)
end

model_context.class = ModelContext

-- Promotions ---------------------------------------------------------------------------------

local PROMOTE_OPTIONS <const> = { metric = true, better = true, reason = true }

-- The step and the name of "STEP.NAME", "NAME" or "metric.STEP.NAME"; a name with a dot in it may be in quotes.
---@param what string
---@param metric any
---@return string? step, string name
function model_context.metric_of(what, metric)
  if type(metric) ~= "string" or metric == "" then
    errors.raise('%s: metric must be a name, as in "evaluator.accuracy", found %s', what, errors.describe(metric))
  end
  return metric_name.read(metric)
end

-- Checks the options of a promotion; returns the fields of a request.
---@param what string
---@param stage string
---@param options table?
function model_context.promotion(what, stage, options)
  options = options or {}
  if type(options) ~= "table" then
    errors.raise('%s: expected options, as in { metric = "evaluator.accuracy" }, found %s', what,
      errors.describe(options))
  end
  errors.check_fields(what, options, PROMOTE_OPTIONS)
  errors.check_text(what, "reason", options.reason)
  local better = options.better
  if better ~= nil and better ~= "higher" and better ~= "lower" then
    errors.raise('%s: better must be "higher" or "lower", found %s', what, errors.describe(better))
  end
  if better and options.metric == nil then errors.raise("%s: better is for a metric; name it", what) end
  require("rille.project.stages").observe(stage)
  local step, name
  if options.metric ~= nil then step, name = model_context.metric_of(what, options.metric) end
  return { stage = require("rille.project.stages").check(what, stage), step = step, metric = name,
    better = name and (better or "higher") or nil, reason = options.reason, force = 1 }
end

-- The name of the step's model, which `what` has to mean.
local function own_model(what, as, data, model)
  local name = model_context.is_context(model) and model_context.name_of(model)
    or type(model) == "string" and model
    or type(model) == "table" and (debug.getmetatable(model) or {}).__name == "model" and model.name
  if not name then
    errors.raise("%s: expected a model, as in %s, found %s%s", what, as, errors.describe(model),
      model == nil and not data and "; this step has no model" or "")
  end
  if not data or data.model ~= name then
    errors.raise('%s: model "%s" is not the model of this step%s; %s', what, name,
      data and string.format(' (which is "%s")', data.model) or "",
      data and string.format("write %s(ctx.model, ...)", what) or "set model = ... on the step or its pipeline")
  end
  return name
end

-- Adds a request to those that a step makes of its model: a promotion, a deployment.
---@param field string "promote" or "deploy"
---@param data table? the model of the step
---@param answer table
---@param model any ctx.model, a model, or a name
---@param as string how the call is written
---@param make fun(name: string): table the request
---@return table request
function model_context.ask(field, data, answer, model, as, make)
  note_model(data, answer)
  local request = make(own_model("ctx:" .. field, as, data, model))
  table.insert(asked_of(answer, data, field), request)
  return request
end

-- ctx:promote(model, stage, options): asks that the run's version of the model is moved when the run is committed.
---@param data table? the model of the step
---@param answer table
---@param model any ctx.model, a model, or a name
function model_context.promote(data, answer, model, stage, options)
  model_context.ask("promote", data, answer, model, 'ctx:promote(ctx.model, "production")', function()
    return model_context.promotion("ctx:promote", stage, options)
  end)
end

return model_context
