-- frame: frame.json (names and kinds of the columns, in order) and a column's
-- numbers as columns/I.npy, its strings as columns/I.json
local array = require "rille.array"
local frame = require "rille.frame"
local json = require "rille.json"

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
  load = function(art)
    local index = json.unpack(art:read "frame.json")
    local names, columns = {}, {}
    for i, one in ipairs(index.columns) do
      local column
      if one.kind == "array" then column = array.fromnpy(art:read("columns/" .. i .. ".npy"))
      else column = json.unpack(art:read("columns/" .. i .. ".json")) end
      names[i], columns[i] = one.name, column
    end
    return frame.assemble(names, columns, index.rows)     -- a list of no strings stays one
  end,
  preview = function(f) return string.format("frame of %d rows and %d columns", f.n_rows, #f.columns) end,
}
