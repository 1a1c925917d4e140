-- dangling: paths in what a step returns that hold only here and now.
--
-- The step's temporary folder is gone when the step ends, so the path of something
-- in it is no result: that is an error.  A text that only names it (what a program
-- printed) is a result, but one that no other run makes: it is not cached.  A text
-- that names the project's folder is cached as long as that stays where it is.
--
-- Strings are looked for in what is saved: at any depth, in columns of frames, in
-- metadata.  What files hold, and arrays, are not searched.

local json = require "rille.json"
local observe = require "rille.host.observe"
local session = require "rille.session"

local dangling = {}

local MADE_UP <const> = 6           -- characters at the end of sys.make_folder's names

local Watch = { __name = "watch for paths" }
Watch.__index = Watch

-- A path as it stands in JSON too.
local function spellings(path)
  local escaped = json.encode(path):sub(2, -2)
  return escaped == path and { path } or { path, escaped }
end

local function names_any(bytes, list)
  for _, one in ipairs(list) do if bytes:find(one, 1, true) then return true end end
  return false
end

-- root: the folder of temporary folders; folder() is that of the step, or nil.
---@param root string
---@param folder fun(): string?
function dangling.watch(root, folder)
  local places = spellings(root)
  if session.dir and session.dir .. "/tmp" ~= root then table.move(spellings(session.dir .. "/tmp"), 1, 2, #places + 1, places) end
  local base = session.folder()
  return setmetatable({ root = root, folder = folder, places = places, base = base ~= "/" and spellings(base) or {}, found = false }, Watch)
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

-- The string in a value that is the path of something below the root, or nil.
local function path_in(v, root, depth)
  if type(v) == "string" then
    local rest = v:sub(1, #root) == root and v:sub(#root + 1)
    return rest and rest:find "^/%S*$" and v or nil
  end
  if type(v) ~= "table" or debug.getmetatable(v) or depth > 100 then return nil end
  for k, x in next, v do
    local found = path_in(k, root, depth + 1) or path_in(x, root, depth + 1)
    if found then return found end
  end
end

-- What was seen since the last call belongs to this value.  Raises when it is a
-- path that dangles.
---@param what string 'output "x"'
---@param v any
---@param subject string? what the error calls it
function Watch:settle(what, v, subject)
  if not self.found then return end
  self.found = false
  local path = path_in(v, self.root, 0)
  if path then
    error(string.format("%s is the path %s in the step's temporary folder, which is removed when the step ends; "
      .. "return what is there: rille.file(path) for an output t.file, rille.dir(path) for t.dir, or its content", subject or what, path), 0)
  end
  observe.impure("the path of its temporary folder, in " .. what)
end

return dangling
