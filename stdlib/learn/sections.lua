-- sections: dumps of models whose numbers are in Lua; the format is that of section.h.
--
--   sections.dump("rillepca", { "head", bytes }, { "mean", sections.reals(m.mean) })  -> bytes
--
--   local reader = sections.open("pca.load", "rillepca", bytes)         raises for other bytes
--   reader:take("head", 20) -> bytes        reader:reals("mean", p) -> vector f64
--   reader:close()                          raises for bytes after the last section

local array = require "rille.array"
local errors = require "rille.base.errors"

local sections = {}

local VERSION <const> = 1
local START <const>, HEAD <const> = 12, 12      -- bytes before the sections: magic, version; of each: tag, length

---@class learn.SectionReader
---@field who string
---@field bytes string
---@field at integer the place of the next section
local Reader = {}
Reader.__index = Reader

-- The dump of these sections, each { tag, bytes }; a tag has 4 characters.
---@param magic string 8 characters
---@return string bytes
function sections.dump(magic, ...)
  local parts = { magic, string.pack("<I4", VERSION) }
  for i, one in ipairs { ... } do parts[i + 2] = one[1] .. string.pack("<I8", #one[2]) .. one[2] end
  return table.concat(parts)
end

-- The numbers of a vector, of a matrix by rows, or of a list.
---@param a table
---@return string bytes
function sections.reals(a)
  local parts = {}
  if array.is(a) then a = a:reshape(a.ndim == 2 and #a * a.shape[2] or #a):totable() end
  for i, v in ipairs(a) do parts[i] = string.pack("<d", v) end
  return table.concat(parts)
end

-- Reads a dump; raises for bytes that are none of this model, or of another version.
---@param who string "pca.load"
---@param magic string
---@param bytes any
---@return learn.SectionReader
function sections.open(who, magic, bytes)
  if type(bytes) ~= "string" then
    errors.raise("%s: expected the bytes of a dump, found %s", who, errors.describe(bytes))
  elseif #bytes < START or bytes:sub(1, 8) ~= magic then
    errors.raise("%s: these bytes are not a model", who)
  end
  local version = string.unpack("<I4", bytes, 9)
  if version ~= VERSION then
    errors.raise("%s: the model has format %d, but this program reads format %d", who, version, VERSION)
  end
  return setmetatable({ who = who, bytes = bytes, at = START + 1 }, Reader)
end

---@param what string the section, or what is wrong
function Reader:damaged(what) errors.raise("%s: the model is damaged (%s)", self.who, what) end

-- The bytes of the next section, which has to be this one.
---@param tag string
---@param size integer
---@return string bytes
function Reader:take(tag, size)
  local bytes, at = self.bytes, self.at
  local left = #bytes - at + 1 - HEAD
  local n = left >= 0 and string.unpack("<I8", bytes, at + 4)
  if bytes:sub(at, at + 3) ~= tag or n ~= size or size > left then self:damaged(tag) end
  self.at = at + HEAD + size
  return bytes:sub(at + HEAD, self.at - 1)
end

-- A section of n finite numbers, which are at least `least`.
---@param tag string
---@param n integer
---@param least number?
---@return table vector f64
function Reader:reals(tag, n, least)
  local bytes, list = self:take(tag, 8 * n), {}
  for i = 1, n do
    local v = string.unpack("<d", bytes, 8 * i - 7)
    if v - v ~= 0 or least and v < least then self:damaged(tag) end
    list[i] = v
  end
  return array.from(list, "f64")
end

-- Nothing stands after the last section.
function Reader:close()
  if self.at ~= #self.bytes + 1 then self:damaged "bytes after its end" end
end

return sections
