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
---@field begun Transcript.Text the entries that began, as lists of them have them (query/entry_lists.lua)
---@field last_begun integer bytes of `begun` before its last entry
---@field listed integer bytes of `begun` that are in lists
---@field newest string? digest of that list
local Transcript = {}
Transcript.__index = Transcript

-- A text that grows, in a file without a name; in memory where none can be made.
---@class Transcript.Text
---@field file file*?
---@field parts string[]
---@field size integer bytes
local Text = {}
Text.__index = Text

local function new_text() return setmetatable({ file = io.tmpfile(), parts = {}, size = 0 }, Text) end

-- Written at once: a process that is forked later has nothing of it to write again.
function Text:append(text)
  local file = self.file
  if file and file:seek("set", self.size) and file:write(text) and file:flush() then
    self.size = self.size + #text
    return
  end
  if file then
    self.parts, self.file = { self:from(0) }, nil
    file:close()
  end
  self.parts[#self.parts + 1] = text
  self.size = self.size + #text
end

-- What stands behind so many bytes.
function Text:from(at)
  if not self.file then return table.concat(self.parts):sub(at + 1) end
  self.file:seek("set", at)
  return self.file:read(self.size - at) or ""
end

-- Leaves so many bytes.
function Text:cut(size)
  if not self.file then self.parts = { table.concat(self.parts):sub(1, size) } end
  self.size = size
end

---@return Transcript
function transcript.new()
  return setmetatable({ file = io.tmpfile(), memory = {}, size = 0, places = {}, done = {}, last_begun = 0, listed = 0,
    begun = new_text() }, Transcript)
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
  self.last_begun = self.begun.size
  self.begun:append(entry_lists.entry("In[" .. n .. "]", text, files))
end

-- The entry that began last was interrupted: what it did cannot be done again as it was, and may have no end.
function Transcript:was_interrupted()
  if self.last_begun >= self.listed then self.begun:cut(self.last_begun) end
end

-- The entries as a source of a run: a list of those since the list before, which the store has.
---@param stored fun(digest: string): string? the text of a list
---@return { path: string, digest: string, text: string }? source nil: nothing was entered
function Transcript:as_source(stored)
  local text = self.newest and stored(self.newest)
  if not text then self.listed, self.newest = 0, nil end      -- another store, or a run that did not begin
  if self.listed < self.begun.size then
    text = entry_lists.head(self.newest) .. self.begun:from(self.listed)
    self.listed, self.newest = self.begun.size, hash.sha256(text)
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
