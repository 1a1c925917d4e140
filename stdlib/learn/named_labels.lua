-- named_labels: labels that are strings.
--
-- A core knows labels that are numbers.  Of strings it is given their places among the sorted names, from 0; the model
-- has the names as m.classes, and dtype "string".  Its dump is
--     "rillenam"   u32 version 1   u32 names   of each, ascending: u32 length, bytes   the dump of the core
-- little endian.  Predictions are lists of strings, as columns of strings are.

local array = require "rille.array"
local errors = require "rille.base.errors"

local named_labels = {}

local MAGIC <const> = "rillenam"

-- Whether v is a list of strings.
---@return boolean
function named_labels.is(v) return type(v) == "table" and not getmetatable(v) and type(v[1]) == "string" end

-- Raises unless all of the list are strings that are there.
local function check(who, list)
  for i = 1, #list do
    local v = list[i]
    if type(v) ~= "string" then
      errors.raise("%s: y: row %d is %s, and row 1 a string; labels are all numbers, all booleans or all strings", who,
        i, errors.describe(v))
    elseif v == "" then
      errors.raise("%s: y: row %d is missing", who, i)
    end
  end
end

-- The places of a list of strings among their names, and those, ascending.
---@param list string[]
---@return table codes vector i64
---@return string[] names
function named_labels.encode(who, list)
  check(who, list)
  local place, names, codes = {}, {}, {}
  for _, v in ipairs(list) do
    if not place[v] then place[v], names[#names + 1] = true, v end
  end
  if #names < 2 then
    errors.raise("%s: y: all rows are of class %s; at least two classes are needed", who, errors.describe(names[1]))
  end
  table.sort(names)
  for i, name in ipairs(names) do place[name] = i - 1 end
  for i, v in ipairs(list) do codes[i] = place[v] end
  return array.from(codes, "i64"), names
end

-- Gives a model the names of its classes, when there are any.
---@param names string[]?
function named_labels.name(m, names)
  if names then m.classes, m.dtype = names, "string" end
  return m
end

-- The dtype that the core predicts in.
function named_labels.core_dtype(m) return m.dtype == "string" and "i64" or m.dtype end

-- What the core predicted, as labels.
---@param found table vector
---@return table vector, or list of strings
function named_labels.decode(m, found)
  if m.dtype ~= "string" then return found end
  local list = {}
  for i, place in ipairs(found:totable()) do list[i] = m.classes[place + 1] end
  return list
end

-- The dump of a model of which these are the bytes of the core.
function named_labels.wrap(m, bytes)
  if m.dtype ~= "string" then return bytes end
  local parts = { MAGIC, string.pack("<I4I4", 1, #m.classes) }
  for _, name in ipairs(m.classes) do parts[#parts + 1] = string.pack("<s4", name) end
  parts[#parts + 1] = bytes
  return table.concat(parts)
end

local function read_names(who, bytes)
  local function damaged() errors.raise("%s: the model is damaged (names)", who) end
  if #bytes < 16 then damaged() end
  local version, n = string.unpack("<I4I4", bytes, 9)
  if version ~= 1 then errors.raise("%s: the names have format %d, but this program reads format 1", who, version) end
  if n < 2 or n > (#bytes - 16) // 5 then damaged() end
  local names, at = {}, 17
  for i = 1, n do
    local length = at + 3 <= #bytes and string.unpack("<I4", bytes, at)
    if not length or length == 0 or at + 3 + length > #bytes then damaged() end
    names[i] = bytes:sub(at + 4, at + 3 + length)
    if i > 1 and names[i] <= names[i - 1] then damaged() end
    at = at + 4 + length
  end
  return names, bytes:sub(at)
end

-- The bytes of the core, and the names of a dump that has some.
---@param bytes string
---@return string bytes, string[]? names
function named_labels.unwrap(who, bytes)
  if bytes:sub(1, #MAGIC) ~= MAGIC then return bytes end
  local names, rest = read_names(who, bytes)
  return rest, names
end

-- Raises unless the classes of the core are the places of the names.
---@param m { classes: any[], dtype: string } the core's
---@param names string[]?
function named_labels.check_core(who, m, names)
  if not names then return end
  local classes = m.classes
  local fits = m.dtype == "i64" and #classes == #names
  for i in ipairs(names) do fits = fits and math.type(classes[i]) == "integer" and classes[i] == i - 1 end
  if not fits then errors.raise("%s: the model is damaged (names)", who) end
end

return named_labels
