-- row_methods: methods of frames that take rows, and put them in order.

local array = require "rille.array"
local column = require "rille.frame.column"
local errors = require "rille.base.errors"
local group_join_sort = require "rille.frame.group_join_sort"
local rows = require "rille.frame.rows"
local suggest = require "rille.base.suggest"
local value = require "rille.frame.value"

---@class frame
local methods = {}

-- Whether all of list are of this Lua type; else the place of the first other.
local function all_of(list, kind)
  for i = 1, #list do
    if type(list[i]) ~= kind then return false, i end
  end
  return true
end

-- The rows first to last, both included; last is the end when absent.
---@param first integer
---@param last integer?
---@return frame
function methods:rows(first, last, ...)
  errors.check_self(self, value.class, "rows", ...)
  last = last or self.n_rows
  if math.type(first) ~= "integer" or math.type(last) ~= "integer" then
    errors.raise("rows: expected two integers, found %s and %s", errors.describe(first), errors.describe(last))
  elseif first < 1 or last > self.n_rows or last < first - 1 then
    errors.raise("rows: %d to %d is not a range in 1 to %d", first, last, self.n_rows)
  end
  return value.map_columns(self, last - first + 1, function(c) return column.slice(c, first, last) end)
end

-- The first n rows, or all when there are fewer.
---@param n integer? 5 when absent
---@return frame
function methods:head(n, ...)
  errors.check_self(self, value.class, "head", ...)
  n = n == nil and 5 or n
  if math.type(n) ~= "integer" or n < 0 then
    errors.raise("head: expected a number of rows, found %s", errors.describe(n))
  end
  return methods.rows(self, 1, math.min(n, self.n_rows))
end

-- The rows at indices, a list or an integer array, in that order.
---@return frame
function methods:take(indices, ...)
  errors.check_self(self, value.class, "take", ...)
  if array.is(indices) and indices.dtype == "i64" and indices.ndim == 1 and
    (#indices == 0 or indices:min() >= 1 and indices:max() <= self.n_rows) then return value.pick(self, indices) end
  local places = array.is(indices) and indices:totable() or indices
  if type(places) ~= "table" then
    errors.raise("take: expected a list of rows, found %s", errors.describe(indices))
  end
  for _, place in ipairs(places) do
    if math.type(place) ~= "integer" or place < 1 or place > self.n_rows then
      errors.raise("take: %s is not a row in 1 to %d", tostring(place), self.n_rows)
    end
  end
  return value.pick(self, #places > 0 and array.from(places, "i64") or array.zeros(0, "i64"))
end

local NO_MASK <const> = '; make a mask from a column: f:filter(f:column "x":gt(1)); ==, < and > do not make one'

-- Is it { column = value }?
local function is_condition(v)
  return type(v) == "function" or type(v) == "table" and not getmetatable(v) and type(next(v)) == "string"
end

-- The mask, a bool array, of what a filter is given.
local function to_mask(self, mask, who)
  if is_condition(mask) then return rows.mask(self, mask, value.column) end
  local bools = array.is(mask) and mask.ndim == 1 and mask.dtype == "bool"
  if not bools and (type(mask) ~= "table" or getmetatable(mask) or not all_of(mask, "boolean")) then
    local dtype = array.is(mask) and " " .. mask.dtype or ""
    errors.raise("%s: expected a vector of booleans, { column = value } or a function, found %s%s%s", who,
      errors.describe(mask), dtype, type(mask) == "boolean" and NO_MASK or "")
  elseif #mask ~= self.n_rows then
    errors.raise("%s: the mask has length %d, the frame %d rows", who, #mask, self.n_rows)
  end
  return bools and mask or #mask > 0 and array.from(mask) or array.zeros(0, "bool")
end

-- The rows that a condition picks: a mask (a bool array or a list of booleans), { column = value }, in which a list
-- stands for any of its values, or a function of a row.
---@param condition table|function
---@return frame
function methods:filter(condition, ...)
  errors.check_self(self, value.class, "filter", ...)
  return value.pick(self, array.arange(self.n_rows):take(to_mask(self, condition, "filter")))
end

-- The same condition as a bool array, true for the rows that filter would keep.
---@param condition table|function
function methods:mask(condition, ...)
  errors.check_self(self, value.class, "mask", ...)
  return to_mask(self, condition, "mask")
end

-- Walks the rows: for row, number in f:each() do.  A row is { column = value }; a missing number or date is absent.
---@return fun(): table<string, any>?, integer?
function methods:each(...)
  errors.check_self(self, value.class, "each", ...)
  return rows.each(self)
end

-- The rows as a list of such tables: what frame.from_records takes.
---@return table<string, any>[]
function methods:records(...)
  errors.check_self(self, value.class, "records", ...)
  local list = {}
  for row, i in rows.each(self) do list[i] = row end
  return list
end

-- n different rows by chance, in their order.
---@param n integer
---@param seed integer
---@return frame
function methods:sample(n, seed, ...)
  errors.check_self(self, value.class, "sample", ...)
  if math.type(n) ~= "integer" or n < 0 or n > self.n_rows then
    errors.raise("sample: expected a number of rows up to %d, found %s", self.n_rows, errors.describe(n))
  elseif math.type(seed) ~= "integer" then
    errors.raise("sample: expected a seed, an integer, found %s", errors.describe(seed))
  end
  return value.pick(self, array.random(self.n_rows, seed):argsort():slice(1, n):sort())
end

-- { name, desc = } from "name", { "name" } or { "name", desc = true }
local function to_key(self, key, desc)
  if type(key) == "string" then key = { key } end
  if type(key) ~= "table" then
    errors.raise("sort: expected a column name, found %s", errors.describe(key))
  end
  for field in next, key do
    if field ~= 1 and field ~= "desc" then
      errors.raise('sort: unknown field "%s"%s', tostring(field), suggest.hint(field, { "desc" }))
    end
  end
  if key.desc ~= nil then desc = key.desc end
  return { column = value.column(self, key[1]), desc = desc }
end

-- The keys of by: a name, { "x", desc = true } or a list of either.
local function to_keys(self, by, desc)
  local one = type(by) ~= "table"
  for field in next, one and {} or by do one = one or type(field) ~= "number" end
  local keys = {}
  for i, key in ipairs(one and { by } or by) do keys[i] = to_key(self, key, desc) end
  return keys
end

-- The rows in order: by one name, { "x", desc = true }, or a list of those, the
-- first being the strongest.  Rows that are equal keep their order; missing
-- values are last either way.
---@param by any
---@param options { desc: boolean }? for the names that say nothing else
---@return frame
function methods:sort(by, options, ...)
  errors.check_self(self, value.class, "sort", ...)
  if options ~= nil then
    if type(options) ~= "table" then
      errors.raise('sort: expected { desc = true }, found %s; several columns are a list, f:sort { "a", "b" }',
        errors.describe(options))
    end
    errors.check_fields("sort", options, { desc = true })
  end
  return value.pick(self, group_join_sort.sort(self, to_keys(self, by, options and options.desc)))
end

return methods
