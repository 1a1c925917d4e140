-- source: files and folders as values: rille.file "data/x.csv", rille.dir "data".
--
-- A file is { path, name }, a folder { path }; path is as the script wrote it, so
-- that a moved project still hits: relative ones start from the base folder, here
-- as everywhere.  As an input of a step they are hashed by content; what the step
-- gets then are copies in its temporary folder, by absolute paths.

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

function source.file_at(path) return setmetatable({ path = path, name = path:match "[^/]+$" }, File) end
function source.dir_at(path) return setmetatable({ path = path }, Dir) end

local function find(what, kind, path)
  if type(path) ~= "string" then mistake.raise("rille.%s: expected a path, found %s", what, mistake.describe(path)) end
  if path:find "%z" then mistake.raise("rille.%s: a path has no zero byte", what) end
  if path == "" then path = "." end
  observe.reading(path)
  local found, message = sys.stat(session.resolve(path))
  if not found then mistake.raise("rille.%s: %s", what, message) end
  if found ~= kind then mistake.raise("rille.%s: %s is a %s, not a %s", what, path, found, kind) end
  return path
end

-- rille.file(path): a file that steps read as an input of type t.file.
---@param path string relative to the main script's folder, or absolute
function source.file(path) return source.file_at(find("file", "file", path)) end

-- rille.dir(path): a folder for an input of type t.dir.
---@param path string
function source.dir(path) return source.dir_at((find("dir", "folder", path):gsub("(.)/+$", "%1"))) end

function File:__tostring() return "file " .. self.path end
function Dir:__tostring() return "folder " .. self.path end

-- The absolute path, for what does not start from the base folder.  A step that asks
-- depends on where the project is.
---@return string path
function source.absolute(path)
  if path:sub(1, 1) ~= "/" then observe.fact("value", "base", session.folder()) end
  return session.resolve(path)
end

function File:absolute()
  mistake.check_self(self, File, "absolute")
  return source.absolute(self.path)
end
function Dir:absolute()
  mistake.check_self(self, Dir, "absolute")
  return source.absolute(self.path)
end

-- The whole of a file.
function File:read()
  mistake.check_self(self, File, "read")
  observe.reading(self.path)
  return mistake.need(sys.read_file(session.resolve(self.path)))
end

-- The files below a folder, those that links lead to among them, as sorted relative
-- paths.
---@param root string the folder as the script wrote it
---@return string[] files
function source.walk(root)
  local full = session.resolve(root)
  local tree = folder.read(full, function(path) observe.reading(path == "" and root or root .. "/" .. path) end)
  local files = tree.files
  for _, link in ipairs(tree.links) do
    if sys.stat(full .. "/" .. link[1]) == "file" then files[#files + 1] = link[1] end
  end
  table.sort(files)
  return files
end

-- The names of the files in a folder, sorted.
function Dir:files()
  mistake.check_self(self, Dir, "files")
  return source.walk(self.path)
end

mistake.strict(File, "path name")
mistake.strict(Dir, "path")

return source
