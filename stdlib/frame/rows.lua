-- rows: the rows of a frame as Lua tables, and masks of the rows that meet a condition.
--
-- A row is { [column] = value }.  A missing number or date is an absent field, a missing string is "", as in JSON; a
-- date is an ISO text.
--
-- A condition is { column = value, ... }, where a value may be a list of values, or a function of a row.

local array = require "rille.array"
local column = require "rille.frame.column"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local json = require "rille.json"

local rows = {}

local CHUNK <const> = 1000          -- rows whose values are read at once

-- The values first to last of each column, lists in the order of the columns.
local function values_of(f, first, last)
  local lists = {}
  for k, name in ipairs(f.columns) do
    local c = column.slice(f.data[name], first, last)
    lists[k] = (array.is(c) or date.is(c)) and c:totable() or c
  end
  return lists
end

local function row_of(f, lists, i)
  local row = {}
  for k, name in ipairs(f.columns) do
    local v = lists[k][i]
    if v ~= v or v == "" and date.is(f.data[name]) then v = nil end
    row[name] = v
  end
  return row
end

-- Gives (row, its number) of all rows.
function rows.each(f)
  local n, first, lists = 0, 1, nil
  return function()
    if n == f.n_rows then return nil end
    if n % CHUNK == 0 then
      first = n + 1
      lists = values_of(f, first, math.min(n + CHUNK, f.n_rows))
    end
    n = n + 1
    return row_of(f, lists, n - first + 1), n
  end
end

local KIND_OF <const> = { bool = "boolean", strings = "string", dates = "string" }

local function check_value(name, c, v)
  local kind = KIND_OF[column.kind(c)] or "number"
  if type(v) ~= kind and v ~= json.null then
    errors.raise('filter: column "%s" is of %s, found %s%s', name, column.kind(c), errors.describe(v),
      kind == "string" and type(v) == "number" and require("rille.frame.text_numbers").hint(c) or "")
  end
end

local function texts_equal(c, wanted)
  local found = {}
  for i = 1, #c do found[i] = wanted[c[i]] or false end
  return #found > 0 and array.from(found) or array.zeros(0, "bool")
end

-- Where the column has one of the values.
local function has_one(name, c, values)
  local wanted, mask = {}, nil
  for _, v in ipairs(values) do
    check_value(name, c, v)
    wanted[v == json.null and "" or v] = true
  end
  if column.kind(c) == "strings" then return texts_equal(c, wanted) end
  for _, v in ipairs(values) do
    local there = column.present(c)
    local one
    if v ~= json.null then one = c:eq(v)
    else one = there and there:eq(false) or array.zeros(#c, "bool") end
    mask = mask and mask:where(true, one) or one
  end
  return mask or array.zeros(#c, "bool")
end

-- A bool array: where f(row) is true.
local function by_function(f, condition)
  local found = {}
  for row, i in rows.each(f) do found[i] = condition(row) and true or false end
  return #found > 0 and array.from(found) or array.zeros(0, "bool")
end

-- A bool array: the rows that meet the condition.
---@param f frame
---@param condition table|function
---@param column_of fun(f: frame, name: string): table of the column of that name
function rows.mask(f, condition, column_of)
  if type(condition) == "function" then return by_function(f, condition) end
  local names, mask = {}, array.ones(f.n_rows, "bool")
  for name in next, condition do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local c, values = column_of(f, name), condition[name]
    if type(values) ~= "table" then values = { values } end
    if getmetatable(values) or #values == 0 and next(values) ~= nil then
      errors.raise('filter: column "%s": expected a value or a list of values, found %s', name,
        errors.describe(values))
    end
    mask = mask:where(has_one(name, c, values), false)
  end
  return mask
end

return rows
