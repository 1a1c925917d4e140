-- frame: named columns of equal length.
--
-- A frame is { columns = { name, ... }, n_rows = n, data = { [name] = column } },
-- where a column is a 1-d array (numbers, booleans) or a list of strings.
-- Frames do not change: every method gives a new one, which may share columns
-- with the old.  An array given to frame.new or got from f:column is the frame's
-- own; who wants to set elements of it takes a copy first.
-- A missing value is NaN in a column of floats and "" in a column of strings;
-- columns of integers and booleans have none.

local array = require "rille.array"
local group = require "rille.frame_group"
local hash = require "rille.host.hash"
local mistake = require "rille.mistake"
local suggest = require "rille.suggest"
local text = require "rille.frame_text"

---@class frame
---@field columns string[]
---@field n_rows integer
---@field data table<string, table> a column is a 1-d array or a list of strings
local methods = {}
local Frame = { __name = "frame", __index = methods }
local frame = { class = Frame }

---@return boolean
function frame.is(v) return getmetatable(v) == Frame end

-- A frame of checked columns, in the order of their names.
---@param names string[]
---@param columns table[]
---@param n_rows integer
---@return frame
function frame.assemble(names, columns, n_rows)
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

-- The column made of values, and its length.
local function to_column(name, values)
  if array.is(values) then
    if values.ndim ~= 1 then
      mistake.raise('column "%s": expected one dimension, found %d', name, values.ndim)
    end
    return values, #values
  elseif type(values) ~= "table" or getmetatable(values) then
    mistake.raise('column "%s": expected an array or a list, found %s', name, mistake.describe(values))
  elseif #values == 0 then
    return array.zeros(0), 0
  end
  local kind = type(values[1])
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    mistake.raise('column "%s": element 1 is %s, expected a string, number or boolean', name,
      mistake.describe(values[1]))
  end
  local same, other = all_of(values, kind)
  if not same then
    mistake.raise('column "%s": element %d is %s, expected a %s as before it', name, other,
      mistake.describe(values[other]), kind)
  end
  if kind == "string" then return table.move(values, 1, #values, 1, {}), #values end
  return array.from(values), #values
end

-- A frame of columns { { "name", array or list }, ... }.  A list of numbers or of
-- booleans becomes an array, an empty one an f64 array.
---@param columns table[]
---@return frame
function frame.new(columns)
  if type(columns) ~= "table" then
    mistake.raise('frame.new: expected { { "name", values }, ... }, found %s', mistake.describe(columns))
  end
  local names, made, seen, n_rows = {}, {}, {}, 0
  for i, entry in ipairs(columns) do
    local name = type(entry) == "table" and entry[1]
    if type(name) ~= "string" then
      mistake.raise('frame.new: column %d: expected { "name", values }', i)
    elseif seen[name] then
      mistake.raise('frame.new: two columns are named "%s"', name)
    end
    local column, length = to_column(name, entry[2])
    if i > 1 and length ~= n_rows then
      mistake.raise('frame.new: column "%s" has length %d, but "%s" has length %d', name, length, names[1], n_rows)
    end
    names[i], made[i], seen[name], n_rows = name, column, true, length
  end
  if next(columns) ~= nil and #names == 0 then
    mistake.raise 'frame.new: expected a list, { { "name", values }, ... }, for columns have an order'
  end
  return frame.assemble(names, made, n_rows)
end

-- --- columns ---------------------------------------------------------------

local function get(self, name)
  local column = type(name) == "string" and self.data[name]
  if not column then
    mistake.raise("there is no column %s%s",
      type(name) == "string" and string.format('"%s"', name) or mistake.describe(name),
      suggest.hint(name, self.columns))
  end
  return column
end

-- A list of names from a list or one name.
local function to_names(self, names, what)
  if type(names) == "string" then names = { names } end
  if type(names) ~= "table" then
    mistake.raise("%s: expected a list of column names, found %s", what, mistake.describe(names))
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

-- The column of that name: a 1-d array or a list of strings.
---@param name string
function methods:column(name) return get(self, name) end

-- The columns of these names, in this order.
---@param names string[]
---@return frame
function methods:select(names)
  local chosen, made, seen = {}, {}, {}
  for i, name in ipairs(to_names(self, names, "select")) do
    if seen[name] then mistake.raise('select: column "%s" is named twice', name) end
    chosen[i], made[i], seen[name] = name, self.data[name], true
  end
  return frame.assemble(chosen, made, self.n_rows)
end

-- All columns but these.
---@param names string[]
---@return frame
function methods:drop(names)
  local gone, left = {}, {}
  for _, name in ipairs(to_names(self, names, "drop")) do gone[name] = true end
  for _, name in ipairs(self.columns) do
    if not gone[name] then left[#left + 1] = name end
  end
  return methods.select(self, left)
end

-- An f64 array of n_rows x the number of columns, booleans as 0 and 1.
---@param names string[]? all columns when absent
function methods:to_matrix(names)
  names = names == nil and self.columns or to_names(self, names, "to_matrix")
  if #names == 0 then mistake.raise "to_matrix: there is no column to take" end
  local parts = {}
  for i, name in ipairs(names) do
    local column = self.data[name]
    if not array.is(column) then
      mistake.raise('to_matrix: column "%s" is of strings; select the columns of numbers', name)
    end
    parts[i] = column:astype("f64"):reshape { self.n_rows, 1 }
  end
  return array.concat(parts, 2)
end

-- --- rows ------------------------------------------------------------------

-- The rows first to last, both included; last is the end when absent.
---@param first integer
---@param last integer?
---@return frame
function methods:rows(first, last)
  last = last or self.n_rows
  if math.type(first) ~= "integer" or math.type(last) ~= "integer" then
    mistake.raise("rows: expected two integers, found %s and %s", mistake.describe(first), mistake.describe(last))
  elseif first < 1 or last > self.n_rows or last < first - 1 then
    mistake.raise("rows: %d to %d is not a range in 1 to %d", first, last, self.n_rows)
  end
  return map_columns(self, last - first + 1, function(column)
    if array.is(column) then return column:slice(first, last) end
    return table.move(column, first, last, 1, {})
  end)
end

-- The first n rows, or all when there are fewer.
---@param n integer? 5 when absent
---@return frame
function methods:head(n)
  n = n == nil and 5 or n
  if math.type(n) ~= "integer" or n < 0 then
    mistake.raise("head: expected a number of rows, found %s", mistake.describe(n))
  end
  return methods.rows(self, 1, math.min(n, self.n_rows))
end

-- The rows at these places of the list, in that order.
local function pick(self, places)
  return map_columns(self, #places, function(column) return group.pick(column, places) end)
end

-- The rows at indices, a list or an integer array, in that order.
---@return frame
function methods:take(indices)
  local places = array.is(indices) and indices:totable() or indices
  if type(places) ~= "table" then
    mistake.raise("take: expected a list of rows, found %s", mistake.describe(indices))
  end
  for _, place in ipairs(places) do
    if math.type(place) ~= "integer" or place < 1 or place > self.n_rows then
      mistake.raise("take: %s is not a row in 1 to %d", tostring(place), self.n_rows)
    end
  end
  return pick(self, places)
end

-- The rows where the mask, a bool array or a list of booleans, is true.
---@return frame
function methods:filter(mask)
  local list = mask
  if array.is(mask) and mask.ndim == 1 then list = mask:totable() end
  if type(list) ~= "table" or not all_of(list, "boolean") then
    mistake.raise("filter: expected a vector of booleans, found %s", mistake.describe(mask))
  elseif #list ~= self.n_rows then
    mistake.raise("filter: the mask has length %d, the frame %d rows", #list, self.n_rows)
  end
  local places = {}
  for i = 1, #list do
    if list[i] then places[#places + 1] = i end
  end
  return pick(self, places)
end

-- Puts true into mask wherever the column has a missing value; whether it did.
local function mark_missing(column, mask)
  local any = false
  local strings = not array.is(column)
  if strings or column.dtype == "f64" or column.dtype == "f32" then
    for i, v in ipairs(strings and column or column:totable()) do
      if v ~= v or v == "" then mask[i], any = true, true end
    end
  end
  return any
end

-- The rows that have no missing value in these columns (in all when absent).
---@param names string[]?
---@return frame
function methods:drop_missing(names)
  names = names == nil and self.columns or to_names(self, names, "drop_missing")
  local missing, any = {}, false
  for _, name in ipairs(names) do any = mark_missing(self.data[name], missing) or any end
  if not any then return self end
  local places = {}
  for i = 1, self.n_rows do
    if not missing[i] then places[#places + 1] = i end
  end
  return pick(self, places)
end

-- --- order -----------------------------------------------------------------

-- { name, desc = } from "name", { "name" } or { "name", desc = true }
local function to_key(self, key)
  if type(key) == "string" then key = { key } end
  if type(key) ~= "table" then
    mistake.raise("sort: expected a column name, found %s", mistake.describe(key))
  end
  for field in next, key do
    if field ~= 1 and field ~= "desc" then
      mistake.raise('sort: unknown field "%s"%s', tostring(field), suggest.hint(field, { "desc" }))
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

local RANKS = { [false] = 0, [true] = 1 }

-- A list of what to compare, nil where the value is missing.
local function sort_values(column)
  local strings, values = not array.is(column), {}
  for i, v in ipairs(strings and column or column:totable()) do
    if type(v) == "boolean" then v = RANKS[v] end
    if v == v and v ~= "" then values[i] = v end
  end
  return values
end

-- The rows in order: by one name, { "x", desc = true }, or a list of those, the
-- first being the strongest.  Rows that are equal keep their order; missing
-- values are last either way.
---@return frame
function methods:sort(by)
  local keys, places = to_keys(self, by), {}
  for _, key in ipairs(keys) do key.values = sort_values(key.column) end
  for i = 1, self.n_rows do places[i] = i end
  table.sort(places, function(a, b)
    for _, key in ipairs(keys) do
      local x, y = key.values[a], key.values[b]
      if x ~= y then
        if x == nil or y == nil then return y == nil end
        if key.desc then return y < x end
        return x < y
      end
    end
    return a < b
  end)
  return pick(self, places)
end

-- --- groups and pairs --------------------------------------------------------

-- A list of names, at least one and each once.
local function to_key_names(self, names, what)
  names = to_names(self, names, what)
  local seen = {}
  for _, name in ipairs(names) do
    if seen[name] then mistake.raise('%s: column "%s" is named twice', what, name) end
    seen[name] = true
  end
  if #names == 0 then mistake.raise("%s: expected a column to go by", what) end
  return names, seen
end

local function check_aggregate(self, name, how)
  local column = get(self, name)
  local known = {}
  for _, aggregate in ipairs(group.aggregates) do known[aggregate] = true end
  if not known[how] then
    mistake.raise('group_by: column "%s": there is no aggregate %s%s', name,
      type(how) == "string" and string.format('"%s"', how) or mistake.describe(how),
      suggest.hint(how, group.aggregates))
  elseif not array.is(column) and not group.takes_strings(how) then
    mistake.raise('group_by: column "%s" is of strings and has no %s', name, how)
  end
end

-- A row for each set of values in the key columns, in the order in which they
-- first appear: the keys, then { column = aggregate, ... } in the frame's order.
-- Aggregates, over the values that are there: count, sum, mean, std (with n - 1),
-- min, max, first, last.
---@param keys string|string[]
---@param aggregates table<string, string>
---@return frame
function methods:group_by(keys, aggregates)
  local names, is_key = to_key_names(self, keys, "group_by")
  if type(aggregates) ~= "table" then
    mistake.raise("group_by: expected { column = aggregate }, found %s", mistake.describe(aggregates))
  end
  for name, how in next, aggregates do
    check_aggregate(self, name, how)
    if is_key[name] then mistake.raise('group_by: column "%s" is a key already', name) end
  end
  return frame.assemble(group.by(self, names, aggregates))
end

-- The rows of this frame, each with every row of g that has the same values in
-- the columns `on`; missing values are the same as nothing.  how is "inner", or
-- "left" to keep rows without a partner.  A column of g whose name is taken is
-- called NAME_right.
---@param g frame
---@param on string|string[]
---@param how string? "inner" when absent
---@return frame
function methods:join(g, on, how)
  how = how == nil and "inner" or how
  if not frame.is(g) then
    mistake.raise("join: expected a frame, found %s", mistake.describe(g))
  elseif how ~= "inner" and how ~= "left" then
    mistake.raise('join: there is no way "%s" to join%s', tostring(how), suggest.hint(how, { "inner", "left" }))
  end
  local names = to_key_names(self, on, "join")
  for _, name in ipairs(names) do
    if array.is(get(self, name)) ~= array.is(get(g, name)) then
      mistake.raise('join: column "%s" is of strings in one frame only', name)
    end
  end
  local joined, columns, n_rows = group.join(self, g, names, how == "left")
  local seen = {}
  for _, name in ipairs(joined) do
    if seen[name] then mistake.raise('join: two columns would be named "%s"', name) end
    seen[name] = true
  end
  return frame.assemble(joined, columns, n_rows)
end

-- --- summary ---------------------------------------------------------------

-- count, mean, standard deviation (n - 1), min and max of a list without NaN.
local function summarize(values)
  local n, sum, least, most = #values, 0.0, math.huge, -math.huge
  for _, v in ipairs(values) do
    sum, least, most = sum + v, math.min(least, v), math.max(most, v)
  end
  local nan = 0 / 0
  if n == 0 then return { count = 0, mean = nan, std = nan, min = nan, max = nan } end
  local mean, squares = sum / n, 0.0
  for _, v in ipairs(values) do squares = squares + (v - mean) ^ 2 end
  return { count = n, mean = mean, std = n > 1 and math.sqrt(squares / (n - 1)) or nan,
           min = least + 0.0, max = most + 0.0 }
end

local STATISTICS = { "mean", "std", "min", "max" }

-- A row per column: column, count and missing (integers), mean, std (with n - 1),
-- min, max (f64, over the values that are there; NaN for strings).
---@return frame
function methods:describe()
  local count, missing = {}, {}
  local lists = { mean = {}, std = {}, min = {}, max = {} }
  for i, name in ipairs(self.columns) do
    local column = self.data[name]
    local values = sort_values(column)
    local present = {}
    for row = 1, self.n_rows do present[#present + 1] = values[row] end
    local summary = summarize(array.is(column) and present or {})
    count[i], missing[i] = #present, self.n_rows - #present
    for _, key in ipairs(STATISTICS) do lists[key][i] = summary[key] end
  end
  local columns = { { "column", self.columns }, { "count", count }, { "missing", missing } }
  for _, key in ipairs(STATISTICS) do columns[#columns + 1] = { key, lists[key] } end
  return frame.new(columns)
end

-- --- values ----------------------------------------------------------------

local function same_column(a, b)
  if array.is(a) or array.is(b) then return array.is(a) and array.is(b) and a == b end
  for i = 1, #a do
    if a[i] ~= b[i] then return false end
  end
  return true
end

function Frame.__eq(a, b)
  if not (frame.is(a) and frame.is(b)) then return false end
  if a.n_rows ~= b.n_rows or #a.columns ~= #b.columns then return false end
  for i, name in ipairs(a.columns) do
    if b.columns[i] ~= name or not same_column(a.data[name], b.data[name]) then return false end
  end
  return true
end

function Frame.__newindex(_, key)
  mistake.raise('a frame does not change; its field "%s" cannot be set', tostring(key))
end

Frame.__tostring = text.render

local function column_digest(column)
  if array.is(column) then return array.digest(column) end
  local parts = {}
  for i, s in ipairs(column) do parts[i] = string.pack("<s8", s) end
  return hash.sha256(table.concat(parts))
end

-- 32 bytes that tell frames apart by names, order, types and contents.
---@param f frame
---@return string
function frame.digest(f)
  local parts = { string.pack("<i8", f.n_rows) }
  for _, name in ipairs(f.columns) do
    local column = f.data[name]
    parts[#parts + 1] = hash.fields("n", name, "t", array.is(column) and column.dtype or "string",
      "c", column_digest(column))
  end
  return hash.fields("v", "frame 1", "d", table.concat(parts))
end

return frame
