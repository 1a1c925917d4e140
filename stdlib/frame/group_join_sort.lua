-- group_join_sort: rows that belong together, within a frame or of two; and their order.
--
-- Codes are an i64 array with a number from 1 to count for each row: rows of one
-- number have the same values in the key columns.  Places are i64 arrays of rows.
-- The loops are in C (rille.host.group).

local array = require "rille.array"
local column = require "rille.frame.column"
local date = require "rille.frame.date"
local host = require "rille.host.group"
local errors = require "rille.base.errors"

local group_join_sort = {}

-- The codes of columns together, and how many.
local function codes_of(columns)
  local codes, count
  for i, c in ipairs(columns) do
    local more, n = column.codes(c)
    if i == 1 then codes, count = more, n else codes, count = host.combine(codes, more, n) end
  end
  return codes, count
end

local function columns_of(f, names)
  local list = {}
  for i, name in ipairs(names) do list[i] = f.data[name] end
  return list
end

-- --- group_by --------------------------------------------------------------

local CHOOSE = { first = true, last = true, min = true, max = true }
local NUMBERS = { sum = true, mean = true, var = true, std = true, median = true }

group_join_sort.aggregates = { "count", "first", "last", "max", "mean", "median", "min", "nunique", "std", "sum",
  "var" }

-- Whether the aggregate takes a column of this kind.
function group_join_sort.takes(how, c) return array.is(c) or not NUMBERS[how] end

-- How many different values that are there each group has.
local function count_different(codes, count, c)
  local values, n = column.codes(c)
  local present = column.present(c)
  if present then values = present:where(values, 0) end
  local pairs_of, different = host.combine(codes, values, n)
  if different == 0 then return array.zeros(count, "i64") end
  local firsts = host.firsts(pairs_of, different)
  return host.sum("count", codes:take(firsts), count, firsts)
end

local function aggregate(codes, count, c, how)
  if how == "nunique" then return count_different(codes, count, c) end
  local present = column.present(c)
  if CHOOSE[how] then
    return column.pick(c, host.choose(how, codes, count, column.ranks(c), present))
  end
  return host.sum(how, codes, count, how == "count" and not array.is(c) and codes or c, present)
end

-- -> names, columns, number of rows: a row for each group, first the keys, then
-- the results of the list { column name, aggregate, name of the result }.
function group_join_sort.by(f, keys, list)
  local codes, count = codes_of(columns_of(f, keys))
  local firsts, names, columns = host.firsts(codes, count), {}, {}
  for i, name in ipairs(keys) do names[i], columns[i] = name, column.pick(f.data[name], firsts) end
  for _, one in ipairs(list) do
    names[#names + 1] = one[3]
    columns[#names] = one[2] == "rows" and host.sum("count", codes, count, codes)
      or aggregate(codes, count, f.data[one[1]], one[2])
  end
  return names, columns, count
end

-- The different values of a column, ascending, as a list.
function group_join_sort.sorted_values(c)
  local found = column.pick(c, (group_join_sort.different { c }))
  found = column.pick(found, column.ranks(found):argsort())
  return column.kind(found) == "strings" and found or found:totable()
end

-- -> places of the first row of each set of values, counts of the rows with it
function group_join_sort.different(columns)
  local codes, count = codes_of(columns)
  return host.firsts(codes, count), host.sum("count", codes, count, codes)
end

-- --- join ------------------------------------------------------------------

-- Codes of the rows of two frames, equal where the keys are; 0 with a missing key.
local function shared_codes(f, g, on)
  local both, present = {}, nil
  for i, name in ipairs(on) do
    both[i] = column.concat(name, { f.data[name], g.data[name] })
    local there = column.present(both[i])
    present = present and there and present:where(there, false) or present or there
  end
  local codes, count = codes_of(both)
  if present then codes = present:where(codes, 0) end
  local n = f.n_rows
  return codes:slice(1, n), codes:slice(n + 1, n + g.n_rows), count
end

-- -> places on the left and on the right, side by side, 0 for none
local function pair(f, g, on, how)
  local left, right, count = shared_codes(f, g, on)
  if how == "right" then
    local b, a = host.join(right, left, count, true, false)
    return a, b
  end
  return host.join(left, right, count, how ~= "inner", how == "outer")
end

-- A key column: of the left where there is a row, else of the right.
local function pick_key(name, a, b, left, right)
  if #left == 0 or left:min() > 0 then return column.pick(a, left) end
  local both = column.concat(name, { a, b })
  return column.pick(both, left:gt(0):where(left, right + #a))
end

-- -> names, columns, number of rows: the columns of f, then those of g that are
-- not in on; where both have one of a name, each with its suffix.
function group_join_sort.join(f, g, on, how, suffixes)
  local left, right = pair(f, g, on, how)
  local names, columns, is_key = {}, {}, {}
  for _, name in ipairs(on) do is_key[name] = true end
  for i, name in ipairs(f.columns) do
    if is_key[name] then
      names[i], columns[i] = name, pick_key(name, f.data[name], g.data[name], left, right)
    else
      names[i] = g.data[name] and name .. suffixes[1] or name
      columns[i] = column.pick_or_missing(f.data[name], left)
    end
  end
  for _, name in ipairs(g.columns) do
    if not is_key[name] then
      names[#names + 1] = f.data[name] and name .. suffixes[2] or name
      columns[#names] = column.pick_or_missing(g.data[name], right)
    end
  end
  return names, columns, #left
end

-- --- order -----------------------------------------------------------------

-- An array whose ascending stable order is the wanted one, missing values last.
local function sort_key(c, desc)
  local ranks = column.ranks(c)
  if array.is(c) then
    if c.dtype == "f64" or c.dtype == "f32" then return desc and -ranks or ranks end
    ranks = ranks:astype "i64"
  end
  if desc then ranks = -1 - ranks end         -- reversed, and does not overflow
  local present = not array.is(c) and column.present(c)
  return present and present:where(ranks, math.maxinteger) or ranks
end

-- The places of rows in the order of keys { column, desc }, the first being the
-- strongest; rows that are equal keep their order.
function group_join_sort.sort(f, keys)
  local places = array.arange(f.n_rows)
  for i = #keys, 1, -1 do
    local values = sort_key(keys[i].column, keys[i].desc)
    places = places:take((i < #keys and values:take(places) or values):argsort())
  end
  return places
end

-- The name and the columns as an error's text has them.
function group_join_sort.check_same_kind(name, a, b)
  if array.is(a) == array.is(b) and date.is(a) == date.is(b) then return end
  errors.raise('join: column "%s" holds %s in one frame and %s in the other', name, column.kind(a), column.kind(b))
end

return group_join_sort
