-- message: parameters and artifacts as plain data for a message.
--
-- pack(params) -> bytes, objects: bytes are those of rille.host.value; objects is
-- nil or a list { path = keys from the top, npy = bytes }, the arrays, which stand
-- in a key by their digest and so are not in the bytes.

local types = require "rille.script.types"
local value = require "rille.host.value"

local message = {}

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

-- Parameters that nobody but the graph can reach: a forked process has the same.
local function is_flat(params)
  for _, v in next, params do
    local kind = type(v)
    if kind == "table" or kind == "userdata" then return false end
  end
  return true
end

-- As pack, or nothing where a copy of this process knows them.
---@param params table
---@return string? bytes, table? objects
function message.needed(params)
  if is_flat(params) then return nil end
  return message.pack(params)
end

---@param params table
---@return string bytes, table? objects
function message.pack(params)
  if not holds_array(params) then return value.encode(params) end
  local objects = {}
  return value.encode(strip(params, objects, {})), objects
end

---@param bytes string
---@param objects table?
---@return table params
function message.unpack(bytes, objects)
  local params = value.decode(bytes)
  for _, one in ipairs(objects or {}) do
    local t, n = params, #one.path
    for i = 1, n - 1 do t = t[one.path[i]] end
    t[one.path[n]] = require("rille.array").fromnpy(one.npy)
  end
  return params
end

-- An artifact of one small value as a list, which is most of them, and a third of
-- its bytes in a message; others stay as they are.
---@param artifact table
---@return table
function message.flat(artifact)
  local members = artifact.members
  local one = members[1]
  if not one or not one.bytes or members[2] or artifact.metadata then return artifact end
  return { artifact.digest, artifact.type, artifact.materializer, artifact.version, artifact.preview or false, one.name, one.digest or false, one.bytes }
end

-- The artifact again; second: it was a list, all of it is here.
---@return table artifact, boolean whole
function message.artifact(given)
  local digest = given[1]
  if not digest then return given, false end
  local bytes = given[8]
  return { digest = digest, type = given[2], materializer = given[3], version = given[4], preview = given[5] or nil, size = #bytes,
    members = { { name = given[6], digest = given[7] or nil, size = #bytes, bytes = bytes } } }, true
end

return message
