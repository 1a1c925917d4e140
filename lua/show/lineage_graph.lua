-- lineage_graph: what a lineage leads to, and where each step of it is drawn.
--
-- A lineage may be deeper than the stack of Lua: everything here is a loop over lists.

---@class LineageVertex a step of a lineage, one of its outputs, or the artifact that it begins with
---@field kind "step"|"output"|"artifact"
---@field node LineageNode? of a step
---@field runs integer? how many alike runs of the step it stands for
---@field items LineageItem[] what it leads to
---@field parent LineageVertex? under which it is drawn: the last of those that are most steps away from the root
---@field takers integer how many lead to it
---@field steps integer how many steps are drawn with it
---@field trunk LineageItem? the item that goes on in its column
---@field chain integer how many steps follow each other from it on that nothing else leads to
---@field drawn integer? its row

---@class LineageItem
---@field to LineageVertex? where it leads; without it one of leaf, deeper and note
---@field source LineageEnd? the value along the way
---@field leaf LineageEnd? a value from outside
---@field deeper boolean? more steps follow, past the depth that was asked for
---@field note string?
---@field back boolean? it leads back to where it came from

local lineage_graph = {}

local SMALL <const> = 8         -- a branch of fewer steps is not the trunk beside others

local function digests(list)
  local found = {}
  for i, one in ipairs(list) do found[i] = one.digest end
  return table.concat(found)
end

