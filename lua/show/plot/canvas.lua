-- canvas: what a plot draws on in a terminal: a grid of characters in which each has a colour.
--
-- Braille characters have 2 x 4 dots each, so that lines are fine; of plain ones each is a dot.  Dots are counted from
-- 0, to the right and up.

local canvas = {}

local BRAILLE <const> = 0x2800
-- The bit of a dot by row from the top and column.
local BITS <const> = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } }
local BLOCKS <const> = { [0] = " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

---@class rille.plot.canvas
---@field columns integer
---@field rows integer
---@field wide integer dots
---@field high integer dots
local Canvas = { __name = "canvas" }
Canvas.__index = Canvas

---@param columns integer
---@param rows integer
---@param fine boolean of braille
---@return rille.plot.canvas
function canvas.new(columns, rows, fine)
  local self = setmetatable({ columns = columns, rows = rows, fine = fine, wide = fine and 2 * columns or columns,
    high = fine and 4 * rows or rows, cells = {}, colours = {} }, Canvas)
  for row = 1, rows do self.cells[row], self.colours[row] = {}, {} end
  return self
end

-- A dot; what is outside is left out.  mark: the character, where dots are characters.
function Canvas:dot(x, y, mark, colour)
  if x < 0 or y < 0 or x >= self.wide or y >= self.high then return end
  y = self.high - 1 - y
  local across, down = self.fine and 2 or 1, self.fine and 4 or 1
  local row, column = y // down + 1, x // across + 1
  local cells = self.cells[row]
  cells[column] = self.fine and (cells[column] or 0) | BITS[y % 4 + 1][x % 2 + 1] or mark
  self.colours[row][column] = colour
end

-- A line between two dots (Bresenham's).
function Canvas:line(x, y, to_x, to_y, mark, colour)
  local dx, dy = math.abs(to_x - x), -math.abs(to_y - y)
  local step_x, step_y = x < to_x and 1 or -1, y < to_y and 1 or -1
  local off = dx + dy
  while true do
    self:dot(x, y, mark, colour)
    if x == to_x and y == to_y then return end
    local twice = 2 * off
    if twice >= dy then off, x = off + dy, x + step_x end
    if twice <= dx then off, y = off + dx, y + step_y end
  end
end

-- A bar in a column of characters, from the bottom; height from 0 to 1, what is there shows.
function Canvas:bar(column, height, mark, colour)
  local steps = self.fine and 8 or 1
  local n = math.floor(height * self.rows * steps + 0.5)
  if height > 0 then n = math.max(n, 1) end
  for row = self.rows, 1, -1 do
    local part = math.min(n, steps)
    if part <= 0 then return end
    self.cells[row][column] = self.fine and BLOCKS[part] or mark
    self.colours[row][column] = colour
    n = n - part
  end
end

local function char_of(cell)
  if not cell then return " " end
  return type(cell) == "number" and utf8.char(BRAILLE + cell) or cell
end

-- The rows as texts.
---@param in_colour fun(colour: string, text: string): string
---@return string[]
function Canvas:lines(in_colour)
  local lines = {}
  for row = 1, self.rows do
    local parts, run, of = {}, {}, nil
    local function flush()
      if run[1] then parts[#parts + 1] = of and in_colour(of, table.concat(run)) or table.concat(run) end
      run = {}
    end
    local last = 0
    for column in next, self.cells[row] do last = math.max(last, column) end
    for column = 1, last do
      local cell = self.cells[row][column]
      local colour = cell and self.colours[row][column] or nil
      if colour ~= of then flush() end
      of = colour
      run[#run + 1] = char_of(cell)
    end
    flush()
    lines[row] = table.concat(parts)
  end
  return lines
end

return canvas
