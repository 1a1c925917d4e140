-- materialize: values to artifacts and back.  What a materializer is: registry.lua.

local artifact_io = require "rille.artifact.artifact_io"
local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local json = require "rille.json"
local manifest = require "rille.materializers.manifest"
local materializer_choice = require "rille.artifact.materializer_choice"
local materializer_code = require "rille.artifact.materializer_code"
local member_name = require "rille.artifact.member_name"
local registry = require "rille.artifact.registry"
local types = require "rille.script.types"

---@class Artifact
---@field digest string of its materializer and members
---@field type string
---@field materializer string
---@field version integer of the materializer
---@field size integer bytes of all members
---@field members Member[]
---@field metadata string? packed JSON
---@field preview string? one line

local materialize = {}

local FORMAT <const> = "rille-artifact/1"
local MOST_FIELDS <const> = 200      -- of one call of hash.fields
local STAGED <const> = artifact_io.STAGED

-- Saving -----------------------------------------------------------------------------

local function digest_of(name, version, members)
  local first = members[1]
  if not members[2] then
    return hash.fields("F", FORMAT, "T", name, "V", tostring(version), "n", first.name, "s", tostring(first.size),
      "d", first.digest)
  end
  local fields = { "F", FORMAT, "T", name, "V", tostring(version) }
  for _, one in ipairs(members) do
    table.move({ "n", one.name, "s", tostring(one.size), "d", one.digest }, 1, 6, #fields + 1, fields)
  end
  if #fields <= MOST_FIELDS then return hash.fields(table.unpack(fields)) end
  return hash.fields("F", FORMAT, "L", hash.sha256(json.pack(fields)))
end

-- The artifact of members that are kept already, and its digest: that of the same
-- value saved by itself.
---@param name string its materializer
---@param version integer
---@param members Member[]
---@return Artifact
function materialize.of_members(name, version, members)
  local size = 0
  for _, one in ipairs(members) do size = size + one.size end
  return { digest = digest_of(name, version, members), type = name, materializer = name, version = version, size = size,
    members = members }
end

-- The artifact that a materializer of one member makes: most values are small.
local function pack(materializer, v, env)
  local name, version = materializer.type, materializer.version
  local members = { artifact_io.keep(materializer.member, materializer.pack(v), env) }
  return { digest = digest_of(name, version, members), type = name, materializer = name, version = version,
    size = members[1].size, members = members, preview = materializer.preview and materializer.preview(v) }
end

-- The same of a table that may hold values with materializers of their own.
local function pack_table(materializer, v, env)
  local ok, artifact = pcall(pack, materializer, v, env)
  if ok then return artifact end
  if type(artifact) == "string" and artifact:find "cannot be stored as data$" then
    local nested = require "rille.artifact.nested"
    local art = artifact_io.new(env, {}, nested.VERSION)
    if nested.save(v, art, function(part) return materialize.save(part, types.t.any, env) end) then
      local made = materialize.of_members(materializer.type, nested.VERSION, art.members)
      made.preview = materializer.preview(v)
      return made
    end
  end
  error(artifact, 0)
end

-- Notes the signature of a model in the metadata of its artifact: what its materializer says, or what the value of a
-- class of rille's own knows.  What a materializer says is a member, too: equal bytes with another signature are
-- another artifact.
local function note_signature(materializer, v, art)
  if materializer.signature then
    local given = materializer.signature(v)
    if given == nil then return end
    local who = string.format('materializer "%s": signature', materializer.type)
    art.metadata.signature = require("rille.learn.signature").given(who, given)
    art:write("signature.json", json.pack(art.metadata.signature))
  elseif type(manifest[materializer.type]) == "table"
    or materializer.custom and debug.getmetatable(v) and types.is_own_class(debug.getmetatable(v)) then
    art.metadata.signature = require("rille.learn.signature").of(v)
  end
end

local function save_with(materializer, v, env)
  if materializer.nested then return pack_table(materializer, v, env) end
  if materializer.pack then return pack(materializer, v, env) end
  local art = artifact_io.new(env, {}, materializer.version)
  if materializer.custom then materializer_code.note_libm() end
  materializer.save(v, art)
  if materializer.signature or type(v) == "table" then note_signature(materializer, v, art) end
  if #art.members == 0 then error(string.format('materializer "%s": save wrote no member', materializer.type), 0) end
  if materializer.preview and not art.preview then
    local text = materializer.preview(v, art)
    if type(text) == "string" and not art.preview then art.preview = text end
  end
  local artifact = materialize.of_members(materializer.type, materializer.version, art.members)
  artifact.metadata, artifact.preview = next(art.metadata) and json.pack(art.metadata) or nil, art.preview
  return artifact
end

-- The artifact of a value that leaves a port.  Raises a string that says why there is none.
---@param v any
---@param typ Type the port's
---@param env table { store }, see Art
---@param chosen Materializer? the one that the node names
---@return Artifact
function materialize.save(v, typ, env, chosen)
  if typ.name == "artifact" then typ = types.t.any end
  if not chosen then
    local found, message = materializer_choice.choose(v, typ)
    if not found then error(message, 0) end
    return save_with(found, v, env)
  end
  if chosen.classes[1] and not registry.covers(chosen, v) then
    error(string.format('materializer "%s", which the node chose, is not for %s', chosen.type, errors.describe(v)), 0)
  end
  return save_with(chosen, v, env)
end

-- A copy of the artifact with files of a folder beside its value.
---@param artifact Artifact
---@param folder string
---@param files string[] relative paths as they are on disk, sorted
---@param env table { store }
---@return Artifact
function materialize.extended(artifact, folder, files, env)
  local made = {}
  for k, v in next, artifact do made[k] = v end
  made.members = table.move(artifact.members, 1, #artifact.members, 1, {})
  for _, name in ipairs(files) do
    local digest, size = env.store:put_file(folder .. "/" .. name)
    if not digest then error(size, 0) end
    made.members[#made.members + 1] = { name = STAGED .. member_name.encode(name), digest = digest, size = size }
    made.size = made.size + size
  end
  made.digest = digest_of(made.materializer, made.version, made.members)
  return made
end

-- Loading ----------------------------------------------------------------------------

-- The members that make the value; files beside it stand last.
local function value_members(members)
  if not members[2] or members[#members].name:sub(1, #STAGED) ~= STAGED then return members end
  local list = {}
  for _, one in ipairs(members) do
    if one.name:sub(1, #STAGED) == STAGED then break end
    list[#list + 1] = one
  end
  return list
end

-- What a materializer's load and views read from.
---@param artifact Artifact
---@param env table { store, folder(name) -> a folder for files }
---@return Art
function materialize.open(artifact, env)
  return artifact_io.new(env, value_members(artifact.members), artifact.version)
end

-- The bytes of a member of an artifact, one beside its value too.
---@param artifact Artifact
---@param name string
---@param env table
---@return string
function materialize.bytes(artifact, name, env)
  return artifact_io.new(env, artifact.members, artifact.version):read(name)
end

-- The materializer that reads an artifact.
---@param artifact Artifact
---@return Materializer
function materialize.reader(artifact)
  local name = artifact.materializer
  local found = registry.named(name)
  if not found then
    error(string.format('the artifact has type "%s", for which this script has no materializer', name), 0)
  end
  if artifact.version > (found.nested or found.version) then
    error(string.format('the artifact was saved by version %d of materializer "%s", but this is version %d',
      artifact.version, name, found.nested or found.version), 0)
  end
  return found
end

-- The value that a materializer with save and load loads.  What a script's load returns
-- has to be of the class that its materializer is for; claims are asked of values to be
-- saved alone.
---@param materializer Materializer
---@param art Art
---@return any
function materialize.load_with(materializer, art)
  local v = materializer.load(art)
  if materializer.custom and not materializer.claims and not registry.covers(materializer, v) then
    error(string.format('materializer "%s" (%s): load returned %s, which does not have its class', materializer.type,
      materializer.at or "?", errors.describe(v)), 0)
  end
  return v
end

local LUA_TYPE <const> = { ["nil"] = "nil", boolean = "boolean", integer = "number", number = "number",
  string = "string", bytes = "string", table = "table" }

-- The value that a materializer of one member makes of its bytes.
local function unpack_with(materializer, name, bytes)
  local v = materializer.unpack(bytes)
  local want = LUA_TYPE[materializer.type]
  if want and type(v) ~= want then
    error(string.format("%s: holds %s, not a value of type %s", name, errors.describe(v), materializer.type), 0)
  end
  return v
end

-- The value of an artifact, as it was saved.
---@param artifact Artifact
---@param env table as of open
---@param in_key boolean? the key of the running step has the materializer in it
---@return any
function materialize.load(artifact, env, in_key)
  local materializer = materialize.reader(artifact)
  if materializer.custom then materializer_code.note_libm() end
  if materializer.custom and not in_key then materializer_code.note_use("load", materializer) end
  local first = artifact.members[1]
  if materializer.nested and artifact.version == materializer.nested then
    return require("rille.artifact.nested").load(materialize.open(artifact, env), function(part)
      return materialize.load(part, env)
    end)
  end
  if materializer.pack and first.bytes then return unpack_with(materializer, first.name, first.bytes) end
  local art = materialize.open(artifact, env)
  if materializer.pack then return unpack_with(materializer, first.name, art:read(first.name)) end
  return materialize.load_with(materializer, art)
end

return materialize
