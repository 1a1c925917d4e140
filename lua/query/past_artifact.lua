-- past_artifact: artifacts of past runs as values; see history.lua.

local class = require "rille.query.history_class"
local context = require "rille.execute.context"
local did_you_mean = require "rille.query.did_you_mean"
local errors = require "rille.base.errors"
local external = require "rille.script.external"
local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local json = require "rille.json"
local registry = require "rille.artifact.registry"
local observe = require "rille.host.observe"
local project = require "rille.project"
local running = require "rille.project.running"
local own_run_view = require "rille.record.own_run_view"
local sys = require "rille.host.sys"
local value = require "rille.host.value"

local meta_of = debug.getmetatable
local unpack, within = class.unpack, class.within

local answer = project.answer

local past_artifact = {}

-- What finds the step that made an artifact.  past_step.lua requires this file, so history.lua passes it in.
---@class ArtifactMakers
---@field of_step_run fun(row: integer): table? step
---@field at fun(run: integer, position: integer): table? step
local makers = {}

---@param given ArtifactMakers
function past_artifact.find_makers_by(given) makers = given end

-- Files of loaded artifacts live as long as the program.
local function load_folder() return errors.need(sys.make_folder(project.scratch() .. "/load-")) end

-- The row with what the metadata has of the content: members, type, size...
local function full(row)
  if not row.members then
    local found = project.meta:artifact(row.digest) or context.within("made", row.digest)
    if not found then error("artifact " .. hash.hex(row.digest):sub(1, 12) .. " is not in the metadata", 0) end
    for k, v in next, found do if row[k] == nil then row[k] = v end end
  end
  return row
end

-- The table with name, number and step_run of an artifact: its row; for an artifact that an input was handed, what the
-- running run says.
local function named_as(row)
  if not row.handed then return row end
  if not row.named_as then row.named_as = context.within("input", row.handed[1], row.handed[2]) or {} end
  return row.named_as
end

-- The row of the artifact's version, or nil when it has no name.
local function version_row(row)
  row = named_as(row)
  if row.version_row or not row.name or not row.number then return row.version_row end
  row.version_row = answer(project.meta:version_row(row.name, row.number))
  return row.version_row
end

-- The tags of an artifact version, by name.
---@param version integer? its row
---@return string[]
function past_artifact.tags(version) return version and answer(project.meta:tags("artifact", version)) or {} end

-- The row of the version whose tags change; a mistake where the artifact has no name.
---@param artifact table
---@return integer
function past_artifact.tagged_row(artifact)
  local row = rawget(artifact, "row")
  class.open()
  local version = version_row(row)
  if not version then
    errors.raise("artifact %s has no name, and only versions of a name have tags", hash.hex(row.digest):sub(1, 12))
  end
  return version
end

-- Puts tags on the version, or takes them off; how many changed.
local function tag(self, added, ...)
  errors.check_self(self, past_artifact.Artifact, added and "tag" or "untag")
  local changed = require("rille.query.tagging").method("artifact", "artifact", past_artifact.tagged_row(self), added,
    ...)
  class.forget(self, "tags")
  return changed
end

local function uri(row)
  local one = full(row).members[1]
  if #row.members == 1 and not one.bytes then
    return "file://" .. project.object_file(hash.hex(one.digest))
  end
  return "rille:" .. hash.hex(row.digest)
end

-- The code that loads an artifact which a step captured is in no key, so loading it makes the step impure.
local function observe_load()
  if running.is_step() then observe.impure "artifact:load" end
end

-- The metadata that the step which made the artifact logged (ctx:log_artifact_metadata).
local function noted(row)
  if row.noted ~= nil then return row.noted or {} end
  local node, output = nil, row.origin and row.origin.output
  if not row.step_run then node, output = require("rille.query.lineage").new():maker(row) end
  local from = row.step_run or node and node.row
  local step = from and answer(project.meta:step_row(from))
  local notes = step and unpack(step.notes).outputs or {}
  for k, out in ipairs(step and step.outputs or {}) do
    if out.digest == row.digest and notes[out.name] and (k == output or not output) then return notes[out.name] end
  end
  return {}
end

-- The metadata of the materializer and of the step.
local function metadata(row)
  local all = unpack(full(row).metadata)
  for k, v in next, noted(row) do all[k] = v end
  return all
end

-- The bytes of a member, the first when it is not named; else nil, message, code.
function past_artifact.bytes(artifact, name)
  for _, one in ipairs(full(rawget(artifact, "row")).members) do
    if not name or one.name == name then
      if one.bytes then return one.bytes end
      return project.store:get(one.digest, one.size)
    end
  end
  return nil, 'the artifact has no member "' .. tostring(name) .. '"'
end

local function versions_of(name) return within("versions", name) or answer(project.meta:versions(name)) end

