-- frame: frame.json (names and kinds of the columns, in order) and a column's
-- numbers as columns/I.npy, its strings as columns/I.json
local array = require "rille.array"
local frame = require "rille.frame"
local json = require "rille.json"

local SHOWN <const> = 5             -- rows in a preview

local function load(art)
  local index = json.unpack(art:read "frame.json")
  local names, columns = {}, {}
  for i, one in ipairs(index.columns) do
    local column
    if one.kind == "array" then column = array.fromnpy(art:read("columns/" .. i .. ".npy"))
    else column = json.unpack(art:read("columns/" .. i .. ".json")) end
    names[i], columns[i] = one.name, column
  end
  return frame.assemble(names, columns, index.rows)     -- a list of no strings stays one
end

local function to_matrix(art) return load(art):to_matrix() end

-- { name = list of values, ... }
local function to_table(art)
  local f, made = load(art), {}
  for _, name in ipairs(f.columns) do
    local column = f:column(name)
    made[name] = array.is(column) and column:totable() or column
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
  version = 1,
  save = function(f, art)
    local index = {}
    for i, name in ipairs(f.columns) do
      local column = f:column(name)
      local is_array = array.is(column)
      index[i] = { name = name, kind = is_array and "array" or "strings" }
      if is_array then art:write("columns/" .. i .. ".npy", array.tonpy(column))
      else art:write("columns/" .. i .. ".json", json.pack(column)) end
    end
    art:write("frame.json", json.pack { columns = index, rows = f.n_rows })
  end,
  load = load,
  views = { array = to_matrix, matrix = to_matrix, table = to_table, list = to_list },
  preview = function(f)
    local head = string.format("frame of %d row%s and %d column%s", f.n_rows, f.n_rows == 1 and "" or "s", #f.columns, #f.columns == 1 and "" or "s")
    if #f.columns == 0 then return head end
    return head .. "\n" .. tostring(f:head(SHOWN))
  end,
}
