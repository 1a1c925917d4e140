-- printed_frame: frames as the prompt shows them: a table as wide as the terminal.
--
--     name    n
--     text  i64
--     Ada     1
--     Zoë     2
--     2 rows, 2 columns

local array = require "rille.array"
local format = require "rille.base.format"
local printed_array = require "rille.repl.printed_array"
local printed_text = require "rille.repl.printed_text"
local text_width = require "rille.base.text_width"

local printed_frame = {}

local ROWS <const>, HEAD <const>, TAIL <const> = 12, 8, 3       -- on a screen
local CELLS <const> = { 30, 20, 14, 10 }      -- columns of a cell, at most: the first by which all columns fit
local GAP <const> = "  "
local NAMED_LINES <const> = 2       -- of the names of columns that are left out

---@param v any
---@return boolean
function printed_frame.is(v)
  local frame = package.loaded["rille.frame"]
  return frame ~= nil and frame.is(v)
end

-- The frame in a table: "frame of 3 x 2".
---@param f frame
---@return string
function printed_frame.kind(f) return string.format("frame of %d x %d", f.n_rows, #f.columns) end

local function is_date(column) return require("rille.frame.date").is(column) end

-- The values of the rows, which are { first, last } each.
local function values_of(column, ranges)
  local list = {}
  for _, range in ipairs(ranges) do
    if range[2] >= range[1] then
      local part
      if array.is(column) then part = column:slice(range[1], range[2]):totable()
      elseif is_date(column) then
        part = require("rille.frame.date").of(column.ms:slice(range[1], range[2])):totable()
      else part = table.move(column, range[1], range[2], 1, {}) end
      table.move(part, 1, #part, #list + 1, list)
    end
  end
  return list
end

local function kind_of(column)
  if array.is(column) then return column.dtype end
  return is_date(column) and "date" or "text"
end

-- A column as cells of one width: its name, its kind, its values.
local function to_cells(f, name, ranges, most)
  local column = f.data[name]
  local kind, list = kind_of(column), values_of(column, ranges)
  local write = array.is(column) and printed_array.writer({ list }, kind)
    or function(v) return type(v) == "string" and printed_text.line(v) or tostring(v) end
  local right = array.is(column) and kind ~= "bool"
  local cells, wide = { printed_text.line(name), kind }, 0
  for i, v in ipairs(list) do cells[i + 2] = write(v) end
  for i, cell in ipairs(cells) do
    cells[i] = text_width.cut(cell, most)
    wide = math.max(wide, text_width.width(cells[i]))
  end
  for i, cell in ipairs(cells) do cells[i] = text_width.fit(cell, wide, right) end
  cells.wide = wide
  return cells
end

local function ellipsis(n)
  local cells = { wide = 1 }
  for i = 1, n do cells[i] = "…" end
  return cells
end

-- The columns that fit, the last always among them, and the names of the others.
local function chosen_columns(f, ranges, width, most)
  local names, chosen, used = f.columns, {}, 0
  local last = to_cells(f, names[#names], ranges, most)
  local hidden = {}
  for i = 1, #names - 1 do
    local cells = hidden[1] == nil and to_cells(f, names[i], ranges, most)
    local rest = last.wide + #GAP + (i < #names - 1 and 1 + #GAP or 0)
    if cells and used + cells.wide + rest <= width then
      chosen[#chosen + 1], used = cells, used + cells.wide + #GAP
    else hidden[#hidden + 1] = names[i] end
  end
  if hidden[1] then chosen[#chosen + 1] = ellipsis(#last) end
  chosen[#chosen + 1] = last
  return chosen, hidden
end

-- The same with cells of the width by which all columns fit; where there is none, of the width by which most do.
local function fitted_columns(f, ranges, width)
  local best, best_hidden
  for _, most in ipairs(CELLS) do
    local chosen, hidden = chosen_columns(f, ranges, width, math.max(8, math.min(most, width // 2 - 2)))
    if not best or #hidden < #best_hidden then best, best_hidden = chosen, hidden end
    if not hidden[1] then break end
  end
  return best, best_hidden
end

-- "… 62 more columns: p2, p3, p4, …" in at most so many lines.
local function hidden_text(hidden, width)
  local lines, more = { "… " .. format.plural(#hidden, "more column") .. ":" }, false
  for i, name in ipairs(hidden) do
    local word = printed_text.line(name) .. (i < #hidden and "," or "")
    local line = lines[#lines]
    local room = width - (#lines == NAMED_LINES and i < #hidden and 2 or 0)
    if text_width.width(line) + 1 + text_width.width(word) <= room then lines[#lines] = line .. " " .. word
    elseif #lines < NAMED_LINES then lines[#lines + 1] = "  " .. text_width.cut(word, width - 4)
    else
      more = true
      break
    end
  end
  return table.concat(lines, "\n") .. (more and " …" or "")
end

local HINTS <const>, SAMPLE <const>, LOOKED_AT <const> = 3, 1000, 50

-- Adds a line for the first columns of text that csv.read can read as numbers.
local function add_hints(f, lines, paint)
  local found = 0
  for i = 1, math.min(#f.columns, LOOKED_AT) do
    local name, column = f.columns[i], f.data[f.columns[i]]
    local options = kind_of(column) == "text"
      and require("rille.frame.text_numbers").options(table.move(column, 1, SAMPLE, 1, {}))
    if options and found < HINTS then
      found = found + 1
      lines[#lines + 1] = paint("grey", string.format('column "%s" is text; csv.read reads numbers with %s',
        printed_text.line(name), options))
    end
  end
end

local function row_text(columns, row)
  local cells = {}
  for i, column in ipairs(columns) do cells[i] = column[row] end
  return (table.concat(cells, GAP):gsub(" +$", ""))
end

local function ranges_of(n, screen)
  if not screen or n <= ROWS then return { { 1, n } }, 0 end
  return { { 1, HEAD }, { n - TAIL + 1, n } }, n - HEAD - TAIL
end

-- The frame as text without a line end after the last.
---@param f frame
---@param width integer
---@param printing Printing
---@return string text
---@return boolean is_cut
function printed_frame.text(f, width, printing)
  if #f.columns == 0 then return "a frame without columns", false end
  local screen, paint = printing.limits.screen, printing.paint
  local ranges, more_rows = ranges_of(f.n_rows, screen)
  local columns, hidden
  if screen then columns, hidden = fitted_columns(f, ranges, width)
  else columns, hidden = chosen_columns(f, ranges, math.huge, math.huge) end
  local lines = { paint("bold", row_text(columns, 1)), paint("grey", row_text(columns, 2)) }
  for row = 3, #columns[#columns] do
    lines[#lines + 1] = row_text(columns, row)
    if more_rows > 0 and row == HEAD + 2 then
      lines[#lines + 1] = paint("grey", "… " .. format.plural(more_rows, "more row"))
    end
  end
  if hidden[1] then lines[#lines + 1] = paint("grey", hidden_text(hidden, width)) end
  lines[#lines + 1] = paint("grey", format.plural(f.n_rows, "row") .. ", " .. format.plural(#f.columns, "column"))
  add_hints(f, lines, paint)
  return table.concat(lines, "\n"), more_rows > 0 or hidden[1] ~= nil
end

return printed_frame
