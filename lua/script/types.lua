-- types: the types that there are, and how they relate.
--
-- types.t is what scripts see: an index of all types by name, and the functions list,
-- enum and any_of, which make types of others.  Scripts add interfaces
-- (rille.interface) and the types of their materializers.
-- What a type and a port are: lua/script/port_type.lua.

local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local is_data = require("rille.host.value").is_data
local is_null = require("rille.host.value").is_null
local port_type = require "rille.script.port_type"
local suggest = require "rille.base.suggest"

local types = {
  t = port_type.t, registered = port_type.registered, REFUSED = port_type.REFUSED,
  Type = port_type.Type, Port = port_type.Port, is_type = port_type.is_type, is_port = port_type.is_port,
  admit = port_type.admit, accept = port_type.accept, register = port_type.register,
  as_written = port_type.as_written, check_tags = port_type.check_tags,
}

local REFUSED, registered = types.REFUSED, types.registered

-- Types of rille's own whose values no other of them accepts, but for FITS below.
local SCALAR = { boolean = true, string = true, integer = true, number = true, bytes = true, table = true, frame = true,
  file = true, dir = true, array = true, matrix = true, vector = true, ["nil"] = true, null = true, secret = true }
-- Those among them that stand for the models of a battery (types.model).
local MODELS = {}
local MAKERS = { list = true, enum = true, any_of = true }

local function simple(name, accepts, article)
  return types.register(name, function(v)
    if accepts(v) then return v end
    return REFUSED, article or "a " .. name
  end)
end

local function loaded(module) return package.loaded[module] end

-- holds(class) by the name of a type of rille's own: are values of the class (metatable) of
-- the type?  A module that is not loaded has made no class yet.
local function is_field(module, name)
  return function(class)
    local m = loaded(module)
    return m ~= nil and class == m[name]
  end
end
local function is_array_class(class)
  return rawget(class, "__name") == "array" or rawget(class, "__name") == "rille.array"
end

local CLASS_OF = {
  array = is_array_class, matrix = is_array_class, vector = is_array_class, frame = is_field("rille.frame", "class"),
  file = is_field("rille.project.paths", "File"), dir = is_field("rille.project.paths", "Dir"),
}

-- holds(class) for a type of rille's that admits values of its own classes only, else nil.
---@param typ table
function types.class_of(typ) return CLASS_OF[typ.name] end

-- Is the class one of rille's own?  A step can have its values without code of the script
-- that made them.
---@param class table
function types.is_own_class(class)
  for _, holds in next, CLASS_OF do
    if holds(class) then return true end
  end
  return fingerprint.is_intrinsic(class)
end

local function is_array(v, ndim)
  local meta = type(v) == "userdata" and debug.getmetatable(v)
  if not meta or (meta.__name ~= "rille.array" and meta.__name ~= "array") then return false end
  return not ndim or v.ndim == ndim
end
types.is_array = is_array

types.register("any", function(v) return v end)
types.register("secret", function(v) return require("rille.script.secret").admit(v) end)
simple("nil", function(v) return v == nil end, "nil")
simple("null", is_null, "null (rille.null)")
simple("boolean", function(v) return type(v) == "boolean" end)
simple("string", function(v) return type(v) == "string" end)
simple("bytes", function(v) return type(v) == "string" end, "bytes (a string)")
simple("array", function(v) return is_array(v) end, "an array")
simple("matrix", function(v) return is_array(v, 2) end, "a matrix (an array of two dimensions)").saved_as = "array"
simple("vector", function(v) return is_array(v, 1) end, "a vector (an array of one dimension)").saved_as = "array"
simple("frame", function(v) local f = loaded "rille.frame" return f and f.is(v) or false end)
simple("file", function(v) local f = loaded "rille.project.paths" return f and f.is_file(v) or false end,
  'a file (rille.file "path")')
simple("dir", function(v) local f = loaded "rille.project.paths" return f and f.is_dir(v) or false end,
  'a folder (rille.dir "path")')
