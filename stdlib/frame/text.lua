-- text: a frame as a calm table of text, for people.
--
--     p0  p1  ...  label
--      0   0  ...      0
--      0   0  ...      1
--     ... 1795 more rows, 62 more columns
--
-- A cell is { text, right = boolean }; a column of cells begins with its name.

local array = require "rille.array"
local date = require "rille.frame.date"
local text_numbers = require "rille.frame.text_numbers"

local text = {}

local ROWS, WIDTH, CELL, GAP = 10, 80, 30, "  "

-- Hints below a frame: at most so many, for one of the first columns, by its first rows.
local HINTS <const>, LOOKED_AT <const>, SAMPLE <const> = 3, 50, 1000

-- Columns on a terminal, near enough: one for each character.
local function width(s) return utf8.len(s) or #s end

-- One line that no terminal takes for a command.
local function one_line(s)
  return (s:gsub("%c", function(c) return c == "\n" and "\\n" or c == "\t" and "\\t" or "?" end))
end

-- The same of at most CELL characters.
local function shorten(s)
  s = one_line(s)
  if width(s) <= CELL then return s end
  local last = utf8.len(s) and utf8.offset(s, CELL) or CELL
  return s:sub(1, last - 1) .. "…"
end

local function show(v, short)
  if type(v) == "string" then return short(v) end
  if math.type(v) ~= "float" then return tostring(v) end
  if v ~= v then return "nan" end
  return string.format(v == math.floor(v) and math.abs(v) < 1e15 and "%.1f" or "%.6g", v)
end

-- The cells of the first n rows of a column, all of one width.
local function to_cells(name, column, n, short)
  short = short or shorten
  local right = array.is(column) and column.dtype ~= "bool"
  local cells, widest = { short(name) }, 0
  if date.is(column) then column = date.of(column.ms:slice(1, n)):totable() end
  for i = 1, n do cells[i + 1] = show(column[i], short) end
  for _, cell in ipairs(cells) do widest = math.max(widest, width(cell)) end
  for i, cell in ipairs(cells) do
    local blanks = (" "):rep(widest - width(cell))
    cells[i] = right and blanks .. cell or cell .. blanks
  end
  cells.width = widest
  return cells
end

local function elision(n)
  local cells = { width = 3 }
  for i = 1, n + 1 do cells[i] = "..." end
  return cells
end

-- The columns that fit, the last one always among them, and how many do not.
local function choose(f, n)
  local all = f.columns
  local last = to_cells(all[#all], f.data[all[#all]], n)
  local chosen, used = {}, last.width
  for i = 1, #all - 1 do
    local cells = to_cells(all[i], f.data[all[i]], n)
    local rest = i < #all - 1 and 3 + #GAP or 0
    if used + cells.width + #GAP + rest > WIDTH then
      chosen[i], chosen[i + 1] = elision(n), last
      return chosen, #all - i
    end
    chosen[i], used = cells, used + cells.width + #GAP
  end
  chosen[#all] = last
  return chosen, 0
end

local function more(count, what)
  return count > 0 and string.format("%d more %s%s", count, what, count == 1 and "" or "s") or nil
end

-- Calls put(line) with the first n rows of columns of cells, and before them the names.
local function each_line(columns, n, put)
  for row = 1, n + 1 do
    local cells = {}
    for i, column in ipairs(columns) do cells[i] = column[row] end
    put((table.concat(cells, GAP):gsub(" +$", "")))
  end
end

-- All rows and columns as text, with a line end after each.
---@param f frame
---@return string
function text.whole(f)
  local columns, lines = {}, {}
  for i, name in ipairs(f.columns) do columns[i] = to_cells(name, f.data[name], f.n_rows, one_line) end
  each_line(columns, f.n_rows, function(line) lines[#lines + 1] = line end)
  return table.concat(lines, "\n") .. "\n"
end

-- Adds a line for the first columns of strings that csv.read can read as numbers.
local function add_hints(f, lines)
  local found = 0
  for i = 1, math.min(#f.columns, LOOKED_AT) do
    local name = f.columns[i]
    local c = f.data[name]
    local options = not array.is(c) and not date.is(c) and text_numbers.options(table.move(c, 1, SAMPLE, 1, {}))
    if options then
      found = found + 1
      if found > HINTS then return end
      local head = string.format("column \"%s\" is text; csv.read reads numbers with", shorten(name))
      local one = head .. " " .. options
      lines[#lines + 1] = width(one) <= WIDTH and one or head .. "\n  " .. options
    end
  end
end

-- The frame as text of at most 80 columns, without a line end after the last.
---@param f frame
---@return string
function text.render(f)
  if #f.columns == 0 then return "a frame without columns" end
  local n = math.min(f.n_rows, ROWS)
  local chosen, hidden = choose(f, n)
  local lines = {}
  each_line(chosen, n, function(line) lines[#lines + 1] = line end)
  local rest = { more(f.n_rows - n, "row") }
  rest[#rest + 1] = more(hidden, "column")
  if f.n_rows == 0 then table.insert(rest, 1, "no rows") end
  if #rest > 0 then lines[#lines + 1] = (f.n_rows == 0 and "" or "... ") .. table.concat(rest, ", ") end
  add_hints(f, lines)
  return table.concat(lines, "\n")
end

return text
