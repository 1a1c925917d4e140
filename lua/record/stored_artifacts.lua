-- stored_artifacts: artifacts by their digests, of the metadata or of a run that has not committed them yet.

local hash = require "rille.host.hash"
local project = require "rille.project"
local small_artifact = require "rille.artifact.small_artifact"

local stored_artifacts = {}

local function of_metadata(digest)
  local artifact = project.meta:artifact(digest)
  if not artifact then error("artifact " .. hash.hex(digest):sub(1, 12) .. " is not in the metadata", 0) end
  return artifact
end

-- The artifacts of many digests, in this order.
---@param digests string[]
---@param made table<string, Artifact> those that are not committed
---@return Artifact[]
function stored_artifacts.many(digests, made)
  local list, asked, places = {}, {}, {}
  for i = 1, #digests do
    local digest = digests[i]
    list[i] = made[digest] or false
    if not list[i] then
      places[#places + 1] = i
      asked[#asked + 1] = digest
    end
  end
  if not asked[1] then return list end
  local found = project.check(project.meta:inlines(table.concat(asked)))
  for k, i in ipairs(places) do
    list[i] = found[k] and small_artifact.of(found[k]) or of_metadata(asked[k])
  end
  return list
end

-- The artifact of one digest.
---@param digest string
---@param made table<string, Artifact> those that are not committed
---@return Artifact
function stored_artifacts.one(digest, made) return made[digest] or stored_artifacts.many({ digest }, made)[1] end

return stored_artifacts
