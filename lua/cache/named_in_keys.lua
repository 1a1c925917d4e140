-- named_in_keys: the parts of rille that the fingerprint of a step does not descend into.
--
-- A function of rille's that a step captures counts by its name and version; a value that stands
-- for something of a script (a step, an artifact, a type) counts by what that is.

local fingerprint = require "rille.host.fingerprint"
local origin = require "rille.host.origin"

local named_in_keys = {}

local done = false

-- Loaded by named_in_keys.require: this file costs little where no script asks for rille.
local class_style, graph, paths, pipeline, external, step, types

-- Keys know the methods of frames by the way from the module to them.
local FRAME_METHODS <const> = "rille.frame.assemble.(no name).__index"

-- The names in keys of the modules of rille that scripts can reach.  A file may move to another room; the
-- keys of a store must not change with it.
named_in_keys.KEY_NAMES = {
  ["rille.artifact.materialize"] = "rille.materialize",
  ["rille.artifact.registry"] = "rille.materialize",
  ["rille.base.errors"] = "rille.mistake",
  ["rille.base.suggest"] = "rille.suggest",
  ["rille.drift.gate"] = "rille.drift",
  ["rille.drift.report"] = "rille.drift",
  ["rille.execute.context"] = "rille.context",
  ["rille.frame.column"] = "rille.frame_column",
  ["rille.frame.column_methods"] = FRAME_METHODS,
  ["rille.frame.date"] = "rille.frame_date",
  ["rille.frame.group_join_sort"] = "rille.frame_group",
  ["rille.frame.group_methods"] = FRAME_METHODS,
  ["rille.frame.missing_methods"] = FRAME_METHODS,
  ["rille.frame.row_methods"] = FRAME_METHODS,
  ["rille.frame.rows"] = "rille.frame_rows",
  ["rille.frame.summary"] = "rille.frame_summary",
  ["rille.frame.text"] = "rille.frame_text",
  ["rille.frame.value"] = "rille.frame",
  ["rille.learn.model_helpers"] = "rille.learn",
  ["rille.learn.signature"] = "rille.learn",
  ["rille.metrics.arguments"] = "rille.metrics",
  ["rille.metrics.classes"] = "rille.metrics",
  ["rille.metrics.counts"] = "rille.metrics",
  ["rille.metrics.probabilities"] = "rille.metrics",
  ["rille.metrics.regression"] = "rille.metrics",
  ["rille.preprocess.chain"] = "rille.preprocess",
  ["rille.preprocess.components"] = "rille.preprocess",
  ["rille.preprocess.dump"] = "rille.preprocess",
  ["rille.preprocess.estimator"] = "rille.preprocess",
  ["rille.preprocess.transformer"] = "rille.preprocess",
  ["rille.project.paths"] = "rille.source",
  ["rille.query.past_artifact"] = "rille.history",
  ["rille.query.history"] = "rille.history",
  ["rille.query.past_model"] = "rille.models",
  ["rille.query.served_parts"] = "rille.models",
  ["rille.query.version_artifacts"] = "rille.models",
  ["rille.query.past_pipeline"] = "rille.history",
  ["rille.query.past_run"] = "rille.history",
  ["rille.query.past_step"] = "rille.history",
  ["rille.run.run_failed"] = "rille",
  ["rille.script.class_style"] = "rille.class",
  ["rille.script.definition"] = "rille.declare",
  ["rille.script.external"] = "rille.external",
  ["rille.script.model"] = "rille.model",
  ["rille.execute.model_context"] = "rille.model_context",
  ["rille.script.pipeline"] = "rille.pipeline",
  ["rille.script.pipeline_graph"] = "rille.pipeline",
  ["rille.script.port_type"] = "rille.types",
  ["rille.script.step"] = "rille.step",
  ["rille.script.types"] = "rille.types",
  ["rille.stack.flavors"] = "rille.flavors",
  ["rille.stack.view"] = "rille.stack_view",
  ["rille.xgboost.booster_text"] = "rille.xgboost",
  ["rille.testing.report"] = "rille.testing",
}

