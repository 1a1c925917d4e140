-- local_paths: finds paths in what a step returns that mean nothing in another run.
--
-- The step's temporary folder is removed when the step ends, so a path in it is no
-- result: that is an error.  A text that mentions it, and whatever a program printed, is
-- a result, but another run makes another one: the step is not cached.  A text that
-- mentions the project's folder is cached as long as the folder stays where it is.
--
-- All bytes that are saved are searched: strings at any depth, columns of frames,
-- metadata.  Files and arrays are not.

local json = require "rille.json"
local observe = require "rille.host.observe"
local project = require "rille.project"

local local_paths = {}

local RANDOM <const> = 6           -- characters at the end of the names that sys.make_folder makes

local Watch = { __name = "watch for paths" }
Watch.__index = Watch

-- A path, and how JSON writes it where that differs.
local function spellings(path)
  if not utf8.len(path) then return { path } end
  local escaped = json.encode(path):sub(2, -2)
  return escaped == path and { path } or { path, escaped }
end

local function names_any(bytes, list)
  for _, one in ipairs(list) do if bytes:find(one, 1, true) then return true end end
  return false
end

---@param root string the folder of temporary folders
---@param folder fun(): string? that of the step, once it has one
---@param program boolean the step is a program
function local_paths.watch(root, folder, program)
  local places = spellings(root)
  if project.dir and project.tmp_folder() ~= root then
    table.move(spellings(project.tmp_folder()), 1, 2, #places + 1, places)
  end
  local base = project.folder()
  return setmetatable({ root = root, folder = folder, program = program, places = places,
    base = base ~= "/" and spellings(base) or {}, found = false }, Watch)
end

-- Searches bytes that are about to be saved.
---@param bytes string
function Watch:see(bytes)
  if names_any(bytes, self.base) then observe.fact("value", "base", self.base[1]) end
  if self.found then return end
  local made = self.folder()
  -- the random end of the folder's name finds it in a relative path too
  self.found = names_any(bytes, self.places) or made ~= nil and bytes:find(made:sub(-RANDOM), 1, true) ~= nil
end

-- The first string in a value for which f(string) is true, keys among them.
local function string_in(v, f, depth)
  if type(v) == "string" then return f(v) and v or nil end
  if type(v) ~= "table" or debug.getmetatable(v) or depth > 100 then return nil end
  for k, x in next, v do
    local found = string_in(k, f, depth + 1) or string_in(x, f, depth + 1)
    if found then return found end
  end
end

-- What was seen since the last call was in `what`: the step is not cached for it.
local function note(self, what)
  if self.found then observe.impure("the path of its temporary folder, in " .. what) end
  self.found = false
end

-- Searches a value that is kept beside the outputs.
---@param what string "its metadata"
---@param v any
function Watch:look(what, v)
  string_in(v, function(text) self:see(text) end, 0)
  note(self, what)
end

-- What was seen since the last call is the output of that name.  Raises when a string in
-- it is a path into the temporary folder, unless a program made it.
---@param name string
---@param v any
function Watch:returned(name, v)
  local path = self.found and not self.program
    and string_in(v, function(text) return text:sub(1, #self.root) == self.root
    and text:find("^/%S*$", #self.root + 1) end, 0)
  if path then
    error(string.format("it is the path %s in the step's temporary folder, which is removed when the step ends; "
      .. "return rille.file(path) for an output t.file, rille.dir(path) for t.dir, or the content",
      path), 0)
  end
  note(self, string.format('output "%s"', name))
end

return local_paths
