-- class_style: steps and pipelines in class style: fields first, then methods.
--
--   local Trainer = rille.Step:extend "trainer" { inputs = ..., outputs = ... }
--   function Trainer:entrypoint(X, y, p, ctx) ... end
--
-- A class is a step (a pipeline) that has, beside the fields of one,
--   given     its fields as the script gave them, with its parent's
--   members   methods and values that the script set in it; others are the parent's
--   body      the method that does the work (entrypoint, connect), once it is set
--   parent    the class it was extended from, or false
--   open      true while its fields may still follow: `extend "name"` alone
--   view      true for a step that :with made of it, which cannot be changed
-- They are read by rawget: the metatables of steps and pipelines raise for unknown names.

local definition = require "rille.script.definition"
local graph = require "rille.graph"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local class_style = {}

function class_style.is(v) return rawget(v, "members") ~= nil end

-- The fields added to those of the parent; params are merged name by name.
local function inherit(parent, fields)
  local merged = {}
  for k, v in next, parent and rawget(parent, "given") or {} do merged[k] = v end
  local params = merged.params
  for k, v in next, fields do merged[k] = v end
  if params and type(fields.params) == "table" then
    merged.params = {}
    for k, v in next, params do merged.params[k] = v end
    for k, v in next, fields.params do merged.params[k] = v end
  end
  return merged
end

-- Makes a definition a class.  It changes the table itself, which the script may have
-- before its fields follow.
local function as_class(made, given, parent)
  rawset(made, "given", given)
  rawset(made, "parent", parent or false)
  rawset(made, "open", false)
  if not rawget(made, "members") then
    rawset(made, "members", setmetatable({}, parent and { __index = rawget(parent, "members") } or nil))
  end
  return made
end

-- Sets the fields of a class whose name alone was given.
local function set_fields(made, at, fields, make)
  local name, parent = rawget(made, "name"), rawget(made, "parent")
  if type(fields) ~= "table" then
    errors.raise('%s: expected a table of fields, found %s', tostring(made), errors.describe(fields))
  end
  local given = inherit(parent, fields)
  for k, v in next, make(at, name, given) do rawset(made, k, v) end
  return as_class(made, given, parent)
end

-- The method extend(self, name) -> class of steps or of pipelines.
---@param spec table { kind = "step", pattern and allowed: of names, base = rille.Step,
--- make(at, name, fields): a definition without a body, keep(class): registers it }
---@return fun(self: table, name: string): table
function class_style.extender(spec)
  return function(self, name, ...)
    local parent = nil
    if self ~= spec.base then parent = self end
    if self ~= spec.base and not (type(self) == "table" and class_style.is(self)) then
      local face = spec.kind == "step" and "rille.Step" or "rille.Pipeline"
      errors.raise('extend derives a class from a class: write %s:extend "name" { ... }', face)
    end
    definition.check_name(spec.kind, spec.pattern, spec.allowed, name)
    local at = errors.where()
    local given = inherit(parent, {})
    local made = as_class(errors.from(at, spec.make, at, name, given), given, parent)
    rawset(made, "open", true)
    spec.keep(made)
    if select("#", ...) > 0 then errors.from(at, set_fields, made, at, (...), spec.make) end
    return made
  end
end

-- A class that has a body (its parent's, a command) is called with v: are these its
-- fields?  Else they are inputs.  {} are fields: extend "name" {} adds none.
local function are_fields(v, allowed)
  if type(v) ~= "table" then return false end
  for k in next, v do if not allowed[k] then return false end end
  return true
end

-- An open class is called with v: takes v as its fields and returns true, or returns false
-- where v is something else.
---@param self table
---@param v any
---@param make fun(at: string?, name: string, fields: table): table
---@param allowed table<string, true> names of fields
---@return boolean
function class_style.complete(self, v, make, allowed)
  if not rawget(self, "open") or graph.current then return false end
  if (class_style.body(self) or rawget(self, "run")) and not are_fields(v, allowed) then return false end
  local at = rawget(self, "at")
  errors.from(at, set_fields, self, at, v, make)
  return true
end

-- The body of the class, or of its nearest ancestor that has one.
---@return function?
function class_style.body(self)
  while self do
    local body = rawget(self, "body")
    if body then return body end
    self = rawget(self, "parent")
  end
end

-- Raises, at the place of the definition: the class has no body.
---@param label string 'step "train"'
---@param method string that the body is called
function class_style.missing(self, label, method)
  local names = {}
  for name in next, rawget(self, "members") do names[#names + 1] = name end
  local near = suggest.nearest(method, names)
  errors.at(rawget(self, "at"), "%s: it has no method %s; write function CLASS:%s(...)%s", label, method, method,
    near and string.format(' (there is one called "%s")', near) or "")
end

-- Sets a field of a class: its body, a method, a value.
---@param self table
---@param label string 'step "train"'
---@param method string that the body is called
---@param fields table<string, true> names that belong in the table given to extend
---@param own table<string, true> names that mean something already
---@param k any
---@param v any
function class_style.set(self, label, method, fields, own, k, v)
  rawset(self, "open", false)
  if rawget(self, "view") then
    errors.raise("%s: a step made by :with cannot be changed (field \"%s\"); extend the class", label, tostring(k))
  end
  if k == method then
    if type(v) ~= "function" then
      errors.raise("%s: %s must be the method that does the work, found %s", label, method, errors.describe(v))
    end
    rawset(self, "body", v)
    return
  end
  if fields[k] then errors.raise('%s: "%s" is a field; write it in the table given to extend', label, tostring(k)) end
  if own[k] then
    errors.raise('%s: "%s" is a name of rille\'s own; choose another (the body is the method %s)', label, tostring(k),
      method)
  end
  rawget(self, "members")[k] = v
end

-- Is the body a method with self, and no plain function?
---@param body function
---@return boolean
function class_style.takes_self(body) return debug.getlocal(body, 1) == "self" end

return class_style
