-- definition: the common parts of definitions of steps and pipelines: ports, parameters,
-- and the form  kind "name" { fields }.

---@class Param a parameter of a step or a pipeline
---@field name string
---@field type Type
---@field default any

local external = require "rille.script.external"
local graph = require "rille.graph"
local errors = require "rille.base.errors"
local text_width = require "rille.base.text_width"
local types = require "rille.script.types"
local value = require "rille.host.value"

local definition = {}

-- How messages begin that are about a step.
---@param name string
---@return string 'step "train"'
function definition.step_label(name) return 'step "' .. name .. '"' end

---@param name string
---@return string 'pipeline "digits"'
function definition.pipeline_label(name) return 'pipeline "' .. name .. '"' end

-- The metamethod __pairs of objects that have internal fields.
---@param hidden table<string, true> their names
---@return function
function definition.pairs_without(hidden)
  return function(self)
    local shown = {}
    for k, v in next, self do
      if not hidden[k] then shown[k] = v end
    end
    return pairs(shown)
  end
end

-- Is the type t.secret, or one that contains it?
local function holds_secret(typ)
  for _, one in ipairs(typ.members or { typ.element }) do if holds_secret(one) then return true end end
  return typ.name == "secret"
end

-- Raises unless list is a list of ports with different names.
---@param what string 'step "train"'
---@param field "inputs"|"outputs"
---@param list any
---@param seen table<string, string> names that are taken; gets those of the ports
function definition.check_ports(what, field, list, seen)
  if type(list) ~= "table" or types.is_port(list) or types.is_type(list) then
    errors.raise('%s: %s must be a list of ports, as in { t.matrix "X" }; found %s', what, field, errors.describe(list))
  end
  local n = 0
  for k, port in next, list do
    n = n + 1
    if math.type(k) ~= "integer" then
      errors.raise('%s: %s must be a list of ports, as in { t.matrix "X" }; found the key "%s"%s', what, field,
        tostring(k), types.is_type(port) and type(k) == "string"
          and string.format('; write { %s "%s" }', types.as_written(port), k) or "")
    end
    if types.is_type(port) then
      errors.raise('%s: %s %d has no name; write %s "NAME"', what, field, k, types.as_written(port))
    elseif not types.is_port(port) then
      errors.raise("%s: %s %d is %s, expected a port as in t.matrix \"X\"", what, field, k, errors.describe(port))
    end
  end
  if n ~= #list then errors.raise("%s: %s has a gap (a nil in the list)", what, field) end
  for _, port in ipairs(list) do
    if seen[port.name] then errors.raise('%s: the name "%s" is used twice', what, port.name) end
    seen[port.name] = field
    local which = string.format('%s: %s "%s"', what, field == "inputs" and "input" or "output", port.name)
    types.check_artifact(which, port.type, field == "inputs")
    if holds_secret(port.type) then
      errors.raise("%s: t.secret is only for parameters, as inputs and outputs are stored: params = { %s = t.secret }",
        which, port.name)
    end
  end
end

-- "X, y"
---@param ports Port[]
---@return string
function definition.port_names(ports)
  local names = {}
  for i, port in ipairs(ports) do names[i] = port.name end
  return table.concat(names, ", ")
end

local SCALAR = { ["nil"] = true, boolean = true, number = true, string = true }

-- A parameter's value as its type takes it, plain data; nil for null, which means the
-- default.
---@param what string 'step "train"'
---@param param Param
---@param v any
---@return any
function definition.check_value(what, param, v)
  if value.is_null(v) then return nil end
  local from = graph.is_wire(v) and graph.describe(v) or external.describe(v)
  if from then
    errors.raise('%s: parameter "%s" was given %s; a parameter is a plain value; pass the output of a step to an input',
      what, param.name, from)
  end
  if param.type.name == "secret" then return require("rille.script.secret").check(what, param, v) end
  local secret = package.loaded["rille.script.secret"]
  if secret then
    secret.refuse(string.format('%s: parameter "%s"', what, param.name),
      string.format("declare it as a secret: %s = t.secret", param.name), v)
  end
  local admitted, expected = types.admit(param.type, v)
  if admitted == types.REFUSED then
    errors.raise('%s: parameter "%s": expected %s, found %s', what, param.name, expected, errors.describe(v))
  end
  if not SCALAR[type(admitted)] then
    local ok, message = pcall(value.encode, admitted)
    if not ok then errors.raise('%s: parameter "%s": %s', what, param.name, message) end
  end
  return admitted
