-- local_paths: paths in what a step returns that hold only here and now.
--
-- The step's temporary folder is gone when the step ends, so the path of something
-- in it is no result: that is an error.  A text that only names it, and whatever a
-- program printed, is a result, but one that no other run makes: it is not cached.
-- A text that names the project's folder is cached as long as that stays where it is.
--
-- Strings are looked for in what is saved: at any depth, in columns of frames, in
-- metadata.  What files hold, and arrays, are not searched.

local json = require "rille.json"
local observe = require "rille.host.observe"
local project = require "rille.project"

local local_paths = {}

local MADE_UP <const> = 6           -- characters at the end of sys.make_folder's names

local Watch = { __name = "watch for paths" }
Watch.__index = Watch

-- A path as it stands in JSON too, which holds none that is not UTF-8.
local function spellings(path)
  if not utf8.len(path) then return { path } end
  local escaped = json.encode(path):sub(2, -2)
  return escaped == path and { path } or { path, escaped }
end

local function names_any(bytes, list)
  for _, one in ipairs(list) do if bytes:find(one, 1, true) then return true end end
  return false
end

-- root: the folder of temporary folders; folder() is that of the step, or nil;
-- program: the step is one.
---@param root string
---@param folder fun(): string?
---@param program boolean
function local_paths.watch(root, folder, program)
  local places = spellings(root)
  if project.dir and project.tmp_folder() ~= root then table.move(spellings(project.tmp_folder()), 1, 2, #places + 1, places) end
  local base = project.folder()
  return setmetatable({ root = root, folder = folder, program = program, places = places, base = base ~= "/" and spellings(base) or {}, found = false }, Watch)
end

-- Bytes that are about to be kept.
---@param bytes string
function Watch:see(bytes)
  if names_any(bytes, self.base) then observe.fact("value", "base", self.base[1]) end
  if self.found then return end
  local made = self.folder()
  -- the end of its name, which is made up, is as good as the whole
  self.found = names_any(bytes, self.places) or made ~= nil and bytes:find(made:sub(-MADE_UP), 1, true) ~= nil
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

-- What was seen since the last call was in WHAT.
local function settle(self, what)
  if self.found then observe.impure("the path of its temporary folder, in " .. what) end
  self.found = false
end

-- A value that is kept beside the outputs.
---@param what string "its metadata"
function Watch:look(what, v)
  string_in(v, function(text) self:see(text) end, 0)
  settle(self, what)
end

-- What was seen since the last call is output NAME.  Raises when there is a path in
-- it that dangles, unless a program made it.
---@param name string
---@param v any
function Watch:returned(name, v)
  local path = self.found and not self.program
    and string_in(v, function(text) return text:sub(1, #self.root) == self.root and text:find("^/%S*$", #self.root + 1) end, 0)
  if path then
    error(string.format("it is the path %s in the step's temporary folder, which is removed when the step ends; "
      .. "return what is there: rille.file(path) for an output t.file, rille.dir(path) for t.dir, or its content", path), 0)
  end
  settle(self, string.format('output "%s"', name))
end

return local_paths
