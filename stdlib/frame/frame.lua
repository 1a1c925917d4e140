-- frame: named columns of equal length.
--
-- A frame is { columns = { name, ... }, n_rows = n, data = { [name] = column } },
-- where a column is a 1-d array (numbers, booleans), a list of strings, or dates.
-- Frames do not change: every method gives a new one, which may share columns
-- with the old.  An array given to frame.new or got from f:column is the frame's
-- own; who wants to set elements of it takes a copy first.
-- A missing value is NaN in a column of floats, "" in one of strings, and a missing
-- date; columns of integers and booleans have none.
--
-- This is the module that scripts require.  value has the class, the files *_methods its
-- methods; column knows the kinds of columns, group_join_sort what belongs together.

local column = require "rille.frame.column"
local date = require "rille.frame.date"
local file_methods = require "rille.frame.file_methods"
local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local origin = require "rille.host.origin"
local value = require "rille.frame.value"

value.add_methods(require "rille.frame.column_methods")
value.add_methods(require "rille.frame.row_methods")
value.add_methods(require "rille.frame.missing_methods")
value.add_methods(require "rille.frame.group_methods")
value.add_methods(file_methods.methods)

local frame = { class = value.class, is = value.is, new = value.new, assemble = value.assemble, concat = value.concat,
  date = date.ms, dates = date.new, read = file_methods.read, from_records = file_methods.from_records }

-- 32 bytes that tell frames apart by names, order, types and contents.
---@param f frame
---@return string
function frame.digest(f, ...)
  errors.no_more("frame.digest", ...)
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
