-- transcript: the texts of a session's entries, in a file without a name: of each text memory has its place alone, so
-- that a long session takes no more of it than a short one.
--
-- The file is texts one after the other, each behind its length (8 bytes).  A session's number of an entry may be
-- that of several texts one after the other (cells of a notebook): the last counts.

local entry_lists = require "rille.query.entry_lists"
local hash = require "rille.host.hash"

local transcript = {}

---@class Transcript
---@field file file*?
---@field memory table<integer, string> texts by place, where no file can be made
---@field size integer bytes that were written
---@field places integer[] by the number of the entry
---@field done integer[] places of the entries that succeeded
---@field order integer[] what was to run, in order: number, place, files that were loaded before, number, ...
---@field kept integer how much of `order` the newest list of entries has
---@field newest string? digest of that list
local Transcript = {}
Transcript.__index = Transcript

---@return Transcript
function transcript.new()
  return setmetatable({ file = io.tmpfile(), memory = {}, size = 0, places = {}, done = {}, order = {},
    kept = 0 }, Transcript)
end

local function append(self, text)
  local at = self.size
  self.size = at + 8 + #text
  if self.file then
    self.file:seek("set", at)
    -- written at once: a process that is forked later has nothing of it to write again
    if self.file:write(string.pack("<s8", text)) and self.file:flush() then return at end
  end
  self.memory[at] = text
  return at
end

local function read(self, at)
  if self.memory[at] or not self.file then return self.memory[at] end
  self.file:seek("set", at)
  local length = self.file:read(8)
  return length and self.file:read((string.unpack("<i8", length)))
end

-- Keeps the text of entry n.
---@param n integer
---@param text string
function Transcript:put(n, text)
  if self.places[n] and read(self, self.places[n]) == text then return end
  self.places[n] = append(self, text)
end

---@param n integer?
---@return string?
function Transcript:text(n)
  local at = n and self.places[n]
  return at and read(self, at)
end

-- Notes that this text of entry n has succeeded.
---@param n integer
---@param text string
function Transcript:succeeded(n, text)
  local at = self.places[n]
  self.done[#self.done + 1] = at and read(self, at) == text and at or append(self, text)
end

-- Notes that this text of entry n is to run.
---@param n integer
---@param text string
---@param files integer that were loaded before
function Transcript:begins(n, text, files)
  local at = self.places[n]
  local list = self.order
  at = at and read(self, at) == text and at or append(self, text)
  list[#list + 1], list[#list + 2], list[#list + 3] = n, at, files
end

-- The entries as a source of a run: a list of those since the one before, which a store has (query/entry_lists.lua).
---@param stored fun(digest: string): string? the text of a list
---@return { path: string, digest: string, text: string }? source nil: nothing was entered
function Transcript:as_source(stored)
  local text = self.newest and stored(self.newest)
  if not text then self.kept, self.newest = 0, nil end
  local list, entries = self.order, {}
  for i = self.kept + 1, #list, 3 do
    entries[#entries + 1] = { "In[" .. list[i] .. "]", read(self, list[i + 1]), list[i + 2] }
  end
  if entries[1] then
    text = entry_lists.pack(self.newest, entries)
    self.kept, self.newest = #list, hash.sha256(text)
  end
  return text and { path = entry_lists.NAME, digest = self.newest, text = text }
end

-- Iterates over the texts that succeeded.
---@return fun(): integer?, string?
function Transcript:each_success()
  local i = 0
  return function()
    i = i + 1
    local at = self.done[i]
    if at then return i, read(self, at) end
  end
end

-- A table of the texts by the names of their chunks, "In[3]"; others can be added.
---@return table<string, string>
function Transcript:by_name()
  return setmetatable({}, {
    __index = function(_, name) return self:text(math.tointeger(tonumber(name:match "^In%[(%d+)%]$"))) end,
    __newindex = function(t, name, text)
      local n = math.tointeger(tonumber(name:match "^In%[(%d+)%]$"))
      if n then self:put(n, text) else rawset(t, name, text) end
    end,
  })
end

return transcript
