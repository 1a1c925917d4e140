-- order_only: nodes that come after others without data from them (the option `after`), and what
-- the wiring says of a node beside its inputs.
--
-- Loaded for graphs that have any of it; `graph` is the module lua/graph/graph.lua, which calls
-- this one.

local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local order_only = {}

local function after_node(graph, g, node, v)
  local at = g.after_at[node]
  if graph.is_wire(v) then
    local other = graph.source(v)
    if g.by_id[other[graph.ID]] == other then return other end
    errors.at(at, 'node "%s": after: %s belongs to another pipeline', node[graph.ID], graph.describe(v))
  elseif type(v) ~= "string" then
    errors.at(at, 'node "%s": after must be a list of nodes or ids, found %s', node[graph.ID], errors.describe(v))
  elseif g.by_id[v] then
    return g.by_id[v]
  end
  local ids = {}
  for i, other in ipairs(g.nodes) do ids[i] = other[graph.ID] end
  errors.at(at, 'node "%s": after: there is no node "%s"%s', node[graph.ID], v, suggest.hint(v, ids))
end

-- The options `after`, resolved to nodes: { [node] = { node, ... } }.
local function resolve_after(graph, g)
  local resolved = {}
  for _, node in ipairs(g.nodes) do
    local list = g.after[node]
    if list then
      if graph.is_wire(list) or type(list) ~= "table" then list = { list } end
      local nodes = {}
      for i, v in ipairs(list) do nodes[i] = after_node(graph, g, node, v) end
      resolved[node] = nodes
    end
  end
  return resolved
end

-- Raises for a path that ends in a node that it has met before; each needs the one that follows.
local function raise_cycle(graph, g, path)
  local ids, at, last = {}, nil, path[#path]
  for i = #path, 1, -1 do
    table.insert(ids, 1, path[i][graph.ID])
    at = g.after_at[path[i]] or at
    if i < #path and path[i] == last then break end
  end
  errors.at(at, "the pipeline has a cycle: %s", table.concat(ids, " needs "))
end

-- Nodes are defined after their inputs; only an `after` by id can name a later node.  Moves nodes after
-- all that they need, or raises for a cycle.
local function sort(graph, g)
  local order, state, path = {}, {}, {}
  local function visit(node)
    if state[node] == "done" then return end
    path[#path + 1] = node
    if state[node] then raise_cycle(graph, g, path) end
    state[node] = "open"
    graph.each_source(g, node, visit)
    state[node] = "done"
    path[#path] = nil
    order[#order + 1] = node
  end
  for _, node in ipairs(g.nodes) do visit(node) end
  for i, node in ipairs(order) do node[graph.POSITION] = i end
  g.nodes = order
end

-- The nodes of a list, each once, sorted by id, as a fan-in.
local function each_once(graph, list)
  local nodes, seen = {}, {}
  for _, node in ipairs(list) do
    if not seen[node] then seen[node], nodes[#nodes + 1] = true, node end
  end
  table.sort(nodes, function(a, b) return a[graph.ID] < b[graph.ID] end)
  return graph.fan_in(nodes)
end

-- What the wiring says of a node beside its inputs, as ports: the inputs that are mapped, the
-- conditions of its branches, the nodes that it comes after.
local function marks_of(graph, g, node)
  local marks, d = {}, graph.dynamic_of(node)
  if d and d.kind == "when" then marks[1] = { "when", graph.fan_in {} } end
  for k, port in ipairs(node[graph.STEP].inputs) do
    if d and d.kind == "map" and d.mapped[k] then marks[#marks + 1] = { "map " .. port.name, graph.fan_in {} } end
  end
  local guard = g.guards[node]
  while guard do
    marks[#marks + 1] = { guard.want and "if" or "unless", guard.condition }
    guard = guard.outer
  end
  if g.after[node] then marks[#marks + 1] = { "after", each_once(graph, g.after[node]) } end
  return marks
end

-- Puts the nodes into an order in which each comes after all that it needs; raises where there is
-- none.
---@param graph table
---@param g Graph
function order_only.settle(graph, g)
  g.after = resolve_after(graph, g)
  sort(graph, g)
end

-- What the wiring says of its nodes beside their inputs, by position: lists of { name, input }.
---@param graph table
---@param g Graph
---@return table[]
function order_only.marks(graph, g)
  local marks = {}
  for i, node in ipairs(g.nodes) do marks[i] = marks_of(graph, g, node) end
  return marks
end

return order_only
