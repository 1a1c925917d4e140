-- column: what frames do with a column, of any kind.
--
-- A column is a 1-d array (numbers, booleans), a list of strings, or dates
-- (date.lua).  Missing are NaN in floats, "" in strings and missing dates;
-- integers and booleans always have a value.  Places are i64 arrays of rows from
-- 1; 0 is no row and gives a missing value.

local array = require "rille.array"
local date = require "rille.frame.date"
local group = require "rille.host.group"
local hash = require "rille.host.hash"
local json = require "rille.json"
local errors = require "rille.base.errors"

local column = {}

local function is_float(c) return c.dtype == "f64" or c.dtype == "f32" end

-- "dates", "strings" or the dtype.
---@return string
function column.kind(c)
  return array.is(c) and c.dtype or date.is(c) and "dates" or "strings"
end

-- What to do where numbers are needed and the column, not an array, has none.
---@return string
function column.hint(c)
  local hint = date.is(c) and "" or require("rille.frame.text_numbers").hint(c)
  return hint ~= "" and hint or "; select the numeric columns"
end

-- The names of columns of strings that a script asked for: they are plain lists and have no methods.
local asked = setmetatable({}, { __mode = "k" })

-- Remembers the name of a column that a script gets.
function column.ask(name, c)
  if column.kind(c) == "strings" then asked[c] = name end
  return c
end

-- Why an operation of an array failed on a column of strings, and what to write; nil for another value.
---@param v any
---@return string?
function column.explain(v)
  local name = type(v) == "table" and asked[v]
  if not name then return nil end
  local hint = require("rille.frame.text_numbers").hint(v)
  if hint == "" then
    return string.format('column "%s" is a list of strings; f:filter { %s = value } takes the rows with a value', name,
      name:find "^[%a_][%w_]*$" and name or string.format("[%q]", name))
  end
  for i = 1, #v do
    if v[i] ~= "" and not tonumber(v[i]) then
      return string.format('column "%s" is a list of strings (%q in row %d)%s', name, v[i], i, hint)
    end
  end
  return string.format('column "%s" is a list of strings%s', name, hint)
end

local function check_element(name, i, v, kind)
  if v == nil and kind == "boolean" then
    errors.raise('column "%s": element %d is null, and booleans cannot be missing; give strings or numbers', name, i)
  elseif type(v) ~= kind then
    errors.raise('column "%s": element %d is %s, expected a %s as before it', name, i, errors.describe(v), kind)
  end
end

-- Whether a float holds every integer of the array.
function column.fits_float(c)
  if c.dtype ~= "i64" or #c == 0 or c:max() <= 1 << 53 and c:min() >= -(1 << 53) then return true end
  return c:eq(c:astype "f64"):all()
end

-- The place of the first element that is not null.
local function first_of(values)
  for i = 1, #values do if values[i] ~= json.null then return i end end
end

local NONE <const> = { string = "", number = 0 / 0 }

-- The place of an integer that no float holds, in a list that also has missing values or fractions.
local function rounded(made)
  local mixed = false
  for _, v in ipairs(made) do if math.type(v) == "float" then mixed = true break end end
  for i, v in ipairs(mixed and made or {}) do
    if math.type(v) == "integer" and (math.tointeger(v + 0.0) or v + 1) ~= v then return i end
  end
end

-- null is a missing value.
local function from_list(name, values)
  if #values == 0 then
    local key = next(values)
    if key ~= nil then
      errors.raise('column "%s": expected a list, found a table with the field %s', name, errors.describe(key))
    end
    return array.zeros(0), 0
  end
  local first = first_of(values)
  local kind, made = first and type(values[first]) or "number", {}
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    errors.raise('column "%s": element %d is %s, expected a string, number or boolean', name, first,
      errors.describe(values[first]))
  end
  for i = 1, #values do
    local v = values[i]
    if v == json.null then v = NONE[kind] end
    check_element(name, i, v, kind)
    made[i] = v
  end
  local i = kind == "number" and rounded(made)
  if i then
    errors.raise('column "%s": element %d is the integer %d, which a float cannot hold, beside missing values or '
      .. 'fractions: write all as strings, or %d.0 to round it', name, i, made[i], made[i])
  end
  return kind == "string" and made or array.from(made), #values
end

-- The column made of values, and its length.
function column.new(name, values)
  if array.is(values) then
    if values.ndim ~= 1 then
      errors.raise('column "%s": expected one dimension, found %d', name, values.ndim)
    end
    return values, #values
  elseif date.is(values) then
    return values, #values
  elseif type(values) ~= "table" or getmetatable(values) then
    errors.raise('column "%s": expected an array, a list or dates, found %s', name, errors.describe(values))
  end
  return from_list(name, values)
end

-- The elements first to last.
function column.slice(c, first, last)
  if array.is(c) then return c:slice(first, last) end
  if date.is(c) then return date.of(c.ms:slice(first, last)) end
  return table.move(c, first, last, 1, {})
