-- place: a drawing with places, for SVG, HTML and JSON.
--
-- place(drawing) -> { nodes = { { x, y, left, top, width, height, text, note, layer }... },
-- edges = { { x, y, x, y... }... }, width, height, direction = "down" | "right",
-- crossings }, in pixels, whole numbers.  x, y is the middle of the circle or
-- square; left, top, width, height the box with its texts.
--
-- Down: the texts stand right of the shapes.  Right, where the graph is much wider
-- than high: below them.

local draw = require "rille.show.draw"
local layout = require "rille.host.layout"

local RADIUS <const> = 11               -- of a circle; half the side of a square is 10
local LABEL <const>, NOTE <const> = 13, 11      -- sizes of the two texts
local MOST <const> = 30                 -- characters of a label
local WIDE <const>, ASPECT <const> = 1500, 1.9  -- wider than both: it may be laid to the right
local LARGE <const> = 3000              -- with more nodes only one layout is tried

-- Widths in parts of the size, on the wide side: fonts differ.
local function width_of_char(c)
  if c >= 0x1100 then return 1.0 end
  if c >= 0x80 then return 0.68 end
  local ch = string.char(c)
  if ch:find "[iljI|'.,:;!`]" then return 0.33 end
  if ch:find "[frt()%[%]{} \"-]" then return 0.43 end
  if ch:find "[mwMW@%%]" then return 0.97 end
  if ch:find "[A-Z]" then return 0.72 end
  return 0.62
end
local CHAR = {}
for c = 0, 127 do CHAR[c] = width_of_char(c) end

local function text_width(text, size)
  local sum = 0
  if not text:find "[\x80-\xff]" then
    for i = 1, #text do sum = sum + CHAR[text:byte(i)] end
  else
    for _, c in utf8.codes(text, true) do sum = sum + (CHAR[c] or width_of_char(c)) end
  end
  return sum * size
end

-- One line of valid UTF-8; other bytes become U+FFFD.
local function clean(text)
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "\u{FFFD}") end
  return (text:gsub("%c", " "))
end

-- Long labels lose their middle: names that differ do so at an end.
local function shorten(text, most)
  local n = utf8.len(text)
  if n <= most then return text end
  local head = (most - 1) * 3 // 5
  local tail = most - 1 - head
  return text:sub(1, utf8.offset(text, head + 1) - 1) .. "…" .. text:sub(utf8.offset(text, n - tail + 1))
end

local function texts(drawing)
  local list = {}
  for i, node in ipairs(drawing.nodes) do
    local text = shorten(clean(node.label), MOST)
    if node.count then text = text .. " ×" .. require("rille.base.format").count(node.count) end
    local note = shorten(clean(draw.note(node)), MOST + 8)
    list[i] = { text = text, note = note, width = math.ceil(math.max(text_width(text, LABEL), text_width(note, NOTE))) }
  end
  return list
end

local GAPS = {
  down = { node_gap = 20, layer_gap = 26, component_gap = 44, aspect = 1.6 },
  right = { node_gap = 12, layer_gap = 44, component_gap = 44, aspect = 0.6 },
}

local function sizes(list, direction)
  local left, right, thick = {}, {}, {}
  for i, one in ipairs(list) do
    if direction == "down" then left[i], right[i], thick[i] = RADIUS + 3, RADIUS + 7 + one.width, 36
    else left[i], right[i], thick[i] = RADIUS + 3, RADIUS + 35, math.max(2 * RADIUS + 6, one.width) end
  end
  return { left = left, right = right, thick = thick }
end

local function round(v) return math.floor(v + 0.5) end

local function run_layout(drawing, list, direction)
  local from, to = {}, {}
  for i, edge in ipairs(drawing.edges) do from[i], to[i] = edge.from, edge.to end
  local placed, message = layout(sizes(list, direction), { from = from, to = to }, GAPS[direction])
  if not placed then error(message, 0) end
  return placed
end

local function box(direction, x, y, width)
  if direction == "down" then return x - RADIUS - 3, y - 18, 2 * RADIUS + 10 + width, 36 end
  local w = math.max(2 * RADIUS + 6, width)
  return x - w // 2, y - RADIUS - 3, w, 2 * RADIUS + 38
end

local function finish(drawing, list, placed, direction)
  local down = direction == "down"
  local xs, ys = down and placed.x or placed.y, down and placed.y or placed.x
  local out = { nodes = list, edges = placed.points, direction = direction, crossings = placed.crossings,
    layers = placed.layers, width = math.ceil(down and placed.width or placed.height),
    height = math.ceil(down and placed.height or placed.width) }
  for i = 1, #drawing.nodes do
    local one = list[i]
    one.x, one.y, one.layer = round(xs[i]), round(ys[i]), placed.layer[i]
    one.left, one.top, one.width, one.height = box(direction, one.x, one.y, one.width)
  end
  for _, points in ipairs(placed.points) do
    for k = 1, #points, 2 do
      local x, y = round(points[k]), round(points[k + 1])
      if down then points[k], points[k + 1] = x, y else points[k], points[k + 1] = y, x end
    end
  end
  return out
end

---@param drawing Drawing
---@return table placed
return function(drawing)
  local list = texts(drawing)
  local down = run_layout(drawing, list, "down")
  if down.width <= WIDE or down.width <= ASPECT * down.height then return finish(drawing, list, down, "down") end
  if #list > LARGE then return finish(drawing, list, down, "down") end
  local right = run_layout(drawing, list, "right")
  -- the one whose shape is nearer to a screen's
  local function off(w, h) return math.abs(math.log(w / h / 1.6)) end
  if off(right.height, right.width) < off(down.width, down.height) then return finish(drawing, list, right, "right") end
  return finish(drawing, list, down, "down")
end
