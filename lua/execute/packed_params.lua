-- packed_params: the parameters of a step as bytes of rille.host.value, for a request.
--
-- Arrays in them are in a key by their digest and not in these bytes: objects is nil or a list
-- of them, { path = keys from the top, npy = bytes }.

local types = require "rille.script.types"
local value = require "rille.host.value"

local packed_params = {}

-- A copy of the table without its arrays, which go to objects.
local function strip(t, objects, path)
  local copy = {}
  for k, v in next, t do
    local at = table.move(path, 1, #path, 1, {})
    at[#at + 1] = k
    if types.is_array(v) then objects[#objects + 1] = { path = at, npy = require("rille.array").tonpy(v) }
    elseif type(v) == "table" then copy[k] = strip(v, objects, at)
    else copy[k] = v end
  end
  return copy
end

local function holds_array(t)
  for _, v in next, t do
    if types.is_array(v) or type(v) == "table" and holds_array(v) then return true end
  end
  return false
end

local function is_flat(params)
  for _, v in next, params do
    local kind = type(v)
    if kind == "table" or kind == "userdata" then return false end
  end
  return true
end

---@param params table
---@return string bytes, table[]? objects
function packed_params.pack(params)
  if not holds_array(params) then return value.encode(params) end
  local objects = {}
  return value.encode(strip(params, objects, {})), objects
end

-- The parameters of a node for a request; nil where they hold no table: no step can change
-- those, so a forked worker has them as they were.
---@param params table
---@return string? bytes, table[]? objects
function packed_params.to_send(params)
  if is_flat(params) then return nil end
  return packed_params.pack(params)
end

---@param bytes string
---@param objects table[]?
---@return table params
function packed_params.unpack(bytes, objects)
  local params = value.decode(bytes)
  for _, one in ipairs(objects or {}) do
    local t, n = params, #one.path
    for i = 1, n - 1 do t = t[one.path[i]] end
    t[one.path[n]] = require("rille.array").fromnpy(one.npy)
  end
  return params
end

return packed_params
