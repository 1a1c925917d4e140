-- summary: what a frame's columns are like, as columns for frame.new.

local array = require "rille.array"
local column = require "rille.frame.column"

local summary = {}

local STATISTICS <const> = { "mean", "std", "min", "max" }

local TYPES <const> = { strings = "string", dates = "date" }

local NAN <const> = 0 / 0

-- mean, standard deviation (n - 1), min and max of the numbers that are there.
local function summarize(values)
  if #values == 0 then return { mean = NAN, std = NAN, min = NAN, max = NAN } end
  values = values:astype "f64"
  local std = #values > 1 and values:std(nil, 1) or NAN
  return { mean = values:mean(), std = std, min = values:min(), max = values:max() }
end

-- { "column", names }, { "type", ... }, { "count", ... }, { "missing", ... }, { "mean", ... } ...
function summary.describe(f)
  local count, missing, types = {}, {}, {}
  local lists = { mean = {}, std = {}, min = {}, max = {} }
  for i, name in ipairs(f.columns) do
    local c = f.data[name]
    local present = column.present(c)
    types[i] = TYPES[column.kind(c)] or column.kind(c)
    count[i] = present and present:sum() or f.n_rows
    missing[i] = f.n_rows - count[i]
    local numbers = array.is(c) and (present and c:take(present) or c) or array.zeros(0)
    local found = summarize(numbers)
    for _, key in ipairs(STATISTICS) do lists[key][i] = found[key] end
  end
  local columns = { { "column", f.columns }, { "type", types }, { "count", count }, { "missing", missing } }
  for _, key in ipairs(STATISTICS) do columns[#columns + 1] = { key, lists[key] } end
  return columns
end

return summary