-- A class with its methods.  Whatever a script changes in one counts for every step,
-- as a step may call a method of a value that it is given.
---@param meta table a metatable
---@param name string
function named_in_keys.class(meta, name)
  fingerprint.closed(meta, name)
  local index = rawget(meta, "__index")
  if type(index) == "table" and index ~= meta then fingerprint.closed(index, name .. ".__index") end
end

-- A module that does not change once it is loaded, and the classes in it.
local function close_module(module, name)
  fingerprint.closed(module, name, true)
  for k, v in next, module do
    local is_class = type(v) == "table" and (k == "methods" or type(k) == "string" and rawget(v, "__index") ~= nil)
    if is_class then named_in_keys.class(v, name .. "." .. k) end
  end
end

-- The modules in folders of stdlib/ that are parts of a battery: they make values, too.
local function close_parts()
  for _, full in ipairs(origin.parts()) do
    local module = package.loaded[full]
    if type(module) == "table" then close_module(module, full) end
  end
end

local function close_battery(name, module)
  if type(module) ~= "table" then return end
  close_module(module, "rille." .. name)
  close_parts()
  if name == "json" then named_in_keys.class(debug.getmetatable(module.null), "rille.null") end
  if name == "array" then
    local meta = debug.getmetatable(module.zeros(1))
    local _, methods = debug.getupvalue(meta.__index, 1)
    named_in_keys.class(meta, "array")
    fingerprint.closed(methods, "array.__index")
  end
end

-- A fitted model with a part in C, which no walk can see: all of its fields, and its exact dump.
local function model_parts(name, class)
  return function(m)
    local fields = {}
    for k, v in next, m do if k ~= "core" then fields[k] = v end end
    if rawget(m, "core") == nil then return { name, fields } end
    return { name, fields, require("rille.host.hash").sha256(class.__index.dump(m)) }
  end
end

-- The batteries whose models have one.  Other models are plain fields.
local WITH_CORE <const> = { svm = true, linear = true, tree = true, forest = true, neighbors = true,
  xgboost = true }

local function name_models(battery, module)
  for k, class in next, module do
    if type(k) == "string" and type(class) == "table" and rawget(class, "__index") then
      fingerprint.kind(class, model_parts(battery .. "." .. k, class))
    end
  end
end

-- A battery counts as a whole by its name, from the moment it is loaded: what it fills
-- in lazily is nobody's captured state.
local function register_battery(name)
  local full = "rille." .. name
  local function register(module)
    fingerprint.intrinsic(module, full)
    close_battery(name, module)
    if WITH_CORE[name] and origin.owns(module) then name_models(name, module) end
    return module
  end
  if package.loaded[full] then return register(package.loaded[full]) end
  local load = package.preload[full]
  package.preload[full] = function(...) return register(load(...)) end
end

local function set(names)
  local t = {}
  for name in names:gmatch "%a+" do t[name] = true end
  return t
end

local STEP_FIELDS <const> = set [[at body bound command declared doc fn given index inputs equivalent members name open
  options outputs params parent receiver run version view]]
local PIPELINE_FIELDS <const> = set [[at body bound cache define doc given inputs members model name on_end open params
  parent slots]]

local TYPE_FIELDS <const> = set "check element native saved_as limited members methods name options values"
local PORT_FIELDS <const> = set "name options type"

-- What a script has set on an object of rille's beside its fields, or nil.
local function put_on(object, fields)
  local own
  for k, v in next, object do
    if not fields[k] then
      own = own or {}
      own[k] = v
    end
  end
  return own
end

-- The function by which a script has replaced that of a step, or nil.
local function replaced(s)
  local fn = rawget(s, "fn")
  if type(fn) ~= "function" or fn == rawget(s, "run") then return nil end
  return not origin.is_ours(debug.getinfo(fn, "S").source) and fn or nil
