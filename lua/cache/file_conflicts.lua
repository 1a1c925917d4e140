-- file_conflicts: files outside that two steps of a run share with no path of wires
-- between them.
--
-- What such steps find depends on which of them came first, so no result of theirs
-- may be kept: a step that reads (or lists) what another writes, or writes what
-- another wrote with other bytes, ends in an error that names both.  Every step
-- counts, whether it ran or was a hit, in any order and from any worker: whoever
-- comes second is compared with all who came before.
--
-- A keeper is { graph, waiting, and the maps below }.  Until a first step
-- has written there is nothing to compare, and facts wait in `waiting`, not even
-- decoded.  After that, by the path in full (links followed):
--   readers[path], listers[folder], takers[path], writers[path], fillers[folder],
--   beneath[folder] = { claim... }
--   claim = { i = position of the node, key = of that node, name = as the script gave it, digest, log =
--             its step writes the file, too, parts = of a pattern }
-- A taker's result depends on a path and on all below it, as that of a command whose
-- word it is; with parts, on what they match below the path.  A file that is written
-- stands beneath each folder above it.

local graph = require "rille.graph"
local observe = require "rille.host.observe"
local project = require "rille.project"
local sys = require "rille.host.sys"

local file_conflicts = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

local Keeper = { __name = "keeper of files" }
Keeper.__index = Keeper

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

-- Calls f(folder) for each folder above the path, the nearest first, until it gives
-- something, which is returned.
local function each_above(path, f)
  while path ~= "/" do
    path = folder_of(path)
    local found = f(path)
    if found then return found end
  end
end

-- A pattern as the folder that no part of it changes, and the parts below that as
-- patterns of Lua.
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

