-- glance: an artifact in a line, from what the metadata has of it: nothing is loaded.

local json = require "rille.json"
local value_text = require "rille.base.value_text"

local SHORT <const> = 40        -- bytes of a value that stands for itself

-- The first line of its preview, or its value when that is short; else nil.
---@param row table with preview and members
---@return string?
return function(row)
  if row.preview then return row.preview:match "^[^\n]*" end
  local one = row.members and #row.members == 1 and row.members[1]
  local text = one and one.bytes
  if not text or #text > SHORT then return nil end
  if one.name == "value.json" then
    local number = text:find "^%-?%d" and tonumber(text)
    return number and value_text.number(number) or value_text.packed(text)
  end
  if one.name == "value.txt" and utf8.len(text) then return json.encode(text) end
end
