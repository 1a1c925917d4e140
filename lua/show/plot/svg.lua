-- svg: a plot as SVG, for light and dark, readable without scripts.

local escape = require("rille.show.draw.svg").escape
local extent = require "rille.show.plot.extent"
local scale = require "rille.show.plot.scale"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local svg = {}

local WIDTH <const>, HEIGHT <const> = 720, 420
local RIGHT <const>, TOP <const>, BOTTOM <const>, LEFT <const> = 28, 52, 58, 28
local EDGE <const> = 4              -- pixels beside a label, at least
local DIGIT <const> = 6.9           -- pixels of a character of a label, about
local MARKED <const> = 60           -- points of a line that have a circle and a text each, at most
local COLOURS <const> = 6

local STYLE <const> = [[
:root{--paper:#FFFFFF;--ink:#1B2126;--soft:#5B6670;--grid:#E6EAED;--line:#98A3AD;
--c1:#22577A;--c2:#B4530A;--c3:#3F7D3A;--c4:#7A4B94;--c5:#A38200;--c6:#A3405A}
@media (prefers-color-scheme:dark){:root{--paper:#14181C;--ink:#E8ECEF;--soft:#A4AEB7;--grid:#272E35;--line:#66717B;
--c1:#7FB2D1;--c2:#F0A35E;--c3:#8CC785;--c4:#C3A0DB;--c5:#E3C75A;--c6:#EE9BB0}}
.paper{fill:var(--paper)}
text{font-family:system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;font-size:12px;fill:var(--soft)}
.title{font-size:16px;font-weight:600;fill:var(--ink)}.key{fill:var(--ink)}
.grid{stroke:var(--grid)}.axis{stroke:var(--line)}
.curve{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.points{fill:none;stroke-width:5;stroke-linecap:round;stroke-opacity:.55}
]]

local function colour_rules()
  local lines = {}
  for k = 1, COLOURS do lines[k] = string.format(".s%d{stroke:var(--c%d)}.f%d{fill:var(--c%d)}", k, k, k, k) end
  return table.concat(lines, "\n") .. "\n"
end

local function class_of(i) return (i - 1) % COLOURS + 1 end

-- A pixel with one digit behind the point, and none where it is whole.
local function pixel(v) return (string.format("%.1f", v):gsub("%.0$", "")) end

local Lines = {}
Lines.__index = Lines
function Lines:add(fmt, ...) self[#self + 1] = string.format(fmt, ...) end

local function add_axes(out, box, x, y, plot)
  for _, tick in ipairs(y.ticks) do
    local at = pixel(box.bottom - tick[1] * (box.bottom - box.top))
    out:add('<path class="grid" d="M%s %sH%s"/>', pixel(box.left), at, pixel(box.right))
    out:add('<text x="%s" y="%s" dy=".35em" text-anchor="end">%s</text>', pixel(box.left - 8), at, escape(tick[2]))
  end
  out:add('<path class="axis" d="M%s %sH%s"/>', pixel(box.left), pixel(box.bottom), pixel(box.right))
  local free = -math.huge
  for _, tick in ipairs(x.ticks) do
    local at, half = box.left + tick[1] * (box.right - box.left), text_width.width(tick[2]) * DIGIT / 2
    if at - half >= free then
      out:add('<path class="axis" d="M%s %sv4"/>', pixel(at), pixel(box.bottom))
      out:add('<text x="%s" y="%s" text-anchor="middle">%s</text>', pixel(math.min(at, WIDTH - EDGE - half)),
        pixel(box.bottom + 18), escape(tick[2]))
      free = at + half + 10
    end
  end
  out:add('<text x="%s" y="%s" text-anchor="middle">%s</text>', pixel((box.left + box.right) / 2),
    pixel(box.bottom + 38), escape(plot.x))
end

local function add_key(out, plot, box)
  if #plot.series < 2 then return end
  local at, line = box.left, 0
  for i, one in ipairs(plot.series) do
    local name = text_width.cut(one.name, 40)
    local wide = 22 + text_width.width(name) * DIGIT + 16
    if at > box.left and at + wide > box.right then at, line = box.left, line + 1 end
    local y = TOP + 2 + 18 * line
    out:add('<path class="curve s%d" d="M%s %dh14"/>', class_of(i), pixel(at), y)
    out:add('<text class="key" x="%s" y="%d" dy=".35em">%s</text>', pixel(at + 20), y, escape(name))
    at = at + wide
  end
end

-- How many pixels the key needs.
local function key_height(plot, left)
  if #plot.series < 2 then return 0 end
  local at, lines = left, 1
  for _, one in ipairs(plot.series) do
    local wide = 22 + text_width.width(text_width.cut(one.name, 40)) * DIGIT + 16
    if at > left and at + wide > WIDTH - RIGHT then at, lines = left, lines + 1 end
    at = at + wide
  end
  return 18 * lines + 6
end

-- The commands of a path through the points; where there is a gap it begins anew.
local function curve(points, place)
  local parts, open = {}, false
  for i = 1, #points.x do
    if points.y[i] ~= points.y[i] then open = false
    else
      local x, y = place(points.x[i], points.y[i])
      parts[#parts + 1] = (open and "L" or "M") .. pixel(x) .. " " .. pixel(y)
      open = true
    end
  end
  return table.concat(parts)
end

local function dots(points, place)
  local parts = {}
  for i = 1, #points.x do
    local x, y = place(points.x[i], points.y[i])
    parts[i] = "M" .. pixel(x) .. " " .. pixel(y) .. "h0"
  end
  return table.concat(parts)
end

local function add_marks(out, plot, one, i, place)
  for k = 1, #one.x do
    if one.y[k] == one.y[k] then
      local x, y = place(one.x[k], one.y[k])
      out:add('<circle class="f%d" cx="%s" cy="%s" r="2.6"><title>%s%s: %s</title></circle>', class_of(i), pixel(x),
        pixel(y), #plot.series > 1 and escape(one.name) .. ", " or "", escape(plot.x_text(one.x[k])),
        escape(value_text.number(one.y[k])))
    end
  end
end

local function add_series(out, plot, place)
  for i, one in ipairs(plot.series) do
    if plot.kind == "line" then
      out:add('<path class="curve s%d" d="%s"/>', class_of(i), curve(one, place))
      if #one.x <= MARKED then add_marks(out, plot, one, i, place) end
    else
      out:add('<path class="points s%d" d="%s"/>', class_of(i), dots(one, place))
    end
  end
end

local function add_bins(out, plot, place)
  for _, bin in ipairs(plot.bins) do
    local x, y = place(bin.from, bin.count)
    local to, base = place(bin.to, 0)
    if bin.count > 0 then
      out:add('<rect class="f1" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>', pixel(x), pixel(y),
        pixel(math.max(to - x - 1, 1)), pixel(math.max(base - y, 1)), escape(bin.text))
    end
  end
end

local function begin(plot, height)
  local out = setmetatable({}, Lines)
  out:add('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">', WIDTH,
    height, WIDTH, height)
  out:add("<title>%s</title>", escape(plot.title))
  out:add("<style>%s%s</style>", STYLE, colour_rules())
  out:add('<rect class="paper" width="%d" height="%d"/>', WIDTH, height)
  out:add('<text class="title" x="%d" y="30">%s</text>', LEFT, escape(text_width.cut(plot.title, 80)))
  return out
end

local ROW <const> = 22              -- pixels of a bar with a name

-- Numbers by name: bars to the right.
local function render_named(plot)
  local wide, number_wide, low, high = 0, 0, 0, 0
  for i, name in ipairs(plot.names) do
    local v = plot.values[i]
    wide = math.max(wide, text_width.width(text_width.cut(name, 40)))
    number_wide = math.max(number_wide, #value_text.number(v))
    if v - v == 0 then low, high = math.min(low, v), math.max(high, v) end
  end
  local out = begin(plot, TOP + ROW * #plot.names + LEFT)
  local left = LEFT + wide * DIGIT + 10
  local room = WIDTH - RIGHT - left - number_wide * DIGIT - 8
  local function at(v) return left + (high > low and (v / 2 - low / 2) / (high / 2 - low / 2) or 0) * room end
  for i, name in ipairs(plot.names) do
    local v, y = plot.values[i], TOP + ROW * (i - 1)
    out:add('<text class="key" x="%s" y="%s" dy=".35em" text-anchor="end">%s</text>', pixel(left - 8),
      pixel(y + ROW / 2), escape(text_width.cut(name, 40)))
    local from, to = at(0), at(0)
    if v - v == 0 then from, to = math.min(at(0), at(v)), math.max(at(0), at(v)) end
    out:add('<rect class="f1" x="%s" y="%s" width="%s" height="%d"/>', pixel(from), pixel(y + 3),
      pixel(math.max(1, to - from)), ROW - 6)
    out:add('<text x="%s" y="%s" dy=".35em">%s</text>', pixel(to + 6), pixel(y + ROW / 2),
      escape(value_text.number(v)))
  end
  out:add('<path class="axis" d="M%s %dV%d"/>', pixel(at(0)), TOP, TOP + ROW * #plot.names)
  out:add "</svg>"
  return table.concat(out, "\n") .. "\n"
end

local CELLS <const> = 100           -- rows and columns of a map of shades, at most

-- A matrix: cells that are the darker the higher their values are.
local function render_heat(plot)
  local heat = require "rille.show.plot.heat"
  local map = heat.of(plot.matrix, CELLS, CELLS)
  local side = math.min((WIDTH - LEFT - RIGHT) / #map.rows[1], 24)
  local out = begin(plot, math.ceil(TOP + side * #map.rows + BOTTOM))
  for r, cells in ipairs(map.rows) do
    for k, v in ipairs(cells) do
      if v == v then
        out:add('<rect class="f1" x="%s" y="%s" width="%s" height="%s" fill-opacity="%.3f"><title>%s</title></rect>',
          pixel(LEFT + side * (k - 1)), pixel(TOP + side * (r - 1)), pixel(side), pixel(side),
          0.05 + 0.95 * heat.share(map, v), escape(value_text.number(v)))
      end
    end
  end
  out:add('<text x="%d" y="%s">%s to %s</text>', LEFT, pixel(TOP + side * #map.rows + 24),
    escape(value_text.number(map.low)), escape(value_text.number(map.high)))
  out:add "</svg>"
  return table.concat(out, "\n") .. "\n"
end

-- A plot as the text of an SVG file.
---@param plot rille.plot
---@return string
function svg.render(plot)
  if plot.names then return render_named(plot) end
  if plot.matrix then return render_heat(plot) end
  local x_low, x_high, y_low, y_high = extent.of(plot)
  local y = scale.new(y_low, y_high, { kind = plot.bins and "integer" or plot.y_kind, count = 6, log = plot.log,
    round = true })
  local wide = 0
  for _, tick in ipairs(y.ticks) do wide = math.max(wide, text_width.width(tick[2])) end
  local left = LEFT + wide * DIGIT
  local box = { left = left, right = WIDTH - RIGHT, bottom = HEIGHT - BOTTOM, top = TOP + key_height(plot, left) }
  local x = scale.new(x_low, x_high, { kind = plot.x_kind, count = 8 })
  local function place(a, b)
    return box.left + x.at(a) * (box.right - box.left), box.bottom - y.at(b) * (box.bottom - box.top)
  end
  local out = begin(plot, HEIGHT)
  add_axes(out, box, x, y, plot)
  add_key(out, plot, box)
  if plot.bins then add_bins(out, plot, place) end
  add_series(out, plot, place)
  out:add "</svg>"
  return table.concat(out, "\n") .. "\n"
end

return svg
