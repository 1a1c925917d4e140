-- pinned_code: code of a commit: a module of one (rille.at), or a whole script (rille run --at).
--
-- A chunk of a commit has a loader (host/observe/observe_pin.h): what it requires, or loads by loadfile and dofile, is
-- of the same commit.  A module of rille.at may load from its own folder alone; a script from its whole repository,
-- and from outside of it as always.  Lua's and rille's own modules are those of this program.

local errors = require "rille.base.errors"
local objects = require "rille.git.objects"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local pins = require "rille.git.pins"
local project = require "rille.project"
local running = require "rille.project.running"
local sys = require "rille.host.sys"

local pinned_code = {}

local DIGITS <const> = 10           -- of a commit in the names of chunks

---@class rille.pinned_code
---@field root string of the repository
---@field base string the base folder, relative to the root
---@field sha string
---@field folder string? relative to the root: code comes from there alone; nil: from the whole repository
---@field loaded table<string, any> modules by name; of a whole script package.loaded
---@field reader rille.git.reader? while it is open
local Code = { __name = "code of a commit" }
Code.__index = Code

local function short(sha) return sha:sub(1, DIGITS) end

-- A path below the root, relative to it; nil for one that is not.
local function within(root, path)
  if root == "/" then return path:sub(2) end
  if path == root then return "" end
  return path:sub(1, #root + 1) == root .. "/" and path:sub(#root + 2) or nil
end

local function folder_of(path) return path:match "^(.*)/[^/]*$" or "" end

-- "a/./b/../c" as "a/c"; nil where it leads out.
local function normal(path)
  local parts = {}
  for name in path:gmatch "[^/]+" do
    if name == ".." then
      if not parts[1] then return nil end
      parts[#parts] = nil
    elseif name ~= "." then parts[#parts + 1] = name end
  end
  return table.concat(parts, "/")
end

-- Reading ------------------------------------------------------------------------------------

-- Calls f while a reader is open.  It is closed before this returns: no worker inherits it.
function Code:reading(f, ...)
  if self.reader then return f(...) end
  local reader, message = objects.open(self.root)
  if not reader then errors.raise("%s", message) end
  self.reader = reader
  local closes <close> = setmetatable({}, { __close = function()
    self.reader = nil
    reader:close()
  end })
  assert(closes)
  return f(...)
end

-- The text of a file of the commit; false where there is none.  Raises where it is no code.
function Code:text(path)
  local text, reason = self.reader:text(self.sha, path)
  if text == nil then errors.raise("commit %s: %s", short(self.sha), reason) end
  return text
end

-- Where a path of a script leads: relative to the root, or nil for outside of the repository.
function Code:path_of(path)
  local full = normal(project.resolve(path))
  return full and within(self.root, "/" .. full)
end

function Code:is_in_folder(path)
  return not self.folder or self.folder == "" or path:sub(1, #self.folder + 1) == self.folder .. "/"
end

-- Loading ------------------------------------------------------------------------------------

-- As people and the code see a path: relative to the base folder where it is below that.
function Code:shown(path)
  return self.base ~= "" and within(self.base, path) or self.base ~= "" and self.root .. "/" .. path or path
end

-- The chunk of a file of the commit; nil and a message where it does not compile.
---@param path string relative to the root
---@param text string
---@param chunk_name string? of the main script
---@return function?, string?
function Code:chunk(path, text, chunk_name)
  local name = self:shown(path) .. "@" .. short(self.sha)
  local source = chunk_name or "@" .. name
  pins.add(source, { sha = self.sha, path = path, scope = self.sha .. ":" .. (self.folder or "*") .. ":" .. self.base })
  self.loader = self.loader or function(what, ...) return pinned_code[what](self, ...) end
  observe.pin(source, self.loader)
  return observe.load_script(project.resolve(name), text, source)
end

local STANDARD <const> = { _G = true, string = true, table = true, math = true, io = true, os = true, coroutine = true,
  utf8 = true, debug = true, package = true }

-- Is the module Lua's or rille's own?
---@param name string
---@return boolean
local function is_own(name)
  if STANDARD[name] or name == "rille" then return true end
  for _, battery in ipairs(origin.batteries()) do if name == "rille." .. battery then return true end end
  return false
end

-- Is it found before any file?
---@param name string
---@return boolean
local function is_preloaded(name) return package.preload[name] ~= nil or origin.offers(name) end

-- Calls f(path, is_inside) for the places where a module may be, until it returns something.
local function each_place(self, name, f)
  for template in package.path:gmatch "[^;]+" do
    local path = template:gsub("%?", (name:gsub("%.", "/"):gsub("%%", "%%%%")))
    local inside = self:path_of(path)
    local found = f(inside or path, inside ~= nil, path)
    if found ~= nil then return found end
  end
end

-- The file of the commit that has the module, its text, and the path as require gives it to a module; nil where there
-- is none; "outside": it is outside of the repository.
function Code:find(name)
  local text, written
  local path = each_place(self, name, function(path, is_inside, as_written)
    if not is_inside then return not self.folder and sys.stat(path) == "file" and "outside" or nil end
    if not self:is_in_folder(path) then return nil end
    text, written = self:text(path), as_written
    return text and path or nil
  end)
  return path, text, written
end

-- Raises what is wrong about a module that the commit does not give.
local function refuse(self, name)
  local is_there = self.folder and self:reading(function()
    return each_place(self, name, function(path, is_inside)
      return is_inside and self.reader:entry(self.sha, path) == "file" and path or nil
    end)
  end)
  if self.folder then
    errors.raise("module '%s'%s is outside of %s: a module of a commit can require only what is in its own folder "
      .. "there", name, is_there and " (" .. self:shown(is_there) .. ")" or "",
      self.folder == "" and "the repository" or self:shown(self.folder) .. "/")
  end
  errors.raise("module '%s' is not in commit %s", name, short(self.sha))
end

-- Is the module on disk in the repository?  Then it is not to stand for the one that the commit does not have.
local function is_on_disk(self, name)
  return each_place(self, name, function(path, is_inside)
    return is_inside and sys.stat(self.root .. "/" .. path) == "file" or nil
  end)
end

local function run_module(self, name, path, text, written)
  local chunk, message = self:chunk(path, text)
  if not chunk then error(string.format("error loading module '%s' of commit %s:\n\t%s", name, short(self.sha),
    message), 0) end
  local value = chunk(name, written)
  if value ~= nil then self.loaded[name] = value end
  if self.loaded[name] == nil then self.loaded[name] = true end
  return self.loaded[name]
end

-- What a step loads is gone when it has ended.
local function forget_after_step(self, name)
  if running.is_step() then self.loaded[name] = nil end
end

-- The loader of chunks: true and the results, or false for the usual way.

function pinned_code.require(self, name)
  local loaded = self.loaded[name]
  if loaded ~= nil then return true, loaded end
  if is_own(name) or not self.folder and is_preloaded(name) then return false end
  return self:reading(function()
    local path, text, written = self:find(name)
    if path == "outside" or not path and not self.folder and not is_on_disk(self, name) then return false end
    if not path then refuse(self, name) end
    local value = run_module(self, name, path, text, written)
    forget_after_step(self, name)
    return true, value, written
  end)
end

-- The chunk of a file; false: it is outside of the repository.
local function file_chunk(self, given)
  local path = self:path_of(given)
  if self.folder and not (path and self:is_in_folder(path)) then
    errors.raise("%s is outside of %s: a module of a commit can load only what is in its own folder there", given,
      self.folder == "" and "the repository" or self:shown(self.folder) .. "/")
  end
  if not path then return false end
  local text = self:reading(function() return self:text(path) end)
  if not text then return nil, string.format("cannot open %s: it is not in commit %s", given, short(self.sha)) end
  return self:chunk(path, text)
end

function pinned_code.loadfile(self, given, _, ...)
  local chunk, message = file_chunk(self, given)
  if chunk == false then return false end
  if not chunk then return true, nil, message end
  if select("#", ...) > 0 then debug.setupvalue(chunk, 1, (...)) end
  return true, chunk
end

function pinned_code.dofile(self, given)
  local chunk, message = file_chunk(self, given)
  if chunk == false then return false end
  if not chunk then error(message, 0) end
  return true, chunk()
end

-- Commits ------------------------------------------------------------------------------------

-- The code of a commit; nil and a message where the commit is not known.
---@param root string of the repository
---@param name string of the commit
---@return rille.pinned_code?, string?
function pinned_code.of(root, name)
  local reader <close>, message = objects.open(root)
  if not reader then return nil, message end
  local sha
  sha, message = reader:commit(name)
  if not sha then return nil, message end
  -- the base folder may be gone by now
  local base = within(root, sys.realpath(project.folder()) or project.folder()) or ""
  return setmetatable({ root = root, base = base, sha = sha, loaded = package.loaded }, Code)
end

-- The file of a module, which gives the code its folder; nil where the commit has no such module.
---@param name string
---@return string? path relative to the root
function Code:at_module(name)
  local path = self:reading(function() return (self:find(name)) end)
  if not path or path == "outside" then return nil end
  self.folder, self.loaded = folder_of(path), {}
  return path
end

-- The module, with all that it loads.
---@param name string
---@return any
function Code:module(name)
  local _, value = pinned_code.require(self, name)
  return value
end

-- The text of the main script; false where the commit has none.
---@param path string relative to the root
---@return string|false
function Code:script(path) return self:reading(function() return self:text(path) end) end

pinned_code.short, pinned_code.within = short, within
pinned_code.is_own, pinned_code.is_preloaded = is_own, is_preloaded

return pinned_code
