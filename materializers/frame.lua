-- frame: frame.json has the names and kinds of the columns, in order.  A column of numbers is
-- columns/I.npy, one of dates too (milliseconds), one of strings is columns/I.json.  Large
-- arrays are stored uncompressed and memory-mapped when loaded.
-- Version 1 had no dates.
local array = require "rille.array"
local date = require "rille.frame.date"
local frame = require "rille.frame"
local json = require "rille.json"
local artifact_io = require "rille.artifact.artifact_io"
local array_file = require "rille.artifact.array_file"

local SHOWN <const> = 5             -- rows in a preview

local function save_column(art, at, column)
  if array.is(column) then array_file.save(art, at .. ".npy", column)
  elseif date.is(column) then array_file.save(art, at .. ".npy", column.ms)
  else art:write(at .. ".json", json.pack(column)) end
end

local function is_strings(list)
  if type(list) ~= "table" then return false end
  for _, v in ipairs(list) do if type(v) ~= "string" then return false end end
  return true
end

local function load_column(art, at, kind)
  if kind ~= "strings" then
    local column = array_file.load(art, at .. ".npy")
    if kind == "dates" then return date.of(column) end
    return column
  end
  local list = json.unpack(art:read(at .. ".json"))
  if not is_strings(list) then error(at .. ".json: not a list of strings", 0) end
  return list
end

local function load(art)
  local index = artifact_io.read_table(art, "frame.json")
  local names, columns = {}, {}
  for i, one in ipairs(index.columns or error("frame.json: it names no columns", 0)) do
    names[i], columns[i] = one.name, load_column(art, "columns/" .. i, one.kind)
    if #columns[i] ~= index.rows then
      error(string.format("columns/%d: it has %d rows, the frame %s", i, #columns[i], tostring(index.rows)), 0)
    end
  end
  return frame.assemble(names, columns, index.rows)     -- a list of no strings stays one
end

local function to_matrix(art) return load(art):to_matrix() end

-- { name = list of values, ... }
local function to_table(art)
  local f, made = load(art), {}
  for _, name in ipairs(f.columns) do
    local column = f:column(name)
    made[name] = (array.is(column) or date.is(column)) and column:totable() or column
  end
  return made
end

-- { { name = value, ... }, ... }, a row each
local function to_list(art)
  local made = {}
  for name, values in next, to_table(art) do
    for i, v in ipairs(values) do
      made[i] = made[i] or {}
      made[i][name] = v
    end
  end
  return made
end

return {
  version = 2,
  save = function(f, art)
    local index = {}
    for i, name in ipairs(f.columns) do
      local column = f:column(name)
      index[i] = { name = name, kind = array.is(column) and "array" or date.is(column) and "dates" or "strings" }
      save_column(art, "columns/" .. i, column)
    end
    art:write("frame.json", json.pack { columns = index, rows = f.n_rows })
  end,
  load = load,
  views = { array = to_matrix, matrix = to_matrix, table = to_table, list = to_list },
  preview = function(f)
    local head = string.format("frame of %d row%s and %d column%s", f.n_rows, f.n_rows == 1 and "" or "s",
      #f.columns, #f.columns == 1 and "" or "s")
    if #f.columns == 0 then return head end
    return head .. "\n" .. tostring(f:head(SHOWN))
  end,
}
