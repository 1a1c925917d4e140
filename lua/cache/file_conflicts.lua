-- file_conflicts: files outside that two steps of a run share with no path of wires between them.
--
-- What such steps find depends on which of them came first, so no result of theirs may be kept:
-- a step that reads (or lists) what another writes, or writes what another wrote with other
-- bytes, ends in an error that names both.  Each step's accesses are checked against those of all
-- earlier steps of the run, whether they ran or were hits, in any order and from any worker.
--
-- Until a first step has written there is nothing to compare, and facts wait in `deferred`, not
-- even decoded.  After that accesses are kept by full path (links followed):
--     readers[path]          it reads the file
--     listers[folder]        it lists the folder
--     dependents[path]       its result depends on the path and on all below it, as that of a command whose word
--                            the path is; with parts, only on what they match below the path
--     writers[path]          it writes the file
--     writers_in[folder]     it writes a file in the folder
--     writers_below[folder]  it writes a file anywhere below the folder

local graph = require "rille.graph"
local observe = require "rille.host.observe"
local project = require "rille.project"
local sys = require "rille.host.sys"

local file_conflicts = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

---@class FileAccess
---@field position integer  of the node
---@field key string  of the node
---@field name string  of the file, as the script gave it
---@field path string  in full
---@field digest string?  of what was read or written
---@field appends boolean?  the step writes the file, too
---@field parts string[]?  patterns of Lua for the names below the path

---@class FileConflicts
local FileConflicts = { __name = "file conflicts" }
FileConflicts.__index = FileConflicts

local function folder_of(path) return path:match "^(.+)/[^/]*$" or "/" end

-- One name for a file, however it is spelled and whether it is there or not.
local function full_path(name)
  local path = project.resolve(name)
  local real = sys.realpath(path)
  if real then return real end
  local folder = sys.realpath(folder_of(path))
  if not folder then return path end
  return (folder == "/" and "" or folder) .. "/" .. path:match "[^/]*$"
end

-- Calls f(folder) for each folder above the path, the nearest first, until it returns a value: that
-- is returned.
local function each_above(path, f)
  while path ~= "/" do
    path = folder_of(path)
    local found = f(path)
    if found then return found end
  end
end