end

-- The same for a parameter of a step, without a text for messages in the usual case.
---@param name string of the step
---@param param Param
---@param v any
---@return any
function definition.check_step_param(name, param, v)
  if SCALAR[type(v)] then
    local admitted = types.admit(param.type, v)
    if admitted ~= types.REFUSED then return admitted end
  end
  return definition.check_value(definition.step_label(name), param, v)
end

-- The field params of a step or a pipeline as a list.
---@param what string 'step "train"'
---@param params any
---@param seen table<string, any> names that are taken
---@return Param[] params sorted by name
function definition.param_list(what, params, seen)
  local list = {}
  if type(params) ~= "table" then
    errors.raise("%s: params must be a table of names and types, found %s", what, errors.describe(params))
  end
  for key, v in next, params do
    if types.is_port(v) then
      errors.raise('%s: params are written { %s = t.%s }, found a port', what, v.name, v.type.name)
    elseif type(key) ~= "string" then
      errors.raise("%s: params are written { name = type or default }, found the key %s", what, tostring(key))
    end
    if seen[key] then errors.raise('%s: the name "%s" is used twice', what, key) end
    local typ = types.is_type(v) and v or types.of_default(v)
    if not typ then
      errors.raise('%s: parameter "%s": %s cannot be a default; give a type such as t.any', what, key,
        errors.describe(v))
    end
    types.check_artifact(string.format('%s: parameter "%s"', what, key), typ)
    if holds_secret(typ) and typ.name ~= "secret" then
      errors.raise('%s: parameter "%s": a secret is a parameter of its own, of type t.secret, not a part of %s', what,
        key, typ.name)
    end
    if typ.name == "secret" then require "rille.script.secret" end       -- runs look whether it is loaded
    local param = { name = key, type = typ, default = typ.options.default }
    if param.default ~= nil then definition.check_value(what, param, param.default) end
    list[#list + 1] = param
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- The function of  kind "name" { fields }: the name is checked first, make(at, name, fields)
-- is called with the fields.  Mistakes are raised where the definition begins.
---@param kind string "step"
---@param pattern string of a name
---@param allowed string the pattern in words
function definition.builder(kind, pattern, allowed, make)
  return function(name, ...)
    definition.check_name(kind, pattern, allowed, name)
    return definition.with_fields(function(at, fields) return make(at, name, fields) end, ...)
  end
end

-- make(at, fields) where the fields are given with the name, as in kind("name", { fields });
-- else a function that takes the fields, as in kind "name" { fields }.
---@param make fun(at: string?, fields: any): any
function definition.with_fields(make, ...)
  local at = errors.where()
  if select("#", ...) > 0 then return (errors.from(at, make, at, (...))) end
  return function(fields) return errors.from(at, make, at, fields) end
end

-- What to write where a function is given in place of the fields.
---@return string '; write step "a" { run = function() ... end }', or ""
function definition.form_of(fields, kind, name, field)
  return type(fields) == "function" and string.format('; write %s "%s" { %s = function() ... end }', kind, name, field)
    or ""
end

-- Deep copy: later changes to the script's table must not reach the node.
---@param v any
---@return any
function definition.copy(v)
  if types.is_array(v) then return v:copy() end
  if type(v) ~= "table" then return v end
  local made = {}
  for k, x in next, v do made[k] = definition.copy(x) end
  return made
end

local LONGEST <const> = 200     -- names are parts of lines, and of names of runs and artifacts

-- Raises unless name is one for a definition.
---@param kind string "step"
---@param pattern string
---@param allowed string the pattern in words
---@param name any
function definition.check_name(kind, pattern, allowed, name)
  if type(name) ~= "string" or not name:match(pattern) then
    errors.raise("a %s's name must be a string of %s, found %s%s", kind, allowed, errors.describe(name),
      type(name) == "table" and next(name) ~= nil and string.format('; write %s "NAME" { ... }', kind) or "")
  end
  if #name > LONGEST then
    errors.raise("a %s's name can have at most %d letters, found %d: %s...", kind, LONGEST, #name,
      text_width.head(name, 20))
  end
end

return definition
