-- small_artifact: an artifact that is one small value, as a list.  It reads like the table with names that other
-- artifacts are (artifact/materialize.lua), takes a third of the room, and is sent as it is.
--
--   { digest, type, materializer, version, preview | false, name of the member, digest of the member | false, bytes }

local small_artifact = {}

local PLACE <const> = { digest = 1, type = 2, materializer = 3, version = 4, preview = 5 }

local Small = { __name = "small artifact" }

local function members_of(list)
  return { { name = list[6], digest = list[7] or nil, size = #list[8], bytes = list[8] } }
end

function Small.__index(list, field)
  local place = PLACE[field]
  if place then return rawget(list, place) or nil end
  if field == "size" then return #rawget(list, 8) end
  if field ~= "members" then return nil end
  local members = members_of(list)
  rawset(list, "members", members)
  return members
end

-- The artifact of such a list.
---@param list table
---@return Artifact
function small_artifact.of(list) return setmetatable(list, Small) end

-- Is the artifact such a list?
---@param artifact Artifact
---@return boolean
function small_artifact.is(artifact) return getmetatable(artifact) == Small end

-- The list of an artifact that is one small value, without a metatable; nil for another one.
---@param artifact Artifact
---@return table?
function small_artifact.list_of(artifact)
  if getmetatable(artifact) == Small then
    return { artifact[1], artifact[2], artifact[3], artifact[4], artifact[5], artifact[6], artifact[7], artifact[8] }
  end
  local members = artifact.members
  local one = members[1]
  if not one or not one.bytes or members[2] or artifact.metadata then return nil end
  return { artifact.digest, artifact.type, artifact.materializer, artifact.version, artifact.preview or false, one.name,
    one.digest or false, one.bytes }
end

-- The artifact as a table with names and without a metatable.
---@param artifact Artifact?
---@return Artifact?
function small_artifact.with_names(artifact)
  if getmetatable(artifact) ~= Small then return artifact end
  return { digest = artifact[1], type = artifact[2], materializer = artifact[3], version = artifact[4],
    preview = artifact[5] or nil, size = #artifact[8], members = members_of(artifact) }
end

return small_artifact
