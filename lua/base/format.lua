-- format: colours, times, sizes and tables for people.
--
-- Colour appears only on a terminal and never when NO_COLOR is set, where --color and
-- CLICOLOR_FORCE say nothing else.  The colours mean something: green done, blue taken
-- from the cache, yellow attention, red failed, grey (faint) aside.

local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local upcalls = require "rille.base.upcalls"
local text_width = require "rille.base.text_width"

local format = {}

local CODES = { green = "32", blue = "34", yellow = "33", red = "31", magenta = "35", cyan = "36", grey = "2",
  bold = "1" }

-- Is the stream (1 stdout, 2 stderr) a terminal that wants colour?
local function colours(fd)
  local asked = upcalls.colour_asked and upcalls.colour_asked() or "auto"
  if asked ~= "auto" then return asked == "always" end
  local no, force = os.getenv "NO_COLOR", os.getenv "CLICOLOR_FORCE"
  if no and no ~= "" then return false end
  return force ~= nil and force ~= "" and force ~= "0" or terminal.is(fd) and os.getenv "TERM" ~= "dumb"
end

-- The text in a colour where the stream fd shows colours, for terminal.put or say.
---@param colour string
---@param text string
---@param fd integer? 1 (the default) or 2
function format.in_colour(colour, text, fd)
  if text == "" or not colours(fd or 1) then return text end
  return terminal.sequence("[" .. CODES[colour] .. "m") .. text .. terminal.sequence "[0m"
end

local STATUS = { completed = "green", ran = "green", cached = "blue", running = "yellow", failed = "red",
  stopped = "yellow", skipped = "grey", note = "yellow", retrying = "yellow",
  pending = "grey", run = "yellow", wait = "grey" }

function format.status(status, fd, width)
  local text = width and string.format("%-" .. width .. "s", status) or status
  return format.in_colour(STATUS[status] or "grey", text, fd)
end

-- The status as a cell of a table.
---@param status string
---@return string[]
function format.status_cell(status) return { status, STATUS[status] or "grey" } end

