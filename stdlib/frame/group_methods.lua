-- group_methods: methods of frames that bring rows of equal values together: groups, joins,
-- different values; and the summary of all columns.

local array = require "rille.array"
local column = require "rille.frame.column"
local errors = require "rille.base.errors"
local group_join_sort = require "rille.frame.group_join_sort"
local suggest = require "rille.base.suggest"
local summary = require "rille.frame.summary"
local value = require "rille.frame.value"

---@class frame
local methods = {}

-- Does { name = how } ask for the number of rows?  The name is none of the frame, nor near to one.
local function counts_rows(self, name, how)
  return how == "count" and not self.data[name] and type(name) == "string"
    and not suggest.nearest(name, self.columns)
end

local function check_aggregate(self, name, how)
  local values = value.column(self, name)
  local known = {}
  for _, aggregate in ipairs(group_join_sort.aggregates) do known[aggregate] = true end
  if not known[how] then
    errors.raise('group_by: column "%s": there is no aggregate %s%s', name,
      type(how) == "string" and string.format('"%s"', how) or errors.describe(how),
      suggest.hint(how, group_join_sort.aggregates))
  elseif not group_join_sort.takes(how, values) then
    errors.raise('group_by: column "%s" holds %s, which have no %s', name, column.kind(values), how)
  end
end

