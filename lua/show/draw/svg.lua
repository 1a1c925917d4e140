-- svg: a drawing as SVG, for light and dark.
--
-- Circles are steps, squares artifacts, hollow squares values that the script
-- gives.  A status is told by colour, by a sign in the circle and by a word.

local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"
local origin = require "rille.host.origin"
local place = require "rille.show.draw.place"

local svg = {}

local MARGIN <const>, HEAD <const>, FOOT <const> = 24, 58, 44
local LEAST_WIDTH <const> = 420

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

-- Text for XML and HTML: escaped, valid UTF-8, without control characters.
function svg.escape(text)
  if not text:find "[^\n !#-%%%(-;=?-~]" then return text end
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "\u{FFFD}") end
  return (text:gsub("[%z\1-\8\11\12\14-\31\127]", "\u{FFFD}"):gsub("\u{FFFE}", "\u{FFFD}"):gsub("\u{FFFF}",
    "\u{FFFD}"):gsub("[&<>\"']", ENTITIES))
end
local escape = svg.escape

-- What stands in a circle, drawn around 0,0.
local SIGNS <const> = {
  completed = "M-4.6 .4 -1.4 3.6 4.8 -3.4", cached = "M-4.5 -2.2H4.5M-4.5 2.2H4.5",
  failed = "M-3.8 -3.8 3.8 3.8M3.8 -3.8 -3.8 3.8",
  running = "M-2.6 -4.2 4.4 0 -2.6 4.2Z", skipped = "M-4.5 0H4.5", stopped = "M-3 -3H3V3H-3Z", pending = "M0 -.6V.6",
  unknown = "M-2.6 0H2.6",
  run = "M-2.6 -4.2 4.4 0 -2.6 4.2Z", wait = "M-4.4 -.5V.5M0 -.5V.5M4.4 -.5V.5",
}

