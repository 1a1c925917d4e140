-- value: frames as values: their class and its operators, how one is made, and what the
-- files of methods share.
--
-- A frame is { columns = { name, ... }, n_rows = n, data = { [name] = column } },
-- where a column is a 1-d array (numbers, booleans), a list of strings, or dates.

local column = require "rille.frame.column"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"
local text = require "rille.frame.text"

---@class frame
---@field columns string[]
---@field n_rows integer
---@field data table<string, table> a column is a 1-d array, a list of strings or dates
local methods = {}
local Frame = { __name = "frame", __index = methods }
local value = { class = Frame }

---@return boolean
function value.is(v, ...)
  errors.no_more("frame.is", ...)
  return getmetatable(v) == Frame
end

-- A frame of checked columns, in the order of their names.
---@param names string[]
---@param columns table[]
---@param n_rows integer
---@return frame
function value.assemble(names, columns, n_rows, ...)
  errors.no_more("frame.assemble", ...)
  errors.no_colon(names)
  local data = {}
  for i, name in ipairs(names) do data[name] = columns[i] end
  return setmetatable({ columns = names, n_rows = n_rows, data = data }, Frame)
end

-- A frame of columns { { "name", array or list }, ... }.  A list of numbers or of
-- booleans becomes an array, an empty one an f64 array.
---@param columns table[]
---@return frame
function value.new(columns, ...)
  errors.no_more("frame.new", ...)
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
    errors.raise 'frame.new: expected a list, { { "name", values }, ... }, because columns have an order'
  end
  return value.assemble(names, made, n_rows)
end

-- Raises unless frame i of a list has the columns of the first one.
local function check_same_columns(first, f, i)
  local function check(a, b, has, lacks)
    for _, name in ipairs(a.columns) do
      if not b.data[name] then
        errors.raise('frame %d has a column "%s" and frame %d has none%s', has, name, lacks,
          suggest.hint(name, b.columns, true))
      end
    end
  end
  check(first, f, 1, i)
  check(f, first, i, 1)
end

-- The rows of all frames one after another; they have the same columns.
---@param list frame[]
---@return frame
function value.concat(list, ...)
  errors.no_more("frame.concat", ...)
  if type(list) ~= "table" or value.is(list) or #list == 0 then
    errors.raise("frame.concat: expected a list of frames, found %s", errors.describe(list))
  end
  local n_rows, made = 0, {}
  for i, f in ipairs(list) do
    if not value.is(f) then errors.raise("frame.concat: element %d is %s", i, errors.describe(f)) end
    check_same_columns(list[1], f, i)
    n_rows = n_rows + f.n_rows
  end
  for i, name in ipairs(list[1].columns) do
    local parts = {}
    for k, f in ipairs(list) do parts[k] = f.data[name] end
    made[i] = column.concat(name, parts)
  end
  return value.assemble(list[1].columns, made, n_rows)
end

-- Column of a frame, by its name.
---@param self frame
---@param name string
function value.column(self, name)
  local found = type(name) == "string" and self.data[name]
  if not found then
    if type(name) ~= "string" then errors.raise("expected the name of a column, found %s", errors.describe(name)) end
    errors.raise('there is no column "%s"%s', name, suggest.hint(name, self.columns, true))
  end
  return found
end

-- A list of names of columns from a list or one name; `what` is the method that wants them.
---@param self frame
---@param names string|string[]
---@param what string
---@return string[]
function value.names(self, names, what)
  if type(names) == "string" then names = { names } end
  if type(names) ~= "table" then
    errors.raise("%s: expected a list of column names, found %s", what, errors.describe(names))
  end
  for _, name in ipairs(names) do value.column(self, name) end
  return names
end

-- The same, at least one and each once; and a set of them.
function value.key_names(self, names, what)
  names = value.names(self, names, what)
  local seen = {}
  for _, name in ipairs(names) do
    if seen[name] then errors.raise('%s: column "%s" is named twice', what, name) end
    seen[name] = true
  end
  if #names == 0 then errors.raise("%s: expected at least one column", what) end
  return names, seen
end

-- The frame with each column replaced by what change makes of it.
function value.map_columns(self, n_rows, change)
  local made = {}
  for i, name in ipairs(self.columns) do made[i] = change(self.data[name]) end
  return value.assemble(self.columns, made, n_rows)
end

-- The rows at these places, an i64 array, in that order.
function value.pick(self, places)
  return value.map_columns(self, #places, function(c) return column.pick(c, places) end)
end

-- Gives frames these methods.
---@param added table<string, function>
function value.add_methods(added)
  for name, method in next, added do methods[name] = method end
end

function Frame.__eq(a, b)
  if not (value.is(a) and value.is(b)) then return false end
  if a.n_rows ~= b.n_rows or #a.columns ~= #b.columns then return false end
  for i, name in ipairs(a.columns) do
    if b.columns[i] ~= name or not column.equal(a.data[name], b.data[name]) then return false end
  end
  return true
end

-- #f is f.n_rows, as #a is the length of an array's first axis.
function Frame.__len(self) return self.n_rows end

function Frame.__newindex(_, key)
  errors.raise('a frame cannot be changed; its field "%s" cannot be set', tostring(key))
end

Frame.__tostring = text.render
errors.strict(Frame, "columns n_rows data")
errors.refuse(Frame, "__call", "__concat", "__lt", "__le", "__add", "__sub", "__mul", "__div", "__unm")

return value
