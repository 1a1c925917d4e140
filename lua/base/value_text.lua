-- value_text: values in words.  JSON has no word for inf, -inf and nan: programs get them
-- as { "$number": "inf" } (host/value/json_pack.c), people as inf, -inf and nan.

local json = require "rille.json"

local value_text = {}

-- The value as --json gives it.
---@param v any plain data
---@return any
function value_text.plain(v)
  local ok = pcall(json.encode, v)
  return ok and v or json.decode(json.pack(v))
end

local function text_of(v) return type(v) == "string" and not utf8.len(v) and v:gsub("[\x80-\xff]", "?") .. "" or v end

-- Changes the texts in v, at any depth.
local function replace_bytes(v, seen)
  if type(v) ~= "table" or seen[v] then return text_of(v) end
  seen[v] = true
  local changed = {}
  for k, x in next, v do
    local name, value = text_of(k), replace_bytes(x, seen)
    if not rawequal(name, k) or not rawequal(value, x) then changed[#changed + 1] = { k, name, value } end
  end
  for _, one in ipairs(changed) do v[one[1]] = nil end
  for _, one in ipairs(changed) do v[one[2]] = one[3] end
  return v
end

-- The JSON of what a command tells.  Names, reasons and errors may quote bytes of a
-- script's that are no UTF-8, for which JSON has no place: they come as ?, and v is
-- changed.
---@param v any
---@return string
function value_text.json(v)
  local ok, text = pcall(json.encode, v)
  return ok and text or json.encode(replace_bytes(v, {}))
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

-- Packed text as people read it.
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

-- JSON has no bytes: U+FFFD stands for what is no UTF-8.
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
  -- an empty table is marked as a list or not
  if type(v) ~= "table" or v == json.null or next(v) == nil then return v end
  local copy = {}
  for key, one in next, v do copy[as_utf8(key)] = as_utf8(one) end
  return copy
end

-- The JSON that tells of runs, their errors and what they printed: texts that may be
-- of any bytes.
---@param t table
---@return string
function value_text.json(t)
  local ok, text = pcall(json.encode, t)
  return ok and text or json.encode(as_utf8(t))
end

return value_text