-- An input of this type is given the artifact itself; any value becomes one.
simple("artifact", function(v) return v ~= nil end, "an artifact, or a value that becomes one")
simple("table", is_data, "a table without a metatable")

types.register("integer", function(v)
  local i = type(v) == "number" and math.tointeger(v)
  if i then return i end
  return REFUSED, "an integer"
end)

types.register("number", function(v)
  local kind = math.type(v)
  -- a float stays as it is: -0.0 + 0.0 is 0.0
  if kind == "float" then return v end
  if not kind then return REFUSED, "a number" end
  if math.tointeger(v + 0.0) == v then return v + 0.0 end
  return REFUSED, "a number (a float, which does not hold this integer exactly; t.integer does)"
end)

-- The type of a battery's models, which scripts can name before it is loaded: t.svm.
---@param name string
---@param classes string[] fields of its module
---@param battery string
function types.model(name, classes, battery)
  local module = "rille." .. battery
  local what = battery == name and "a model of type " .. name or "a " .. name
  SCALAR[name], MODELS[name] = true, true
  types.register(name, function(v)
    local m, meta = loaded(module), debug.getmetatable(v)
    for _, class in ipairs(classes) do
      if m and meta and meta == m[class] then return v end
    end
    return REFUSED, what
  end)
  CLASS_OF[name] = function(meta)
    for _, class in ipairs(classes) do
      if is_field(module, class)(meta) then return true end
    end
    return false
  end
end

local PLURAL <const> = { any = "values", ["nil"] = "nil", null = "nulls", bytes = "bytes", matrix = "matrices",
  dir = "folders" }
for _, name in ipairs { "boolean", "string", "integer", "number", "array", "vector", "frame", "file", "table" } do
  PLURAL[name] = name .. "s"
end

-- "strings", "lists of integers", "values of type svm"
local function plural(typ)
  return PLURAL[typ.name] or typ.element and "lists of " .. plural(typ.element) or "values of type " .. typ.name
end

-- Raises where the function was called with a colon, t:list(...).
local function no_colon(first, name)
  if rawequal(first, types.t) then
    errors.raise("t.%s is a function, not a method: write t.%s(...), with a dot", name, name)
  end
end

function types.list(element, ...)
  no_colon(element, "list")
  if not types.is_type(element) then
    errors.raise("t.list: expected the type of its elements, as in t.list(t.number), found %s",
      errors.describe(element))
  end
  local what = "a list of " .. plural(element)
  local typ = port_type.new("list(" .. element.name .. ")", function(v)
    if not is_data(v) then return REFUSED, what end
    local made, n = {}, #v
    for k in next, v do
      if math.type(k) ~= "integer" or k < 1 or k > n then return REFUSED, "a list (keys 1 to n)" end
    end
    for i = 1, n do
      local x, expected = types.admit(element, v[i])
      if x == REFUSED then
        return REFUSED, string.format("%s (element %d: expected %s, found %s)", what, i, expected,
          errors.describe(v[i]))
      end
      made[i] = x
    end
    return made
  end)
  typ.element = element
  if select("#", ...) > 0 then return typ(...) end
  return typ
end

-- Is an input of the type given artifacts in place of their values?
---@param typ table
---@return boolean
function types.takes_artifact(typ) return (typ.element or typ).name == "artifact" end

-- Does the type contain t.artifact?
local function names_artifact(typ)
  for _, one in ipairs(typ.members or { typ.element }) do if names_artifact(one) then return true end end
  return typ.name == "artifact"
end

-- Raises where a type contains t.artifact and may not: only inputs take artifacts.
---@param what string
---@param typ table
---@param is_input boolean?
function types.check_artifact(what, typ, is_input)
  if not names_artifact(typ) then return end
  if not is_input then
    errors.raise("%s: t.artifact is only for inputs; values become artifacts automatically: use the type of the value",
      what)
  end
  if not types.takes_artifact(typ) then
    errors.raise("%s: an input takes t.artifact or t.list(t.artifact), not %s", what, typ.name)
  end
