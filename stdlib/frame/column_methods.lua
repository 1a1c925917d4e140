-- column_methods: methods of frames that take, leave out, name and add columns.

local array = require "rille.array"
local column = require "rille.frame.column"
local errors = require "rille.base.errors"
local value = require "rille.frame.value"

---@class frame
local methods = {}

-- The column of that name: a 1-d array, a list of strings or dates.
---@param name string
function methods:column(name, ...)
  errors.check_self(self, value.class, "column", ...)
  return column.ask(name, value.column(self, name))
end

-- The columns of these names, in this order.
---@param names string[]
---@return frame
function methods:select(names, ...)
  errors.check_self(self, value.class, "select", ...)
  local chosen, made, seen = {}, {}, {}
  for i, name in ipairs(value.names(self, names, "select")) do
    if seen[name] then errors.raise('select: column "%s" is named twice', name) end
    chosen[i], made[i], seen[name] = name, self.data[name], true
  end
  return value.assemble(chosen, made, self.n_rows)
end

-- All columns but these.
---@param names string[]
---@return frame
function methods:drop(names, ...)
  errors.check_self(self, value.class, "drop", ...)
  local gone, left = {}, {}
  for _, name in ipairs(value.names(self, names, "drop")) do gone[name] = true end
  for _, name in ipairs(self.columns) do
    if not gone[name] then left[#left + 1] = name end
  end
  return methods.select(self, left)
end

-- Columns with other names, { old = new }.
---@param names table<string, string>
---@return frame
function methods:rename(names, ...)
  errors.check_self(self, value.class, "rename", ...)
  if type(names) ~= "table" then
    errors.raise("rename: expected { old = new }, found %s", errors.describe(names))
  end
  for old, new in next, names do
    value.column(self, old)
    if type(new) ~= "string" then
      errors.raise('rename: column "%s": expected a name, found %s', old, errors.describe(new))
    end
  end
  local named, made, seen = {}, {}, {}
  for i, name in ipairs(self.columns) do
    named[i], made[i] = names[name] or name, self.data[name]
    if seen[named[i]] then errors.raise('rename: two columns would be named "%s"', named[i]) end
    seen[named[i]] = true
  end
  return value.assemble(named, made, self.n_rows)
end

-- The frame with this column, new at the end or in its old place: an array, a
-- list, dates, or a function that makes one of those out of the frame.
---@param name string
---@param values any
---@return frame
function methods:with_column(name, values, ...)
  errors.check_self(self, value.class, "with_column", ...)
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
  return value.assemble(names, made, length)
end

-- An f64 array of n_rows x the number of columns, booleans as 0 and 1.
---@param names string[]? all columns when absent
function methods:to_matrix(names, ...)
  errors.check_self(self, value.class, "to_matrix", ...)
  names = names == nil and self.columns or value.names(self, names, "to_matrix")
  if #names == 0 then errors.raise "to_matrix: there is no column to take" end
  local parts = {}
  for i, name in ipairs(names) do
    local values = self.data[name]
    if not array.is(values) then
      errors.raise('to_matrix: column "%s" holds %s%s', name, column.kind(values), column.hint(values))
    end
    if not column.fits_float(values) then
      errors.raise('to_matrix: column "%s" has integers past 2^53, which a float does not hold'
        .. '; select the other columns', name)
    end
    parts[i] = values:astype("f64"):reshape { self.n_rows, 1 }
  end
  return array.concat(parts, 2)
end

return methods