end

-- Has a script set anything on the step, or replaced a function of it?
---@param s Step
---@return boolean
function named_in_keys.is_changed(s) return put_on(s, STEP_FIELDS) ~= nil or replaced(s) ~= nil end

-- All that code can read of a step, a type or a pipeline that it captures, and all that a call of it
-- depends on; its place in the file is not part of it.
local function step_parts(s)
  local cache = s.options.cache         -- a light step has its fields from here on
  local body = class_style.body(s)
  if cache == nil then cache = "default" end
  return { "step", body or rawget(s, "run") or false, body and class_style.takes_self(body) or false,
    s.version or false,
    cache, s.bound or false, rawget(s, "members") or false, s.name, s.doc or false, s.inputs, s.params, s.outputs,
    put_on(s, STEP_FIELDS), replaced(s) }
end

-- The same of a type.
---@param t Type
---@return table
function named_in_keys.type_parts(t)
  local options = {}
  for k, v in next, t.options do options[k] = v end
  return { "type", t.name, options, t.element or false, t.members or false, t.values or false, t.methods or false,
    put_on(t, TYPE_FIELDS) }
end

-- The same of a port.
---@param p Port
---@return table
function named_in_keys.port_parts(p) return { "port", p.name, p.type, p.options, put_on(p, PORT_FIELDS) } end

local function pipeline_parts(p)
  local get = function(k) return rawget(p, k) or false end
  return { "pipeline", p.name, class_style.body(p) or get "define", get "members", get "doc", p.params, p.inputs,
    get "slots",
    get "bound", get "cache", put_on(p, PIPELINE_FIELDS) }
end

-- Values that scripts can reach and no module has as a field.  Keys call them by the way
-- on which the fingerprint met them when the first stores were written.
local FIRST_MET <const> = "rille.Pipeline.extend.(no name).keep.(no name).Pipeline.__call.(no name)."
local TYPES <const> = FIRST_MET .. "extender.(no name).check_ports.(no name).of_default.(no name)."
local REFUSED <const> = FIRST_MET .. "complete.(no name).Node.__index.(no name).__index.(no name).refuse.(no name)"

local function name_values()
  for name, typ in next, types.registered do fingerprint.name(typ, TYPES .. name) end
  fingerprint.name(require("rille.base.errors").refused, REFUSED)
end

-- Loads the modules whose values are named.
function named_in_keys.require()
  class_style, external = require "rille.script.class_style", require "rille.script.external"
  graph, paths = require "rille.graph", require "rille.project.paths"
  pipeline, step, types = require "rille.script.pipeline", require "rille.script.step", require "rille.script.types"
end

---@param rille table the public face
---@param context_classes table<string, table> metatables of what a step is given as ctx
function named_in_keys.register(rille, context_classes)
  if done then return end
  done = true
  named_in_keys.require()
  name_values()
  fingerprint.intrinsic(rille, "rille")
  for _, name in ipairs(origin.batteries()) do register_battery(name) end
  local classes = { step = step.Step, type = types.Type, port = types.Port, node = graph.Node, wire = graph.Wire,
    pipeline = pipeline.Pipeline, external = external.External,
    file = paths.File, dir = paths.Dir }
  for name, meta in next, classes do named_in_keys.class(meta, name) end
  for name, meta in next, context_classes do named_in_keys.class(meta, name) end
  fingerprint.kind(step.Step, step_parts)
  fingerprint.kind(require("rille.host.step_call").light(), step_parts)
  fingerprint.kind(types.Type, named_in_keys.type_parts)
  fingerprint.kind(types.Port, named_in_keys.port_parts)
  fingerprint.kind(pipeline.Pipeline, pipeline_parts)
  fingerprint.kind(external.External, function() return nil, "is an external artifact" end)
end

return named_in_keys
