-- types: what a port or a parameter accepts.
--
-- A type is { name, check, options }.  check(v, options) returns the value as it
-- crosses the port (a number port makes 1 into 1.0), or types.REFUSED and what
-- was expected.  A type called with a name makes a port, called with a table the
-- same type with options.
-- A port is { name, type, options }, and takes options by a second call:
--     t.matrix "X"      t.classifier "model" { kind = "model" }
-- types.t is what scripts see: an index of all registered types.

local fingerprint = require "rille.host.fingerprint"
local json = require "rille.json"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"
local is_plain = require("rille.host.value").is_plain

local types = { registered = {} }
local registered = types.registered

local Type = { __name = "type" }
local Port = { __name = "port" }
types.Type, types.Port = Type, Port

local PARAM_OPTIONS = { default = true, min = true, max = true, gt = true, lt = true, doc = true }
local PORT_OPTIONS = { kind = true, name = true, doc = true, tags = true }

-- Types of rille's own whose values no other of them accepts, but for FITS below;
-- and the functions that make types.
local SCALAR = { boolean = true, string = true, integer = true, number = true, bytes = true, table = true, frame = true,
  file = true, dir = true, svm = true, linear = true, tree = true, array = true, matrix = true, vector = true, ["nil"] = true, null = true }
-- Those among them that stand for the models of a battery.
local MODELS = { svm = true, linear = true, tree = true }
local MAKERS = { list = true, enum = true, any_of = true }

function types.is_type(v) return getmetatable(v) == Type end
function types.is_port(v) return getmetatable(v) == Port end

local function new_type(name, check, options)
  return setmetatable({ name = name, check = check, options = options or {}, limited = false }, Type)
end

local function label(typ) return "type " .. typ.name end

local function check_options(self, options)
  errors.check_fields(label(self), options, PARAM_OPTIONS)
  for _, limit in ipairs { "min", "max", "gt", "lt" } do
    local v = options[limit]
    if v ~= nil and self.name ~= "number" and self.name ~= "integer" then
      errors.raise("%s: %s is for numbers", label(self), limit)
    elseif v ~= nil and type(v) ~= "number" then
      errors.raise("%s: %s is a number, found %s", label(self), limit, errors.describe(v))
    end
  end
  errors.check_text(label(self), "doc", options.doc)
end

local function with_options(self, options)
  check_options(self, options)
  local merged = {}
  for k, v in next, self.options do merged[k] = v end
  for k, v in next, options do merged[k] = v end
  local made = setmetatable({}, Type)
  for k, v in next, self do made[k] = v end
  made.options = merged
  made.limited = (merged.min or merged.max or merged.gt or merged.lt) ~= nil
  if merged.default ~= nil then
    local value, expected = types.accept(made, merged.default)
    if value == nil then
      errors.raise("%s: the default is %s, expected %s", label(self), errors.describe(merged.default), expected)
    end
    merged.default = value
  end
  return made
end

-- A type as a script writes it.
---@param typ table
---@return string
function types.spelt(typ)
  if typ.element then return "t.list(" .. types.spelt(typ.element) .. ")" end
  return typ.name:find "^[%a_][%w_]*$" and typ.name ~= "nil" and "t." .. typ.name or "TYPE"
end

function Type:__call(arg, options)
  if rawequal(arg, types.t) then errors.raise('t.%s is called with a dot: write t.%s "NAME"', self.name, self.name) end
  if type(arg) == "string" then
    if not arg:match "^[%a_][%w_]*$" then
      errors.raise('port "%s": a name is letters, digits and _, not beginning with a digit', arg)
    end
    local port = setmetatable({ name = arg, type = self, options = {} }, Port)
    if options ~= nil then return port(options) end
    return port
  elseif types.is_type(arg) then
    errors.raise("%s: it has no type of elements; write t.%s \"NAME\", or t.list(%s) for a list", label(self), self.name, types.spelt(arg))
  elseif type(arg) == "table" then
    return with_options(self, arg)
  end
  errors.raise("%s: call it with a port's name or a table of options, not with %s", label(self), errors.describe(arg))
