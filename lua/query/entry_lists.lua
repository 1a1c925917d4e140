-- entry_lists: what was entered at a prompt, as a source of its runs.
--
-- A run names a list by its digest; the list has the entries since that of the run before, and names it:
--
--     before HEX            "-" for the first list
--     In[3] FILES BYTES
--     TEXT
--     ...
--
-- BYTES is the length of TEXT, which may be any bytes; FILES is how many files the session had loaded when the entry
-- began.  So a session of many runs is kept once.

local hash = require "rille.host.hash"
local project = require "rille.project"

local entry_lists = {
  NAME = "In[]",            -- the path of such a source
}

-- What a list begins with.
---@param before string? digest of the list before
---@return string
function entry_lists.head(before) return "before " .. (before and hash.hex(before) or "-") .. "\n" end

-- An entry as lists have it.
---@param name string "In[3]"
---@param text string
---@param files integer
---@return string
function entry_lists.entry(name, text, files) return string.format("%s %d %d\n", name, files, #text) .. text .. "\n" end

-- Iterates over a list and those before it, newest first: digest, and its text where the store has it.
---@param digest string?
---@return fun(): string?, string?
function entry_lists.each(digest)
  return function()
    local this = digest
    if not this then return nil end
    local text = project.meta:source(this)
    local before = text and text:match "^before (%x+)\n"
    digest = before and hash.unhex(before)
    return this, text
  end
end

-- Iterates over the entries of a list alone: name, where its text begins and ends, files.
local function each_entry(text)
  local at = text:find "\n"
  return function()
    if not at then return nil end
    local name, files, bytes, from = text:match("^(%S+) (%d+) (%d+)\n()", at + 1)
    at = name and from + tonumber(bytes)
    return name, from, at and at - 1, math.tointeger(tonumber(files))
  end
end

local function unpack(text)
  local entries = {}
  for name, first, last, files in each_entry(text) do entries[#entries + 1] = { name, text:sub(first, last), files } end
  return entries
end

-- The text of an entry: the newest of its name up to a list.
---@param digest string
---@param name string "In[3]"
---@return string?
function entry_lists.find(digest, name)
  for _, text in entry_lists.each(digest) do
    local found
    for other, first, last in each_entry(text or "") do if other == name then found = text:sub(first, last) end end
    if found then return found end
  end
end

-- The entries up to a list, in order.
---@param digest string
---@return { [1]: string, [2]: string, [3]: integer }[]
function entry_lists.all(digest)
  local lists, all = {}, {}
  for _, text in entry_lists.each(digest) do lists[#lists + 1] = text and unpack(text) end
  for i = #lists, 1, -1 do table.move(lists[i], 1, #lists[i], #all + 1, all) end
  return all
end

return entry_lists
