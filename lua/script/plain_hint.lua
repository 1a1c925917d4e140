-- plain_hint: how a value of a class becomes plain data, where plain data is wanted, and a list an array.

local graph = require "rille.graph"
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

local FROM_LIST <const> = { vector = "array.from(list) makes a vector", matrix = "array.from(lists) makes a matrix",
  array = "array.from(list) makes an array", frame = "frame.from_records(list) makes a frame" }

-- "return a plain list ...", or "" where that is no help.
---@param typ Type that refused the value
---@param v any
---@return string
function plain_hint.of(typ, v)
  if type(v) == "table" and is_data(v) and is_list(v) and FROM_LIST[typ.name] then return FROM_LIST[typ.name] end
  local meta = type(v) == "table" and not is_data(v) and debug.getmetatable(v)
  if not meta or not (typ.element or typ.name == "table" or typ.name == "any") then return "" end
  if graph.is_wire(v) or origin.is_strict(v) or type(meta) == "table" and types.is_own_class(meta) then return "" end
  return is_list(v) and "return a plain list: { table.unpack(v) }"
    or "return a plain table: setmetatable(v, nil) removes the class"
end

return plain_hint