-- Fields that can change, of an artifact known by digest and name: a later run compares their text.
local FACTS = {
  tags = { of = function(row) return past_artifact.tags(version_row(row)) end,
    text = function(tags) return table.concat(tags, "\n") end },
  metadata = { of = metadata, text = value.digest },
}
local FIXED = { id = true, digest = true, type = true, size = true, version = true, name = true, materializer = true,
  preview = true, members = true }

-- Does the row say which step made it?  Then its metadata cannot be that of another step with equal bytes.
local function made_by_row(row) return row.noted ~= nil or row.step_run ~= nil end

-- Fields of an artifact that an input was handed: the key has its digest and metadata.
local CONTENT = { id = true, digest = true, type = true, size = true, materializer = true, preview = true,
  members = true, metadata = true }

local function read_handed(row, field)
  if CONTENT[field] then return end
  local fact = own_run_view.fact(named_as(row), field)
  if not fact then return observe.impure("artifact." .. field) end
  observe.fact("value", string.format("input %d %d %s", row.handed[1], row.handed[2], field), fact)
end

local function read_artifact(row, field, v)
  if row.handed then return read_handed(row, field) end
  if FIXED[field] or field == "tags" and not (row.name and row.number) or field == "metadata" and made_by_row(row) then
    return
  end
  local fact = FACTS[field]
  if not fact or row.within or row.taken then return observe.impure("artifact." .. field) end
  observe.fact("value", string.format("artifact %s %s %s@%s", field, hash.hex(row.digest), row.name or "",
    row.number or ""), fact.text(v))
end

-- Is a field of an artifact that a step read still the same?  rest: the name of the fact (cache/lookup.lua) after
-- its first word.
---@param recorded string
---@param rest string
---@return boolean
function past_artifact.is_unchanged(recorded, rest)
  local field, digest, name, number = rest:match "^(%l+) (%x+) (.*)@(%d*)$"
  local fact = FACTS[field]
  local row = fact and { digest = hash.unhex(digest), name = name ~= "" and name or nil,
    number = math.tointeger(number) }
  return row ~= nil and fact.text(fact.of(row)) == recorded
end

-- artifacts.NAME["1"]: an earlier link of a model version (past_model.lua).
local function link(row, k)
  if not row.links or type(k) ~= "string" or not k:find "^%d+$" then return nil end
  return row.links[k] or errors.raise('the artifact has no link "%s"; the newest is "%d"', k, row.n_links)
end

local Artifact = class.new("artifact", {
  id = function(row) return hash.hex(row.digest) end,
  digest = function(row) return hash.hex(row.digest) end,
  type = function(row) return full(row).type end,
  size = function(row) return full(row).size end,
  version = function(row) return named_as(row).number end,
  name = function(row) return named_as(row).name end,
  uri = uri,
  metadata = metadata,
  materializer = function(row) return full(row).materializer end,
  tags = function(row) return past_artifact.tags(version_row(row)) end,
  versions = function(row)
    local list = {}
    local name = named_as(row).name
    for i, one in ipairs(name and versions_of(name) or {}) do list[i] = past_artifact.artifact_of(one) end
    return list
  end,
  preview = function(row) return full(row).preview end,
  members = function(row)
    local list = {}
    for i, one in ipairs(full(row).members) do
      list[i] = { name = one.name, size = one.size, digest = hash.hex(one.digest) }
    end
    return list
  end,
  producer = function(row)
    if row.handed or row.within then
      local number = named_as(row).step_run
      local step = number and makers.of_step_run(number)
      if step then rawget(step, "row").observed = row.handed ~= nil end
      return step or nil
    end
    local node = require("rille.query.lineage").new():maker(row)
    return node and makers.at(node.run, node.position)
  end,
}, {
  -- artifact:load { as = "frame" } -> the value, as it was saved or as another type
  load = function(self, options, ...)
    errors.check_self(self, past_artifact.Artifact, "load", ...)
    if options ~= nil then
      if type(options) ~= "table" then
        errors.raise('artifact:load: expected options, as in { as = "frame" }, found %s', errors.describe(options))
      end
      errors.check_fields("artifact:load", options, { as = true })
    end
    local row = full(rawget(self, "row"))
    -- the code of a script's own conversions is in no key
    if not row.handed or options and options.as ~= nil and next(registry.own) ~= nil then observe_load() end
    return require("rille.artifact.load_as").load(row, { store = project.store, folder = row.folder or load_folder },
      options and options.as)
  end,
  -- artifact:tag("best", ...), artifact:untag("best", ...) -> how many changed
  tag = function(self, ...) return tag(self, true, ...) end,
  untag = function(self, ...) return tag(self, false, ...) end,
  -- artifact:bytes(member) -> the bytes of a member (the only one when not named)
  bytes = function(self, name, ...)
    errors.check_self(self, past_artifact.Artifact, "bytes", ...)
    local bytes, message = past_artifact.bytes(self, name)
    if not bytes then error(message, 0) end
    return bytes
  end,
}, read_artifact, link)
Artifact.__eq = function(a, b) return meta_of(a) == meta_of(b)
  and rawget(a, "row").digest == rawget(b, "row").digest end