-- The list { column, aggregate, name of the result } in the frame's order.
local function to_aggregates(self, aggregates, is_key)
  local counts = {}
  for name, how in next, aggregates do
    if counts_rows(self, name, how) then counts[#counts + 1] = name
    else
      for _, one in ipairs(type(how) == "table" and how or { how }) do check_aggregate(self, name, one) end
      if type(how) == "table" and #how == 0 then check_aggregate(self, name, nil) end
    end
    if is_key[name] then
      errors.raise('group_by: column "%s" is a key already%s', name,
        how == "count" and '; another name has the number of rows: { n = "count" }' or "")
    end
  end
  local list, seen = {}, {}
  local function add(name, how, result)
    if seen[result] or is_key[result] then errors.raise('group_by: two columns would be named "%s"', result) end
    seen[result] = true
    list[#list + 1] = { name, how, result }
  end
  for _, name in ipairs(self.columns) do
    local how = aggregates[name]
    if type(how) == "table" then
      for _, one in ipairs(how) do add(name, one, name .. "_" .. one) end
    elseif how then add(name, how, name) end
  end
  table.sort(counts)
  for _, name in ipairs(counts) do add(nil, "rows", name) end
  return list
end

-- A row for each set of values in the key columns, in the order in which they
-- first appear: the keys, then { column = aggregate, ... } in the frame's order; of
-- several, { column = { "mean", "max" } }, the results are column_mean, column_max.
-- Aggregates, over the values that are there: count, nunique, sum, mean, median,
-- std and var (with n - 1), min, max, first, last.  A name that the frame does not have, as { n = "count" }, gets the
-- number of rows, missing values or not.
---@param keys string|string[]
---@param aggregates table<string, string|string[]>
---@return frame
function methods:group_by(keys, aggregates, ...)
  errors.check_self(self, value.class, "group_by", ...)
  local names, is_key = value.key_names(self, keys, "group_by")
  if type(aggregates) ~= "table" then
    errors.raise("group_by: expected { column = aggregate }, found %s", errors.describe(aggregates))
  end
  return value.assemble(group_join_sort.by(self, names, to_aggregates(self, aggregates, is_key)))
end

local WAYS <const> = { "inner", "left", "right", "outer" }

-- { left, right }: what names get that both frames have.
local function to_suffixes(suffixes)
  if suffixes == nil then return { "", "_right" } end
  if type(suffixes) ~= "table" or type(suffixes[1]) ~= "string" or type(suffixes[2]) ~= "string" then
    errors.raise('join: expected two suffixes, { "_left", "_right" }, found %s', errors.describe(suffixes))
  end
  return suffixes
end

local function check_join(_, g, how)
  if not value.is(g) then errors.raise("join: expected a frame, found %s", errors.describe(g)) end
  for _, way in ipairs(WAYS) do
    if how == way then return end
  end
  if type(how) ~= "string" then
    errors.raise('join: expected how to join, as "left", found %s%s', errors.describe(how),
      type(how) == "table" and '; suffixes come after it: f:join(g, "k", "inner", { "_a", "_b" })' or "")
  end
  errors.raise('join: unknown way to join: "%s"%s', tostring(how), suggest.hint(how, WAYS))
end

-- The rows of this frame, each with every row of g that has the same values in
-- the columns `on`; missing values are the same as nothing.  how is "inner",
-- "left" or "right" to keep the rows of one without a partner, "outer" of both.
-- Where both have a column of one name, suffixes are added, { "", "_right" }.
---@param g frame
---@param on string|string[]
---@param how string? "inner" when absent
---@param suffixes string[]?
---@return frame
function methods:join(g, on, how, suffixes, ...)
  errors.check_self(self, value.class, "join", ...)
  how = how == nil and "inner" or how
  check_join(self, g, how)
  if type(on) == "table" and #on == 0 and next(on) ~= nil then
    errors.raise('join: a key has one name in both frames; write f:join(g:rename { k = "%s" }, "%s")',
      tostring(next(on)), tostring(next(on)))
  end
  local names = value.key_names(self, on, "join")
  for _, name in ipairs(names) do
    group_join_sort.check_same_kind(name, value.column(self, name), value.column(g, name))
  end
  local joined, columns, n_rows = group_join_sort.join(self, g, names, how, to_suffixes(suffixes))
  local seen = {}
  for _, name in ipairs(joined) do
    if seen[name] then errors.raise('join: two columns would be named "%s"', name) end
    seen[name] = true
  end
  return value.assemble(joined, columns, n_rows)
end

-- This frame's rows and then those of g.
---@param g frame
---@return frame
function methods:append(g, ...)
  errors.check_self(self, value.class, "append", ...)
  return value.concat { self, g }
end

-- The different values of a column, by first appearance, as a column.
---@param name string
function methods:unique(name, ...)
  errors.check_self(self, value.class, "unique", ...)
  local c = value.column(self, name)
  return column.pick(c, (group_join_sort.different { c }))
end

-- A row for each different value of a column: the value and its count, the most
-- frequent first.
---@param name string
---@return frame
function methods:value_counts(name, ...)
  errors.check_self(self, value.class, "value_counts", ...)
  local c = value.column(self, name)
  local firsts, counts = group_join_sort.different { c }
  if name == "count" then errors.raise 'value_counts: the column itself is named "count"; rename it' end
  return value.assemble({ name, "count" }, { column.pick(c, firsts), counts }, #firsts):sort { "count", desc = true }
end

-- A column's values as numbers from 1, and the list of the values, ascending: labels for what learns from numbers.
---@param name string
---@return table codes i64 vector
---@return any[] values
function methods:codes(name, ...)
  errors.check_self(self, value.class, "codes", ...)
  local c = value.column(self, name)
  if column.present(c) then
    errors.raise('codes: column "%s" has missing values; f:drop_missing { "%s" } leaves those rows out', name, name)
  end
  local values, place, codes = column.kind(c) == "strings" and c or c:totable(), {}, {}
  local list = group_join_sort.sorted_values(c)
  for i, v in ipairs(list) do place[v] = i end
  for i, v in ipairs(values) do codes[i] = place[v] end
  return #codes > 0 and array.from(codes, "i64") or array.zeros(0, "i64"), list
end

-- A row per column: column, type, count and missing (integers), mean, std (with n - 1),
-- min, max (f64, over the values that are there; NaN for strings and dates).
---@return frame
function methods:describe(...)
  errors.check_self(self, value.class, "describe", ...)
  return value.new(summary.describe(self))
end

return methods
