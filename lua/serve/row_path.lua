-- row_path: how a served model predicts one row without a frame (preprocess/one_row.lua): most requests have one.
--
--   served.row(values) -> the numbers that the model itself is given, or nil where it has to be asked with a frame

local row_path = {}

-- The numbers of a row of a matrix.
local function plain(width)
  return function(values)
    local row = {}
    for i = 1, width do
      local v = values[i]
      if math.type(v) == "integer" then v = v + 0.0 end
      if math.type(v) ~= "float" or v ~= v then return nil end
      row[i] = v
    end
    return row
  end
end

-- The place of each name in the signature; nil where one is missing.
local function places(names, columns)
  local at, list = {}, {}
  for i, c in ipairs(columns) do at[c.name] = i end
  for i, name in ipairs(names) do
    if not at[name] then return nil end
    list[i] = at[name]
  end
  return list
end

-- The way through fitted steps; the order of columns is that of the signature.
local function through(steps, names, served)
  local one_row = require "rille.preprocess.one_row"
  local list, change = places(names, served.columns), one_row.of(steps, names)
  if not list or not change then return nil end
  local n = #list
  return function(values)
    local row = {}
    for i = 1, n do row[i] = values[list[i]] end
    return change(row)
  end
end

-- The fitted steps of a chain or transformer of rille's own, and the columns that they want; nil of anything else.
---@param value any
---@return preprocess.Transformer[]?, string[]?
local function steps_of(value)
  local meta = debug.getmetatable(value)
  local name = type(value) == "table" and meta and meta.__name
  if name == "preprocess.Chain" or name == "preprocess.ModelChain" then return value.steps, value.columns_in end
  if name == "preprocess.Transformer" then return { value }, value.columns_in end
end
row_path.steps_of = steps_of

---@param served ServedModel
---@return (fun(values: any[]): number[]?)?
function row_path.of(served)
  local steps, names = steps_of(served.before or served.value)
  if steps then
    -- a model of the script's own behind a transformer may want a frame
    if served.before and served.model_takes ~= "matrix" then return nil end
    return through(steps, names, served)
  end
  if served.takes ~= "matrix" then return nil end
  -- a script's own model is given integers as such
  for _, c in ipairs(served.columns) do
    if not c.is_number or not served.is_own and not c.dtype:find "^f" then return nil end
  end
  return plain(#served.columns)
end

return row_path
