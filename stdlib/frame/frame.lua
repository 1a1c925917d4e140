-- frame: named columns of equal length.
--
-- A frame is { columns = { name, ... }, n_rows = n, data = { [name] = column } },
-- where a column is a 1-d array (numbers, booleans), a list of strings, or dates.
-- Frames do not change: every method gives a new one, which may share columns
-- with the old.  An array given to frame.new or got from f:column is the frame's
-- own; who wants to set elements of it takes a copy first.
-- A missing value is NaN in a column of floats, "" in one of strings, and a missing
-- date; columns of integers and booleans have none.
-- Here are the class and its checks; frame_column knows the kinds of columns,
-- frame_group what belongs together, frame_summary what describes.

local array = require "rille.array"
local column = require "rille.frame.column"
local date = require "rille.frame.date"
local group = require "rille.frame.group"
local hash = require "rille.host.hash"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"
local summary = require "rille.frame.summary"
local text = require "rille.frame.text"

---@class frame
---@field columns string[]
---@field n_rows integer
---@field data table<string, table> a column is a 1-d array, a list of strings or dates
local methods = {}
local Frame = { __name = "frame", __index = methods }
local frame = { class = Frame, date = date.ms, dates = date.new }

---@return boolean
function frame.is(v) return getmetatable(v) == Frame end

-- A frame of checked columns, in the order of their names.
---@param names string[]
---@param columns table[]
---@param n_rows integer
---@return origin.strict(frame)
function frame.assemble(names, columns, n_rows)
  errors.no_colon(names)
  local data = {}
  for i, name in ipairs(names) do data[name] = columns[i] end
  return setmetatable({ columns = names, n_rows = n_rows, data = data }, Frame)
end

-- Whether all of list are of this Lua type; else the place of the first other.
local function all_of(list, kind)
  for i = 1, #list do
    if type(list[i]) ~= kind then return false, i end
  end
  return true
end

-- A frame of columns { { "name", array or list }, ... }.  A list of numbers or of
-- booleans becomes an array, an empty one an f64 array.
---@param columns table[]
---@return origin.strict(frame)
function frame.new(columns)
  errors.no_colon(columns)
  if type(columns) ~= "table" then
    errors.raise('frame.new: expected { { "name", values }, ... }, found %s', errors.describe(columns))
  end
  local names, made, seen, n_rows = {}, {}, {}, 0
  for i, entry in ipairs(columns) do
    local name = type(entry) == "table" and entry[1]
    if type(name) ~= "string" then
      errors.raise('frame.new: column %d: expected { "name", values }', i)
    elseif seen[name] then
      errors.raise('frame.new: two columns are named "%s"', name)
    end
    local made_of, length = column.new(name, entry[2])
    if i > 1 and length ~= n_rows then
      errors.raise('frame.new: column "%s" has length %d, but "%s" has length %d', name, length, names[1], n_rows)
    end
    names[i], made[i], seen[name], n_rows = name, made_of, true, length
  end
  if next(columns) ~= nil and #names == 0 then
    errors.raise 'frame.new: expected a list, { { "name", values }, ... }, for columns have an order'
  end
  return frame.assemble(names, made, n_rows)
end

-- --- columns ---------------------------------------------------------------

local function get(self, name)
  local found = type(name) == "string" and self.data[name]
  if not found then
    if type(name) ~= "string" then errors.raise("expected the name of a column, found %s", errors.describe(name)) end
    errors.raise('there is no column "%s"%s', name, suggest.hint(name, self.columns))
  end
  return found
end

-- A list of names from a list or one name.
local function to_names(self, names, what)
  if type(names) == "string" then names = { names } end
  if type(names) ~= "table" then
    errors.raise("%s: expected a list of column names, found %s", what, errors.describe(names))
  end
  for _, name in ipairs(names) do get(self, name) end
  return names
end

-- The frame with each column replaced by what change makes of it.
local function map_columns(self, n_rows, change)
  local made = {}
  for i, name in ipairs(self.columns) do made[i] = change(self.data[name]) end
  return frame.assemble(self.columns, made, n_rows)
end

-- The column of that name: a 1-d array, a list of strings or dates.
---@param name string
function methods:column(name)
  errors.check_self(self, Frame, "column")
  return get(self, name)
end

