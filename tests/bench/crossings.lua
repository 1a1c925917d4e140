-- crossings.lua -- how many edges cross in our drawings and in those of Graphviz'
-- dot, on the same graphs.
--
--   build/rille tests/bench/crossings.lua
--
-- Counted alike for both: between each two ranks that follow each other, the pairs
-- of edges whose ends there lie in opposite orders, with an edge that passes a
-- rank taken where it passes.  Edges that run together there do not cross.  Our
-- trunks, which many edges share, so count once for each edge; "drawn" counts what
-- is drawn.  A graph is { n = nodes, { from, to }... }.

local layout = require "rille.host.layout"
local rille = require "rille"

local state = 12345
local function chance(n)
  state = (state * 6364136223846793005 + 1442695040888963407)
  return ((state >> 33) % n) + 1
end

local WIDTH <const>, HEIGHT <const> = 1.4, 0.4          -- of a node, in inches

-- Graphs ------------------------------------------------------------------------

local function random(n, m)
  local g = { n = n }
  local seen = {}
  while #g < m do
    local a, b = chance(n), chance(n)
    if a > b then a, b = b, a end
    if a ~= b and not seen[a * n + b] then
      seen[a * n + b] = true
      g[#g + 1] = { a, b }
    end
  end
  return g
end

-- width steps side by side, depth of them in a row, each with an artifact; then a
-- collector; every step of the first row takes one of `sources`.
local function fan(sources, width, depth)
  local g = { n = sources }
  local function node() g.n = g.n + 1 return g.n end
  local last = {}
  for i = 1, width do
    local from = (i - 1) % sources + 1
    for _ = 1, depth do
      local step, artifact = node(), node()
      g[#g + 1] = { from, step }
      g[#g + 1] = { step, artifact }
      from = artifact
    end
    last[i] = from
  end
  local collector = node()
  for _, from in ipairs(last) do g[#g + 1] = { from, collector } end
  return g
end

-- Steps and artifacts as a pipeline has them: each step takes one to three of the
-- artifacts made lately, and makes one or two.
local function pipeline_like(steps, reach)
  local g, made = { n = 0 }, {}
  local function node() g.n = g.n + 1 return g.n end
  for _ = 1, steps do
    local step, taken = node(), {}
    for _ = 1, math.min(#made, chance(3)) do
      local from = made[#made - chance(math.min(#made, reach)) + 1]
      if not taken[from] then g[#g + 1] = { from, step } end
      taken[from] = true
    end
    for _ = 1, chance(2) do
      made[#made + 1] = node()
      g[#g + 1] = { step, made[#made] }
    end
  end
  return g
end

local function of_spec(spec)
  local g, first = { n = #spec.nodes }, {}
  for i, node in ipairs(spec.nodes) do
    first[i] = g.n
    for k = 1, #node.outputs do g[#g + 1] = { i, g.n + k } end
    g.n = g.n + #node.outputs
  end
  for i, node in ipairs(spec.nodes) do
    for _, input in ipairs(node.inputs) do
      for _, source in ipairs(input) do
        if source[1] > 0 then g[#g + 1] = { first[source[1]] + source[2], i } end
      end
    end
  end
  return g
end

-- Where edges pass the ranks ------------------------------------------------------

-- A drawing is { ranks, rank = { node = number }, { from, to, x by rank }... }.
local function count(drawing)
  local total = 0
  for r = 1, drawing.ranks - 1 do
    local list = {}
    for _, edge in ipairs(drawing) do
      if edge.x[r] and edge.x[r + 1] then list[#list + 1] = edge end
    end
    for i = 1, #list do
      for k = 1, i - 1 do
        local above, below = list[i].x[r] - list[k].x[r], list[i].x[r + 1] - list[k].x[r + 1]
        if math.abs(above) > 1e-3 and math.abs(below) > 1e-3 and (above < 0) ~= (below < 0) then total = total + 1 end
      end
    end
  end
  return total
end

local function ours(g)
  local nodes, edges = { left = {}, right = {}, thick = {} }, { from = {}, to = {} }
  for i = 1, g.n do nodes.left[i], nodes.right[i], nodes.thick[i] = WIDTH / 2, WIDTH / 2, HEIGHT end
  for i, e in ipairs(g) do edges.from[i], edges.to[i] = e[1], e[2] end
  local placed = assert(layout(nodes, edges, { node_gap = 0.25, layer_gap = 0.5, component_gap = 0.5, aspect = 1e6 }))
  local drawing = { ranks = placed.layers, length = 0, drawn = placed.crossings }
  for i, e in ipairs(g) do
    local p, x, layer = placed.points[i], {}, placed.layer[e[1]]
    for k = 1, #p, 4 do
      x[layer] = p[k]
      layer = layer + 1
    end
    drawing.length = drawing.length + placed.layer[e[2]] - placed.layer[e[1]]
    drawing[i] = { x = x }
  end
  return drawing
end

local function bezier(p, k, t, axis)
  local a, b, c, d = p[k][axis], p[k + 1][axis], p[k + 2][axis], p[k + 3][axis]
  local s = 1 - t
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d
end

-- Where the curve, which goes down, is at that height.
local function at_height(p, y)
  for k = 1, #p - 3, 3 do
    if p[k + 3][2] <= y or k + 3 > #p - 3 then
      local low, high = 0, 1
      for _ = 1, 40 do
        local t = (low + high) / 2
        if bezier(p, k, t, 2) > y then low = t else high = t end
      end
      return bezier(p, k, low, 1)
    end
  end
end

local function dots(g)
  local text = { "digraph {",
    string.format("node [shape=box, fixedsize=true, width=%g, height=%g, label=\"\"];", WIDTH, HEIGHT) }
  for i = 1, g.n do text[#text + 1] = "n" .. i .. ";" end
  for _, e in ipairs(g) do text[#text + 1] = string.format("n%d -> n%d;", e[1], e[2]) end
  text[#text + 1] = "}"
  local name = os.tmpname()
  local f <close> = assert(io.open(name, "w"))
  f:write(table.concat(text, "\n"))
  f:close()
  local p = assert(io.popen("dot -Tplain " .. name))
  local at, heights, seen, edges = {}, {}, {}, {}
  for line in p:lines() do
    local words = {}
    for word in line:gmatch "%S+" do words[#words + 1] = word end
    if words[1] == "node" then
      local i, x, y = tonumber(words[2]:sub(2)), tonumber(words[3]), tonumber(words[4])
      at[i] = { x, y }
      local key = string.format("%.2f", y)
      if not seen[key] then heights[#heights + 1] = y end
      seen[key] = true
    elseif words[1] == "edge" then
      local curve = {}
      for k = 5, 4 + 2 * tonumber(words[4]), 2 do curve[#curve + 1] = { tonumber(words[k]), tonumber(words[k + 1]) } end
      edges[#edges + 1] = { tonumber(words[2]:sub(2)), tonumber(words[3]:sub(2)), curve }
    end
  end
  p:close()
  os.remove(name)
  table.sort(heights, function(a, b) return a > b end)
  local rank = {}
  for i = 1, g.n do
    for r, y in ipairs(heights) do if math.abs(y - at[i][2]) < 0.02 then rank[i] = r end end
  end
  local drawing = { ranks = #heights, length = 0 }
  for i, e in ipairs(edges) do
    local x = { [rank[e[1]]] = at[e[1]][1], [rank[e[2]]] = at[e[2]][1] }
    for r = rank[e[1]] + 1, rank[e[2]] - 1 do x[r] = at_height(e[3], heights[r]) end
    drawing.length = drawing.length + rank[e[2]] - rank[e[1]]
    drawing[i] = { x = x }
  end
  return drawing
end

-- The table -----------------------------------------------------------------------

package.path = "../../examples/?.lua;" .. package.path
local function example(name) return of_spec(require(name):spec()) end

local GRAPHS = {
  { "examples/digits", function() return example "digits" end },
  { "examples/gammas", function() return example "gammas" end },
  { "fan of 12, two deep, a collector", function() return fan(1, 12, 2) end },
  { "3 sources, fan of 30, a collector", function() return fan(3, 30, 1) end },
  { "5 sources, fan of 60, three deep", function() return fan(5, 60, 3) end },
  { "a pipeline of 20 steps", function() return pipeline_like(20, 8) end },
  { "a pipeline of 60 steps", function() return pipeline_like(60, 10) end },
  { "a pipeline of 120 steps", function() return pipeline_like(120, 12) end },
  { "random: 20 nodes, 30 edges", function() return random(20, 30) end },
  { "random: 50 nodes, 75 edges", function() return random(50, 75) end },
  { "random: 100 nodes, 130 edges", function() return random(100, 130) end },
  { "random: 300 nodes, 360 edges", function() return random(300, 360) end },
}

if not rille.main() then return { count = count, ours = ours } end
print(string.format("%-34s %5s %5s %7s %7s %7s  %6s  %8s %8s", "graph", "nodes", "edges", "drawn", "ours", "dot",
  "ratio", "our span", "dot span"))
local sum, n = 0, 0
for _, one in ipairs(GRAPHS) do
  local g = one[2]()
  local mine, theirs = ours(g), dots(g)
  local a, b = count(mine), count(theirs)
  sum, n = sum + (a + 1) / (b + 1), n + 1
  print(string.format("%-34s %5d %5d %7d %7d %7d  %6.2f  %8d %8d", one[1], g.n, #g, mine.drawn, a, b, (a + 1) / (b + 1),
    mine.length, theirs.length))
end
print(string.format("mean of (ours + 1) / (dot + 1): %.2f", sum / n))
