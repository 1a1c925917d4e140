-- golden: expected values in files beside the tests, for rille.testing.
--
-- A golden value is golden/NAME.txt for a string, and golden/NAME/MEMBER for the members of any other artifact, below
-- the folder of the script.  It is compared byte by byte; `rille test --update` writes it.

local compare = require "rille.testing.compare"
local materialize = require "rille.artifact.materialize"
local errors = require "rille.base.errors"
local output_file = require "rille.host.output_file"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local golden = {}

-- Are golden values written, not compared?
local function is_update() return global_options.update_golden or os.getenv "RILLE_UPDATE" == "1" end

local function folder_of(path) return path:match "^(.*)/[^/]*$" end

local function write(path, bytes)
  errors.need(sys.mkdirs(folder_of(path)))
  errors.need(output_file.write(path, bytes))
end

local function bytes_of(one)
  return one.bytes or errors.need(project.store:get(one.digest, one.size))
end

local function fail(name, path, text)
  errors.raise("golden %q: %s %s; if the new value is right, run rille test --update", name,
    project.show_path(path), text)
end

local function text(name, path, value)
  path = path .. ".txt"
  if is_update() then return write(path, value) end
  local kept = sys.read_file(path)
  if not kept then fail(name, path, "is not there") end
  local _, what = compare.find(value, kept)
  if what then fail(name, path, "differs: " .. what) end
end

-- The members in the files: { name = bytes }.
local function read_members(path, prefix, found)
  for _, name in ipairs(sys.list(path) or {}) do
    local full = path .. "/" .. name
    if sys.stat(full) == "folder" then read_members(full, prefix .. name .. "/", found)
    else found[prefix .. name] = errors.need(sys.read_file(full)) end
  end
  return found
end

-- What differs between the values, where both can be loaded.
local function difference(value, artifact, kept)
  local members = {}
  for i, one in ipairs(artifact.members) do
    local bytes = kept[one.name]
    if not bytes then return "has no member " .. one.name end
    members[i] = { name = one.name, size = #bytes, bytes = bytes }
  end
  local folder = errors.need(sys.make_folder(project.scratch() .. "/golden-"))
  local ok, old = pcall(materialize.load, { type = artifact.type, materializer = artifact.materializer,
    version = artifact.version, members = members },
    { store = project.store, folder = function() return folder end })
  local where, what
  if ok then where, what = compare.find(value, old) end
  sys.remove(folder)
  return what and string.format("differs: %s%s", where ~= "" and "at " .. where .. " " or "", what)
end

local function same(artifact, kept)
  local n = 0
  for _ in next, kept do n = n + 1 end
  for _, one in ipairs(artifact.members) do
    if kept[one.name] ~= bytes_of(one) then return false, "has another " .. one.name end
  end
  if n ~= #artifact.members then return false, "has members that the value lacks" end
  return true
end

local function members(name, path, value)
  local ok, artifact = pcall(materialize.save, value, types.t.any, { store = project.store })
  if not ok then errors.raise("golden %q: %s", name, tostring(artifact)) end
  if is_update() then
    sys.remove(path)
    for _, one in ipairs(artifact.members) do write(path .. "/" .. one.name, bytes_of(one)) end
    return
  end
  if sys.stat(path) ~= "folder" then fail(name, path, "is not there") end
  local kept = read_members(path, "", {})
  local equal, what = same(artifact, kept)
  if not equal then fail(name, path, difference(value, artifact, kept) or what) end
end

-- Raises when the value is not the golden one of this name.
---@param name string letters, digits, _, - and .
---@param value any
function golden.check(name, value)
  if type(name) ~= "string" or not name:match "^[%w_%-][%w_%-%.]*$" then
    errors.raise("golden: a name must consist of letters, digits, _, - and ., found %s", errors.describe(name))
  end
  local path = project.folder() .. "/golden/" .. name
  if type(value) == "string" then text(name, path, value) else members(name, path, value) end
  if is_update() then golden.written = (golden.written or 0) + 1 end
end

return golden
