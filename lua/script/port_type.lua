-- port_type: the classes of types and ports, and what crosses a port.
--
-- A type called with a name makes a port, called with a table the same type with
-- options.  A port takes its options by a second call:
--     t.matrix "X"      t.classifier "model" { kind = "model" }
-- lua/script/types.lua has the types themselves.

local errors = require "rille.base.errors"

---@class Type
---@field name string "integer", "list(string)"
---@field check fun(v: any, options: table): any, string? the value as it enters a port; else REFUSED, what was expected
---@field options table default, min, max, gt, lt, doc
---@field limited boolean options put limits on a number
---@field element Type? of a list
---@field members Type[]? of any_of
---@field values any[]? of an enum
---@field methods string[]? of an interface
---@field native true? of a type in C
---@field saved_as string? the materializer, where it has not the type's name
---@overload fun(arg: string|table, options: table?): Port|Type

---@class Port
---@field name string
---@field type Type
---@field options { kind: "data"|"model"|"deployment"|nil, name: string?, doc: string?, tags: string[]?,
---    overwrite: boolean? }
---@overload fun(options: table): Port

-- t: what scripts see, an index of all types; lua/script/types.lua fills it.
local port_type = { registered = {}, t = {} }

local Type = { __name = "type" }
local Port = { __name = "port" }
port_type.Type, port_type.Port = Type, Port

-- What admit returns for a value that does not fit: nil is a value.
local REFUSED = setmetatable({}, { __name = "refused" })
port_type.REFUSED = REFUSED

local PARAM_OPTIONS = { default = true, min = true, max = true, gt = true, lt = true, doc = true }
local PORT_OPTIONS = { kind = true, name = true, doc = true, tags = true, overwrite = true }
-- Of the links of model versions.
---@type table<string, true>
port_type.KINDS = { data = true, model = true, deployment = true }

---@return boolean
function port_type.is_type(v) return getmetatable(v) == Type end

---@return boolean
function port_type.is_port(v) return getmetatable(v) == Port end

-- A type; its name need not be registered.
---@param name string
---@param check fun(v: any, options: table): any, string?
---@return Type
function port_type.new(name, check)
  return setmetatable({ name = name, check = check, options = {}, limited = false }, Type)
end

-- A new type that scripts find by its name.
---@param name string
---@param check fun(v: any, options: table): any, string?
---@return Type
function port_type.register(name, check)
  local typ = port_type.new(name, check)
  port_type.registered[name] = typ
  return typ
end

-- Values ---------------------------------------------------------------------------

-- Does a number keep the limits of the options?  NaN keeps none.
local function within(v, options)
  if options.min and not (v >= options.min) then return false, "of at least " .. options.min end
  if options.max and not (v <= options.max) then return false, "of at most " .. options.max end
  if options.gt and not (v > options.gt) then return false, "greater than " .. options.gt end
  if options.lt and not (v < options.lt) then return false, "less than " .. options.lt end
  return true
end

-- The value as it crosses a port of the type, or REFUSED and what was expected.
---@param typ Type
---@param v any nil is a value: t["nil"] and t.any accept it
---@return any value, string? expected
function port_type.admit(typ, v)
  local value, expected = typ.check(v, typ.options)
  if value == REFUSED then return REFUSED, expected or typ.name end
  if typ.limited and math.type(value) then
    local fits, limit = within(value, typ.options)
    if not fits then return REFUSED, (math.type(value) == "integer" and "an integer " or "a number ") .. limit end
  end
  return value
end

-- As admit, where nil is no value: nil and what was expected when it does not fit.
---@param typ Type
---@param v any
---@return any value, string? expected
function port_type.accept(typ, v)
  local value, expected = port_type.admit(typ, v)
  if value == REFUSED then return nil, expected end
  return value
end

-- Types ----------------------------------------------------------------------------

-- The type as a script writes it: "t.list(t.string)".
---@param typ Type
---@return string
function port_type.as_written(typ)
  if typ.element then return "t.list(" .. port_type.as_written(typ.element) .. ")" end
  return typ.name:find "^[%a_][%w_]*$" and typ.name ~= "nil" and "t." .. typ.name or "TYPE"
end

local function label(typ) return "type " .. typ.name end

