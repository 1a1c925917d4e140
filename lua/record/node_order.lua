-- node_order: the nodes of a plan in the order that the wiring says, the items of a map behind it.
--
-- The graph and the trace have the items at their end, in the order in which the maps were expanded.  That is another
-- one when steps are cached, or take longer.  What is the last of several (a name that several nodes give, a metric,
-- what steps ask of their model) must not depend on it; trace_steps (host/meta/db_functions.c) has the same order.

local graph = require "rille.graph"

local node_order = {}

local POSITION <const> = graph.POSITION

-- The positions of the nodes in that order; nil where it is the order of the graph.
---@param plan table
---@param place table<integer, integer>? of the nodes in the wiring that is kept, where they differ
---@return integer[]?
function node_order.of(plan, place)
  local g = plan.graph
  local wired = g.wired or #g.nodes
  if not place and wired == #g.nodes then return nil end
  local order, list = {}, {}
  for i = 1, wired do order[place and place[i] or i] = i end
  for _, i in ipairs(order) do
    list[#list + 1] = i
    for _, item in ipairs(plan.items and plan.items[i] or {}) do list[#list + 1] = item[POSITION] end
  end
  return list
end

return node_order