end

function Type:__tostring() return self.name end

function Port:__call(options)
  if type(options) ~= "table" then
    errors.raise('port "%s": options are a table, found %s', self.name, errors.describe(options))
  end
  local what = 'port "' .. self.name .. '"'
  errors.check_fields(what, options, PORT_OPTIONS)
  for _, field in ipairs { "name", "kind", "doc" } do errors.check_text(what, field, options[field]) end
  if options.name == "" or (options.name or ""):find "[%c@]" then errors.raise("%s: name is not empty and has no @ and no control character", what) end
  types.check_tags(what, options.tags)
  return setmetatable({ name = self.name, type = self.type, options = options }, Port)
end

-- Raises unless tags is nothing or a list of words that the command line can name.
function types.check_tags(what, tags)
  if tags == nil then return end
  if type(tags) ~= "table" or debug.getmetatable(tags) then errors.raise("%s: tags is a list of strings, found %s", what, errors.describe(tags)) end
  for k, tag in next, tags do
    if math.type(k) ~= "integer" then errors.raise('%s: tags is a list of strings, found the key "%s"', what, tostring(k)) end
    if type(tag) ~= "string" or tag == "" or tag:find "[%c%s@,]" then
      errors.raise("%s: a tag is a string without blanks, @ and commas, found %s", what, errors.describe(tag))
    end
    if tonumber(tag) then errors.raise('%s: a tag is no number, which would name a version, found %s', what, errors.describe(tag)) end
  end
end

-- The limits that options put on a number; NaN is within none.
local function within(v, o)
  if o.min and not (v >= o.min) then return false, "of at least " .. o.min end
  if o.max and not (v <= o.max) then return false, "of at most " .. o.max end
  if o.gt and not (v > o.gt) then return false, "more than " .. o.gt end
  if o.lt and not (v < o.lt) then return false, "less than " .. o.lt end
  return true
end

-- The value as it crosses into `typ`, or types.REFUSED and what was expected.
-- nil is a value: the type nil and any accept it.
types.REFUSED = setmetatable({}, { __name = "refused" })
local REFUSED = types.REFUSED

---@param typ table a type
---@param v any
---@return any value, string? expected  types.REFUSED when it does not fit
function types.admit(typ, v)
  local value, expected = typ.check(v, typ.options)
  if value == REFUSED then return REFUSED, expected or typ.name end
  if typ.limited and math.type(value) then
    local fits, limit = within(value, typ.options)
    if not fits then return REFUSED, (math.type(value) == "integer" and "an integer " or "a number ") .. limit end
  end
  return value
end

-- As admit, for callers for whom nil is no value.
function types.accept(typ, v)
  local value, expected = types.admit(typ, v)
  if value == REFUSED then return nil, expected end
  return value
end

function types.register(name, check)
  local typ = new_type(name, check)
  registered[name] = typ
  return typ
end

local function simple(name, accepts, article)
  return types.register(name, function(v)
    if accepts(v) then return v end
    return REFUSED, article or "a " .. name
  end)
end

local function loaded(module) return package.loaded[module] end

-- The classes (metatables) of rille's own types: holds(class) by the name of a type.
-- A module that is not loaded has made no class yet.
local function is_field(module, name)
  return function(class)
    local m = loaded(module)
    return m ~= nil and class == m[name]
  end
end
local function is_array_class(class) return rawget(class, "__name") == "array" or rawget(class, "__name") == "rille.array" end

local CLASS_OF = {
  array = is_array_class, matrix = is_array_class, vector = is_array_class, frame = is_field("rille.frame", "class"),
  file = is_field("rille.project.paths", "File"), dir = is_field("rille.project.paths", "Dir"),
}

-- holds(class) for a type of rille's that admits values of its own classes only; nil
-- for one that asks something else of a value.
---@param typ table
function types.class_of(typ) return CLASS_OF[typ.name] end

