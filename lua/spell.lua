-- spell: values in words.  JSON has no word for inf, -inf and nan: programs get them
-- as { "$number": "inf" } (host/packlib.c), people as inf, -inf and nan.

local json = require "rille.json"

local spell = {}

-- The value as --json gives it.
---@param v any plain data
---@return any
function spell.plain(v)
  local ok = pcall(json.encode, v)
  return ok and v or json.decode(json.pack(v))
end

-- A number in at most 6 digits, or as `format` says; nan has no sign here.
---@param v number
---@param format string? of a float
---@return string
function spell.number(v, format)
  if v ~= v then return "nan" end
  if math.type(v) == "integer" or v == math.huge or v == -math.huge then return tostring(v) end
  return string.format(format or "%.6g", v)
end

-- Packed text as people read it.
---@param text string
---@return string
function spell.packed(text) return (text:gsub('{"$number":"(%-?%a+)"}', "%1")) end

-- The value as people read it: JSON, where it is data.
---@param v any
---@return string
function spell.text(v)
  if type(v) == "number" and v ~= v then return "nan" end
  local ok, text = pcall(json.pack, v)
  return ok and spell.packed(text) or tostring(v)
end

return spell