-- Does the taker depend on the file that is written?
local function takes_in(taker, writer)
  if not taker.parts then return true end
  local i = 0
  for part in writer.path:sub(#taker.path + 1):gmatch "[^/]+" do
    i = i + 1
    if i > #taker.parts then break end
    if not part:find(taker.parts[i]) then return false end
  end
  return i > 0
end

-- What node i claims, by kind.
local function claims_of(i, reads, key)
  local out = { reads = {}, lists = {}, takes = {}, writes = {} }
  for _, one in ipairs(observe.describe(reads) or {}) do
    local list = one.kind == "write" and out.writes or one.kind == "folder" and out.lists or (one.kind == "file" or one.kind == "absent") and out.reads
    local name, parts = one.name, nil
    local word, pattern = name:match "^path (.*)$", name:match "^files (.*)$"
    if one.kind == "module" and one.path then list, name = out.reads, one.path
    elseif one.kind == "value" and word then list, name = out.takes, word
    elseif one.kind == "value" and pattern then
      list, name, parts = out.takes, split(pattern)
    end
    if list then list[#list + 1] = { i = i, name = name, digest = one.digest, path = full_path(name), key = key, parts = parts } end
  end
  return out
end

local function is_ordered(g, a, b) return graph.comes_from(g, a, b) or graph.comes_from(g, b, a) end

-- The first claim of another node among those at the path that no order settles.
local function rival(self, map, path, claim, harmless)
  for _, other in ipairs(map[path] or {}) do
    -- nodes of one key are one work, done once
    if other.i ~= claim.i and other.key ~= claim.key and not (harmless and harmless(self, claim, other)) and not is_ordered(self.graph, claim.i, other.i) then return other end
  end
end

local function is_never_kept(self, i) return self.graph.nodes[i][STEP].options.cache == false end

local function are_never_kept(self, a, b) return is_never_kept(self, a.i) and is_never_kept(self, b.i) end

-- Two that add to one file, of which nothing is kept: a log that they share.
local function same_log(self, a, b) return a.log and b.log and are_never_kept(self, a, b) end

local function message(self, form, first, second, file, hint)
  local a, b = self.graph.nodes[first.i][ID], self.graph.nodes[second.i][ID]
  return string.format('step "%s" ' .. form .. ", without a wire between them:\n" .. hint, a, file, b, b)
end

-- The name of a taker's path within a format.
local function shown(claim) return (claim.name:gsub("%%", "%%%%")) end

local HAND_ON <const> = 'hand the file on as an output, or order them: after = { "%s" }'

-- Why these claims cannot stand beside those made before, or nil.
local function conflict(self, claims)
  local written = {}
  for _, claim in ipairs(claims.writes) do written[claim.path], claim.log = true, true end
  for _, claim in ipairs(claims.reads) do claim.log = written[claim.path] end
  for _, claim in ipairs(claims.reads) do
    local other = rival(self, self.writers, claim.path, claim, same_log)
    if other then return message(self, 'reads %s, which step "%s" of this pipeline writes', claim, other, claim.name, HAND_ON) end
  end
  for _, claim in ipairs(claims.lists) do
    local other = rival(self, self.fillers, claim.path, claim)
    if other then return message(self, 'lists the folder of %s, which step "%s" of this pipeline writes', claim, other, other.name, HAND_ON) end
  end
  for _, claim in ipairs(claims.takes) do
    local function apart(_, a, b) return not takes_in(a, b) end
    local other = rival(self, self.writers, claim.path, claim, apart) or rival(self, self.beneath, claim.path, claim, apart)
    if other then return message(self, "reads all that is at " .. shown(claim) .. ', and with it %s, which step "%s" of this pipeline writes', claim, other, other.name, HAND_ON) end
  end
  for _, claim in ipairs(claims.writes) do
    local function apart(_, b, a) return not takes_in(a, b) end
    local taker = rival(self, self.takers, claim.path, claim, apart)
      or each_above(claim.path, function(folder) return rival(self, self.takers, folder, claim, apart) end)
    if taker then return message(self, "reads all that is at " .. shown(taker) .. ', and with it %s, which step "%s" of this pipeline writes', taker, claim, claim.name, HAND_ON) end
    local other = rival(self, self.readers, claim.path, claim, same_log)
    if other then return message(self, 'reads %s, which step "%s" of this pipeline writes', other, claim, claim.name, HAND_ON) end
    other = rival(self, self.listers, folder_of(claim.path), claim)
    if other then return message(self, 'lists the folder of %s, which step "%s" of this pipeline writes', other, claim, claim.name, HAND_ON) end
    other = rival(self, self.writers, claim.path, claim, are_never_kept)
    if other then
      return message(self, 'writes %s, which step "%s" of this pipeline writes too', claim, other, claim.name,
        'let each write a file of its own, or order them: after = { "%s" }')
    end
  end
end

local function put(map, path, claim)
  local list = map[path]
  if list then list[#list + 1] = claim else map[path] = { claim } end
end

local function register(self, claims)
  for _, claim in ipairs(claims.reads) do put(self.readers, claim.path, claim) end
  for _, claim in ipairs(claims.lists) do put(self.listers, claim.path, claim) end
  for _, claim in ipairs(claims.takes) do put(self.takers, claim.path, claim) end
  for _, claim in ipairs(claims.writes) do
    put(self.writers, claim.path, claim)
    put(self.fillers, folder_of(claim.path), claim)
    each_above(claim.path, function(folder) put(self.beneath, folder, claim) end)
  end
end

-- From the first write on all facts are looked at.
local function wake(self)
  local waiting = self.waiting
  if not waiting then return end
  self.waiting = nil
  for _, one in ipairs(waiting) do register(self, claims_of(one[1], one[2], one[3])) end
end

-- Node i has these facts; returns why they cannot stand.  A refused claim is kept
-- when `keep` says so: the step did what it did.
local function add(self, i, key, reads, writes, keep)
  if writes then wake(self) end
  if self.waiting then
    self.waiting[#self.waiting + 1] = { i, reads, key }
    return nil
  end
  local claims = claims_of(i, reads, key)
  local why = conflict(self, claims)
  if keep or not why then register(self, claims) end
  return why
end

-- A recorded result is about to be taken for node i: nil, or why it is no hit.
---@param key string
---@param reads string? what its step was seen to read and write
---@param writes boolean whether it wrote
---@return string? why
function Keeper:hit(i, key, reads, writes)
  if reads then return add(self, i, key, reads, writes, false) end
end

-- Node i ran: nil, or the error that it comes to.
---@param key string
---@param answer table see work.lua
---@return string? message
function Keeper:ran(i, key, answer)
  if answer.reads then return add(self, i, key, answer.reads, #(answer.writes or {}) > 0, true) end
end

-- The keeper of one plan.
---@param g table a graph
function file_conflicts.new(g)
  return setmetatable({ graph = g, waiting = {}, readers = {}, listers = {}, takers = {}, writers = {}, fillers = {}, beneath = {} }, Keeper)
end

return file_conflicts
