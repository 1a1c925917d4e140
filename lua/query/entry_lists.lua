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

---@param before string? digest
---@param entries { [1]: string, [2]: string, [3]: integer }[]
---@return string text
function entry_lists.pack(before, entries)
  local parts = { "before " .. (before and hash.hex(before) or "-") }
  for _, one in ipairs(entries) do
    parts[#parts + 1] = string.format("%s %d %d\n%s", one[1], one[3], #one[2], one[2])
  end
  return table.concat(parts, "\n") .. "\n"
end

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

-- The entries of a list alone.
local function unpack(text)
  local entries, at = {}, text:find "\n"
  while at do
    local name, files, bytes, from = text:match("^(%S+) (%d+) (%d+)\n()", at + 1)
    if not name then break end
    at = from + tonumber(bytes)
    entries[#entries + 1] = { name, text:sub(from, at - 1), math.tointeger(tonumber(files)) }
  end
  return entries
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