-- Is the class one of rille's own, values of which a step can have without the
-- script's code having made them?
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
simple("nil", function(v) return v == nil end, "nil")
simple("null", function(v) return v == json.null end, "null (rille.null)")
simple("boolean", function(v) return type(v) == "boolean" end)
simple("string", function(v) return type(v) == "string" end)
simple("bytes", function(v) return type(v) == "string" end, "bytes (a string)")
simple("array", function(v) return is_array(v) end, "an array")
simple("matrix", function(v) return is_array(v, 2) end, "a matrix (an array of two dimensions)").kept_as = "array"
simple("vector", function(v) return is_array(v, 1) end, "a vector (an array of one dimension)").kept_as = "array"
simple("frame", function(v) local f = loaded "rille.frame" return f and f.is(v) or false end)
simple("file", function(v) local f = loaded "rille.project.paths" return f and f.is_file(v) or false end, 'a file (rille.file "path")')
simple("dir", function(v) local f = loaded "rille.project.paths" return f and f.is_dir(v) or false end, 'a folder (rille.dir "path")')
-- An input of this type is handed the artifact itself; any value becomes one.
simple("artifact", function(v) return v ~= nil end, "an artifact, or a value that becomes one")
simple("table", is_plain, "a table without a metatable")

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

-- A type that scripts can name before its classes are loaded: svm.
local function class_type(name, ...)
  local classes, module = { ... }, "rille." .. name
  types.register(name, function(v)
    local m, meta = loaded(module), debug.getmetatable(v)
    for _, class in ipairs(classes) do
      if m and meta and meta == m[class] then return v end
    end
    return REFUSED, "a model of type " .. name
  end)
  CLASS_OF[name] = function(meta)
    for _, class in ipairs(classes) do
      if is_field(module, class)(meta) then return true end
    end
    return false
  end
end
class_type("svm", "SVC")
class_type("linear", "Regression", "Logistic")
class_type("tree", "Tree")

local PLURAL <const> = { any = "values", ["nil"] = "nil", null = "nulls", bytes = "bytes", matrix = "matrices", dir = "folders" }
for _, name in ipairs { "boolean", "string", "integer", "number", "array", "vector", "frame", "file", "table" } do PLURAL[name] = name .. "s" end

-- "strings", "lists of integers", "values of type svm"
local function plural(typ)
  return PLURAL[typ.name] or typ.element and "lists of " .. plural(typ.element) or "values of type " .. typ.name
end

-- t:list(...): t is what the function was given first.
local function no_colon(first, name)
  if rawequal(first, types.t) then errors.raise("t.%s is a function, no method: write t.%s(...), with a dot", name, name) end
end

function types.list(element, ...)
  no_colon(element, "list")
  if not types.is_type(element) then
    errors.raise("t.list: expected the type of its elements, as in t.list(t.number), found %s", errors.describe(element))
  end
  local what = "a list of " .. plural(element)
  local typ = new_type("list(" .. element.name .. ")", function(v)
    if not is_plain(v) then return REFUSED, what end
    local made, n = {}, #v
    for k in next, v do
      if math.type(k) ~= "integer" or k < 1 or k > n then return REFUSED, "a list (keys 1 to n)" end
    end
    for i = 1, n do
      local x, expected = types.admit(element, v[i])
      if x == REFUSED then return REFUSED, string.format("%s (element %d: expected %s, found %s)", what, i, expected, errors.describe(v[i])) end
      made[i] = x
    end
    return made
  end)
  typ.element = element
  if select("#", ...) > 0 then return typ(...) end
  return typ
end

-- Is an input of the type handed artifacts in place of their values?
---@param typ table
---@return boolean
function types.hands_over(typ) return (typ.element or typ).name == "artifact" end

-- Does the type speak of artifacts, wherever in it?
local function names_artifact(typ)
  for _, one in ipairs(typ.members or { typ.element }) do if names_artifact(one) then return true end end
  return typ.name == "artifact"
end

-- Raises where a type speaks of artifacts that is not of an input.
---@param what string
---@param typ table
---@param is_input boolean?
function types.check_artifact(what, typ, is_input)
  if not names_artifact(typ) then return end
  if not is_input then errors.raise("%s: t.artifact is for inputs; values become artifacts by themselves: name the type of the value", what) end
  if not types.hands_over(typ) then errors.raise("%s: an input takes t.artifact or t.list(t.artifact), not %s", what, typ.name) end
