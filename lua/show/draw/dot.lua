-- dot: a drawing for Graphviz.

local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"

-- A string of DOT; the only escapes it knows are \" and, in labels, \n and \\.
local function quoted(text)
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "\u{FFFD}") end
  return '"' .. text:gsub("[%z\1-\9\11-\31\127]", " "):gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
end

local SHAPES = { step = "ellipse", artifact = "box", value = "box" }
local DASHED = { cached = true, wait = true, missing = true }

local NODE <const> = "  %s [label=%s, shape=%s, style=%s, fillcolor=%s, color=%s, fontcolor=%s%s, tooltip=%s, "
  .. "class=%s];"

local function node_of(node)
  local colour = draw.COLOURS[draw.class_of(node.status)]
  local style = "filled" .. ((DASHED[node.status]) and ",dashed" or "") .. (node.slow and ",bold" or "")
  local label = node.label .. (node.count and " x " .. node.count or "") .. "\n" .. draw.note(node)
  return string.format(NODE, quoted(node.id), quoted(label), SHAPES[node.kind] or "box", quoted(style),
    quoted(colour[1]), quoted(node.slow and "#FFB100" or colour[2]), quoted(colour[3]),
    node.slow and ", penwidth=3" or "", quoted(node.digest or node.id),
    quoted(node.kind .. " " .. draw.class_of(node.status)))
end

local function edge_of(drawing, edge)
  local ports = table.concat(edge.ports, ", ")
  local style = edge.order and ', style="dotted", fontsize=9, fontname="Helvetica", label=' .. quoted(ports)
    or edge.dashed and ', style="dashed"' or ""
  return string.format("  %s -> %s [tooltip=%s%s];", quoted(drawing.nodes[edge.from].id),
    quoted(drawing.nodes[edge.to].id), quoted(ports), style)
end

---@param drawing Drawing
---@param options table see draw.render
---@return string
return function(drawing, options)
  local seen = fold.readable(drawing, options)
  local lines = { "digraph " .. quoted(seen.title) .. " {", '  graph [rankdir="TB", fontname="Helvetica"];',
    '  node [fontname="Helvetica", fontsize=11, margin="0.12,0.05"];', '  edge [color="#98A3AD", arrowsize=0.7];' }
  for _, node in ipairs(seen.nodes) do lines[#lines + 1] = node_of(node) end
  for _, edge in ipairs(seen.edges) do lines[#lines + 1] = edge_of(seen, edge) end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end
