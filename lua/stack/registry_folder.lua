-- registry_folder: a folder, maybe shared, in which versions of models are published as data.
--
--   ROOT/MODEL/NUMBER/version.json   what is published; written last: a version without it is not there
--   ROOT/MODEL/NUMBER/files/SHA256   the members of its artifacts
--   ROOT/MODEL/stages.json           { STAGE = NUMBER }
--
-- A version that is there never changes, and everything in it is named by its SHA-256: who reads it checks it.  The
-- fields of version.json are those of `publish` (stack/kinds.lua), digests in hex, and digest, that of the others.

local errors = require "rille.base.errors"
local folder_lock = require "rille.stack.folder_lock"
local hash = require "rille.host.hash"
local json = require "rille.json"
local output_file = require "rille.host.output_file"
local published_form = require "rille.stack.published_form"
local sys = require "rille.host.sys"

local registry_folder = {}

local FORMAT <const> = 1

---@class rille.registry_folder
---@field root string
local Registry = { __name = "registry folder" }
Registry.__index = Registry

local function folder_of(self, model, number)
  local path = self.root .. "/" .. model
  return number and path .. "/" .. number or path
end

local function read_json(path)
  local text, message = sys.read_file(path)
  if not text then return nil, message end
  local ok, v = pcall(json.unpack, text)
  if not ok or type(v) ~= "table" then return nil, path .. " is damaged" end
  return v
end

-- The digest of what a version has.
local function digest_of(version)
  local copy = {}
  for k, v in next, version do if k ~= "digest" and k ~= "published" and k ~= "by" then copy[k] = v end end
  return hash.hex(hash.sha256(json.pack(copy)))
end

local function write_json(path, value) errors.need(output_file.write(path, json.pack(value) .. "\n")) end

-- Stages -----------------------------------------------------------------------------------------

-- The stages of a model, of versions that are there; and what is wrong with the file.
local function stages_of(self, model)
  local path = folder_of(self, model) .. "/stages.json"
  if not sys.entry(path) then return {} end
  local read, why = read_json(path)
  local stages = {}
  for stage, number in next, read or {} do
    local version = math.type(number) == "integer" and folder_of(self, model, number) .. "/version.json"
    if version and sys.entry(version) then stages[stage] = number
    else why = string.format("%s is damaged: %s is version %s, which is not there", path, stage, tostring(number)) end
  end
  return stages, why
end

local function put_stage(self, model, number, stage)
  local stages = (stages_of(self, model))
  for name, holder in next, stages do if holder == number then stages[name] = nil end end
  if stage and stage ~= "none" and stage ~= "archived" then stages[stage] = number end
  local path = folder_of(self, model) .. "/stages.json"
  if next(stages) == nil then return sys.remove(path) end
  write_json(path, stages)
end

-- Reading ----------------------------------------------------------------------------------------

-- A published version; nil and why where there is none, or a damaged one.
---@param model string
---@param number integer
---@return table? version, string? why
function Registry:version(model, number)
  local path = published_form.is_name(model) and folder_of(self, model, number) .. "/version.json"
  if not path or not sys.entry(path) then
    return nil, string.format('the registry has no version %d of model "%s"', number, model)
  end
  local version, why = read_json(path)
  if not version then return nil, why end
  if version.format ~= FORMAT then
    return nil, string.format("%s has format %s, but this program reads format %d", path, tostring(version.format),
      FORMAT)
  end
  if version.digest ~= digest_of(version) then
    return nil, path .. " is damaged: its content is not that of its digest"
  end
  local wrong = published_form.wrong(version, model, number)
  if wrong then return nil, string.format("%s is damaged: %s", path, wrong) end
  for stage, holder in next, (stages_of(self, model)) do if holder == number then version.stage = stage end end
  return version
end