-- The nodes in one list per step, inputs and outputs: { node, runs }, where node is
-- the newest.
local function groups_of(walk, nodes)
  local list, by = {}, {}
  for _, node in ipairs(nodes) do
    node.alike = node.alike or table.concat({ node.pipeline or "", node.id, digests(walk:inputs(node)),
      digests(walk:outputs(node)) }, "\0")
    local group = by[node.alike]
    if not group then
      group = { node = node, runs = 0 }
      by[node.alike], list[#list + 1] = group, group
    end
    group.runs, group.node = group.runs + 1, node
  end
  return list
end

-- The vertices made so far, by node; open lists them in the order in which they are
-- expanded.
local Graph = {}
Graph.__index = Graph

-- The vertex of a node, one for each.
function Graph:vertex(node, runs, depth)
  local vertex = self.vertices[node.key]
  if not vertex then
    vertex = { kind = "step", node = node, runs = runs, depth = depth, items = {} }
    self.vertices[node.key], self.open[#self.open + 1] = vertex, vertex
  end
  return vertex
end

-- Appends to the items of a vertex the steps that take a value.
function Graph:add_takers(vertex, source, depth)
  for _, group in ipairs(groups_of(self.walk, self.walk:consumers(source))) do
    local outputs = self.walk:outputs(group.node)
    vertex.items[#vertex.items + 1] = { to = self:vertex(group.node, group.runs, depth),
      source = #outputs == 1 and { output = 1, digest = outputs[1].digest } or nil }
  end
end

local function output_of(walk, source)
  local out = walk:outputs(source.node)[source.output]
  return { output = source.output, digest = out and out.digest or source.digest, taken_by = source.taken_by }
end

function Graph:expand_up(vertex)
  for _, other in ipairs(self.walk:after(vertex.node)) do
    vertex.items[#vertex.items + 1] = { note = "(" .. other[2] .. " " .. other[1].id .. ")" }
  end
  for _, source in ipairs(self.walk:inputs(vertex.node)) do
    if not source.node or vertex.depth >= self.depth then
      vertex.items[#vertex.items + 1] = { leaf = source, deeper = source.node ~= nil }
    else
      vertex.items[#vertex.items + 1] = { to = self:vertex(source.node, 1, vertex.depth + 1),
        source = output_of(self.walk, source) }
    end
  end
end

function Graph:expand_down(vertex)
  local outputs = self.walk:outputs(vertex.node)
  for k, out in ipairs(outputs) do
    local source, to = { node = vertex.node, output = k, digest = out.digest, name = out.name }, vertex
    if #outputs > 1 then
      to = { kind = "output", items = {} }
      vertex.items[#vertex.items + 1] = { to = to, source = source }
    end
    if vertex.depth < self.depth then self:add_takers(to, source, vertex.depth + 1)
    elseif self.walk:consumers(source)[1] then to.items[#to.items + 1] = { deeper = true } end
  end
end

-- The vertex of the artifact, with all that it leads to within the depth.
local function explore(self, source)
  local root = { kind = "artifact", items = {}, depth = 0 }
  if self.direction == "down" then self:add_takers(root, source, 1)
  elseif source.node then root.items[1] = { to = self:vertex(source.node, 1, 1), source = source } end
  local at = 1
  while self.open[at] do
    self["expand_" .. self.direction](self, self.open[at])
    at = at + 1
  end
  return root
end

-- All vertices, each after those that lead to it.  A wire back to where it came from,
-- which only runs of different wirings can make together, is left to a reference.
local function in_order(root)
  local order, stack, place = {}, { root }, { 0 }
  root.state = "open"
  while #stack > 0 do
    local vertex, k = stack[#stack], place[#stack] + 1
    local item = vertex.items[k]
    local to = item and item.to
    place[#stack] = k
    if not item then
      vertex.state, order[#order + 1] = "done", vertex
      stack[#stack], place[#place] = nil, nil
    elseif to and not to.state then
      to.state = "open"
      stack[#stack + 1], place[#place + 1] = to, 0
    elseif to and to.state == "open" then item.back = true end
  end
  local list, n = {}, #order
  for i = 1, n do list[i] = order[n + 1 - i] end
  return list
end

-- The only item that leads to a vertex, which is drawn below it; or nil.
local function only_item(vertex)
  local only
  for _, item in ipairs(vertex.items) do
    if item.to then
      if only or item.to.parent ~= vertex then return nil end
      only = item
    end
  end
  return only
end

-- Counts what leads to each vertex, and sets the parent under which it is drawn.
local function set_parents(order)
  for _, vertex in ipairs(order) do vertex.level, vertex.takers = 0, 0 end
  for _, vertex in ipairs(order) do
    for _, item in ipairs(vertex.items) do
      local to = item.to
      if to and not item.back then
        to.takers = to.takers + 1
        if vertex.level + 1 >= to.level then to.level, to.parent = vertex.level + 1, vertex end
      end
    end
  end
end

-- Counts the steps that are drawn with a vertex, and sets its trunk: the item with the most.
local function set_trunk(vertex)
  local most, others = nil, false
  vertex.steps = vertex.kind == "step" and 1 or 0
  for _, item in ipairs(vertex.items) do
    local to = item.to
    if to and to.parent == vertex and not to.counted then
      to.counted, others = true, most ~= nil
      vertex.steps = vertex.steps + to.steps
      if not most or to.steps >= most.to.steps then most = item end
    end
  end
  if most and (not others or most.to.steps >= SMALL) then vertex.trunk = most end
end

-- The graph of a lineage: the vertex of the artifact, with all that it leads to.
---@param walk table of lineage.lua
---@param source LineageEnd the artifact
---@param direction "up"|"down"
---@param depth integer|number steps
---@return LineageVertex
function lineage_graph.of(walk, source, direction, depth)
  local graph = setmetatable({ walk = walk, direction = direction, depth = depth, vertices = {}, open = {} }, Graph)
  local root = explore(graph, source)
  local order = in_order(root)
  set_parents(order)
  for i = #order, 1, -1 do
    local vertex = order[i]
    set_trunk(vertex)
    local only = vertex.kind == "step" and vertex.takers == 1 and only_item(vertex)
    vertex.chain = only and only == vertex.trunk and 1 + only.to.chain or 0
  end
  return root
end

-- The nodes within so many steps of a value: up the newest first, down the oldest.
---@param depth integer|number
---@return table[] nodes
function lineage_graph.within(walk, source, direction, depth)
  local list, taken, level = {}, {}, { source }
  while #level > 0 and depth > 0 do
    local following = {}
    local function reach(node)
      if taken[node.key] then return end
      taken[node.key], list[#list + 1] = true, node
      if direction == "up" then
        table.move(walk:inputs(node), 1, #walk:inputs(node), #following + 1, following)
      else
        for k, out in ipairs(walk:outputs(node)) do
          following[#following + 1] = { node = node, output = k, digest = out.digest }
        end
      end
    end
    for _, one in ipairs(level) do
      if direction == "down" then for _, node in ipairs(walk:consumers(one)) do reach(node) end
      elseif one.node then reach(one.node) end
    end
    level, depth = following, depth - 1
  end
  local way = direction == "up" and -1 or 1
  table.sort(list, function(a, b)
    if a.run ~= b.run then return way * a.run < way * b.run end
    return way * a.position < way * b.position
  end)
  return list
end

return lineage_graph
