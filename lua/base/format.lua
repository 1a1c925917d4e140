-- format: colours, times, sizes and tables for people.
--
-- Colour appears only on a terminal and never when NO_COLOR is set.  The colours
-- mean something: green done, blue taken from the cache, yellow attention, red
-- failed, grey aside.

local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local format = {}

local CODES = { green = "32", blue = "34", yellow = "33", red = "31", grey = "90", bold = "1" }

-- Is the stream (1 stdout, 2 stderr) a terminal that wants colour?
local function colours(fd)
  local no = os.getenv "NO_COLOR"
  return terminal.is(fd) and not (no and no ~= "") and os.getenv "TERM" ~= "dumb"
end

-- The text in a colour where the stream fd shows colours, for terminal.put or say.
---@param colour string
---@param text string
---@param fd integer? 1 (the default) or 2
function format.in_colour(colour, text, fd)
  if text == "" or not colours(fd or 1) then return text end
  return terminal.sequence("[" .. CODES[colour] .. "m") .. text .. terminal.sequence "[0m"
end

local STATUS = { completed = "green", ran = "green", cached = "blue", running = "yellow", failed = "red", stopped = "yellow", skipped = "grey",
  pending = "grey", run = "yellow", wait = "grey" }

function format.status(status, fd, width)
  local text = width and string.format("%-" .. width .. "s", status) or status
  return format.in_colour(STATUS[status] or "grey", text, fd)
end

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

local LEAST <const> = 16        -- columns of a terminal that are worth a column

-- First and last of the characters that take two columns, and of those that take none.
local WIDE <const> = { 0x1100, 0x115F, 0x2E80, 0x303E, 0x3041, 0xA4CF, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6,
  0x1F300, 0x1F64F, 0x1F680, 0x1F6FF, 0x1F900, 0x1F9FF, 0x20000, 0x3FFFD }
local NONE <const> = { 0x0300, 0x036F, 0x200B, 0x200F, 0xFE00, 0xFE0F }

local function within(c, ranges)
  for i = 1, #ranges, 2 do if c >= ranges[i] and c <= ranges[i + 1] then return true end end
  return false
end

local function columns_of(c)
  if c < 0x0300 then return 1 end
  return within(c, NONE) and 0 or within(c, WIDE) and 2 or 1
end

-- The columns that the text takes on a terminal.
---@param text string
local function width_of(text)
  if not text:find "[\128-\255]" or not utf8.len(text) then return #text end
  local width = 0
  for _, c in utf8.codes(text) do width = width + columns_of(c) end
  return width
end

-- The text in so many columns at most.
---@param text string
---@param width integer|number
local function cut(text, width)
  if width_of(text) <= width then return text end
  if not utf8.len(text) then return text:sub(1, width - 1) .. "…" end
  local used = 0
  for at, c in utf8.codes(text) do
    used = used + columns_of(c)
    if used >= width then return text:sub(1, at - 1) .. "…" end
  end
end

format.cut, format.width = cut, width_of

-- How wide the first column is: as its widest cell, or where that leaves too
-- little to the others, as the widest that leaves enough.
local function first_width(rows, widths, room, text_of)
  if widths[1] <= room then return widths[1] end
  local width = LEAST
  for _, row in ipairs(rows) do
    local w = width_of(text_of(row[1]))
    if w <= room then width = math.max(width, w) end
  end
  return width
end

-- A table of rows under a head; columns whose head begins with ">" stand to the
-- right.  A cell may be { text, colour }.  The last column takes what is left of
-- the line; where that is next to nothing it gets lines of its own.  So does what
-- stands in the first column and is too long for the terminal: names stay whole.
---@param head string[]
---@param rows table[]
---@return string
function format.table(head, rows)
  local right, widths, lines = {}, {}, {}
  for i, name in ipairs(head) do
    right[i] = name:sub(1, 1) == ">"
    widths[i] = width_of((name:gsub("^>", "")))
  end
  local function text_of(cell) return terminal.line(type(cell) == "table" and cell[1] or tostring(cell == nil and "" or cell)) end
  for _, row in ipairs(rows) do
    for i = 1, #head do widths[i] = math.max(widths[i], width_of(text_of(row[i]))) end
  end
  local is_terminal, columns = sys.is_terminal(1)
  local used, last = 0, #head
  for i = 2, last - 1 do used = used + widths[i] + 2 end
  if is_terminal and last > 2 then widths[1] = first_width(rows, widths, columns - used, text_of) end
  used = used + (last > 1 and widths[1] + 2 or 0)
  local below = is_terminal and last > 1 and columns - used < math.min(widths[last], LEAST)
  if is_terminal then widths[last] = math.min(widths[last], math.max(8, below and columns - 4 or columns - used)) end
  local function line(row, colour)
    local cells = {}
    for i = 1, below and last - 1 or last do
      local text = text_of(row[i])
      local shade = colour or type(row[i]) == "table" and row[i][2]
      if i == 1 and last > 2 and width_of(text) > widths[1] then
        lines[#lines + 1] = shade and format.in_colour(shade, text) or text
        text = ""
      end
      if is_terminal then text = cut(text, widths[i]) end
      local pad = string.rep(" ", widths[i] - width_of(text))
      local painted = shade and format.in_colour(shade, text) or text
      cells[i] = right[i] and pad .. painted or (i == #head and painted or painted .. pad)
    end
    lines[#lines + 1] = (table.concat(cells, "  "):gsub("%s+$", ""))
    local rest = below and text_of(row[last])
    if rest and rest ~= "" then lines[#lines + 1] = "    " .. format.in_colour(colour or type(row[last]) == "table" and row[last][2] or "grey", cut(rest, widths[last])) end
  end
  local names = {}
  for i, name in ipairs(head) do names[i] = name:gsub("^>", "") end
  line(names, "grey")
  for _, row in ipairs(rows) do line(row) end
  return table.concat(lines, "\n") .. "\n"
end

return format
