-- frame_from_records: makes a frame of plain tables: of a list of records
-- { { x = 1, y = 2 }, ... }, or of columns { x = { 1, ... }, y = { 2, ... } }.
-- Columns are sorted by name, as tables have no order.  A field that is absent or null is
-- a missing value.

local frame = require "rille.frame"
local json = require "rille.json"
local errors = require "rille.base.errors"

local frame_from_records = {}

-- The names of all records.
local function names_of(list)
  local names, seen = {}, {}
  for i, record in ipairs(list) do
    if type(record) ~= "table" then
      error(string.format("record %d is %s, expected a table", i, errors.describe(record)), 0)
    end
    for name in next, record do
      if type(name) ~= "string" then error("a column's name must be a string, found " .. errors.describe(name), 0) end
      if not seen[name] then seen[name], names[#names + 1] = true, name end
    end
  end
  table.sort(names)
  return names
end

local function columns_of(list)
  local columns = {}
  for k, name in ipairs(names_of(list)) do
    local values = {}
    for i, record in ipairs(list) do
      local v = record[name]
      values[i] = v == nil and json.null or v
    end
    columns[k] = { name, values }
  end
  return columns
end

-- The frame of a plain table; raises a string that says why there is none.
---@param v table
function frame_from_records.frame(v)
  if #v > 0 then
    if type(v[1]) ~= "table" then
      error("a frame needs a list of records or a table of lists, found a list of  " .. type(v[1]) .. "s", 0)
    end
    return frame.new(columns_of(v))
  end
  local columns = {}
  for i, name in ipairs(names_of { v }) do
    if type(v[name]) ~= "table" then
      error(string.format('a frame needs a list of records or a table of lists; field "%s" is %s', name,
        errors.describe(v[name])), 0)
    end
    columns[i] = { name, v[name] }
  end
  return frame.new(columns)
end

return frame_from_records