local function check_options(typ, options)
  errors.check_fields(label(typ), options, PARAM_OPTIONS)
  if typ.name == "secret" and options.default ~= nil then
    errors.raise "type secret: a secret has no default in code, which is kept with each run; give it to the run"
  end
  for _, limit in ipairs { "min", "max", "gt", "lt" } do
    local v = options[limit]
    if v ~= nil and typ.name ~= "number" and typ.name ~= "integer" then
      errors.raise("%s: %s is for numbers", label(typ), limit)
    elseif v ~= nil and type(v) ~= "number" then
      errors.raise("%s: %s must be a number, found %s", label(typ), limit, errors.describe(v))
    end
  end
  errors.check_text(label(typ), "doc", options.doc)
end

-- The type with these options added to its own.
---@param typ Type
---@param options table
---@return Type
function port_type.with_options(typ, options)
  check_options(typ, options)
  local merged = {}
  for k, v in next, typ.options do merged[k] = v end
  for k, v in next, options do merged[k] = v end
  local made = setmetatable({}, Type)
  for k, v in next, typ do made[k] = v end
  made.options = merged
  made.limited = (merged.min or merged.max or merged.gt or merged.lt) ~= nil
  if merged.default ~= nil then
    local value, expected = port_type.accept(made, merged.default)
    if value == nil then
      errors.raise("%s: the default is %s, expected %s", label(typ), errors.describe(merged.default), expected)
    end
    merged.default = value
  end
  return made
end

local function new_port(typ, name)
  if not name:match "^[%a_][%w_]*$" then
    errors.raise('port "%s": a name must consist of letters, digits and _, and not begin with a digit', name)
  end
  return setmetatable({ name = name, type = typ, options = {} }, Port)
end

function Type:__call(arg, options)
  if rawequal(arg, port_type.t) then
    errors.raise('t.%s is called with a dot: write t.%s "NAME"', self.name, self.name)
  end
  if type(arg) == "string" then
    local port = new_port(self, arg)
    if options ~= nil then return port(options) end
    return port
  elseif port_type.is_type(arg) then
    errors.raise("%s: the type of its elements is missing; write t.%s \"NAME\", or t.list(%s) for a list", label(self),
      self.name,
      port_type.as_written(arg))
  elseif type(arg) == "table" then
    return port_type.with_options(self, arg)
  end
  errors.raise("%s: call it with a port's name or a table of options, not with %s", label(self), errors.describe(arg))
end

function Type:__tostring() return self.name end

-- Ports ----------------------------------------------------------------------------

-- Raises unless tags is nothing or a list of words that the command line can name.
---@param what string 'port "X"'
---@param tags any
function port_type.check_tags(what, tags)
  if tags == nil then return end
  if type(tags) ~= "table" or debug.getmetatable(tags) then
    errors.raise("%s: tags must be a list of strings, found %s", what, errors.describe(tags))
  end
  for k, tag in next, tags do
    if math.type(k) ~= "integer" then
      errors.raise('%s: tags must be a list of strings, found the key "%s"', what, tostring(k))
    end
    local flaw = require("rille.script.tag_names").word_flaw(tag)
    if flaw then errors.raise("%s: %s", what, flaw) end
  end
end

function Port:__call(options)
  if type(options) ~= "table" then
    errors.raise('port "%s": options must be a table, found %s', self.name, errors.describe(options))
  end
  local what = 'port "' .. self.name .. '"'
  errors.check_fields(what, options, PORT_OPTIONS)
  for _, field in ipairs { "name", "kind", "doc" } do errors.check_text(what, field, options[field]) end
  if options.name == "" or (options.name or ""):find "[%c@]" then
    errors.raise("%s: name must not be empty or contain @ or control characters", what)
  end
  if options.kind and not port_type.KINDS[options.kind] then
    errors.raise('%s: kind must be "data", "model" or "deployment", found %s', what, errors.describe(options.kind))
  end
  if options.overwrite ~= nil and type(options.overwrite) ~= "boolean" then
    errors.raise("%s: overwrite must be true or false, found %s", what, errors.describe(options.overwrite))
  end
  port_type.check_tags(what, options.tags)
  return setmetatable({ name = self.name, type = self.type, options = options }, Port)
end

return port_type
