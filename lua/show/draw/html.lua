-- html: a drawing as one page that works offline.
--
-- The page (page.html) has the drawing as SVG, what is known of each node as JSON, a style
-- (page.css) and a small script (page.js): drag and wheel move and zoom, keys go along the
-- edges, the node under the pointer or the focus shows its details, what leads to it and
-- what follows is lit up, a search finds nodes.  The page loads nothing, which its policy
-- enforces; all text is escaped, and the script inserts it as text.
--
-- In page.js x, y and k map the drawing to the window; nodes are numbered from 0 in the
-- order of the page, up and down list neighbours.

local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"
local origin = require "rille.host.origin"
local svg = require "rille.show.draw.svg"
local json = require "rille.json"
local place = require "rille.show.draw.place"

local function valid(text)
  return utf8.len(text) and text or (text:gsub("[\x80-\xff]", "\u{FFFD}"))
end

-- JSON inside of a script element: no "</script>", no "<!--".
local function data_of(drawing, placed)
  local nodes, place_in = {}, {}
  local order = {}
  for i = 1, #drawing.nodes do order[i] = i end
  local down = placed.direction == "down"
  table.sort(order, function(a, b)
    local p, q = placed.nodes[a], placed.nodes[b]
    if down then return p.x < q.x end
    return p.y < q.y
  end)
  for rank, i in ipairs(order) do place_in[i] = rank end
  for i, node in ipairs(drawing.nodes) do
    local at, details = placed.nodes[i], {}
    for k, pair in ipairs(node.details or {}) do details[k] = json.array { valid(pair[1]), valid(pair[2]) } end
    nodes[i] = { label = valid(node.label), kind = node.kind, note = valid(draw.note(node)),
      details = json.array(details), x = at.x, y = at.y, layer = at.layer, place = place_in[i] }
  end
  local text = json.encode { nodes = json.array(nodes), width = placed.width, height = placed.height,
    direction = placed.direction }
  text = text:gsub("[<>&]", { ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026" })
  return (text:gsub("\u{2028}", "\\u2028"):gsub("\u{2029}", "\\u2029"))
end

local SAMPLE <const> = '<span><svg class="n %s %s" width="20" height="20" viewBox="-14 -14 28 28" '
  .. 'aria-hidden="true">%s</svg>%s</span>'

local function legend_of(drawing)
  local parts = {}
  for _, one in ipairs(svg.legend(drawing)) do
    parts[#parts + 1] = string.format(SAMPLE, one.kind, one.status or "", svg.sample(one), svg.escape(one.text))
  end
  return table.concat(parts)
end

---@param drawing Drawing
---@param options table see draw.render
---@return string
return function(drawing, options)
  local seen = fold.readable(drawing, options)
  local placed = place(seen)
  local parts = {
    title = svg.escape(seen.title), about = svg.escape(svg.about(seen)), legend = legend_of(seen),
    drawing_style = svg.style(), page_style = origin.text "lua/show/draw/page.css",
    marker = svg.MARKER, lit_marker = svg.MARKER:gsub('"tip"', '"tip-lit"'), drawing = svg.body(seen, placed, true),
    data = data_of(seen, placed), script = origin.text "lua/show/draw/page.js",
  }
  return (origin.text("lua/show/draw/page.html"):gsub("{{([%l_]+)}}", parts))
end
