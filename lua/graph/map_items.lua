-- map_items: the nodes that a map stands for (lua/plan/dynamic.lua makes them once the lists
-- of the map are known).
--
-- The graph of a plan grows: a map's item is a node of its own, ID[i], with the
-- map's step and parameters, and of each mapped input the i-th item: a wire of
-- another map's item, an element of a list in the script, or the artifact of an
-- item, a literal { nil, artifact, giver, from = wire, index = i }.

local graph = require "rille.graph"

local map_items = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS
local POSITION <const>, DYNAMIC <const> = graph.POSITION, graph.DYNAMIC

-- A copy of the graph, of the same nodes, that can grow: items[map] are the nodes of its items.
-- One that can grow already is returned as it is.
---@param g Graph
---@return Graph
function map_items.growing(g)
  if g.items then return g end
  local by_id = {}
  for id, node in next, g.by_id do by_id[id] = node end
  return { nodes = table.move(g.nodes, 1, #g.nodes, 1, {}), by_id = by_id, after = g.after, after_at = g.after_at,
    guards = g.guards, dynamic = true, wired = #g.nodes, items = {} }
end

-- Adds the nodes of a map's items to the graph.
---@param g Graph one that can grow
---@param map Node
---@param lists table<integer, table[]> the items of each mapped input, as inputs
---@param n integer how many items
---@return Node[]
function map_items.add(g, map, lists, n)
  local items = {}
  local at, id = #g.nodes, map[ID]
  for i = 1, n do
    local inputs = {}
    for k, input in ipairs(map[INPUTS]) do inputs[k] = lists[k] and lists[k][i] or input end
    local item = setmetatable({
      [ID] = id .. "[" .. i .. "]", [STEP] = map[STEP], [INPUTS] = inputs, [PARAMS] = map[PARAMS], [POSITION] = at + i,
      [DYNAMIC] = { kind = "item", of = map, index = i },
    }, graph.Node)
    items[i], g.nodes[at + i], g.by_id[item[ID]] = item, item, item
  end
  g.items[map] = items
  return items
end

-- The id of the map that an id of an item belongs to, or nil.
---@param id string
---@return string?
function map_items.map_of(id) return id:match "^(.*)%[%d+%]$" end

return map_items
