-- load_as: artifact:load { as = "frame" }: the value of an artifact as another type than
-- it was saved as.
--
-- It is loaded by the first of these that there is:
--   a view of the materializer that saved it      { NAME = function(art) -> v }
--   another materializer of the script, which reads the members itself
--   bytes, file, dir: the members as they are, of any artifact

local registry = require "rille.artifact.registry"
local materialize = require "rille.artifact.materialize"
local member_name = require "rille.artifact.member_name"
local errors = require "rille.base.errors"
local paths = require "rille.project.paths"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local load_as = {}

local function only_member(art, as)
  if #art.members == 1 then return art.members[1].name end
  local names = {}
  for i, one in ipairs(art.members) do names[i] = one.name end
  local shown = table.concat(names, ", ", 1, math.min(#names, 5)) .. (#names > 5 and ", ..." or "")
  error(string.format('as = "%s": the artifact has %d members (%s); '
    .. 'load it as "dir", or read one with artifact:bytes("%s")', as, #names, shown, names[1]), 0)
end

local function need(ok, message)
  if not ok then error(message, 0) end
  return ok
end

-- Loaders that take the members as they are.
local MEMBERS = {}

function MEMBERS.bytes(art) return art:read(only_member(art, "bytes")) end

function MEMBERS.file(art)
  local name = only_member(art, "file")
  local path = art.env.folder() .. "/" .. member_name.decode(name:match "[^/]+$")
  art:extract(name, path)
  return paths.file_at(path)
end

function MEMBERS.dir(art)
  local root = art.env.folder()
  for _, one in ipairs(art.members) do
    local handle <close>, path = sys.beneath(root, member_name.decode(one.name))
    need(handle, path)
    art:extract(one.name, path)
  end
  return paths.dir_at(root)
end

-- The name that `as` stands for, which is a name, a type or a materializer, and the
-- script's materializer of that name.
local function target(as)
  if types.is_type(as) then as = as.name end
  if type(as) == "table" and as.custom then return as.type, as end
  if type(as) ~= "string" then
    errors.raise('artifact:load: as must be the name of a type (as in { as = "frame" }), a type or a materializer, '
      .. "found %s", errors.describe(as))
  end
  return as, registry.own[as]
end

-- The names as which an artifact of this materializer can be loaded.
local function names_for(saved)
  local names = { saved.type }
  for name in next, saved.views or {} do names[#names + 1] = name end
  for name in next, MEMBERS do names[#names + 1] = name end
  return names
end

-- Raises unless the value is of the type with that name, where it is one of rille's.
local function checked(name, v)
  local typ = types.registered[name]
  if not typ or registry.own[name] then return v end
  local value, expected = types.admit(typ, v)
  if value == types.REFUSED then
    error(string.format('as = "%s": expected %s, found %s', name, expected, errors.describe(v)), 0)
  end
  return value
end

-- Members as they are need no materializer: another project's artifact has them too.
local function loaded_as(artifact, env, name, other)
  local saved = registry.named(artifact.materializer)
  if saved and saved.type == name then return materialize.load(artifact, env) end
  local way = saved and saved.views and saved.views[name]
  if way then materialize.reader(artifact) end
  way = way or other and other.load or MEMBERS[name]
  if way then return way(materialize.open(artifact, env)) end
  errors.raise('an artifact of type "%s" cannot be loaded as "%s"%s', artifact.materializer, name,
    suggest.hint(name, saved and names_for(saved) or { "bytes", "file", "dir" }))
end

-- The value of an artifact as it was saved, or as another type.
---@param artifact Artifact
---@param env table { store, folder() }
---@param as any? a name, a type or a materializer
function load_as.load(artifact, env, as)
  if as == nil then return materialize.load(artifact, env) end
  local name, other = target(as)
  return checked(name, loaded_as(artifact, env, name, other))
end

return load_as
