-- plot: numbers as a drawing, in a terminal or as SVG.
--
-- A plot is plain data that text.lua and svg.lua draw.  of_value.lua makes it of a value, from_history.lua of metrics
-- and artifacts of past runs.

local format = require "rille.base.format"
local sys = require "rille.host.sys"
local value_text = require "rille.base.value_text"
local vector = require "rille.show.plot.vector"

local plot = {}

---@class rille.plot
---@field title string
---@field kind "line"|"scatter"|"bars"|"named"|"heat"
---@field x string what the axis below is called
---@field x_kind "number"|"integer"|"date"
---@field y_kind "number"|"integer"|"date"
---@field log boolean? the axis at the left is logarithmic
---@field series { name: string, x: number[], y: number[], hidden: integer }[] a y of nan is a gap
---@field bins { from: number, to: number, count: integer, text: string }[]? of bars
---@field names string[]? of named: bars with a name each, and their numbers
---@field values number[]?
---@field matrix table? of heat: an array of two dimensions
---@field notes string[] what has to be said of it, a line each
---@field x_text fun(v: number): string

local NONE_FINITE <const> = "there are no finite values to draw"
local MOST_BINS <const>, FEWEST_BINS <const> = 50, 5
local SINGLE <const> = 20          -- neighbouring integers that have a bin each

local function date_text(ms) return (os.date("!%Y-%m-%d %H:%M:%S", math.floor(ms / 1000)):gsub(" 00:00:00$", "")) end

local function text_of(kind) return kind == "date" and date_text or value_text.number end

-- Says which values are not there.
local function note_hidden(self, hidden, total)
  if hidden == 0 then return end
  self.notes[#self.notes + 1] = string.format("%s of %s %s not finite and %s left out", format.count(hidden),
    format.plural(total, "value"), hidden == 1 and "is" or "are", hidden == 1 and "is" or "are")
end

local function mixed_kind(vectors)
  local kind
  for _, v in ipairs(vectors) do
    if kind and kind ~= v.kind then return "number" end
    kind = v.kind
  end
  return kind or "number"
end

local function count_points(points)
  local n = 0
  for _, v in ipairs(points.y) do if v == v then n = n + 1 end end
  return n
end

-- On a logarithmic axis what is not positive is a gap.
local function drop_not_positive(points)
  local dropped = 0
  for i, v in ipairs(points.y) do
    if v <= 0 then points.y[i], dropped = 0.0 / 0.0, dropped + 1 end
  end
  return dropped
end

