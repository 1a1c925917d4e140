-- values: the different values of a column.
--
-- Numbers are compared as floats, so that 1 and 1.0 are one value.  Values are ascending:
-- numbers, strings by their bytes, false before true.

local array = require "rille.array"
local errors = require "rille.base.errors"
local group = require "rille.host.group"
local json = require "rille.json"

local values = {}

-- A code from 1 for each row, by first appearance, and the values that they stand for; missing ones are among them.
---@return table codes i64 vector
---@return any[] different
local function coded(c)
  if not array.is(c) then return group.strings(c) end
  local codes, count = group.codes(c)
  if count == 0 then return codes, {} end
  return codes, c:take(group.firsts(codes, count)):totable()
end
values.coded = coded

---@return boolean
function values.is_missing(v) return v == "" or v ~= v end

local function before(a, b)
  if type(a) == "boolean" then return not a and b end
  return a < b
end

-- The different values that are there, ascending; nil and how many where they are more than `most`.
---@param most integer
---@return any[]? list, integer n
function values.different(c, most)
  local _, different = coded(c)
  local list = {}
  for _, v in ipairs(different) do
    if type(v) == "number" then v = v + 0.0 end             -- -0.0 is 0.0
    if not values.is_missing(v) then list[#list + 1] = v end
  end
  if #list > most then return nil, #list end
  table.sort(list, before)
  return list, #list
end

-- The most frequent value of those that are there, of ties the smallest; nil where there is none.
function values.most_frequent(c)
  local codes, different = coded(c)
  if #different == 0 then return nil end
  local n = group.sum("count", codes, #different, codes):totable()
  local best, most = nil, 0
  for i, v in ipairs(different) do
    if n[i] >= most and not values.is_missing(v) and (n[i] > most or before(v, best)) then best, most = v, n[i] end
  end
  return type(best) == "number" and best + 0.0 or best
end

-- The first row with the code.
---@param codes table i64 vector
---@return integer
function values.row_of(codes, code) return codes:eq(code):astype "i64":argmax() end

-- A vector of f64: for each row what `number` gives for its value and the first row that has it.
---@param number fun(v: any, row: fun(): integer): number
function values.map(c, number)
  local codes, different = coded(c)
  if #different == 0 then return array.zeros(0) end
  local made = {}
  for i, v in ipairs(different) do
    made[i] = number(v, function() return values.row_of(codes, i) end) + 0.0
  end
  return array.from(made, "f64"):take(codes)
end

-- A column of a list of values: one of strings is the list.
---@param kind "number"|"boolean"|"string"
function values.column(kind, list)
  if kind == "string" then return list end
  return kind == "number" and array.from(list, "f64") or type(list[1]) == "string" and list or array.from(list, "bool")
end

-- The value as a name has it: 3 for 3.0, true, Bern.
---@return string
function values.text(v)
  if type(v) == "string" then return v end
  if type(v) == "number" then
    local whole = math.tointeger(v)
    return whole and tostring(whole) or json.encode(v)
  end
  return tostring(v)
end

-- The value as a message has it: "Bern", 3.
---@return string
function values.quoted(v) return type(v) == "string" and errors.describe(v) or values.text(v) end

-- "Basel, Bern, Chur, ..."
---@return string
function values.list(categories)
  local shown = {}
  for i = 1, math.min(#categories, 8) do shown[i] = values.text(categories[i]) end
  if #categories > #shown then shown[#shown + 1] = string.format("and %d others", #categories - #shown) end
  return table.concat(shown, ", ")
end

return values