end

-- The elements at places, of which none is 0.
function column.pick(c, places)
  if array.is(c) then return c:take(places) end
  if date.is(c) then return date.of(c.ms:take(places)) end
  return group.pick(c, places)
end

local function texts_of(c)
  local texts = {}
  for i, v in ipairs(c:totable()) do texts[i] = tostring(v) end
  return texts
end

-- The column as a kind that can hold missing values: integers become f64; booleans, and
-- integers that no float holds, become strings.  csv does the same with missing fields.
local function nullable(c)
  if not array.is(c) or is_float(c) then return c end
  return (c.dtype == "bool" or not column.fits_float(c)) and texts_of(c) or c:astype "f64"
end

-- The elements at places, missing at 0.
function column.pick_or_missing(c, places)
  if #places == 0 or places:min() > 0 then return column.pick(c, places) end
  c = nullable(c)
  if not array.is(c) and not date.is(c) then return group.pick(c, places) end
  local there = places:gt(0)
  local values, none = date.is(c) and c.ms or c, date.is(c) and date.MISSING or 0 / 0
  local made
  if #values == 0 then made = array.full(#places, none, values.dtype)
  else made = there:where(values:take(there:where(places, 1)), none) end
  return date.is(c) and date.of(made) or made
end

-- A bool array, true where there is a value; nil when all are there.
function column.present(c)
  if array.is(c) then
    if not is_float(c) or #c == 0 then return nil end
    local there = c:eq(c)
    return not there:all() and there or nil
  end
  if date.is(c) then
    local there = c.ms:ne(date.MISSING)
    return #there > 0 and not there:all() and there or nil
  end
  local there, empty = group.filled(c)
  return empty > 0 and there or nil
end

-- The column with v where a value is missing.
function column.fill(name, c, v)
  local there = column.present(c)
  if not there then return c end
  if array.is(c) then
    if type(v) ~= "number" then
      errors.raise('fill_missing: column "%s" holds numbers, found %s', name, errors.describe(v))
    end
    return there:where(c, v)
  elseif date.is(c) then
    return date.of(there:where(c.ms, date.ms(v)))
  elseif type(v) ~= "string" then
    errors.raise('fill_missing: column "%s" holds strings, found %s', name, errors.describe(v))
  end
  local filled = {}
  for i, s in ipairs(c) do filled[i] = s == "" and v or s end
  return filled
end

-- Codes of equal values by first appearance, and how many.
function column.codes(c)
  if array.is(c) then return group.codes(c) end
  if date.is(c) then return group.codes(c.ms) end
  local codes, different = group.strings(c)
  return codes, #different
end

-- An array that is ordered as the elements are; missing ones may be anywhere.
function column.ranks(c)
  if array.is(c) then return c end
  if date.is(c) then return c.ms end
  local codes, different = group.strings(c)
  if #different == 0 then return codes end
  local order, rank = {}, {}
  for i = 1, #different do order[i] = i end
  table.sort(order, function(a, b) return different[a] < different[b] end)
  for i, at in ipairs(order) do rank[at] = i end
  return array.from(rank, "i64"):take(codes)
end

local function has_floats(list)
  for _, c in ipairs(list) do if is_float(c) then return true end end
end

-- One column after another, of one kind; numbers meet in the wider dtype.
function column.concat(name, list)
  local kind = column.kind(list[1])
  if array.is(list[1]) then
    for _, c in ipairs(list) do
      if not array.is(c) or (c.dtype == "bool") ~= (kind == "bool") then
        errors.raise('column "%s" holds %s in one frame and %s in another', name, kind, column.kind(c))
      end
    end
    for _, c in ipairs(list) do
      if has_floats(list) and not column.fits_float(c) then
        errors.raise('column "%s" has integers past 2^53 in one frame and floats in another, which cannot hold them; '
          .. 'make both strings', name)
      end
    end
    return array.concat(list)
  end
  local joined, n = {}, 0
  for i, c in ipairs(list) do
    if column.kind(c) ~= kind then
      errors.raise('column "%s" holds %s in one frame and %s in another', name, kind, column.kind(c))
    end
    if kind == "dates" then joined[i] = c.ms
    else table.move(c, 1, #c, n + 1, joined) n = n + #c end
  end
  return kind == "dates" and date.of(array.concat(joined)) or joined
end

function column.equal(a, b)
  if column.kind(a) ~= column.kind(b) and not (array.is(a) and array.is(b)) then return false end
  if array.is(a) or date.is(a) then return a == b end
  for i = 1, #a do
    if a[i] ~= b[i] then return false end
  end
  return true
end

-- A digest of the contents, 32 bytes.
function column.digest(c)
  if array.is(c) then return array.digest(c) end
  if date.is(c) then return array.digest(c.ms) end
  local parts = {}
  for i, s in ipairs(c) do parts[i] = string.pack("<s8", s) end
  return hash.sha256(table.concat(parts))
end

return column