end

local PLAIN = { string = true, number = true, boolean = true }

function types.enum(options)
  no_colon(options, "enum")
  if type(options) ~= "table" then
    errors.raise('t.enum: expected a table of values, as in t.enum { "a", "b" }, found %s', errors.describe(options))
  end
  local values, shown, rest = {}, {}, {}
  for i, v in ipairs(options) do
    if not PLAIN[type(v)] or v ~= v then errors.raise("t.enum: value %d is %s, expected a string, a number or a boolean", i, errors.describe(v)) end
    values[v] = { v }
    shown[i] = type(v) == "string" and string.format("%q", v) or tostring(v)
  end
  for k, v in next, options do
    if not (math.type(k) == "integer" and shown[k]) then rest[k] = v end
  end
  if #shown == 0 then errors.raise "t.enum: it has no values" end
  local expected = "one of " .. table.concat(shown, ", ")
  local typ = new_type("enum(" .. table.concat(shown, ",") .. ")", function(v)
    -- as declared: 1.0 where 1 is a value becomes 1
    if v ~= nil and values[v] then return values[v][1] end
    local near = type(v) == "string" and suggest.nearest(v, options)
    return REFUSED, expected .. (near and string.format(" (did you mean %q?)", near) or "")
  end)
  typ.values = table.move(options, 1, #shown, 1, {})
  return next(rest) and with_options(typ, rest) or typ
end

function types.any_of(list)
  no_colon(list, "any_of")
  if type(list) ~= "table" or #list == 0 then
    errors.raise("t.any_of: expected a list of types, as in t.any_of { t.matrix, t.frame }, found %s", errors.describe(list))
  end
  local names = {}
  for i, typ in ipairs(list) do
    if not types.is_type(typ) then errors.raise("t.any_of: element %d is %s, expected a type", i, errors.describe(typ)) end
    names[i] = typ.name
  end
  local typ = new_type("any_of(" .. table.concat(names, ",") .. ")", function(v)
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

-- Raises when name, that of a new type, is no name or one that is rille's own.
---@param what string "an interface"
function types.check_name(what, name)
  if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then
    errors.raise("%s's name is a string of letters, digits and _, found %s", what, errors.describe(name))
  end
  if SCALAR[name] and not MODELS[name] or name == "any" or name == "artifact" or MAKERS[name] then
    errors.raise('%s cannot be named "%s": that is a type of rille', what, name)
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
    if type(method) ~= "string" then errors.raise("%s: method %d is %s, expected a name", what, i, errors.describe(method)) end
  end
  table.sort(methods)
  local typ = types.register(name, function(v)
    local ok, missing = has_methods(v, methods)
    if ok then return v end
    return REFUSED, string.format("a %s (a value with methods %s; %s is missing)", name, table.concat(methods, ", "), missing)
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

-- A text that differs for types that accept or convert differently; classes of a
-- script count by their name, their materializers are in the key themselves.
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

-- Could a value that leaves a port of type `from` enter one of type `to`?  Only
-- what is certain to fail is refused before a run.
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

-- The type that a plain default of a parameter stands for.
function types.of_default(v)
  local name = math.type(v)
  name = name == "float" and "number" or name or type(v)
  if name == "userdata" and is_array(v) then name = "array" end
  local typ = registered[name]
  if not typ or name == "nil" then return nil end
  return with_options(typ, { default = v })
end

local function names()
  local list = {}
  for name in next, MAKERS do list[#list + 1] = name end
  for name in next, registered do list[#list + 1] = name end
  return list
end

types.t = setmetatable({}, {
  __index = function(_, name)
    if MAKERS[name] then return types[name] end
    local typ = registered[name]
    if typ then return typ end
    errors.raise('unknown type "%s"%s', tostring(name), require("rille.base.synonyms").type(name) or suggest.hint(name, names()))
  end,
  __newindex = function() errors.raise "types are made by rille.materializer and rille.interface" end,
})

return types