-- The columns of these names, in this order.
---@param names string[]
---@return origin.strict(frame)
function methods:select(names)
  errors.check_self(self, Frame, "select")
  local chosen, made, seen = {}, {}, {}
  for i, name in ipairs(to_names(self, names, "select")) do
    if seen[name] then errors.raise('select: column "%s" is named twice', name) end
    chosen[i], made[i], seen[name] = name, self.data[name], true
  end
  return frame.assemble(chosen, made, self.n_rows)
end

-- All columns but these.
---@param names string[]
---@return origin.strict(frame)
function methods:drop(names)
  errors.check_self(self, Frame, "drop")
  local gone, left = {}, {}
  for _, name in ipairs(to_names(self, names, "drop")) do gone[name] = true end
  for _, name in ipairs(self.columns) do
    if not gone[name] then left[#left + 1] = name end
  end
  return methods.select(self, left)
end

-- Columns with other names, { old = new }.
---@param names table<string, string>
---@return origin.strict(frame)
function methods:rename(names)
  errors.check_self(self, Frame, "rename")
  if type(names) ~= "table" then
    errors.raise("rename: expected { old = new }, found %s", errors.describe(names))
  end
  for old, new in next, names do
    get(self, old)
    if type(new) ~= "string" then errors.raise('rename: column "%s": expected a name, found %s', old, errors.describe(new)) end
  end
  local named, made, seen = {}, {}, {}
  for i, name in ipairs(self.columns) do
    named[i], made[i] = names[name] or name, self.data[name]
    if seen[named[i]] then errors.raise('rename: two columns would be named "%s"', named[i]) end
    seen[named[i]] = true
  end
  return frame.assemble(named, made, self.n_rows)
end

-- The frame with this column, new at the end or in its old place: an array, a
-- list, dates, or a function that makes one of those out of the frame.
---@param name string
---@param values any
---@return origin.strict(frame)
function methods:with_column(name, values)
  errors.check_self(self, Frame, "with_column")
  if type(name) ~= "string" then
    errors.raise("with_column: expected a name, found %s", errors.describe(name))
  end
  if type(values) == "function" then values = values(self) end
  local c, length = column.new(name, values)
  if length ~= self.n_rows and #self.columns > 0 then
    errors.raise('with_column: column "%s" has length %d, the frame %d rows', name, length, self.n_rows)
  end
  local names, made = {}, {}
  for i, old in ipairs(self.columns) do names[i], made[i] = old, old == name and c or self.data[old] end
  if not self.data[name] then names[#names + 1], made[#made + 1] = name, c end
  return frame.assemble(names, made, length)
end

-- An f64 array of n_rows x the number of columns, booleans as 0 and 1.
---@param names string[]? all columns when absent
function methods:to_matrix(names)
  errors.check_self(self, Frame, "to_matrix")
  names = names == nil and self.columns or to_names(self, names, "to_matrix")
  if #names == 0 then errors.raise "to_matrix: there is no column to take" end
  local parts = {}
  for i, name in ipairs(names) do
    local values = self.data[name]
    if not array.is(values) then
      errors.raise('to_matrix: column "%s" is of %s; select the columns of numbers', name, column.kind(values))
    end
    if not column.fits_float(values) then
      errors.raise('to_matrix: column "%s" has integers past 2^53, which a float does not hold; select the other columns', name)
    end
    parts[i] = values:astype("f64"):reshape { self.n_rows, 1 }
  end
  return array.concat(parts, 2)
end

-- --- rows ------------------------------------------------------------------

-- The rows first to last, both included; last is the end when absent.
---@param first integer
---@param last integer?
---@return origin.strict(frame)
function methods:rows(first, last)
  errors.check_self(self, Frame, "rows")
  last = last or self.n_rows
  if math.type(first) ~= "integer" or math.type(last) ~= "integer" then
    errors.raise("rows: expected two integers, found %s and %s", errors.describe(first), errors.describe(last))
  elseif first < 1 or last > self.n_rows or last < first - 1 then
    errors.raise("rows: %d to %d is not a range in 1 to %d", first, last, self.n_rows)
  end
  return map_columns(self, last - first + 1, function(c) return column.slice(c, first, last) end)
end

-- The first n rows, or all when there are fewer.
---@param n integer? 5 when absent
---@return origin.strict(frame)
function methods:head(n)
  errors.check_self(self, Frame, "head")
  n = n == nil and 5 or n
  if math.type(n) ~= "integer" or n < 0 then
    errors.raise("head: expected a number of rows, found %s", errors.describe(n))
  end
  return methods.rows(self, 1, math.min(n, self.n_rows))
end

-- The rows at these places, an i64 array, in that order.
local function pick(self, places)
  return map_columns(self, #places, function(c) return column.pick(c, places) end)
end

-- The rows at indices, a list or an integer array, in that order.
---@return origin.strict(frame)
function methods:take(indices)
  errors.check_self(self, Frame, "take")
  if array.is(indices) and indices.dtype == "i64" and indices.ndim == 1 and
    (#indices == 0 or indices:min() >= 1 and indices:max() <= self.n_rows) then return pick(self, indices) end
  local places = array.is(indices) and indices:totable() or indices
  if type(places) ~= "table" then
    errors.raise("take: expected a list of rows, found %s", errors.describe(indices))
  end
  for _, place in ipairs(places) do
    if math.type(place) ~= "integer" or place < 1 or place > self.n_rows then
      errors.raise("take: %s is not a row in 1 to %d", tostring(place), self.n_rows)
    end
  end
  return pick(self, #places > 0 and array.from(places, "i64") or array.zeros(0, "i64"))
end

-- The rows where the mask, a bool array or a list of booleans, is true.
---@return origin.strict(frame)
function methods:filter(mask)
  errors.check_self(self, Frame, "filter")
  local bools = array.is(mask) and mask.ndim == 1 and mask.dtype == "bool"
  if not bools and (type(mask) ~= "table" or getmetatable(mask) or not all_of(mask, "boolean")) then
    local hint = (type(mask) == "boolean" or type(mask) == "function") and '; a mask is made of a column: f:filter(f:column "x":gt(1)), and ==, < and > give none' or ""
    errors.raise("filter: expected a vector of booleans, found %s%s", errors.describe(mask), hint)
  elseif #mask ~= self.n_rows then
    errors.raise("filter: the mask has length %d, the frame %d rows", #mask, self.n_rows)
  end
  if not bools then mask = #mask > 0 and array.from(mask) or array.zeros(0, "bool") end
  return pick(self, array.arange(self.n_rows):take(mask))
end

-- n different rows by chance, in their order.
---@param n integer
---@param seed integer
---@return origin.strict(frame)
function methods:sample(n, seed)
  errors.check_self(self, Frame, "sample")
  if math.type(n) ~= "integer" or n < 0 or n > self.n_rows then
    errors.raise("sample: expected a number of rows up to %d, found %s", self.n_rows, errors.describe(n))
  elseif math.type(seed) ~= "integer" then
    errors.raise("sample: expected a seed, an integer, found %s", errors.describe(seed))
  end
  return pick(self, array.random(self.n_rows, seed):argsort():slice(1, n):sort())
end

-- --- missing values ----------------------------------------------------------

-- A bool array, true where the column has no value.
---@param name string
function methods:is_missing(name)
  errors.check_self(self, Frame, "is_missing")
  local there = column.present(get(self, name))
  return there and there:eq(false) or array.zeros(self.n_rows, "bool")
end

-- The rows that have no missing value in these columns (in all when absent).
---@param names string[]?
---@return origin.strict(frame)
function methods:drop_missing(names)
  errors.check_self(self, Frame, "drop_missing")
  names = names == nil and self.columns or to_names(self, names, "drop_missing")
  local present
  for _, name in ipairs(names) do
    local there = column.present(self.data[name])
    present = present and there and present:where(there, false) or present or there
  end
  return present and pick(self, array.arange(self.n_rows):take(present)) or self
end

-- Missing values replaced: by { column = value }, or by one value, of which columns
-- of another kind are left as they are.
---@param with any
---@return origin.strict(frame)
function methods:fill_missing(with)
  errors.check_self(self, Frame, "fill_missing")
  if type(with) ~= "table" or getmetatable(with) then
    local kind = type(with)
    if kind ~= "number" and kind ~= "string" then
      errors.raise("fill_missing: expected a value or { column = value }, found %s", errors.describe(with))
    end
    local made = {}
    for i, name in ipairs(self.columns) do
      local c = self.data[name]
      local fits = kind == "number" and array.is(c) or kind == "string" and column.kind(c) == "strings"
      made[i] = fits and column.fill(name, c, with) or c
    end
    return frame.assemble(self.columns, made, self.n_rows)
  end
  local made = {}
  for name in next, with do get(self, name) end
  for i, name in ipairs(self.columns) do
    made[i] = with[name] == nil and self.data[name] or column.fill(name, self.data[name], with[name])
  end
  return frame.assemble(self.columns, made, self.n_rows)
end

-- --- order -----------------------------------------------------------------

-- { name, desc = } from "name", { "name" } or { "name", desc = true }
local function to_key(self, key)
  if type(key) == "string" then key = { key } end
  if type(key) ~= "table" then
    errors.raise("sort: expected a column name, found %s", errors.describe(key))
  end
  for field in next, key do
    if field ~= 1 and field ~= "desc" then
      errors.raise('sort: unknown field "%s"%s', tostring(field), suggest.hint(field, { "desc" }))
    end
  end
  return { column = get(self, key[1]), desc = key.desc }
end

-- The keys of by: a name, { "x", desc = true } or a list of either.
local function to_keys(self, by)
  local one = type(by) ~= "table"
  for field in next, one and {} or by do one = one or type(field) ~= "number" end
  local keys = {}
  for i, key in ipairs(one and { by } or by) do keys[i] = to_key(self, key) end
  return keys
end

-- The rows in order: by one name, { "x", desc = true }, or a list of those, the
-- first being the strongest.  Rows that are equal keep their order; missing
-- values are last either way.
---@return origin.strict(frame)
function methods:sort(by)
  errors.check_self(self, Frame, "sort")
  return pick(self, group.sort(self, to_keys(self, by)))
end

-- --- groups and pairs --------------------------------------------------------

-- A list of names, at least one and each once.
local function to_key_names(self, names, what)
  names = to_names(self, names, what)
  local seen = {}
  for _, name in ipairs(names) do
    if seen[name] then errors.raise('%s: column "%s" is named twice', what, name) end
    seen[name] = true
  end
  if #names == 0 then errors.raise("%s: expected a column to go by", what) end
  return names, seen
end

local function check_aggregate(self, name, how)
  local values = get(self, name)
  local known = {}
  for _, aggregate in ipairs(group.aggregates) do known[aggregate] = true end
  if not known[how] then
    errors.raise('group_by: column "%s": there is no aggregate %s%s', name,
      type(how) == "string" and string.format('"%s"', how) or errors.describe(how),
      suggest.hint(how, group.aggregates))
  elseif not group.takes(how, values) then
    errors.raise('group_by: column "%s" is of %s and has no %s', name, column.kind(values), how)
  end
end

-- The list { column, aggregate, name of the result } in the frame's order.
local function to_aggregates(self, aggregates, is_key)
  for name, how in next, aggregates do
    for _, one in ipairs(type(how) == "table" and how or { how }) do check_aggregate(self, name, one) end
    if type(how) == "table" and #how == 0 then check_aggregate(self, name, nil) end
    if is_key[name] then errors.raise('group_by: column "%s" is a key already', name) end
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
  return list
end

-- A row for each set of values in the key columns, in the order in which they
-- first appear: the keys, then { column = aggregate, ... } in the frame's order; of
-- several, { column = { "mean", "max" } }, the results are column_mean, column_max.
-- Aggregates, over the values that are there: count, nunique, sum, mean, median,
-- std and var (with n - 1), min, max, first, last.
---@param keys string|string[]
---@param aggregates table<string, string|string[]>
---@return origin.strict(frame)
function methods:group_by(keys, aggregates)
  errors.check_self(self, Frame, "group_by")
  local names, is_key = to_key_names(self, keys, "group_by")
  if type(aggregates) ~= "table" then
    errors.raise("group_by: expected { column = aggregate }, found %s", errors.describe(aggregates))
  end
  return frame.assemble(group.by(self, names, to_aggregates(self, aggregates, is_key)))
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

local function check_join(self, g, how)
  if not frame.is(g) then errors.raise("join: expected a frame, found %s", errors.describe(g)) end
  for _, way in ipairs(WAYS) do
    if how == way then return end
  end
  errors.raise('join: there is no way "%s" to join%s', tostring(how), suggest.hint(how, WAYS))
end

-- The rows of this frame, each with every row of g that has the same values in
-- the columns `on`; missing values are the same as nothing.  how is "inner",
-- "left" or "right" to keep the rows of one without a partner, "outer" of both.
-- Where both have a column of one name, suffixes are added, { "", "_right" }.
---@param g frame
---@param on string|string[]
---@param how string? "inner" when absent
---@param suffixes string[]?
---@return origin.strict(frame)
function methods:join(g, on, how, suffixes)
  errors.check_self(self, Frame, "join")
  how = how == nil and "inner" or how
  check_join(self, g, how)
  local names = to_key_names(self, on, "join")
  for _, name in ipairs(names) do group.check_same_kind(name, get(self, name), get(g, name)) end
  local joined, columns, n_rows = group.join(self, g, names, how, to_suffixes(suffixes))
  local seen = {}
  for _, name in ipairs(joined) do
    if seen[name] then errors.raise('join: two columns would be named "%s"', name) end
    seen[name] = true
  end
  return frame.assemble(joined, columns, n_rows)
end

-- The rows of all frames one after another; they have the same columns.
---@param list frame[]
---@return origin.strict(frame)
function frame.concat(list)
  if type(list) ~= "table" or frame.is(list) or #list == 0 then
    errors.raise("frame.concat: expected a list of frames, found %s", errors.describe(list))
  end
  local n_rows, made = 0, {}
  for i, f in ipairs(list) do
    if not frame.is(f) then errors.raise("frame.concat: element %d is %s", i, errors.describe(f)) end
    for _, name in ipairs(list[1].columns) do get(f, name) end
    for _, name in ipairs(f.columns) do get(list[1], name) end
    n_rows = n_rows + f.n_rows
  end
  for i, name in ipairs(list[1].columns) do
    local parts = {}
    for k, f in ipairs(list) do parts[k] = f.data[name] end
    made[i] = column.concat(name, parts)
  end
  return frame.assemble(list[1].columns, made, n_rows)
end

-- This frame's rows and then those of g.
---@param g frame
---@return origin.strict(frame)
function methods:append(g)
  errors.check_self(self, Frame, "append")
  return frame.concat { self, g }
end

-- --- summary ---------------------------------------------------------------

-- The different values of a column, by first appearance, as a column.
---@param name string
function methods:unique(name)
  errors.check_self(self, Frame, "unique")
  local c = get(self, name)
  return column.pick(c, (group.different { c }))
end

-- A row for each different value of a column: the value and its count, the most
-- frequent first.
---@param name string
---@return origin.strict(frame)
function methods:value_counts(name)
  errors.check_self(self, Frame, "value_counts")
  local c = get(self, name)
  local firsts, counts = group.different { c }
  if name == "count" then errors.raise 'value_counts: the column itself is named "count"; rename it' end
  return frame.assemble({ name, "count" }, { column.pick(c, firsts), counts }, #firsts):sort { "count", desc = true }
end

-- A row per column: column, count and missing (integers), mean, std (with n - 1),
-- min, max (f64, over the values that are there; NaN for strings and dates).
---@return origin.strict(frame)
function methods:describe()
  errors.check_self(self, Frame, "describe")
  return frame.new(summary.describe(self))
end

-- --- values ----------------------------------------------------------------

function Frame.__eq(a, b)
  if not (frame.is(a) and frame.is(b)) then return false end
  if a.n_rows ~= b.n_rows or #a.columns ~= #b.columns then return false end
  for i, name in ipairs(a.columns) do
    if b.columns[i] ~= name or not column.equal(a.data[name], b.data[name]) then return false end
  end
  return true
end

-- #f is f.n_rows, as #a is the length of an array's first axis.
function Frame.__len(self) return self.n_rows end

function Frame.__newindex(_, key)
  errors.raise('a frame does not change; its field "%s" cannot be set', tostring(key))
end

Frame.__tostring = text.render
errors.strict(Frame, "columns n_rows data")
errors.refuse(Frame, "__call", "__concat", "__lt", "__le", "__add", "__sub", "__mul", "__div", "__unm")

-- 32 bytes that tell frames apart by names, order, types and contents.
---@param f frame
---@return string
function frame.digest(f)
  if not frame.is(f) then errors.raise("frame.digest: expected a frame, found %s", errors.describe(f)) end
  local parts = { string.pack("<i8", f.n_rows) }
  for _, name in ipairs(f.columns) do
    local c = f.data[name]
    local kind = column.kind(c)
    parts[#parts + 1] = hash.fields("n", name, "t", kind == "strings" and "string" or kind, "c", column.digest(c))
  end
  return hash.fields("v", "frame 1", "d", table.concat(parts))
end

return origin.strict(frame)
