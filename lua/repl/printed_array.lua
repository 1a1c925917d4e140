-- printed_array: arrays as the prompt shows them: rows in brackets, then dtype and shape; of long axes the ends.
--
--     [1.0  2.0  3.0]  f64 {3}

local format = require "rille.base.format"
local sparkline = require "rille.show.sparkline"
local value_text = require "rille.base.value_text"

local printed_array = {}

local DECIMALS <const> = 4
local LARGE <const>, SMALL <const> = 1e8, 1e-4      -- beyond them numbers have exponents
local ROWS <const> = { most = 12, head = 5, tail = 3 }      -- of a matrix on a screen
local FEW_ROWS <const> = { most = 6, head = 3, tail = 2 }   -- where there are several
local BLOCKS <const> = 3            -- of an outer axis; of more the first and the last
local LINES <const>, LINES_HEAD <const>, LINES_TAIL <const> = 6, 2, 2    -- of a vector on a screen
local SPARK_LEAST <const>, SPARK_MOST <const>, SPARK_WIDE <const> = 8, 1000000, 60

-- Numbers ------------------------------------------------------------------------------------

local function is_finite(v) return v - v == 0 end

-- Decimals needed for v with at most DECIMALS of them.
local function decimals_of(v)
  local text = string.format("%." .. DECIMALS .. "f", v)
  return math.max(1, DECIMALS - #text:match "0*$")
end

-- How the numbers of these lists are written, all alike.
---@param lists number[][]
---@param dtype string
---@return fun(v: any): string
function printed_array.writer(lists, dtype)
  if dtype == "bool" then return tostring end
  if dtype ~= "f64" and dtype ~= "f32" then return function(v) return string.format("%d", v) end end
  local decimals, has_exponents = 1, false
  for _, list in ipairs(lists) do
    for _, v in ipairs(list) do
      local size = math.abs(v)
      if is_finite(v) and (size >= LARGE or size ~= 0 and size < SMALL) then has_exponents = true end
      if is_finite(v) and size < LARGE and decimals < DECIMALS then decimals = math.max(decimals, decimals_of(v)) end
    end
  end
  local form = has_exponents and "%." .. DECIMALS .. "e" or "%." .. decimals .. "f"
  return function(v) return value_text.number(v, form) end
end

-- The lists as texts, and the columns of the widest.
local function to_cells(lists, dtype)
  local write, wide = printed_array.writer(lists, dtype), 0
  for _, list in ipairs(lists) do
    for i, v in ipairs(list) do
      list[i] = write(v)
      wide = math.max(wide, #list[i])
    end
  end
  for _, list in ipairs(lists) do
    for i, text in ipairs(list) do list[i] = (" "):rep(wide - #text) .. text end
  end
  return wide
end

-- The first and the last elements of an axis of so many; how many are between them.
local function ends_of(a, n, head, tail)
  if n <= head + tail then return a:totable(), 0 end
  local list = a:slice(1, head):totable()
  if tail > 0 then table.move(a:slice(n - tail + 1, n):totable(), 1, tail, head + 1, list) end
  return list, n - head - tail
end

-- Vectors ------------------------------------------------------------------------------------

local function lines_of(cells, first, last, per_line)
  local lines = {}
  for from = first, last, per_line do
    lines[#lines + 1] = table.concat(cells, "  ", from, math.min(last, from + per_line - 1))
  end
  return lines
end

-- How many cells stand in a line.
local function per_line_of(wide, width) return math.max(1, (width - 2) // (wide + 2)) end

local function of_vector(a, width, printing)
  local n = #a
  local most = printing.limits.screen and LINES * per_line_of(1, width) or n
  local list, hidden = ends_of(a, n, (most + 1) // 2, most // 2)
  local wide = to_cells({ list }, a.dtype)
  local per_line = per_line_of(wide, width)
  local lines
  if hidden == 0 and (#list <= LINES * per_line or not printing.limits.screen) then
    lines = lines_of(list, 1, #list, per_line)
  else
    local head, tail = LINES_HEAD * per_line, LINES_TAIL * per_line
    lines = lines_of(list, 1, head, per_line)
    hidden = n - head - tail
    lines[#lines + 1] = printing.paint("grey", string.format("… %s more", format.count(hidden)))
    table.move(lines_of(list, #list - tail + 1, #list, per_line), 1, LINES_TAIL, #lines + 1, lines)
  end
  return "[" .. table.concat(lines, "\n ") .. "]", hidden > 0
end

-- Matrices -----------------------------------------------------------------------------------

-- The columns that are shown: how many of the first and of the last; their sum is all where they fit.
local function columns_of(n, wide, width)
  local fit = math.max(2, (width - 4) // (wide + 2))
  if n <= fit then return n, 0 end
  fit = math.max(2, (width - 9) // (wide + 2))
  return (fit + 1) // 2, fit // 2
end

-- A row without the columns that are not shown.
local function row_text(list, head, tail)
  local n = #list
  if head + tail >= n then return "[" .. table.concat(list, "  ") .. "]" end
  return "[" .. table.concat(list, "  ", 1, head) .. "  …  " .. table.concat(list, "  ", n - tail + 1, n) .. "]"
end

-- A row of a matrix that is not shown whole is read at its ends.
local function read_rows(a, rows, most)
  local lists = {}
  for _, i in ipairs(rows) do lists[#lists + 1] = ends_of(a:row(i), a.shape[2], (most + 1) // 2, most // 2) end
  return lists
end

-- A row of a file or a pipe, in as many lines as it needs.
local function whole_row(list, wide, width, indent)
  return "[" .. table.concat(lines_of(list, 1, #list, per_line_of(wide, width - #indent)), "\n " .. indent) .. "]"
end

local function of_matrix(a, width, printing, indent)
  local n, columns, screen = a.shape[1], a.shape[2], printing.limits.screen
  local shown = indent == "" and ROWS or FEW_ROWS
  local is_cut, rows = screen and n > shown.most, {}
  for i = 1, is_cut and shown.head or n do rows[i] = i end
  for i = is_cut and n - shown.tail + 1 or n + 1, n do rows[#rows + 1] = i end
  local lists = read_rows(a, rows, screen and math.max(4, width // 3 + 2) or columns)
  local wide = to_cells(lists, a.dtype)
  local head, tail = columns_of(columns, wide, width - #indent)
  local lines = {}
  for i, list in ipairs(lists) do
    lines[#lines + 1] = screen and row_text(list, head, tail) or whole_row(list, wide, width, indent .. " ")
    if is_cut and i == shown.head then
      lines[#lines + 1] = printing.paint("grey", "… " .. format.plural(n - shown.head - shown.tail, "more row"))
    end
  end
  return "[" .. table.concat(lines, "\n " .. indent) .. "]", is_cut or screen and head + tail < columns
end

-- More than two axes: the matrices below each other.
local function of_blocks(a, width, printing, indent)
  if a.ndim == 2 then return of_matrix(a, width, printing, indent) end
  local n, blocks, any_cut = a.shape[1], {}, false
  local is_cut = printing.limits.screen and n > BLOCKS
  local i = 1
  while i <= n do
    local text, part_cut = of_blocks(a[i], width, printing, indent .. " ")
    blocks[#blocks + 1], any_cut = text, any_cut or part_cut
    i = i + 1
    if is_cut and i == 2 then
      i = n
      blocks[#blocks + 1] = printing.paint("grey", string.format("… %s more", format.count(n - 2)))
    end
  end
  return "[" .. table.concat(blocks, "\n" .. indent .. " ") .. "]", any_cut or is_cut
end

-- All ----------------------------------------------------------------------------------------

-- A vector as a line of blocks, with its lowest, its highest and its mean.
local function spark(a, width, printing)
  local n = #a
  if not printing.has_blocks or a.dtype == "bool" or n < SPARK_LEAST or n > SPARK_MOST then return "" end
  local list, low, high, sum, finite = a:totable(), math.huge, -math.huge, 0.0, 0
  for _, v in ipairs(list) do
    if is_finite(v) then low, high, sum, finite = math.min(low, v), math.max(high, v), sum + v, finite + 1 end
  end
  if finite == 0 then return "" end
  local about = value_text.number(low) .. " to " .. value_text.number(high)
  local mean = ", mean " .. value_text.number(sum / finite)
  if #about + #mean <= width then about = about .. mean end
  if finite < n then about = about .. string.format(", %s not finite", format.count(n - finite)) end
  local room = math.min(SPARK_WIDE, width - #about - 2)
  if room < SPARK_LEAST then return "\n" .. printing.paint("grey", about) end
  return "\n" .. printing.paint("cyan", sparkline(list, room)) .. "  " .. printing.paint("grey", about)
end

-- The array as text without a line end after the last.
---@param a table
---@param width integer
---@param printing Printing
---@return string text
---@return boolean is_cut
function printed_array.text(a, width, printing)
  local count = 1
  for _, n in ipairs(a.shape) do count = count * n end
  local text, is_cut = "[]", false
  if count > 0 and a.ndim == 1 then text, is_cut = of_vector(a, width, printing)
  elseif count > 0 then text, is_cut = of_blocks(a, width, printing, "") end
  local kind = string.format("%s {%s}", a.dtype, table.concat(a.shape, ", "))
  local last = text:match "[^\n]*$"
  local separator = #last + 2 + #kind <= width and "  " or "\n"
  text = text .. separator .. printing.paint("grey", kind)
  return a.ndim == 1 and count > 0 and text .. spark(a, width, printing) or text, is_cut
end

return printed_array