local function colour_rules()
  local names, lines = {}, {}
  for name in next, draw.COLOURS do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local c = draw.COLOURS[name]
    lines[#lines + 1] = string.format(".%s .g{fill:%s;stroke:%s}.%s .s{stroke:%s}", name, c[1], c[2], name, c[3])
  end
  return table.concat(lines, "\n")
end

svg.SIGNS = SIGNS

-- The rules of the drawing; the page of html.lua has them too.
function svg.style()
  return table.concat { origin.text "lua/show/draw/drawing.css", colour_rules(),
    "\n@media (prefers-color-scheme:dark){\n", origin.text "lua/show/draw/drawing_dark.css", "}\n" }
end

-- Shapes -------------------------------------------------------------------------

local function shape(node, x, y)
  if node.kind == "step" then return string.format('<circle class="g" cx="%d" cy="%d" r="11"/>', x, y) end
  return string.format('<rect class="g" x="%d" y="%d" width="18" height="18" rx="2.5"/>', x - 9, y - 9)
end

local function glyph(node, x, y)
  local parts = {}
  if node.count then parts[1] = '<g class="back">' .. shape(node, x + 4, y - 4) .. "</g>" end
  if node.slow or node.slow_count then
    parts[#parts + 1] = string.format('<circle class="ring" cx="%d" cy="%d" r="15"/>', x, y)
  end
  parts[#parts + 1] = shape(node, x, y)
  local sign = node.kind == "step" and (SIGNS[draw.class_of(node.status)] or SIGNS.skipped)
  if sign then
    parts[#parts + 1] = string.format('<path class="s" transform="translate(%d %d)" d="%s"/>', x, y, sign)
  end
  return table.concat(parts)
end

svg.glyph = glyph

-- All that is known of a node, a line each.
function svg.lines(node)
  local lines = { node.kind .. " " .. node.label, draw.note(node) }
  for _, pair in ipairs(node.details or {}) do lines[#lines + 1] = pair[1] .. ": " .. pair[2] end
  return lines
end

local function class_of(node)
  return "n " .. node.kind .. " " .. draw.class_of(node.status) .. ((node.slow or node.slow_count) and " slow" or "")
end

local BESIDE <const> = '<text class="%s" x="%d" y="%d">%s</text>'
local BELOW <const> = '<text class="%s" x="%d" y="%d" text-anchor="middle">%s</text>'

-- The label and the note of a node.
local function texts(at, direction)
  if direction == "down" then
    return BESIDE:format("l", at.x + 18, at.y - 1, escape(at.text))
      .. BESIDE:format("d", at.x + 18, at.y + 13, escape(at.note))
  end
  return BELOW:format("l", at.x, at.y + 26, escape(at.text)) .. BELOW:format("d", at.x, at.y + 40, escape(at.note))
end

-- The place of a node, to point at.
local function halo(at)
  return string.format('<rect class="halo" x="%d" y="%d" width="%d" height="%d" rx="8"/>', at.left - 3, at.top,
    at.width + 6, at.height)
end

local function node_of(node, at, i, direction, page)
  local extra, first = ""
  if page then
    local label = escape(node.kind .. " " .. node.label .. ", " .. draw.note(node))
    extra = string.format(' id="n%d" data-i="%d" tabindex="%d" role="button" aria-label="%s"', i, i - 1,
      i == 1 and 0 or -1, label)
    first = halo(at)
  else
    first = "<title>" .. escape(table.concat(svg.lines(node), "\n")) .. "</title>"
  end
  return table.concat { '<g class="', class_of(node), '"', extra, ">", first, glyph(node, at.x, at.y),
    texts(at, direction), "</g>\n" }
end

-- A path along the points: straight inside the layers, curves between them; it
-- begins and ends at the shapes' borders.
local function path_of(points, direction, from, to)
  local down = direction == "down"
  local n = #points
  local a, b = down and 2 or 1, down and 1 or 2          -- along the flow, across it
  local start = points[a] + (from.kind == "step" and 12 or 10)
  local stop = points[n - 2 + a] - (to.kind == "step" and 13 or 11)
  local parts, along, across, straight = {}, start, points[b], false
  local function point(u, v) return down and v .. " " .. u or u .. " " .. v end
  local function line()
    if straight then parts[#parts + 1] = (down and "V" or "H") .. along end
    straight = false
  end
  parts[1] = "M" .. point(start, across)
  for k = 3, n, 2 do
    local u, v = k + 1 == n and stop or points[k - 1 + a], points[k - 1 + b]
    if v == across then
      along, straight = u, true
    else
      line()
      local middle = (along + u) // 2
      parts[#parts + 1] = "C" .. point(middle, across) .. " " .. point(middle, v) .. " " .. point(u, v)
      along, across = u, v
    end
  end
  line()
  return table.concat(parts)
end

local function edge_of(drawing, placed, i, page)
  local edge = drawing.edges[i]
  local from, to = drawing.nodes[edge.from], drawing.nodes[edge.to]
  local class = edge.order and "e order" or edge.dashed and "e dashed" or "e"
  local data = page and string.format(' data-a="%d" data-b="%d"', edge.from - 1, edge.to - 1) or ""
  return '<path class="' .. class .. '"' .. data .. ' d="' .. path_of(placed.edges[i], placed.direction, from, to)
    .. '"/>\n'
end

-- The edges and nodes, in a group that begins at 0,0.
function svg.body(drawing, placed, page)
  local parts = {}
  for i = 1, #drawing.edges do parts[#parts + 1] = edge_of(drawing, placed, i, page) end
  for i, node in ipairs(drawing.nodes) do
    parts[#parts + 1] = node_of(node, placed.nodes[i], i, placed.direction, page)
  end
  return table.concat(parts)
end

svg.MARKER = '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
  .. 'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 .8 7.4 4 0 7.2Z"/></marker></defs>\n'

-- Legend ---------------------------------------------------------------------------

local ORDER = { "completed", "cached", "running", "failed", "skipped", "stopped", "pending", "unknown", "run", "wait" }

-- The statuses that steps of the drawing have, and what else needs a word: { { kind, status, text }... }; kinds of
-- edges have no status.
function svg.legend(drawing)
  local seen, list = {}, {}
  for _, node in ipairs(drawing.nodes) do
    seen[node.kind == "step" and draw.class_of(node.status) or node.kind] = true
  end
  for _, status in ipairs(ORDER) do
    if seen[status] then list[#list + 1] = { kind = "step", status = status, text = "step " .. draw.word(status) } end
  end
  if seen.artifact then
    list[#list + 1] = { kind = "artifact", status = seen.completed and "completed" or seen.cached and "cached" or "run",
      text = "artifact" }
  end
  if seen.value then list[#list + 1] = { kind = "value", status = "given", text = "given by the script" } end
  for _, edge in ipairs(drawing.edges) do
    local kind = edge.order and "order" or edge.dashed and "dashed"
    if kind and not seen[kind] then
      seen[kind], list[#list + 1] = true, { kind = kind, text = kind == "order" and "order, without a value"
        or "from the cache" }
    end
  end
  return list
end

local LINE <const> = '<path class="e %s" d="M-13 0H13"/>'

-- The picture of an entry of the legend, drawn around 0,0.
function svg.sample(one)
  if one.status then return glyph(one, 0, 0) end
  return LINE:format(one.kind)
end

local SAMPLE <const> = '<g class="n %s %s"><g transform="translate(%d %d) scale(.72)">%s</g>'
  .. '<text class="d" x="%d" y="%d">%s</text></g>'

local function legend_of(drawing, x, y)
  local parts = {}
  for _, one in ipairs(svg.legend(drawing)) do
    parts[#parts + 1] = string.format(SAMPLE, one.kind, one.status or "", x + 8, y, svg.sample(one), x + 22, y + 4,
      escape(one.text))
    x = x + 44 + 6 * #one.text
  end
  return table.concat(parts), x
end

-- "completed, 1.20 s" and what else stands below the title.
function svg.about(drawing)
  local parts = {}
  if drawing.status and drawing.status ~= "plan" then
    parts[1] = drawing.status .. (drawing.seconds and " in " .. require("rille.base.format").seconds(drawing.seconds)
      or "")
  end
  if drawing.kind == "plan" then parts[1] = "what would run" end
  parts[#parts + 1] = drawing.about
  if drawing.folded then parts[#parts + 1] = "alike steps are one (--all unfolds)" end
  return table.concat(parts, ", ")
end

local function document(drawing, options)
  local seen = fold.readable(drawing, options)
  local placed = place(seen)
  local legend, legend_width = legend_of(seen, MARGIN, placed.height + HEAD + FOOT - 18)
  local width = math.max(placed.width + 2 * MARGIN, legend_width, LEAST_WIDTH,
    MARGIN * 2 + 9 * utf8.len(svg.about(seen), 1, -1, true) * 3 // 4)
  local height = placed.height + HEAD + FOOT
  local inset = math.max(MARGIN, (width - placed.width) // 2)
  return table.concat {
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    string.format('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">\n',
      width, height, width, height),
    "<title>", escape(seen.title), "</title>\n<style>\n", svg.style(), "</style>\n", svg.MARKER,
    string.format('<rect class="paper" width="%d" height="%d"/>\n', width, height),
    string.format('<text class="title" x="%d" y="26">%s</text><text class="about" x="%d" y="44">%s</text>\n',
      MARGIN, escape(seen.title), MARGIN, escape(svg.about(seen))),
    string.format('<g transform="translate(%d %d)">\n', inset, HEAD), svg.body(seen, placed), "</g>\n",
    legend, "\n</svg>\n",
  }
end

return setmetatable(svg, { __call = function(_, drawing, options) return document(drawing, options) end })