-- 0.0042 -> "4.2 ms"
---@param s number seconds
function format.seconds(s)
  if s < 0.00095 then return string.format("%.0f us", s * 1e6) end
  if s < 0.0995 then return string.format("%.1f ms", s * 1e3) end
  if s < 0.995 then return string.format("%.0f ms", s * 1e3) end
  if s < 99.5 then return string.format("%.2f s", s) end
  return string.format("%d min %02d s", s // 60, math.floor(s % 60))
end

---@param n integer bytes
function format.bytes(n)
  if n < 1024 then return n .. " B" end
  local units, v, i = { "KiB", "MiB", "GiB", "TiB" }, n / 1024, 1
  while v >= 1023.5 and i < #units do v, i = v / 1024, i + 1 end
  return string.format(v < 9.95 and "%.1f %s" or "%.0f %s", v, units[i])
end

-- 12345 -> "12,345"
function format.count(n)
  local s = tostring(n)
  while true do
    local out, k = s:gsub("^(%-?%d+)(%d%d%d)", "%1,%2")
    if k == 0 then return out end
    s = out
  end
end

-- The line in the place of what is left out of a log; open: the text before does not end
-- with its line.
function format.left_out(n, open)
  return string.format("%s[%s bytes of this log are left out here]\n", open and "\n" or "", format.count(n))
end

local LONG_LINE <const> = 1000       -- bytes

-- The last lines of a text, for an error; of a long one its end.
---@param text string
---@param n integer
---@return string[]
function format.last_lines(text, n)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  lines = table.move(lines, math.max(1, #lines - n + 1), #lines, 1, {})
  for k, line in ipairs(lines) do
    if #line > LONG_LINE then lines[k] = "..." .. line:sub(-LONG_LINE):gsub("^[\x80-\xbf]+", "") end
  end
  return lines
end

-- "1 step", "3 steps"
function format.plural(n, word) return format.count(n) .. " " .. word .. (n == 1 and "" or "s") end

-- 2026-11-22 10:00:00, local time
function format.time(t) return os.date("%Y-%m-%d %H:%M:%S", math.floor(t)) end

-- ISO 8601, UTC, milliseconds: for --json
function format.iso(t)
  local whole = math.floor(t)
  return os.date("!%Y-%m-%dT%H:%M:%S", whole) .. string.format(".%03dZ", math.floor((t - whole) * 1000))
end

-- Tables ---------------------------------------------------------------------------

local MIN_WIDTH <const> = 16        -- columns of a terminal that are worth a column of a table

-- A cell is a text, or { text, colour }; colours in a text are left out, as they would be cut.
local function text_of(cell)
  return terminal.line(terminal.bare(type(cell) == "table" and cell[1] or tostring(cell == nil and "" or cell)))
end

local function colour_of(cell) return type(cell) == "table" and cell[2] or nil end

-- How wide the first column is: as its widest cell, or where that leaves too
-- little to the others, as the widest that leaves enough.
local function first_width(rows, widest, room)
  if widest <= room then return widest end
  local width = MIN_WIDTH
  for _, row in ipairs(rows) do
    local w = text_width.width(text_of(row[1]))
    if w <= room then width = math.max(width, w) end
  end
  return width
end

-- Narrows the widths to a terminal of so many columns.  First result: the last column gets lines
-- of its own; second: the others do not fit either.
local function fit(widths, rows, columns)
  local used, last = 0, #widths
  for i = 2, last - 1 do used = used + widths[i] + 2 end
  if last > 2 then widths[1] = first_width(rows, widths[1], columns - used) end
  used = used + (last > 1 and widths[1] + 2 or 0)
  local below = last > 1 and columns - used < math.min(widths[last], MIN_WIDTH)
  widths[last] = math.min(widths[last], math.max(8, below and columns - 4 or columns - used))
  return below, below and last > 2 and used - 2 > columns
end

-- The line of a row, and lines before and behind it for cells that get their own.
local function add_row(layout, lines, row, colour)
  local cells, widths, last = {}, layout.widths, #layout.widths
  for i = 1, layout.below and last - 1 or last do
    local text, shade = text_of(row[i]), colour or colour_of(row[i])
    if i == 1 and last > 2 and text_width.width(text) > widths[1] then
      lines[#lines + 1] = shade and format.in_colour(shade, text) or text
      text = ""
    end
    if layout.is_terminal then text = text_width.cut(text, widths[i]) end
    local pad = string.rep(" ", widths[i] - text_width.width(text))
    local shown = shade and format.in_colour(shade, text) or text
    cells[i] = layout.right[i] and pad .. shown or (i == last and shown or shown .. pad)
  end
  lines[#lines + 1] = (table.concat(cells, "  "):gsub("%s+$", ""))
  local rest = layout.below and text_of(row[last])
  if rest and rest ~= "" then
    rest = text_width.cut(rest, widths[last])
    lines[#lines + 1] = "    " .. format.in_colour(colour or colour_of(row[last]) or "grey", rest)
  end
end

-- A row that no line has room for: its first cell, and below it the others with their names.
local function add_record(lines, names, row, columns)
  local function shown(i)
    local shade = colour_of(row[i])
    return shade and format.in_colour(shade, text_of(row[i])) or text_of(row[i])
  end
  lines[#lines + 1] = shown(1)
  local used = columns
  for i = 2, #names do
    local text = text_of(row[i])
    local wide = text_width.width(text) + (names[i] ~= "" and text_width.width(names[i]) + 1 or 0) + 2
    if text ~= "" then
      local part = "  " .. (names[i] ~= "" and format.in_colour("grey", names[i]) .. " " or "") .. shown(i)
      if used + wide <= columns then lines[#lines], used = lines[#lines] .. part, used + wide
      else lines[#lines + 1], used = terminal.wrapped(part, columns), wide end
    end
  end
end

-- A table of rows under a head; columns whose head begins with ">" stand to the
-- right.  A cell may be { text, colour }.  The last column takes what is left of
-- the line; where that is next to nothing it gets lines of its own.  So does what
-- stands in the first column and is too long for the terminal: names stay whole.
-- On a terminal too narrow for that a row is its first cell and, below, the others with their names.
---@param head string[]
---@param rows table[]
---@return string
function format.table(head, rows)
  local right, widths, names = {}, {}, {}
  for i, name in ipairs(head) do
    right[i], names[i] = name:sub(1, 1) == ">", name:gsub("^>", "")
    widths[i] = text_width.width(names[i])
  end
  for _, row in ipairs(rows) do
    for i = 1, #head do widths[i] = math.max(widths[i], text_width.width(text_of(row[i]))) end
  end
  local is_terminal, columns = sys.is_terminal(1)
  local lines, below, is_narrow = {}, false, false
  if is_terminal then below, is_narrow = fit(widths, rows, columns) end
  local layout = { right = right, widths = widths, is_terminal = is_terminal, below = below }
  if not is_narrow then add_row(layout, lines, names, "grey") end
  for _, row in ipairs(rows) do
    if is_narrow then add_record(lines, names, row, columns) else add_row(layout, lines, row) end
  end
  return table.concat(lines, "\n") .. "\n"
end

return format
