-- plain_hint: how a value of a class becomes plain data, where plain data is wanted.

local is_data = require("rille.host.value").is_data
local origin = require "rille.host.origin"
local types = require "rille.script.types"

local plain_hint = {}

local function is_list(v)
  local n = 0
  for k in next, v do
    if math.type(k) ~= "integer" then return false end
    n = n + 1
  end
  return n > 0 and n == rawlen(v)
end

-- "return a plain list ...", or "" where that is no help.
---@param typ Type that refused the value
---@param v any
---@return string
function plain_hint.of(typ, v)
  local meta = type(v) == "table" and not is_data(v) and debug.getmetatable(v)
  if not meta or not (typ.element or typ.name == "table" or typ.name == "any") then return "" end
  if origin.is_strict(v) or type(meta) == "table" and types.is_own_class(meta) then return "" end
  return is_list(v) and "return a plain list: { table.unpack(v) }"
    or "return a plain table: setmetatable(v, nil) removes the class"
end

return plain_hint
