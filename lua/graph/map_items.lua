-- map_items: the nodes that a map stands for, once its lists are known.  Nothing here
-- decides when, or runs a step.
--
-- The graph of a plan grows: a map's item is a node of its own, ID[i], with the
-- map's step and parameters, and of each mapped input the i-th item: a wire of
-- another map's item, an element of a list in the script, or the artifact of an
-- item, a literal { nil, artifact, giver, from = wire, index = i }.

local graph = require "rille.graph"

local map_items = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const>, DYNAMIC <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS, graph.DYNAMIC

-- A graph of the same nodes that can grow; items[map] are the nodes of its items.
function map_items.growing(g)
  local by_id = {}
  for id, node in next, g.by_id do by_id[id] = node end
  return { nodes = table.move(g.nodes, 1, #g.nodes, 1, {}), by_id = by_id, after = g.after, after_at = g.after_at, guards = g.guards,
    dynamic = true, wired = #g.nodes, items = {} }
end

-- The items of one mapped input, as inputs; or nil and why there are none.
local function items_of(p, node, k)
  local input, step = node[INPUTS][k], node[STEP]
  if getmetatable(input) == graph.FanIn then return input end
  local list, literal = {}, getmetatable(input) == graph.Literal
  local wire = not literal and p:origin(input)
  local source, output
  if wire then source, output = graph.source(wire) end
  if source and graph.dynamic_of(source, "map") then
    for i, item in ipairs(p.items[source[graph.POSITION]]) do list[i] = graph.wire(item, output) end
    return list
  end
  local port = step.inputs[k]
  local digest = literal and p.world.literal(input, port) or p:digest(wire)
  local made, message = p.world.items(digest, port, literal and input[2] or nil)
  if not made then return nil, string.format('input "%s": %s', port.name, message) end
  for i, artifact in ipairs(made) do
    list[i] = setmetatable({ nil, artifact, string.format('step "%s": item %d of input "%s"', node[ID], i, port.name), from = wire or nil, index = i }, graph.Literal)
  end
  return list
end

-- { [input] = list } of the mapped inputs and how many items they have.
local function lists_of(p, node)
  local lists, n, first = {}, nil, nil
  for k, port in ipairs(node[STEP].inputs) do
    if graph.dynamic_of(node).mapped[k] then
      local list, message = items_of(p, node, k)
      if not list then return nil, message end
      if n and #list ~= n then
        return nil, string.format("its lists are not of one length: %s has %d, %s has %d", first, n, port.name, #list)
      end
      lists[k], n, first = list, #list, first or port.name
    end
  end
  return lists, n
end

-- Adds the nodes of the map's items to the plan's graph: a list of them, or nil and
-- why that cannot be.
---@param p table a plan
---@param node table a map whose lists are known
---@return table[]? nodes, string? message
function map_items.map(p, node)
  local lists, n = lists_of(p, node)
  if not lists then return nil, "map: " .. n end
  local g, made = p.graph, {}
  local at, step, id = #g.nodes, node[STEP], node[ID]
  for i = 1, n do
    local inputs = {}
    for k, input in ipairs(node[INPUTS]) do inputs[k] = lists[k] and lists[k][i] or input end
    local item = setmetatable({ [ID] = id .. "[" .. i .. "]", [STEP] = step, [INPUTS] = inputs, [PARAMS] = node[PARAMS], [graph.POSITION] = at + i,
      [DYNAMIC] = { kind = "item", of = node, index = i } }, graph.Node)
    made[i], g.nodes[at + i], g.by_id[item[ID]] = item, item, item
  end
  g.items[node] = made
  return made
end

-- The id of the map that an id of an item belongs to, or nil.
function map_items.map_of(id) return id:match "^(.*)%[%d+%]$" end

-- What a run has beside its wiring, for its record: nil when there is nothing.
--     { maps = { { position, items }... },              in the order of their items
--       whens = { { position, id of the node it stands for, output }... },
--       skipped = { { position, reason }... } }
---@param p table a plan
---@param place integer[]? the positions to tell, by those of the plan
---@return table?
function map_items.describe(p, place)
  if not p.graph.dynamic then return nil end
  local told = { maps = {}, whens = {}, skipped = {} }
  local function at(i) return place and place[i] or i end
  for _, i in ipairs(p.expanded) do told.maps[#told.maps + 1] = { at(i), #p.items[i] } end
  for i, node in ipairs(p.graph.nodes) do
    local wire = graph.dynamic_of(node, "when") and p.outs[i] and p:origin(node)
    if wire then
      local source, output = graph.source(wire)
      told.whens[#told.whens + 1] = { at(i), source[ID], source[STEP].outputs[output].name }
    end
    if p.absent[i] then told.skipped[#told.skipped + 1] = { at(i), p.absent[i] } end
  end
  return told
end

return map_items
