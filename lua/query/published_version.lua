-- published_version: a version of a model as a model registry takes it (stack/kinds.lua): data, and a function that
-- copies the bytes.

local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local json = require "rille.json"
local project = require "rille.project"
local served_parts = require "rille.query.served_parts"

local published_version = {}

local answer = project.answer

local function unpacked(text) return text and json.unpack(text) or nil end

-- An artifact of a link, without the bytes of its members.
local function artifact_of(link)
  local artifact = answer(project.meta:artifact(link.digest))
  if not artifact then errors.raise("artifact %s is not in the metadata", hash.hex(link.digest)) end
  local members = {}
  for i, one in ipairs(artifact.members) do
    members[i] = { name = one.name, digest = hash.hex(one.digest), size = one.size }
  end
  return { name = link.name, kind = link.kind, digest = hash.hex(link.digest), type = artifact.type,
    materializer = artifact.materializer, version = artifact.version, size = artifact.size, members = members,
    metadata = unpacked(artifact.metadata) }, artifact
end

-- The newest link of each name, in order of the names.
local function newest(row)
  local by_name, list = {}, {}
  for _, link in ipairs(answer(project.meta:model_links(row.id)) or {}) do by_name[link.name] = link end
  -- a deployment is of this project and this machine
  for _, link in next, by_name do if link.kind ~= "deployment" then list[#list + 1] = link end end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- Copies a member to a file, checked by its digest.
local function write(bytes, member, path)
  local own = bytes[member.digest]
  if own then return errors.need(require("rille.host.sys").write_scratch(path, own)) end
  errors.need(project.store:copy_out(hash.unhex(member.digest), member.size, path))
end

-- The metrics of a version that are numbers; NaN has no place in JSON, and never wins.
local function metrics_of(row)
  local list = {}
  for _, one in ipairs(answer(project.meta:model_metrics(row.id)) or {}) do
    local v = one.value
    if v and v == v and math.abs(v) ~= math.huge then
      list[#list + 1] = { step = one.step, name = one.name, value = v }
    end
  end
  return json.array(list)
end

-- The version of a row.
---@param model table row of the model
---@param row table of the version
---@param as string? the name of the model in the registry
---@return table version
function published_version.of(model, row, as)
  local artifacts, bytes = {}, {}
  for i, link in ipairs(newest(row)) do
    local artifact
    artifacts[i], artifact = artifact_of(link)
    for _, one in ipairs(artifact.members) do if one.bytes then bytes[hash.hex(one.digest)] = one.bytes end end
  end
  row.model = model.name
  local signature = served_parts.signature(row)
  return { model = as or model.name, number = row.number, name = row.name, stage = row.stage, created = row.created,
    run = row.run, project = project.parent_folder(), description = model.description, license = model.license,
    metrics = metrics_of(row), metadata = unpacked(row.metadata), signature = signature,
    artifacts = json.array(artifacts),
    write = function(member, path) write(bytes, member, path) end }
end

return published_version
