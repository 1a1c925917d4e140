-- source: files and folders as values: rille.file "data/x.csv", rille.dir "data".
--
-- A file is { path, name, given }, a folder { path, given }; path is absolute, given
-- what the script wrote, which is observed: a moved project still hits.  As an input
-- of a step they are hashed by content.

local folder = require "rille.folder"
local mistake = require "rille.mistake"
local observe = require "rille.host.observe"
local session = require "rille.session"
local sys = require "rille.host.sys"

local source = {}

local File = { __name = "file" }
File.__index = File
local Dir = { __name = "dir" }
Dir.__index = Dir
source.File, source.Dir = File, Dir

function source.is_file(v) return getmetatable(v) == File end
function source.is_dir(v) return getmetatable(v) == Dir end

function source.file_at(path, given) return setmetatable({ path = path, name = path:match "[^/]+$", given = given or path }, File) end
function source.dir_at(path, given) return setmetatable({ path = path, given = given or path }, Dir) end

local function find(what, kind, path)
  if type(path) ~= "string" then mistake.raise("rille.%s: expected a path, found %s", what, mistake.describe(path)) end
  local full = session.resolve(path)
  observe.reading(path)
  local found, message = sys.stat(full)
  if not found then mistake.raise("rille.%s: %s", what, message) end
  if found ~= kind then mistake.raise("rille.%s: %s is a %s, not a %s", what, path, found, kind) end
  return full
end

-- rille.file(path): a file that steps read as an input of type t.file.
---@param path string relative to the main script's folder, or absolute
function source.file(path) return source.file_at(find("file", "file", path), path) end

-- rille.dir(path): a folder for an input of type t.dir.
---@param path string
function source.dir(path) return source.dir_at((find("dir", "folder", path):gsub("(.)/+$", "%1")), path) end

function File:__tostring() return "file " .. self.path end
function Dir:__tostring() return "folder " .. self.path end

-- The whole of a file.
function File:read()
  observe.reading(self.given)
  return mistake.need(sys.read_file(self.path))
end

-- The files below a folder, those that links lead to among them, as sorted relative
-- paths.
---@param root string
---@param given string? the folder as the script wrote it
---@return string[] files
function source.walk(root, given)
  local tree = folder.read(root, function(path) observe.reading((given or root) .. (path == "" and "" or "/" .. path)) end)
  local files = tree.files
  for _, link in ipairs(tree.links) do
    if sys.stat(root .. "/" .. link[1]) == "file" then files[#files + 1] = link[1] end
  end
  table.sort(files)
  return files
end

-- The names of the files in a folder, sorted.
function Dir:files() return source.walk(self.path, self.given) end

return source
