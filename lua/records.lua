-- records: plain tables as a frame: a list of records { { x = 1, y = 2 }, ... }, or
-- columns { x = { 1, ... }, y = { 2, ... } }.  A table has no order of its names, so
-- the columns stand in theirs.

local frame = require "rille.frame"
local mistake = require "rille.mistake"

local records = {}

local function names_of(record)
  local names = {}
  for name in next, record do
    if type(name) ~= "string" then error("a column's name is a string, found " .. mistake.describe(name), 0) end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function columns_of(list)
  local names, columns = names_of(list[1]), {}
  for i, name in ipairs(names) do columns[i] = { name, {} } end
  for i, record in ipairs(list) do
    if type(record) ~= "table" then error(string.format("record %d is %s, expected a table", i, mistake.describe(record)), 0) end
    for k, name in ipairs(names) do
      if record[name] == nil then error(string.format('record %d has no field "%s"', i, name), 0) end
      columns[k][2][i] = record[name]
    end
    for name in next, record do
      if list[1][name] == nil then error(string.format('record %d has a field "%s", which the first has not', i, tostring(name)), 0) end
    end
  end
  return columns
end

-- The frame of a plain table; raises a string that says why it is none.
---@param v table
function records.frame(v)
  if #v > 0 then
    if type(v[1]) ~= "table" then error("a frame is made of a list of records or of a table of lists, found a list of " .. type(v[1]) .. "s", 0) end
    return frame.new(columns_of(v))
  end
  local columns = {}
  for i, name in ipairs(names_of(v)) do
    if type(v[name]) ~= "table" then error(string.format('a frame is made of a list of records or of a table of lists; field "%s" is %s', name, mistake.describe(v[name])), 0) end
    columns[i] = { name, v[name] }
  end
  return frame.new(columns)
end

return records