-- A pattern as the folder before its first wildcard, and the parts below that as patterns of Lua.
local function split(pattern)
  local folder, parts = pattern:sub(1, 1) == "/" and "/" or ".", {}
  for part in pattern:gmatch "[^/]+" do
    if #parts > 0 or part:find "[*?]" then
      parts[#parts + 1] = "^" .. part:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".") .. "$"
    else
      folder = (folder == "." and "" or folder == "/" and "/" or folder .. "/") .. part
    end
  end
  return folder, parts
end

-- Does the dependent's path or pattern cover the file that is written?
local function covers(dependent, writer)
  if not dependent.parts then return true end
  local i = 0
  for part in writer.path:sub(#dependent.path + 1):gmatch "[^/]+" do
    i = i + 1
    if i > #dependent.parts then break end
    if not part:find(dependent.parts[i]) then return false end
  end
  return i > 0
end

-- The accesses of a node, by kind.
local function accesses_of(position, reads, key)
  local found = { reads = {}, lists = {}, depends = {}, writes = {} }
  local list_of = { write = found.writes, folder = found.lists, file = found.reads, absent = found.reads }
  for _, fact in ipairs(observe.describe(reads) or {}) do
    local list, name, parts = list_of[fact.kind], fact.name, nil
    local word, pattern = name:match "^path (.*)$", name:match "^files (.*)$"
    if fact.kind == "module" and fact.path then list, name = found.reads, fact.path
    elseif fact.kind == "value" and word then list, name = found.depends, word
    elseif fact.kind == "value" and pattern then
      list, name, parts = found.depends, split(pattern)
    end
    if list then
      list[#list + 1] = { position = position, name = name, digest = fact.digest, path = full_path(name), key = key,
        parts = parts }
    end
  end
  return found
end

local function is_ordered(g, a, b) return graph.comes_from(g, a, b) or graph.comes_from(g, b, a) end

-- The first access of another node among those at the path, with no order between the two.
-- harmless(self, access, other) excludes some.
local function unordered(self, map, path, access, harmless)
  for _, other in ipairs(map[path] or {}) do
    -- nodes with one key are one piece of work, which is done once
    local is_other = other.position ~= access.position and other.key ~= access.key
    if is_other and not (harmless and harmless(self, access, other))
      and not is_ordered(self.graph, access.position, other.position) then return other end
  end
end

local function is_never_kept(self, access) return self.graph.nodes[access.position][STEP].options.cache == false end

local function are_never_kept(self, a, b) return is_never_kept(self, a) and is_never_kept(self, b) end

-- Two steps that append to one file, of which nothing is kept: a log that they share.
local function is_shared_log(self, a, b) return a.appends and b.appends and are_never_kept(self, a, b) end

local HAND_ON <const> = 'pass the file as an output, or order them: after = { "%s" }'

-- The error of two accesses; form has places for a file and the second step, hint for the second step.
local function message(self, form, first, second, file, hint)
  local a, b = self.graph.nodes[first.position][ID], self.graph.nodes[second.position][ID]
  return string.format('step "%s" ' .. form .. ", but no wire connects them:\n" .. hint, a, file, b, b)
end

local function read_message(self, reader, writer, file)
  return message(self, 'reads %s, which step "%s" of this pipeline writes', reader, writer, file, HAND_ON)
end

local function list_message(self, lister, writer, file)
  return message(self, 'lists the folder of %s, which step "%s" of this pipeline writes', lister, writer, file, HAND_ON)
end

local function depend_message(self, dependent, writer, file)
  local name = dependent.name:gsub("%%", "%%%%")
  return message(self, "reads all that is at " .. name .. ', including %s, which step "%s" of this pipeline writes',
    dependent, writer, file, HAND_ON)
end

-- Why a node may not read, list or depend on what it does, or nil.
local function read_conflict(self, accesses)
  for _, access in ipairs(accesses.reads) do
    local writer = unordered(self, self.writers, access.path, access, is_shared_log)
    if writer then return read_message(self, access, writer, access.name) end
  end
  for _, access in ipairs(accesses.lists) do
    local writer = unordered(self, self.writers_in, access.path, access)
    if writer then return list_message(self, access, writer, writer.name) end
  end
  for _, access in ipairs(accesses.depends) do
    local function apart(_, dependent, writer) return not covers(dependent, writer) end
    local writer = unordered(self, self.writers, access.path, access, apart)
      or unordered(self, self.writers_below, access.path, access, apart)
    if writer then return depend_message(self, access, writer, writer.name) end
  end
end

-- Why a node may not write the file, or nil.
local function write_conflict(self, access)
  local function apart(_, writer, dependent) return not covers(dependent, writer) end
  local function dependent_at(path) return unordered(self, self.dependents, path, access, apart) end
  local other = dependent_at(access.path) or each_above(access.path, dependent_at)
  if other then return depend_message(self, other, access, access.name) end
  other = unordered(self, self.readers, access.path, access, is_shared_log)
  if other then return read_message(self, other, access, access.name) end
  other = unordered(self, self.listers, folder_of(access.path), access)
  if other then return list_message(self, other, access, access.name) end
  other = unordered(self, self.writers, access.path, access, are_never_kept)
  if other then
    return message(self, 'writes %s, which step "%s" of this pipeline writes too', access, other, access.name,
      'let each write its own file, or order them: after = { "%s" }')
  end
end

-- Why these accesses conflict with those of earlier steps, or nil.
local function conflict(self, accesses)
  local written = {}
  for _, access in ipairs(accesses.writes) do written[access.path], access.appends = true, true end
  for _, access in ipairs(accesses.reads) do access.appends = written[access.path] end
  local why = read_conflict(self, accesses)
  if why then return why end
  for _, access in ipairs(accesses.writes) do
    why = write_conflict(self, access)
    if why then return why end
  end
end

local function put(map, path, access)
  local list = map[path]
  if list then list[#list + 1] = access else map[path] = { access } end
end

local function register(self, accesses)
  for _, access in ipairs(accesses.reads) do put(self.readers, access.path, access) end
  for _, access in ipairs(accesses.lists) do put(self.listers, access.path, access) end
  for _, access in ipairs(accesses.depends) do put(self.dependents, access.path, access) end
  for _, access in ipairs(accesses.writes) do
    put(self.writers, access.path, access)
    put(self.writers_in, folder_of(access.path), access)
    each_above(access.path, function(folder) put(self.writers_below, folder, access) end)
  end
end

-- The first write of the run: facts of earlier steps are decoded.
local function register_deferred(self)
  local deferred = self.deferred
  if not deferred then return end
  self.deferred = nil
  for _, one in ipairs(deferred) do register(self, accesses_of(one[1], one[2], one[3])) end
end

-- The node has these facts; returns why they conflict, or nil.  Accesses that do are registered
-- when `happened` says so: the step did what it did.
local function add(self, position, key, reads, writes, happened)
  if writes then register_deferred(self) end
  if self.deferred then
    self.deferred[#self.deferred + 1] = { position, reads, key }
    return nil
  end
  local accesses = accesses_of(position, reads, key)
  local why = conflict(self, accesses)
  if happened or not why then register(self, accesses) end
  return why
end

-- A recorded result is about to be taken for the node.
---@param position integer
---@param key string
---@param reads string?  what its step was seen to read and write
---@param writes boolean  whether it wrote
---@return string? why it is no hit
function FileConflicts:check_hit(position, key, reads, writes)
  if reads then return add(self, position, key, reads, writes, false) end
end

-- The step of the node ran.
---@param position integer
---@param key string
---@param answer Answer
---@return string? error that it comes to
function FileConflicts:check_run(position, key, answer)
  if answer.reads then return add(self, position, key, answer.reads, #(answer.writes or {}) > 0, true) end
end

-- For one plan.
---@param g Graph
---@return FileConflicts
function file_conflicts.new(g)
  return setmetatable({ graph = g, deferred = {}, readers = {}, listers = {}, dependents = {}, writers = {},
    writers_in = {}, writers_below = {} }, FileConflicts)
end

return file_conflicts
