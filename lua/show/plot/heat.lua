-- heat: a matrix as a map of shades: of many rows and columns each cell is the mean of some.
--
--   heat.of(matrix, rows, columns) -> { rows = { { number... }... }, low, high }; a cell without a finite value is nan
--   heat.text(plot, options)       the map as text

local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local heat = {}

local FINE <const>, PLAIN <const> = { "░", "▒", "▓", "█" }, { ".", ":", "+", "#" }
local LEAST_ROWS <const>, LEAST_COLUMNS <const> = 4, 8
local NAN <const> = 0.0 / 0.0

local function plain_colour(_, s) return s end

-- Adds the numbers of a row of the matrix to the cells that they belong to.
local function add(sums, counts, list, columns)
  local n = #list
  for i, v in ipairs(list) do
    if v - v == 0 then
      local k = (i - 1) * columns // n + 1
      sums[k], counts[k] = (sums[k] or 0) + v, (counts[k] or 0) + 1
    end
  end
end

-- The matrix in at most so many cells.
---@param m table an array of two dimensions
---@param most_rows integer
---@param most_columns integer
---@return { rows: number[][], low: number, high: number }
function heat.of(m, most_rows, most_columns)
  local rows, columns = math.min(m.shape[1], most_rows), math.min(m.shape[2], most_columns)
  local made = { rows = {}, low = math.huge, high = -math.huge }
  for r = 1, rows do
    local sums, counts, cells = {}, {}, {}
    for i = (r - 1) * m.shape[1] // rows + 1, r * m.shape[1] // rows do
      add(sums, counts, m:row(i):totable(), columns)
    end
    for k = 1, columns do
      cells[k] = counts[k] and sums[k] / counts[k] or NAN
      if counts[k] then made.low, made.high = math.min(made.low, cells[k]), math.max(made.high, cells[k]) end
    end
    made.rows[r] = cells
  end
  return made
end

-- Where a number stands between the lowest and the highest, from 0 to 1.
---@param map table
---@param v number
---@return number
function heat.share(map, v)
  return map.high > map.low and (v / 2 - map.low / 2) / (map.high / 2 - map.low / 2) or 0.5
end

local function shade(map, v, signs)
  if v ~= v then return " " end
  return signs[math.min(#signs, math.floor(heat.share(map, v) * #signs) + 1)]
end

---@param plot rille.plot with matrix
---@param options { columns: integer?, lines: integer?, colour: (fun(colour: string, text: string): string)?,
---  ascii: boolean? }
---@return string
function heat.text(plot, options)
  local columns, in_colour = math.max(20, options.columns or 80), options.colour or plain_colour
  local signs = options.ascii and PLAIN or FINE
  local across = plot.matrix.shape[2] * 2 <= columns and 2 or 1
  local map = heat.of(plot.matrix, math.max(LEAST_ROWS, (options.lines or 20) - 3),
    math.max(LEAST_COLUMNS, columns // across))
  local lines = { in_colour("bold", text_width.cut(plot.title, columns)) }
  for r, cells in ipairs(map.rows) do
    local parts = {}
    for k, v in ipairs(cells) do parts[k] = shade(map, v, signs):rep(across) end
    lines[r + 1] = in_colour("cyan", (table.concat(parts):gsub(" +$", "")))
  end
  lines[#lines + 1] = text_width.cut(string.format("%s %s %s", value_text.number(map.low), table.concat(signs),
    value_text.number(map.high)), columns)
  return table.concat(lines, "\n") .. "\n"
end

return heat