end

local PLAIN = { string = true, number = true, boolean = true }

function types.enum(options)
  no_colon(options, "enum")
  if type(options) ~= "table" then
    errors.raise('t.enum: expected a table of values, as in t.enum { "a", "b" }, found %s', errors.describe(options))
  end
  local values, shown, rest = {}, {}, {}
  for i, v in ipairs(options) do
    if not PLAIN[type(v)] or v ~= v then
      errors.raise("t.enum: value %d is %s, expected a string, a number or a boolean", i, errors.describe(v))
    end
    values[v] = { v }
    shown[i] = type(v) == "string" and string.format("%q", v) or tostring(v)
  end
  for k, v in next, options do
    if not (math.type(k) == "integer" and shown[k]) then rest[k] = v end
  end
  if #shown == 0 then errors.raise "t.enum: it has no values" end
  local expected = "one of " .. table.concat(shown, ", ")
  local typ = port_type.new("enum(" .. table.concat(shown, ",") .. ")", function(v)
    -- as declared: 1.0 where 1 is a value becomes 1
    if v ~= nil and values[v] then return values[v][1] end
    local near = type(v) == "string" and suggest.nearest(v, options)
    return REFUSED, expected .. (near and string.format(" (did you mean %q?)", near) or "")
  end)
  typ.values = table.move(options, 1, #shown, 1, {})
  return next(rest) and port_type.with_options(typ, rest) or typ
end

function types.any_of(list)
  no_colon(list, "any_of")
  if type(list) ~= "table" or #list == 0 then
    errors.raise("t.any_of: expected a list of types, as in t.any_of { t.matrix, t.frame }, found %s",
      errors.describe(list))
  end
  local names = {}
  for i, typ in ipairs(list) do
    if not types.is_type(typ) then
      errors.raise("t.any_of: element %d is %s, expected a type", i, errors.describe(typ))
    end
    names[i] = typ.name
  end
  local typ = port_type.new("any_of(" .. table.concat(names, ",") .. ")", function(v)
    for _, one in ipairs(list) do
      local x = types.admit(one, v)
      if x ~= REFUSED then return x end
    end
    return REFUSED, "one of " .. table.concat(names, ", ")
  end)
  typ.members = list
  return typ
end

local function method_of(index, v, name)
  if type(index) == "table" then return index[name] end
  return type(index) == "function" and index(v, name)
end

local function has_methods(v, methods)
  local meta = debug.getmetatable(v)
  local index = type(meta) == "table" and rawget(meta, "__index")
  if type(v) ~= "table" and type(v) ~= "userdata" or not meta then return false, methods[1] end
  for _, name in ipairs(methods) do
    -- a class may raise for a name that it does not have
    local ok, method = pcall(method_of, index, v, name)
    if not ok or type(method) ~= "function" then return false, name end
  end
  return true
end

-- Raises unless name can be that of a new type.
---@param what string "an interface"
function types.check_name(what, name)
  if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then
    errors.raise("%s's name must be a string of letters, digits and _, found %s", what, errors.describe(name))
  end
  if SCALAR[name] and not MODELS[name] or name == "any" or name == "artifact" or MAKERS[name] then
    errors.raise('%s cannot be named "%s": that is a type of rille', what, name)
  end
  if registered[name] and registered[name].native then
    errors.raise('%s cannot be named "%s": the program that embeds rille registered a type of that name', what, name)
  end
end

-- A type that accepts every class with these methods.
local function interface(name, spec)
  local what = 'interface "' .. name .. '"'
  if type(spec) ~= "table" or type(spec.methods) ~= "table" or #spec.methods == 0 then
    errors.raise('%s: expected { methods = { "name", ... } }', what)
  end
  errors.check_fields(what, spec, { methods = true, doc = true })
  local methods = table.move(spec.methods, 1, #spec.methods, 1, {})
  for i, method in ipairs(methods) do
    if type(method) ~= "string" then
      errors.raise("%s: method %d is %s, expected a name", what, i, errors.describe(method))
    end
  end
  table.sort(methods)
  local typ = types.register(name, function(v)
    local ok, missing = has_methods(v, methods)
    if ok then return v end
    return REFUSED, string.format("a %s (a value with methods %s; %s is missing)", name, table.concat(methods, ", "),
      missing)
  end)
  typ.methods = methods
  return typ
end
interface("classifier", { methods = { "predict", "score" } })

-- rille.interface "name" { methods = { ... } } -> the type
---@param name string
---@return fun(spec: table): table
function types.interface(name, ...)
  types.check_name("an interface", name)
  local at = errors.where()
  if select("#", ...) > 0 then return (errors.from(at, interface, name, (...))) end
  return function(spec) return errors.from(at, interface, name, spec) end
end

-- A type for a materializer's class (a metatable, or a list of them) or claims.
function types.of_class(name, covers)
  return types.register(name, function(v)
    if covers(v) then return v end
    return REFUSED, "a " .. name
  end)
end

-- A text for keys that differs for types that accept or convert differently.  Classes of
-- a script count by their name, as keys have their materializers' code.
---@param typ table
---@return string
function types.identity(typ)
  local parts, o = { typ.name }, typ.options
  for _, bound in ipairs { "min", "max", "gt", "lt" } do
    if o[bound] then parts[#parts + 1] = string.format("%s %q", bound, o[bound]) end
  end
  for _, v in ipairs(typ.values or {}) do parts[#parts + 1] = string.format("%q", v) end
  if typ.methods then parts[#parts + 1] = table.concat(typ.methods, ",") end
  for _, one in ipairs(typ.members or { typ.element }) do parts[#parts + 1] = "(" .. types.identity(one) .. ")" end
  return table.concat(parts, "\1")
end

local FITS = { ["integer number"] = true, ["number integer"] = true, ["string bytes"] = true, ["bytes string"] = true,
  ["array matrix"] = true, ["matrix array"] = true, ["array vector"] = true, ["vector array"] = true }
local function kind(typ) return typ.element and "list" or SCALAR[typ.name] and typ.name end

-- May a value that leaves a port of type `from` enter one of type `to`?  false only where
-- it is certain to fail.
function types.could_fit(from, to)
  if from == to or to.name == "artifact" then return true end
  if from.members then
    for _, one in ipairs(from.members) do if types.could_fit(one, to) then return true end end
    return false
  elseif to.members then
    for _, one in ipairs(to.members) do if types.could_fit(from, one) then return true end end
    return false
  end
  if from.element and to.element then return types.could_fit(from.element, to.element) end
  local a, b = kind(from), kind(to)
  if to.methods and a then return MODELS[a] or false end
  if not a or not b then return true end
  return a == b or FITS[a .. " " .. b] or (a == "list" and b == "table") or (a == "table" and b == "list") or false
end

-- The type of a parameter that is declared by a plain default.
function types.of_default(v)
  local name = math.type(v)
  name = name == "float" and "number" or name or type(v)
  if name == "userdata" and is_array(v) then name = "array" end
  local typ = registered[name]
  if not typ or name == "nil" then return nil end
  return port_type.with_options(typ, { default = v })
end

local function names()
  local list = {}
  for name in next, MAKERS do list[#list + 1] = name end
  for name in next, registered do list[#list + 1] = name end
  return list
end

setmetatable(types.t, {
  __index = function(_, name)
    if MAKERS[name] then return types[name] end
    local typ = registered[name]
    if typ then return typ end
    errors.raise('unknown type "%s"%s', tostring(name),
      require("rille.base.synonyms").type(name) or suggest.hint(name, names()))
  end,
  __newindex = function() errors.raise "types are made by rille.materializer and rille.interface" end,
})

return types
