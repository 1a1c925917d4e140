-- text: a plot as lines of text for a terminal.

local canvas = require "rille.show.plot.canvas"
local extent = require "rille.show.plot.extent"
local scale = require "rille.show.plot.scale"
local text_width = require "rille.base.text_width"

local text = {}

local COLOURS <const> = { "cyan", "magenta", "green", "yellow", "blue", "red" }
local MARKS <const> = { "*", "+", "o", "x", "#", "@" }
local NARROWEST <const> = 20
local LEAST_COLUMNS <const>, LEAST_ROWS <const> = 8, 4
local SIGNS <const> = { fine = { side = "│", tick = "┤", corner = "└", base = "─", mark = "┬", key = "━" },
  plain = { side = "|", tick = "+", corner = "+", base = "-", mark = "+", key = "*" } }

local function plain_colour(_, s) return s end

-- Does the terminal read UTF-8?  Where the locale says nothing, it does, as all that rille prints.
---@return boolean
function text.is_utf8()
  for _, name in ipairs { "LC_ALL", "LC_CTYPE", "LANG" } do
    local v = os.getenv(name)
    if v and v ~= "" then return v:lower():find "utf%-?8" ~= nil end
  end
  return true
end

-- Where a place from 0 to 1 is among so many dots.
local function dot_of(place, dots) return math.floor(place * (dots - 1) + 0.5) end

-- A point that stands alone; of few they are large enough to be seen.
local function draw_point(surface, x, y, few, mark, colour)
  surface:dot(x, y, mark, colour)
  if not (few and surface.fine) then return end
  for _, by in ipairs { { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } } do
    surface:dot(x + by[1], y + by[2], mark, colour)
  end
end

local FEW <const> = 500             -- points

local function draw_series(surface, plot, x, y, one, mark, colour)
  local before_x, before_y
  for i = 1, #one.x do
    local v, after = one.y[i], one.y[i + 1]
    if v ~= v then before_x = nil
    else
      local at_x, at_y = dot_of(x.at(one.x[i]), surface.wide), dot_of(y.at(v), surface.high)
      if plot.kind == "line" and before_x then surface:line(before_x, before_y, at_x, at_y, mark, colour)
      elseif plot.kind ~= "line" or not after or after ~= after then
        draw_point(surface, at_x, at_y, #one.x <= FEW, mark, colour)
      end
      before_x, before_y = at_x, at_y
    end
  end
end

local function draw_bins(surface, plot, x, y)
  for _, bin in ipairs(plot.bins) do
    local first = math.floor(x.at(bin.from) * surface.columns + 0.5) + 1
    local last = math.max(first, math.floor(x.at(bin.to) * surface.columns + 0.5))
    for column = first, math.min(last, surface.columns) do
      surface:bar(column, y.at(bin.count), "#", COLOURS[1])
    end
  end
end

-- The axis below and the names of its ticks.
local function base_lines(signs, x, columns, indent)
  local axis, free = {}, 1
  for k = 1, columns do axis[k] = signs.base end
  local line = ""
  for _, tick in ipairs(x.ticks) do
    local column = dot_of(tick[1], columns) + 1
    local wide = text_width.width(tick[2])
    local first = math.max(1, math.min(column - wide // 2, columns - wide + 1))
    if first >= free then
      axis[column] = signs.mark
      line = line .. (" "):rep(first - 1 - #line) .. tick[2]
      free = first + wide + 2
    end
  end
  return (" "):rep(indent) .. signs.corner .. table.concat(axis), (" "):rep(indent + 1) .. line
end

-- "━ train  ━ test", in lines of so many columns.
local function legend(plot, styles, signs, columns, in_colour)
  local lines, used = { "" }, 0
  for i, one in ipairs(plot.series) do
    local name = text_width.cut(one.name, math.max(8, columns - 4))
    local wide = text_width.width(name) + 2
    if used > 0 and used + 2 + wide > columns then
      lines[#lines + 1] = ""
      used = 0
    end
    local key = in_colour(styles[i].colour, styles.by_mark and styles[i].mark or signs.key)
    lines[#lines] = lines[#lines] .. (used > 0 and "  " or "") .. key .. " " .. name
    used = used + wide + (used > 0 and 2 or 0)
  end
  return lines
end

-- How each series is drawn.  Several are told apart by colour; where there is none, by their marks.
local function styles_of(plot, options)
  local styles = { by_mark = options.ascii or #plot.series > 1 and options.colour("cyan", "x") == "x" }
  for i = 1, math.max(1, #plot.series) do
    styles[i] = { colour = COLOURS[(i - 1) % #COLOURS + 1], mark = MARKS[(i - 1) % #MARKS + 1] }
  end
  return styles
end

local function y_scale(plot, rows, low, high)
  return scale.new(low, high, { kind = plot.bins and "integer" or plot.y_kind, count = math.max(2, rows // 3),
    log = plot.log, round = true })
end

local function widest(scale_of)
  local wide = 0
  for _, tick in ipairs(scale_of.ticks) do wide = math.max(wide, text_width.width(tick[2])) end
  return wide
end

-- The lines of a plot.
---@param plot rille.plot
---@param options { columns: integer?, lines: integer?, colour: (fun(colour: string, text: string): string)?,
---  ascii: boolean? }
---@return string
function text.render(plot, options)
  local columns, in_colour = math.max(NARROWEST, options.columns or 80), options.colour or plain_colour
  local signs = options.ascii and SIGNS.plain or SIGNS.fine
  local styles = styles_of(plot, { ascii = options.ascii, colour = in_colour })
  local key = #plot.series > 1 and legend(plot, styles, signs, columns, in_colour) or {}
  local rows = math.max(LEAST_ROWS, (options.lines or 20) - 4 - #key)
  local x_low, x_high, y_low, y_high = extent.of(plot)
  local y = y_scale(plot, rows, y_low, y_high)
  local indent = math.min(widest(y), columns // 2)
  local room = math.max(LEAST_COLUMNS, columns - indent - 1)
  local x = scale.new(x_low, x_high, { kind = plot.x_kind, count = math.max(2, room // 12) })
  local surface = canvas.new(room, rows, not styles.by_mark)
  if plot.bins then draw_bins(surface, plot, x, y) end
  for i, one in ipairs(plot.series) do draw_series(surface, plot, x, y, one, styles[i].mark, styles[i].colour) end

  local lines, labels = {}, {}
  for _, tick in ipairs(y.ticks) do labels[rows - dot_of(tick[1], rows)] = tick[2] end
  lines[1] = in_colour("bold", text_width.cut(plot.title, columns))
  table.move(key, 1, #key, 2, lines)
  for row, line in ipairs(surface:lines(in_colour)) do
    lines[#lines + 1] = text_width.fit(labels[row] or "", indent, true) .. (labels[row] and signs.tick or signs.side)
      .. line
  end
  lines[#lines + 1], lines[#lines + 2] = base_lines(signs, x, room, indent)
  local name = text_width.cut(plot.x, room)
  lines[#lines + 1] = (" "):rep(indent + 1 + math.max(0, (room - text_width.width(name)) // 2)) .. name
  for i, line in ipairs(lines) do lines[i] = line:gsub(" +$", "") end
  return table.concat(lines, "\n") .. "\n"
end

return text