-- artifact 5feceb66ffc8 (integer): 0
Artifact.__tostring = function(self)
  local row = full(rawget(self, "row"))
  local text = string.format("artifact %s (%s)", self.digest:sub(1, 12), self.type)
  local shown = require "rille.artifact.glance"(row)
  return shown and text .. ": " .. shown or text
end
past_artifact.Artifact = Artifact

external.adopt(Artifact, function(artifact) return rawget(artifact, "row") end)

---@param row table { digest, name?, number?, type?, size? }
function past_artifact.artifact_of(row) return setmetatable({ row = row }, Artifact) end

-- The artifact that an input of type artifact gets.
---@param artifact table with all that it has
---@param input integer
---@param place integer in a list, else 1
---@param notes string what the step that made it said of it, packed
---@param folder fun(): string for files that it loads
function past_artifact.handed(artifact, input, place, notes, folder)
  local row = {}
  for k, v in next, artifact do row[k] = v end
  row.noted, row.handed, row.folder = json.unpack(notes), { input, place }, folder
  return past_artifact.artifact_of(row)
end

-- rille.artifact(name | id | digest prefix)
function past_artifact.artifact(what)
  class.open()
  if type(what) ~= "string" then
    errors.raise("rille.artifact: expected a name, an id or the beginning of a digest, found %s", errors.describe(what))
  end
  local row, message = within("artifact", what), nil
  if not row then row, message = project.meta:find_artifact(what) end
  if not row then errors.raise("%s", did_you_mean.no_artifact(what, message)) end
  return past_artifact.artifact_of(row)
end

-- The artifact that a command names, by the end of its name or by its step where no other has it; or a mistake.
---@param what string
---@return table row
function past_artifact.need_artifact(what)
  class.open()
  local row, message = project.meta:find_artifact(what)
  if row then return row end
  local part, version = what:match "^(.-)(@[^@]*)$"
  local names = did_you_mean.artifacts_with(part or what)
  if #names == 1 then row, message = project.meta:find_artifact(names[1] .. (version or "")) end
  if #names > 1 then
    errors.at(nil, '"%s" is the name of several artifacts: %s%s; write one in full', part or what,
      table.concat(names, ", ", 1, math.min(#names, 5)), names[6] and ", …" or "")
  end
  if not row and names[1] and version then what = names[1] .. version end
  if not row then errors.at(nil, "%s", did_you_mean.no_artifact(what, message)) end
  return row
end

local Artifacts = { __name = "artifacts" }
errors.refuse(Artifacts, "__call", "__concat", "__len")

local EACH <const> = { prefix = true, name = true, search = true, type = true, pipeline = true, tag = true,
  since = true, where = true, sort = true, versions = true, limit = true }

-- rille.artifacts:each { type =, tag =, where =, ... } -> iterator over artifacts: the newest version of each name, by
-- name; with a tag, or versions = true, all versions
---@param options table?
---@return fun(): table? artifact
function Artifacts.each(self, options, ...)
  errors.check_self(self, Artifacts, "each", ...)
  local each = require "rille.query.each"
  options = each.check("each", options, EACH, 'tag = "best"')
  class.open()
  return each.page_by_page(options, require("rille.query.listing").artifacts, function(row)
    return past_artifact.artifact_of { digest = row.digest, name = row.name, number = row.version,
      version_row = row.version_row, type = row.type, size = row.size }
  end)
end

function Artifacts.__index(_, k)
  if k == "each" then return Artifacts.each end
  require("rille.base.usage_hints").field("rille.artifacts", k, { each = true })
end
function Artifacts.__newindex() errors.raise "rille.artifacts cannot be changed" end

-- rille.artifacts
past_artifact.artifacts = setmetatable({}, Artifacts)

fingerprint.closed(Artifact, "history." .. Artifact.__name)
fingerprint.closed(Artifacts, "history." .. Artifacts.__name)

-- Where only the row says which step made the artifact, the metadata of that step is in the key: by its digest alone it
-- could be the artifact of another step.
local parts_of = class.identity(Artifact, "artifact", "digest", "name", "number", "step_run", "noted", "within",
  "taken")
fingerprint.kind(Artifact, function(artifact)
  local row = rawget(artifact, "row")
  if row.noted == nil and row.origin then
    local said = noted(row)
    row.noted = next(said) ~= nil and said
  end
  return parts_of(artifact)
end)

return past_artifact
