-- list_items: the artifacts of the items of a list, for step:map, and the boolean of a
-- condition, for rille.when.
--
-- An item has the digest that the same value has as an input of its own, so a step over
-- it is a hit in whatever list and place the item stands.  No step's code runs here, and a
-- list whose items are artifacts is not loaded.

local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local registry = require "rille.artifact.registry"
local materialize = require "rille.artifact.materialize"
local errors = require "rille.base.errors"
local types = require "rille.script.types"

local list_items = {}

local function is_list(v)
  local n = 0
  if type(v) ~= "table" or debug.getmetatable(v) then return false end
  for k in next, v do
    if math.type(k) ~= "integer" then return false end
    n = n + 1
  end
  return n == #v
end

-- The items of a list of values: each is saved as an input of the port is.
local function of_value(list, port, env)
  if not is_list(list) then return nil, "expected a list, found " .. errors.describe(list) end
  local made, by_value = {}, {}
  for i, v in ipairs(list) do
    local plain = type(v) == "string" or math.type(v) == "integer"
    local known = plain and by_value[v]
    if not known then
      local admitted, expected = types.admit(port.type, v)
      if admitted == types.REFUSED then
        return nil, string.format("item %d: expected %s, found %s", i, expected, errors.describe(v))
      end
      local ok, artifact = internal_error.call(materialize.save, admitted, port.type, env)
      if internal_error.is(artifact) then error(artifact, 0) end
      if not ok then return nil, string.format("item %d: %s", i, tostring(artifact)) end
      known = artifact
      if plain then by_value[v] = artifact end
    end
    made[i] = known
  end
  return made
end

-- The members I/NAME by I, as members NAME.
local function members_by_item(artifact)
  local by = {}
  for _, one in ipairs(artifact.members) do
    local i, name = one.name:match "^(%d+)/(.+)$"
    if i then
      i = math.tointeger(i)
      by[i] = by[i] or {}
      table.insert(by[i], { name = name, digest = one.digest, size = one.size, bytes = one.bytes })
    end
  end
  return by
end

-- The items of a list that materializers/list.lua saved with members for each item.
local function of_members(artifact, env)
  local index = json.unpack(materialize.bytes(artifact, "list.json", env))
  local by, made = members_by_item(artifact), {}
  for i, one in ipairs(index) do made[i] = materialize.of_members(one.type, one.version, by[i]) end
  return made
end

local function has_member(artifact, name)
  for _, one in ipairs(artifact.members) do if one.name == name then return true end end
  return false
end

local function decompose(artifact, port, env, to)
  local name = artifact.materializer
  if name == "list" and not registry.own.list and has_member(artifact, "list.json") then
    return of_members(artifact, env)
  end
  if name == "table" and artifact.version > 1 then
    return nil, "it is a table that contains arrays, frames, models or files; declare the output as t.list(T)"
  end
  return of_value(materialize.load(artifact, env), port, to)
end

-- The artifacts of a list's items: a list, or nil and why there is none.
---@param artifact Artifact the list's
---@param port Port the input that each item is for
---@param env table see materialize.load
---@param to table see materialize.save: where items go that are no artifacts yet
---@return Artifact[]? artifacts, string? message
function list_items.of(artifact, port, env, to)
  local ok, made, message = internal_error.call(decompose, artifact, port, env, to)
  if internal_error.is(made) then error(made, 0) end
  if not ok then return nil, tostring(made) end
  return made, message
end

-- The boolean that an artifact holds, or nil and what it holds instead.
---@return boolean? truth, string? message
function list_items.truth(artifact, env)
  local ok, v = internal_error.call(materialize.load, artifact, env)
  if not ok and internal_error.is(v) then error(v, 0) end
  if not ok then return nil, tostring(v) end
  if type(v) ~= "boolean" then return nil, "expected a boolean, found " .. errors.describe(v) end
  return v
end

return list_items
