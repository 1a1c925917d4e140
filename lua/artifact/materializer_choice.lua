-- materializer_choice: which materializer saves a value: the one that its port's type or
-- the node names, else the script's own for its class, else a built-in one.

local errors = require "rille.base.errors"
local is_data = require("rille.host.value").is_data
local is_null = require("rille.host.value").is_null
local manifest = require "rille.materializers.manifest"
local materializer_code = require "rille.artifact.materializer_code"
local plain_hint = require "rille.script.plain_hint"
local registry = require "rille.artifact.registry"
local types = require "rille.script.types"

local materializer_choice = {}

local SCALARS <const> = { boolean = true, integer = true, number = true, string = true, bytes = true }
local BY_LUA_TYPE <const> = { ["nil"] = "nil", boolean = "boolean", string = "string", table = "table" }

local function ambiguous(v, a, b)
  return nil, string.format("%s has two materializers, %s and %s; "
    .. "choose one with :with { materializers = ... } or by the port's type, t.%s or t.%s",
    errors.describe(v), a.type, b.type, a.type, b.type)
end

-- The script's own for a value: nil when there is none, nil and a message when there are two.
local function own_for(v)
  local meta = debug.getmetatable(v)
  local list = meta and type(v) ~= "string" and registry.by_class[meta]
  if list and #list > 1 then return ambiguous(v, list[1], list[2]) end
  if list then
    materializer_code.note_use("save", list[1])
    return list[1]
  end
  local found
  for _, materializer in ipairs(registry.claims) do
    if materializer.claims(v) then
      if found then return ambiguous(v, found, materializer) end
      found = materializer
    end
  end
  return found
end

-- The built-in one for a value whose type leaves the choice to it.
local function builtin_for(v, typ)
  if is_null(v) then return registry.builtin "null" end
  if typ.element then return registry.builtin "list" end
  if manifest[typ.name] and typ.name ~= "array" then return registry.builtin(typ.name) end
  local kind = math.type(v)
  if kind then return registry.builtin(kind == "float" and "number" or "integer") end
  local by_lua_type = BY_LUA_TYPE[type(v)]
  if by_lua_type and (type(v) == "string" or is_data(v) or not debug.getmetatable(v)) then
    return registry.builtin(by_lua_type)
  end
  for _, name in ipairs(manifest.classes) do
    if types.admit(types.registered[name], v) ~= types.REFUSED then return registry.builtin(name) end
  end
end

-- The materializer that saves a value of the type, or nil and why there is none.
---@param v any
---@param typ Type
---@return Materializer?, string? message
function materializer_choice.choose(v, typ)
  local named = registry.own[typ.name]
  if named then return named end
  if SCALARS[typ.name] then return registry.builtin(typ.name) end
  local own, message = own_for(v)
  if own or message then return own, message end
  local builtin = builtin_for(v, typ)
  if builtin then return builtin end
  local hint = plain_hint.of(types.t.any, v)
  return nil, string.format("%s has no materializer; define one with rille.materializer%s", errors.describe(v),
    hint ~= "" and ", or " .. hint or "")
end

-- The name of the materializer that saves the values of a type; nil where it depends on
-- the value.
---@param typ Type
---@return string?
function materializer_choice.of_type(typ)
  if registry.own[typ.name] or manifest[typ.name] then return typ.name end
  if typ.element then return "list" end
  return typ.saved_as
end

-- The materializer for output i of a step: by its options, by the value v, by its type.
---@param step Step
---@param i integer
---@param v any nil: not known
---@return { type: string, version: integer }?, string? message
function materializer_choice.of_output(step, i, v)
  local port, message = step.outputs[i], nil
  local found = registry.chosen(step)[i]
  if not found and v ~= nil then found, message = materializer_choice.choose(v, port.type) end
  if not found and not message then
    local name = materializer_choice.of_type(port.type)
    found = name and registry.named(name)
  end
  if found and found.nested and v ~= nil and not pcall(found.pack, v) then
    return { type = found.type, version = found.nested }
  elseif found then
    return { type = found.type, version = found.version }
  end
  return nil, message or string.format(
    'output "%s" is of type %s, so its materializer depends on the value; pass the value too',
    port.name, port.type.name)
end

return materializer_choice