-- Lines or a scatter.
---@param given { title: string, x: string, lines: { name: string, x: rille.plot.vector, y: rille.plot.vector }[],
---  scatter: boolean?, log: boolean? }
---@return rille.plot? plot, string? message why there is nothing to draw
function plot.of_lines(given)
  local xs, ys = {}, {}
  for i, one in ipairs(given.lines) do xs[i], ys[i] = one.x, one.y end
  local self = { title = given.title, kind = given.scatter and "scatter" or "line", x = given.x, log = given.log,
    x_kind = mixed_kind(xs), y_kind = mixed_kind(ys), series = {}, notes = {} }
  self.x_text = text_of(self.x_kind)
  local drawn, hidden, total, dropped = 0, 0, 0, 0
  for i, one in ipairs(given.lines) do
    local points = (given.scatter and vector.scatter or vector.line)(one.x, one.y)
    points.name = one.name
    if given.log then dropped = dropped + drop_not_positive(points) end
    self.series[i] = points
    drawn, hidden, total = drawn + count_points(points), hidden + points.hidden, total + one.y.n
  end
  self.drawn = drawn
  if total == 0 then return nil, "there are no values to draw" end
  if drawn == 0 then
    return nil, dropped > 0 and "--log draws values greater than 0, and there are none" or NONE_FINITE
  end
  note_hidden(self, hidden, total)
  if dropped > 0 then self.notes[#self.notes + 1] = "--log: values that are not greater than 0 are left out" end
  return self
end

-- The bins of integers are integers, where they are few; else round numbers.
local function bins_of(v, low, high, total)
  local wanted = math.max(FEWEST_BINS, math.min(MOST_BINS, math.ceil(2 * total ^ (1 / 3))))
  if v.kind == "integer" and high - low < math.max(SINGLE, wanted) then
    return low - 0.5, 1, math.floor(high - low) + 1
  end
  if high <= low then return low - 0.5, 1, 1 end
  local width = (high / 2 - low / 2) / wanted * 2
  -- so narrow a range has no numbers between its ends
  if low + width == low or high - width == high then return low, high - low, 1 end
  if v.kind == "integer" then width = math.ceil(width) end
  return low, width, v.kind == "integer" and (high - low) // width + 1 or wanted
end

-- Where bin k + 1 begins.  In halves where the sum passes the largest number there is.
local function edge(first, width, k, high)
  local v = first + k * width
  if v - v ~= 0 then v = 2 * (first / 2 + k * (width / 2)) end
  return v - v == 0 and v or high
end

-- A histogram.
---@param given { title: string, x: string, vector: rille.plot.vector }
---@return rille.plot? plot, string? message why there is nothing to draw
function plot.of_counts(given)
  local v = given.vector
  if v.n == 0 then return nil, "there are no values to draw" end
  local low, high, hidden = vector.extent(v)
  if hidden == v.n then return nil, NONE_FINITE end
  local self = { title = given.title, kind = "bars", x = given.x, x_kind = v.kind == "date" and "date" or "number",
    y_kind = "integer", series = {}, bins = {}, notes = {}, x_text = text_of(v.kind) }
  local first, width, n = bins_of(v, low, high, v.n - hidden)
  n = math.max(1, math.floor(n))
  for k, count in ipairs(vector.counts(v, first, width, n)) do
    local from, to = edge(first, width, k - 1, high), edge(first, width, k, high)
    local single = v.kind == "integer" and width == 1
    self.bins[k] = { from = from, to = to, count = count, text = string.format("%s: %s",
      single and value_text.number(math.floor(from + 0.5)) or self.x_text(from) .. " to " .. self.x_text(to),
      format.count(count)) }
  end
  note_hidden(self, hidden, v.n)
  return self
end

local MOST_NAMES <const> = 60
local SHADED <const> = 100          -- rows or columns of which each may have cells of its own

-- Bars with names, in the order of the names.
---@param given { title: string, numbers: table<string, number> }
---@return rille.plot? plot, string? message why there is nothing to draw
function plot.of_names(given)
  local names, values, hidden = {}, {}, 0
  for name in next, given.numbers do names[#names + 1] = name end
  table.sort(names)
  local self = { title = given.title, kind = "named", x = "", series = {}, names = {}, values = values, notes = {} }
  for i = 1, math.min(#names, MOST_NAMES) do
    local v = given.numbers[names[i]]
    self.names[i], values[i] = names[i], v
    if not vector.is_finite(v) then hidden = hidden + 1 end
  end
  if not names[1] then return nil, "there are no values to draw" end
  if hidden == #values then return nil, NONE_FINITE end
  if #names > MOST_NAMES then
    self.notes[1] = format.plural(#names - MOST_NAMES, "more name") .. " not drawn"
  end
  return self
end

-- A matrix as a map of shades.
---@param given { title: string, matrix: table }
---@return rille.plot? plot, string? message why there is nothing to draw
function plot.of_heat(given)
  local m = given.matrix
  if m.shape[1] * m.shape[2] == 0 then return nil, "there are no values to draw" end
  if m.dtype == "bool" then m = m:astype "i32" end
  local map = require("rille.show.plot.heat").of(m, 1, 1)
  if map.low > map.high then return nil, NONE_FINITE end
  local notes = {}
  if m.shape[1] > SHADED or m.shape[2] > SHADED then notes[1] = "a cell is the mean of several values" end
  return { title = given.title, kind = "heat", x = "", series = {}, matrix = m, notes = notes }
end

-- The plot as text for a terminal of that size.
---@param self rille.plot
---@param options { columns: integer?, lines: integer?, colour: function?, ascii: boolean? }
---@return string
function plot.text(self, options)
  if self.matrix then return require("rille.show.plot.heat").text(self, options) end
  if self.names then return require "rille.show.plot.named_text"(self, options) end
  return require("rille.show.plot.text").render(self, options)
end

---@param self rille.plot
---@return string
function plot.svg(self) return require("rille.show.plot.svg").render(self) end

local PROMPT_LINES <const> = 2      -- below the plot

-- How a plot is drawn on standard output: as wide as the terminal, and not higher than a third of that.
---@return { columns: integer, lines: integer, colour: function, ascii: boolean }
function plot.for_terminal()
  local is_terminal, columns, lines = sys.is_terminal(1)
  if not is_terminal then columns, lines = 80, 24 end
  return { columns = columns, lines = math.max(8, math.min(lines - PROMPT_LINES, columns // 3)),
    colour = format.in_colour, ascii = not require("rille.show.plot.text").is_utf8() }
end

return plot
