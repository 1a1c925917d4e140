-- drawing_json: a drawing as JSON, with the places of everything in pixels.

local fold = require "rille.show.draw.fold"
local drawing_json = require "rille.json"
local place = require "rille.show.draw.place"

local function or_null(v) if v == nil then return drawing_json.null end return v end

local function valid(text)
  return utf8.len(text) and text or (text:gsub("[\x80-\xff]", "\u{FFFD}"))
end

local function details_of(node)
  local map = {}
  for _, pair in ipairs(node.details or {}) do map[valid(pair[1])] = valid(pair[2]) end
  return drawing_json.object(map)
end

local function node_of(node, at)
  return { id = valid(node.id), kind = node.kind, label = valid(node.label), status = or_null(node.status),
    type = or_null(node.type and valid(node.type)), seconds = or_null(node.seconds), usual = or_null(node.usual),
    slow = node.slow or false, count = node.count or 1, size = or_null(node.size), digest = or_null(node.digest),
    details = details_of(node), layer = at.layer, x = at.x, y = at.y, left = at.left, top = at.top, width = at.width,
    height = at.height }
end

local function edge_of(drawing, edge, points)
  local pairs_of, ports = {}, {}
  for k = 1, #points, 2 do pairs_of[#pairs_of + 1] = drawing_json.array { points[k], points[k + 1] } end
  for i, port in ipairs(edge.ports) do ports[i] = valid(port) end
  return { from = valid(drawing.nodes[edge.from].id), to = valid(drawing.nodes[edge.to].id),
    ports = drawing_json.array(ports),
    dashed = edge.dashed or false, order = edge.order or false, points = drawing_json.array(pairs_of) }
end

---@param drawing Drawing
---@param options table see draw.render
---@return string
return function(drawing, options)
  local seen = fold.readable(drawing, options)
  local placed = place(seen)
  local nodes, edges = {}, {}
  for i, node in ipairs(seen.nodes) do nodes[i] = node_of(node, placed.nodes[i]) end
  for i, edge in ipairs(seen.edges) do edges[i] = edge_of(seen, edge, placed.edges[i]) end
  return drawing_json.encode { title = valid(seen.title), kind = seen.kind, status = or_null(seen.status),
    seconds = or_null(seen.seconds), width = placed.width, height = placed.height, direction = placed.direction,
    folded = seen.folded ~= nil, nodes = drawing_json.array(nodes), edges = drawing_json.array(edges) } .. "\n"
end
