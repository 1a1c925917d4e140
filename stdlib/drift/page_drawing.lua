-- page_drawing: the two distributions of a column as SVG: histograms one over the other, or bars for each category.
--
-- Heights are shares of each side, so that sides of other sizes can be compared.

local date = require "rille.host.date"
local page_text = require "rille.drift.page_text"
local wording = require "rille.drift.wording"

local page_drawing = {}

local WIDTH <const>, HEIGHT <const> = 360, 168
local LEFT <const>, RIGHT <const>, TOP <const>, BOTTOM <const> = 4, 356, 16, 138
local LABEL <const> = 112           -- pixels for the names of categories
local BAR <const> = 13
local CHARACTERS <const> = 17       -- of a category's name

local escape, cut = page_text.escape, page_text.cut

local function pixel(v) return (string.format("%.1f", v):gsub("%.0$", "")) end

local function shares(counts)
  local n, list = 0, {}
  for _, k in ipairs(counts) do n = n + k end
  for i, k in ipairs(counts) do list[i] = n > 0 and k / n or 0 end
  return list
end

-- The outline of bars, from the left end of the axis to the right one.
local function outline(list, highest)
  local parts, wide = { string.format("M%s %s", pixel(LEFT), pixel(BOTTOM)) }, (RIGHT - LEFT) / #list
  for i, share in ipairs(list) do
    parts[#parts + 1] = string.format("V%sH%s", pixel(BOTTOM - share / highest * (BOTTOM - TOP)),
      pixel(LEFT + i * wide))
  end
  return table.concat(parts) .. "V" .. pixel(BOTTOM)
end

local function value_text(record, v)
  if record.kind == "date" then return date.format(math.floor(v), "day") end
  return wording.number(v)
end

local function interval_text(record, drawing, i, n)
  local wide = (drawing.high - drawing.low) / n
  local from, to = drawing.low + (i - 1) * wide, drawing.low + i * wide
  if i == 1 and drawing.below then return "below " .. value_text(record, to) end
  if i == n and drawing.above then return value_text(record, from) .. " and above" end
  return value_text(record, from) .. " to " .. value_text(record, to)
end

-- Places that show their figures where the pointer is.
local function add_hints(out, record, drawing, r, c)
  local n = #r
  local wide = (RIGHT - LEFT) / n
  for i = 1, n do
    out[#out + 1] = string.format('<rect class="at" x="%s" y="%d" width="%s" height="%d"><title>%s\nreference %s, '
      .. "current %s</title></rect>", pixel(LEFT + (i - 1) * wide), TOP, pixel(wide), BOTTOM - TOP,
      escape(interval_text(record, drawing, i, n)), wording.share(r[i]), wording.share(c[i]))
  end
end

-- A triangle below the axis at the mean.
local function add_mean(out, drawing, side, class)
  if not side.mean or drawing.high <= drawing.low then return end
  local at = LEFT + (side.mean - drawing.low) / (drawing.high - drawing.low) * (RIGHT - LEFT)
  if at < LEFT or at > RIGHT then return end
  out[#out + 1] = string.format('<path class="%s" d="M%s %dl4.5 8h-9z"><title>mean %s</title></path>', class, pixel(at),
    BOTTOM + 2, escape(wording.number(side.mean)))
end

local function numbers(record)
  local drawing = record.drawing
  local r, c, highest = shares(drawing.reference), shares(drawing.current), 0
  for i = 1, #r do highest = math.max(highest, r[i], c[i]) end
  local out = { string.format('<svg viewBox="0 0 %d %d" role="img" aria-label="histograms of %s">', WIDTH, HEIGHT,
    "the reference and the current rows") }
  out[#out + 1] = string.format('<path class="grid" d="M%d %dH%d"/><text x="%d" y="%d">%s</text>', LEFT, TOP, RIGHT,
    LEFT, TOP - 4, escape(wording.share(highest)))
  local of_reference, of_current = outline(r, highest), outline(c, highest)
  out[#out + 1] = string.format('<path class="r" d="%sz"/><path class="c" d="%sz"/>', of_reference, of_current)
  out[#out + 1] = string.format('<path class="rl" d="%s"/><path class="cl" d="%s"/>', of_reference, of_current)
  out[#out + 1] = string.format('<path class="axis" d="M%d %dH%d"/>', LEFT, BOTTOM, RIGHT)
  add_mean(out, drawing, record.reference, "rm")
  add_mean(out, drawing, record.current, "cm")
  local low, high = value_text(record, drawing.low), value_text(record, drawing.high)
  out[#out + 1] = string.format('<text x="%d" y="%d">%s%s</text><text x="%d" y="%d" text-anchor="end">%s%s</text>',
    LEFT, HEIGHT - 6, drawing.below and "&lt; " or "", escape(low), RIGHT, HEIGHT - 6, drawing.above and "&gt; " or "",
    escape(high))
  add_hints(out, record, drawing, r, c)
  return table.concat(out) .. "</svg>"
end

local function categories(record)
  local drawing = record.drawing
  local r, c, highest = shares(drawing.reference), shares(drawing.current), 0
  for i = 1, #r do highest = math.max(highest, r[i], c[i]) end
  local each = 2 * BAR + 10
  local height, room = #r * each + 4, RIGHT - LABEL - 44
  local out = { string.format('<svg viewBox="0 0 %d %d" role="img" aria-label="shares of the values">', WIDTH, height) }
  for i, label in ipairs(drawing.labels) do
    local y = (i - 1) * each + 4
    local is_new = drawing.reference[i] == 0 and record.kind == "category"
    out[#out + 1] = string.format('<text x="%d" y="%d" text-anchor="end"%s>%s<title>%s</title></text>', LABEL - 8,
      y + BAR + 3, is_new and ' class="new"' or "", escape(cut(label, CHARACTERS)), escape(label))
    for k, share in ipairs { r[i], c[i] } do
      local top, wide = y + (k - 1) * BAR, share / highest * room
      out[#out + 1] = string.format('<rect class="%s" x="%d" y="%d" width="%s" height="%d"/>', k == 1 and "rb" or "cb",
        LABEL, top, pixel(math.max(wide, share > 0 and 1 or 0)), BAR - 1)
      out[#out + 1] = string.format('<text x="%s" y="%d">%s</text>', pixel(LABEL + wide + 5), top + BAR - 2,
        escape(wording.share(share)))
    end
  end
  return table.concat(out) .. "</svg>"
end

-- The drawing of a column, or nil where there is none.
---@param record table
---@return string?
function page_drawing.svg(record)
  if not record.drawing then return nil end
  return record.drawing.labels and categories(record) or numbers(record)
end

return page_drawing
