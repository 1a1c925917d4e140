-- missing_methods: methods of frames about missing values.

local array = require "rille.array"
local column = require "rille.frame.column"
local errors = require "rille.base.errors"
local value = require "rille.frame.value"

---@class frame
local methods = {}

-- A bool array, true where the column has no value.
---@param name string
function methods:is_missing(name, ...)
  errors.check_self(self, value.class, "is_missing", ...)
  local there = column.present(value.column(self, name))
  return there and there:eq(false) or array.zeros(self.n_rows, "bool")
end

-- The rows that have no missing value in these columns (in all when absent).
---@param names string[]?
---@return frame
function methods:drop_missing(names, ...)
  errors.check_self(self, value.class, "drop_missing", ...)
  names = names == nil and self.columns or value.names(self, names, "drop_missing")
  local present
  for _, name in ipairs(names) do
    local there = column.present(self.data[name])
    present = present and there and present:where(there, false) or present or there
  end
  return present and value.pick(self, array.arange(self.n_rows):take(present)) or self
end

-- Missing values replaced: by { column = value }, or by one value, of which columns
-- of another kind are left as they are.
---@param with any
---@return frame
function methods:fill_missing(with, ...)
  errors.check_self(self, value.class, "fill_missing", ...)
  if type(with) ~= "table" or getmetatable(with) then
    local kind = with == with and type(with)
    if kind ~= "number" and kind ~= "string" then
      errors.raise("fill_missing: expected a value or { column = value }, found %s", errors.describe(with))
    end
    local made = {}
    for i, name in ipairs(self.columns) do
      local c = self.data[name]
      local fits = kind == "number" and array.is(c) or kind == "string" and column.kind(c) == "strings"
      made[i] = fits and column.fill(name, c, with) or c
    end
    return value.assemble(self.columns, made, self.n_rows)
  end
  local made = {}
  for name, v in next, with do
    value.column(self, name)
    if v ~= v then
      errors.raise('fill_missing: column "%s": NaN is itself a missing value; the mean of the values that are there is '
        .. 'f:column "%s":present():mean()', name, name)
    end
  end
  for i, name in ipairs(self.columns) do
    made[i] = with[name] == nil and self.data[name] or column.fill(name, self.data[name], with[name])
  end
  return value.assemble(self.columns, made, self.n_rows)
end

return methods
