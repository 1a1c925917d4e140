-- member_name: the names of an artifact's members, and the file names that they stand for.
--
-- A member's name is a relative path of printable UTF-8.  Other bytes, control characters,
-- the backslash and % itself are written %XX, as in URLs.  So names are safe in the
-- metadata, in listings and in SHA256SUMS, and every name that Linux allows can be kept.

local member_name = {}

local function hex(byte) return string.format("%%%02X", byte:byte()) end

-- The bytes that are no part of a UTF-8 sequence, as %XX.
local function escape_invalid(name)
  local parts, at = {}, 1
  while at <= #name do
    local fine, bad = utf8.len(name, at)
    if fine then break end
    parts[#parts + 1] = name:sub(at, bad - 1)
    parts[#parts + 1] = hex(name:sub(bad, bad))
    at = bad + 1
  end
  parts[#parts + 1] = name:sub(at)
  return table.concat(parts)
end

-- The member's name of a path.
---@param path string relative
---@return string
function member_name.encode(path)
  path = path:gsub("[%c\\%%]", hex)
  return utf8.len(path) and path or escape_invalid(path)
end

-- The path that a member's name stands for.  Only what encode writes is decoded: no name
-- from a store becomes "..", gets a slash or a zero byte here.
---@param name string
---@return string
function member_name.decode(name)
  return (name:gsub("%%(%x%x)", function(digits)
    local byte = string.char(tonumber(digits, 16))
    return byte:find "^[\1-\31\127-\255\\%%]" and byte or nil
  end))
end

-- What is wrong with a name, or nil.
---@param name any
---@return string?
function member_name.flaw(name)
  if type(name) ~= "string" or name == "" then return "it is empty" end
  if name:find "^/" or name:find "//" or name:find "/$" then return "it is not a relative path" end
  if ("/" .. name .. "/"):find "/%.%.?/" then return "it has . or .. in it" end
  if name:find "[%c\\]" or not utf8.len(name) then
    return "it has a control character, a backslash or bytes that are not UTF-8"
  end
end

return member_name
