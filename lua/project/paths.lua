-- paths: files and folders as values: rille.file "data/x.csv", rille.dir "data".
--
-- A file is { path, name }, a folder { path }.  The path is as the script wrote it, so that results of a moved project
-- are still hits.  An input of a step is hashed by its content; the step gets a copy in its temporary folder, by an
-- absolute path.

local folder = require "rille.project.folder"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local project = require "rille.project"
local sys = require "rille.host.sys"

local paths = {}

local File = { __name = "file" }
File.__index = File
local Dir = { __name = "dir" }
Dir.__index = Dir
paths.File, paths.Dir = File, Dir

function paths.is_file(v) return getmetatable(v) == File end
function paths.is_dir(v) return getmetatable(v) == Dir end

function paths.file_at(path) return setmetatable({ path = path, name = path:match "[^/]+$" }, File) end
function paths.dir_at(path) return setmetatable({ path = path }, Dir) end

local function find(what, kind, path)
  if type(path) ~= "string" then errors.raise("rille.%s: expected a path, found %s", what, errors.describe(path)) end
  if path:find "%z" then errors.raise("rille.%s: a path cannot contain a zero byte", what) end
  if path == "" then path = "." end
  observe.reading(path)
  local found, message = sys.stat(project.resolve(path))
  if not found then errors.raise("rille.%s: %s", what, message) end
  if found ~= kind then errors.raise("rille.%s: %s is a %s, not a %s", what, path, found, kind) end
  return path
end

-- rille.file(path): a file that steps read as an input of type t.file.
---@param path string relative to the main script's folder, or absolute
function paths.file(path) return paths.file_at(find("file", "file", path)) end

-- rille.dir(path): a folder for an input of type t.dir.
---@param path string
function paths.dir(path) return paths.dir_at((find("dir", "folder", path):gsub("(.)/+$", "%1"))) end

function File:__tostring() return "file " .. self.path end
function Dir:__tostring() return "folder " .. self.path end

-- The absolute path, for programs that do not run in the base folder.  A step that asks for it depends on where the
-- project is.
---@return string path
function paths.absolute(path)
  if path:sub(1, 1) ~= "/" then observe.fact("value", "base", project.folder()) end
  return project.resolve(path)
end

function File:absolute(...)
  errors.check_self(self, File, "absolute", ...)
  return paths.absolute(self.path)
end
function Dir:absolute(...)
  errors.check_self(self, Dir, "absolute", ...)
  return paths.absolute(self.path)
end

-- The content of a file.
function File:read(...)
  errors.check_self(self, File, "read", ...)
  observe.reading(self.path)
  return errors.need(sys.read_file(project.resolve(self.path)))
end

-- The files below a folder, targets of links included, as sorted relative paths.
---@param root string the folder as the script wrote it
---@return string[] files
function paths.walk(root)
  local full = project.resolve(root)
  local tree = folder.read(full, function(path) observe.reading(path == "" and root or root .. "/" .. path) end)
  local files = tree.files
  for _, link in ipairs(tree.links) do
    if sys.stat(full .. "/" .. link[1]) == "file" then files[#files + 1] = link[1] end
  end
  table.sort(files)
  return files
end

-- The names of the files in a folder, sorted.
function Dir:files(...)
  errors.check_self(self, Dir, "files", ...)
  return paths.walk(self.path)
end

errors.strict(File, "path name")
errors.strict(Dir, "path")

return paths