-- The numbers of the versions of a model, in order.
---@param model string
---@return integer[]
function Registry:numbers(model)
  local numbers, folder = {}, folder_of(self, model)
  if not published_form.is_name(model) then return numbers end
  for _, name in ipairs(sys.list(folder) or {}) do
    local number = name:find "^[1-9]%d*$" and math.tointeger(tonumber(name))
    if number and sys.entry(folder .. "/" .. name .. "/version.json") then numbers[#numbers + 1] = number end
  end
  table.sort(numbers)
  return numbers
end

-- All models, by name; wrong: what is wrong with its stages.
---@return { name: string, numbers: integer[], stages: table<string, integer>, wrong: string? }[]
function Registry:models()
  local list = {}
  for _, name in ipairs(sys.list(self.root) or {}) do
    local numbers = self:numbers(name)
    if numbers[1] then
      local stages, why = stages_of(self, name)
      list[#list + 1] = { name = name, numbers = numbers, stages = stages, wrong = why }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- The version that a text means: 3 and v3 are a number, else a stage, else a version's own name; nil: production.
---@param model string
---@param which string?
---@return table? version, string? why
function Registry:find(model, which)
  local number = math.tointeger(tonumber((tostring(which or ""):match "^v?(%d+)$")))
  if number then return self:version(model, number) end
  local stages, numbers = stages_of(self, model), self:numbers(model)
  if not numbers[1] then return nil, string.format('the registry has no model "%s"', model) end
  if stages[which or "production"] then return self:version(model, stages[which or "production"]) end
  for i = which and #numbers or 0, 1, -1 do
    local version = self:version(model, numbers[i])
    if version and version.name == which then return version end
  end
  return nil, string.format('the registry has no version of model "%s" %s; its versions: %s', model,
    which and string.format('in a stage or with the name "%s"', which) or "in production", table.concat(numbers, ", "))
end

-- The file of a member.
---@param version table
---@param member { digest: string }
---@return string
function Registry:file(version, member)
  return folder_of(self, version.model, version.number) .. "/files/" .. member.digest
end

-- What is wrong with a version, one sentence for each file.
---@param version table
---@return string[]
function Registry:verify(version)
  local wrong = {}
  for _, artifact in ipairs(version.artifacts) do
    for _, member in ipairs(artifact.members) do
      local path = self:file(version, member)
      local digest, why = hash.file(path)
      if not digest then wrong[#wrong + 1] = why
      elseif hash.hex(digest) ~= member.digest then
        wrong[#wrong + 1] = path .. " is damaged: its content is not that of its digest"
      end
    end
  end
  return wrong
end

-- Writing ----------------------------------------------------------------------------------------

-- Is that version there with the same artifacts?  nil: it is not there.
local function same_artifacts(self, version)
  local there, why = self:version(version.model, version.number)
  if not there then
    local is_torn = not sys.entry(folder_of(self, version.model, version.number) .. "/version.json")
    return not is_torn and error(why, 0) or nil
  end
  if #there.artifacts ~= #version.artifacts then return false, there end
  for i, one in ipairs(version.artifacts) do
    local other = there.artifacts[i]
    if other.digest ~= one.digest or other.name ~= one.name then return false, there end
  end
  return true, there
end

local function write(self, version)
  local folder = folder_of(self, version.model, version.number)
  if sys.entry(folder) then errors.need(sys.remove(folder)) end            -- what a killed process left
  errors.need(sys.mkdirs(folder .. "/files"))
  local written, copy = {}, { format = FORMAT }
  for k, v in next, version do if type(v) ~= "function" and k ~= "stage" then copy[k] = v end end
  for _, artifact in ipairs(version.artifacts) do
    for _, member in ipairs(artifact.members) do
      if not written[member.digest] then
        version.write(member, folder .. "/files/" .. member.digest)
        written[member.digest] = true
      end
    end
  end
  local wrong = self:verify(copy)
  if wrong[1] then error(wrong[1], 0) end
  copy.digest, copy.published, copy.by = digest_of(copy), sys.now(), sys.user()
  write_json(folder .. "/version.json", copy)
end

-- Publishes a version, or moves its stage where it is there with the same artifacts.
---@param version table of stack/kinds.lua
---@return "published"|"unchanged"|nil how, string? why
function Registry:publish(version)
  if not published_form.is_name(version.model) then
    return nil, "the name of a model has letters, digits, _, - and . only, found " .. errors.describe(version.model)
  end
  errors.need(sys.mkdirs(folder_of(self, version.model)))
  local lock <close> = folder_lock.wait(folder_of(self, version.model))
  local same, there = same_artifacts(self, version)
  if same == false then
    return nil, string.format('model "%s" has another version %d in the registry, published%s%s; give the model '
      .. "another name there with --as NAME", version.model, version.number,
      there.project and " from " .. there.project or "", there.by and " by " .. there.by or "")
  end
  if not same then write(self, version) end
  put_stage(self, version.model, version.number, version.stage)
  return same and "unchanged" or "published"
end

-- Moves a version to a stage; the version that had it has none from then on.
---@param version table
---@param stage string
function Registry:set_stage(version, stage)
  local lock <close> = folder_lock.wait(folder_of(self, version.model))
  put_stage(self, version.model, version.number, stage)
end

-- Removes a version; its number may be published again.
---@param model string
---@param number integer
function Registry:remove(model, number)
  local folder = folder_of(self, model)
  local lock <close> = folder_lock.wait(folder)
  errors.need(sys.remove(string.format("%s/%d/version.json", folder, number)))
  errors.need(sys.remove(string.format("%s/%d", folder, number)))
  put_stage(self, model, number, nil)
  if not self:numbers(model)[1] then sys.remove(folder) end
end

-- The registry of a folder, which is made when something is published.
---@param root string
---@return rille.registry_folder
function registry_folder.new(root) return setmetatable({ root = root }, Registry) end

return registry_folder
