-- value_text: values as text.  JSON has no inf, -inf and nan: programs get them as
-- { "$number": "inf" } (host/value/json_pack.c), people as inf, -inf and nan.

local json = require "rille.json"

local value_text = {}

-- The value as data that --json can print.
---@param v any plain data
---@return any
function value_text.plain(v)
  local ok = pcall(json.encode, v)
  return ok and v or json.decode(json.pack(v))
end

-- A number in at most 6 digits, or as `format` says; nan has no sign here.
---@param v number
---@param format string? of a float
---@return string
function value_text.number(v, format)
  if v ~= v then return "nan" end
  if math.type(v) == "integer" or v == math.huge or v == -math.huge then return tostring(v) end
  return string.format(format or "%.6g", v)
end

-- Packed JSON as people read it.
---@param text string
---@return string
function value_text.packed(text) return (text:gsub('{"$number":"(%-?%a+)"}', "%1"):gsub('{"$null":true}', "null")) end

-- The value as people read it: JSON, where it is data.
---@param v any
---@return string
function value_text.text(v)
  if type(v) == "number" and v ~= v then return "nan" end
  local ok, text = pcall(json.pack, v)
  return ok and value_text.packed(text) or tostring(v)
end

-- The value with U+FFFD for bytes that are not UTF-8, which JSON cannot have.
local function as_utf8(v)
  if type(v) == "string" then
    local parts, at = {}, 1
    while true do
      local fine, bad = utf8.len(v, at)
      if fine then break end
      parts[#parts + 1] = v:sub(at, bad - 1) .. "\u{FFFD}"
      at = bad + 1
    end
    return table.concat(parts) .. v:sub(at)
  end
  -- an empty table carries a mark, whether it is a list
  if type(v) ~= "table" or v == json.null or next(v) == nil then return v end
  local copy = {}
  for key, one in next, v do copy[as_utf8(key)] = as_utf8(one) end
  return copy
end

-- The JSON of a value whose texts may have any bytes: errors, what steps printed.
---@param t table
---@return string
function value_text.json(t)
  local ok, text = pcall(json.encode, t)
  return ok and text or json.encode(as_utf8(t))
end

return value_text
