-- choices: what Tab does with the choices of completion: the letters that all of them have are inserted; where there
-- are none, the choices are listed in columns below the line.

local format = require "rille.base.format"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local choices = {}

local ROWS <const> = 12                 -- of the list
local GAP <const> = 2                   -- columns between two of it
local INDENT <const> = "  "

-- What all of them begin with.
local function common(list)
  local first, last = list[1], list[#list]      -- they are sorted: what these two share, all share
  local n = 0
  while n < #first and n < #last and first:byte(n + 1) == last:byte(n + 1) do n = n + 1 end
  while n > 0 and n < #first and first:byte(n + 1) & 0xC0 == 0x80 do n = n - 1 end    -- no half of a character
  return first:sub(1, n)
end

-- What is listed of a choice: of "a.b/c" the last part, where all have the same before it.
local function labels(list, beginning)
  local folder = beginning:match "^.*/" or ""
  local shown = {}
  for i, one in ipairs(list) do shown[i] = terminal.line((one:sub(#folder + 1):gsub("%s*=?%s*$", ""))) end
  return shown
end

local function padded(text, wide) return text .. (" "):rep(wide - text_width.width(text)) end

-- The texts in columns that fit the width, down and then to the right, with what was left out as a number.
---@param list string[]
---@param width integer
---@return string
function choices.columns(list, width)
  local widest = 0
  for _, one in ipairs(list) do widest = math.max(widest, text_width.width(one)) end
  widest = math.min(widest, width - 1)
  local across = math.max(1, (width - 1 + GAP) // (widest + GAP))
  local rows = math.min(ROWS, (#list + across - 1) // across)
  local shown = math.min(#list, rows * across)
  local lines = {}
  for row = 1, rows do
    local cells = {}
    for i = row, shown, rows do
      local text = text_width.cut(list[i], width - 1)
      cells[#cells + 1] = i + rows <= shown and padded(text, widest) or text
    end
    lines[row] = table.concat(cells, (" "):rep(GAP))
  end
  if shown < #list then lines[#lines + 1] = string.format("… %s more", format.count(#list - shown)) end
  return table.concat(lines, "\n")
end

-- What Tab does: first and the list are what completion gave.
---@param width integer of the terminal
---@param line string
---@param at integer bytes before the cursor
---@param offset integer bytes of the entry before the line
---@param first integer? byte of the entry
---@param ... string the choices
---@return integer? first of the line
---@return string? text that takes the place of what is between first and the cursor
---@return string? list
function choices.shown(width, line, at, offset, first, ...)
  local list = { ... }
  if not first or not list[1] then
    if line:sub(1, at):find "^%s*$" then return at + 1, INDENT end
    return nil
  end
  first = math.max(1, first - offset)
  local beginning, shared = line:sub(first, at), common(list)
  if #list == 1 or #shared > #beginning then return first, shared end
  return nil, nil, choices.columns(labels(list, beginning), width)
end

return choices
