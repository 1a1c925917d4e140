-- class: steps and pipelines as classes: fields first, then methods.
--
--   local Trainer = rille.Step:extend "trainer" { inputs = ..., outputs = ... }
--   function Trainer:entrypoint(X, y, p, ctx) ... end
--
-- A class is a step (a pipeline) that has, beside the fields of one,
--   given     its fields as the script gave them, its parent's included
--   members   what the script set in it: methods and values; what is not there is
--             the parent's
--   body      the method that does the work (entrypoint, connect), once it is set
--   parent    the class it was extended from, or false
--   open      true while its fields may still follow: `extend "name"` alone
--   view      true for what :with made of it, which cannot be changed
-- All are read raw: the metatables of steps and pipelines raise for unknown names.

local definition = require "rille.script.definition"
local graph = require "rille.graph"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local class = {}

function class.is(v) return rawget(v, "members") ~= nil end

-- Fields over those of the parent; params are merged name by name.
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

-- The class of a definition; `made` are its fields, and so it stays a table of
-- its own identity when they come late.
local function dress(made, given, parent)
  rawset(made, "given", given)
  rawset(made, "parent", parent or false)
  rawset(made, "open", false)
  if not rawget(made, "members") then
    rawset(made, "members", setmetatable({}, parent and { __index = rawget(parent, "members") } or nil))
  end
  return made
end

-- The fields of a class whose name alone was given.
local function fill(made, at, fields, make)
  local name, parent = rawget(made, "name"), rawget(made, "parent")
  if type(fields) ~= "table" then
    errors.raise('%s: expected a table of fields, found %s', tostring(made), errors.describe(fields))
  end
  local given = inherit(parent, fields)
  for k, v in next, make(at, name, given) do rawset(made, k, v) end
  return dress(made, given, parent)
end

-- extend(self, name) -> class, for kind ("step"): make(at, name, fields) gives a
-- definition without a body; base is what stands for none: rille.Step.
---@param spec table { kind, pattern, allowed, base, make, keep = function(class) }
function class.extender(spec)
  return function(self, name, ...)
    local parent = nil
    if self ~= spec.base then parent = self end
    if self ~= spec.base and not (type(self) == "table" and class.is(self)) then
      local face = spec.kind == "step" and "rille.Step" or "rille.Pipeline"
      errors.raise('extend makes a class of a class: write %s:extend "name" { ... }', face)
    end
    definition.check_name(spec.kind, spec.pattern, spec.allowed, name)
    local at = errors.where()
    local given = inherit(parent, {})
    local made = dress(errors.from(at, spec.make, at, name, given), given, parent)
    rawset(made, "open", true)
    spec.keep(made)
    if select("#", ...) > 0 then errors.from(at, fill, made, at, (...), spec.make) end
    return made
  end
end

-- Could it be the fields of a class that has a body (its parent's, a command)?  Or is the
-- class called, with inputs?  {} are the fields of extend "name" {}: none of its own.
local function are_fields(v, allowed)
  if type(v) ~= "table" then return false end
  for k in next, v do if not allowed[k] then return false end end
  return true
end

-- Called with v while it is open: takes it as its fields and gives true, or false
-- when that is not meant.
---@param allowed table the fields that there are
function class.complete(self, v, make, allowed)
  if not rawget(self, "open") or graph.current then return false end
  if (class.body(self) or rawget(self, "run")) and not are_fields(v, allowed) then return false end
  local at = rawget(self, "at")
  errors.from(at, fill, self, at, v, make)
  return true
end

-- The body of a class or the nearest ancestor that has one, or nil.
function class.body(self)
  while self do
    local body = rawget(self, "body")
    if body then return body end
    self = rawget(self, "parent")
  end
end

-- Raises: the class has no body.  Told where it is defined.
function class.missing(self, label, method)
  local names = {}
  for name in next, rawget(self, "members") do names[#names + 1] = name end
  local near = suggest.nearest(method, names)
  errors.at(rawget(self, "at"), "%s: it has no method %s; write function CLASS:%s(...)%s", label, method, method,
    near and string.format(' (there is one called "%s")', near) or "")
end

-- Sets a field of a class: its body, a method, a value.
---@param fields table names that belong in the table given to extend
---@param own table names that mean something already
function class.set(self, label, method, fields, own, k, v)
  rawset(self, "open", false)
  if rawget(self, "view") then
    errors.raise("%s: a step made by :with cannot be changed (field \"%s\"); extend the class", label, tostring(k))
  end
  if k == method then
    if type(v) ~= "function" then
      errors.raise("%s: %s is the method that does the work, found %s", label, method, errors.describe(v))
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

-- Whether the body is a method with self, or a plain function.
function class.takes_self(body) return debug.getlocal(body, 1) == "self" end

return class
