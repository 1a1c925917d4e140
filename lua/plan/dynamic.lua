-- dynamic: the nodes of a plan that depend on data: maps, branches, `when`.
--
-- A map waits for its lists, then it is expanded: items[position] are nodes that are added to the
-- plan's own graph (lua/graph/map_items.lua).  It is settled when all of its items are; its
-- outputs are the digests of lists.
-- A node in a branch waits for its condition.  Where that says no the node is skipped, with a
-- skip reason, and what follows goes on.
-- A `when` has the outputs of the wire that its condition chose: chosen[position].
-- Maps and `when` do not run themselves (plan:is_virtual).

local graph = require "rille.graph"
local map_items = require "rille.graph.map_items"
local value = require "rille.host.value"

local dynamic = {}

local ID <const>, INPUTS <const>, POSITION <const>, STEP <const> = graph.ID, graph.INPUTS, graph.POSITION, graph.STEP

-- The graph, in a copy that can grow.
dynamic.growing = map_items.growing

-- Node i does not run, and that is no failure.
local function skip(plan, i, reason)
  plan.statuses[i], plan.skip_reasons[i], plan.reasons[i] = "skipped", reason, reason
  plan.skips[#plan.skips + 1] = i
end

-- Branches -----------------------------------------------------------------------

local function text_of(truth, condition)
  return string.format("condition was %s (%s)", truth, graph.short(condition))
end

-- Why one of the branches that the node is in does not run, or nil; or nil, and what is wrong
-- with its condition.
local function refusal(plan, node)
  local guard, reason, mistake = plan.graph.guards[node], nil, nil
  while guard do
    local skipped = plan.skip_reasons[graph.source(guard.condition)[POSITION]]
    if skipped then
      reason = skipped
    else
      local truth, message = plan.world.truth(plan:digest(guard.condition))
      if truth == nil then mistake = message
      elseif truth ~= guard.want then reason = text_of(truth, guard.condition) end
    end
    guard = guard.outer
  end
  return reason, mistake
end

-- Why an input of the node will never be there, or nil.
local function skipped_source(plan, node)
  local reason
  graph.each_source(plan.graph, node, function(source, k)
    if not reason and k and plan.skip_reasons[source[POSITION]] then
      reason = string.format("needs %s, which was skipped", source[ID])
    end
  end)
  return reason
end

-- A `when` stands for what the branch that ran gives.
local function settle_when(plan, node)
  local i, when = node[POSITION], graph.dynamic_of(node)
  local skipped = plan.skip_reasons[graph.source(when.condition)[POSITION]]
  if skipped then return skip(plan, i, skipped) end
  local truth, message = plan.world.truth(plan:digest(when.condition))
  if truth == nil then return plan:fail_when_run(i, message) end
  local wire = when.chosen[truth]
  if not wire then return skip(plan, i, text_of(truth, when.condition)) end
  local j = graph.source(wire)[POSITION]
  if plan.skip_reasons[j] then return skip(plan, i, plan.skip_reasons[j]) end
  plan.chosen[i] = wire
  plan.outputs[i], plan.statuses[i], plan.rows[i] = plan:digest(wire), plan.statuses[j], plan.rows[j]
  if not plan.rows[i] then plan.same_key[i] = plan.same_key[j] or j end
  plan.n_virtual = plan.n_virtual + 1
end

-- Maps ---------------------------------------------------------------------------

-- The items of one mapped input, as inputs; or nil and why there are none.
local function items_of_input(plan, node, k)
  local input, step = node[INPUTS][k], node[STEP]
  if getmetatable(input) == graph.FanIn then return input end
  local list, literal = {}, getmetatable(input) == graph.Literal
  local wire = not literal and plan:origin(input)
  local source, output
  if wire then source, output = graph.source(wire) end
  if source and graph.dynamic_of(source, "map") then
    for i, item in ipairs(plan.items[source[POSITION]]) do list[i] = graph.wire(item, output) end
    return list
  end
  local port = step.inputs[k]
  local digest = literal and plan.world.literal(input, port) or plan:digest(wire)
  local artifacts, message = plan.world.items(digest, port, literal and input[2] or nil)
  if not artifacts then return nil, string.format('input "%s": %s', port.name, message) end
  for i, artifact in ipairs(artifacts) do
    local giver = string.format('step "%s": item %d of input "%s"', node[ID], i, port.name)
    list[i] = setmetatable({ nil, artifact, giver, from = wire or nil, index = i }, graph.Literal)
  end
  return list
end

-- { [input] = list of items } of the mapped inputs and how many items each has; or nil and why
-- they cannot be mapped.
local function lists_of(plan, node)
  local lists, n, first = {}, nil, nil
  for k, port in ipairs(node[STEP].inputs) do
    if graph.dynamic_of(node).mapped[k] then
      local list, message = items_of_input(plan, node, k)
      if not list then return nil, message end
      if n and #list ~= n then
        return nil, string.format("its lists differ in length: %s has %d, %s has %d", first, n, port.name, #list)
      end
      lists[k], n, first = list, #list, first or port.name
    end
  end
  return lists, n
end

-- All items of the map are settled, and so is the map.
local function settle_map(plan, node)
  local i, lists = node[POSITION], {}
  local status = "cached"
  for k = 1, #node[STEP].outputs do
    local list = {}
    for n, item in ipairs(plan.items[i]) do list[n] = plan:digest(graph.wire(item, k)) end
    lists[k] = value.key("list", "", list)
  end
  for _, item in ipairs(plan.items[i]) do if plan.statuses[item[POSITION]] ~= "cached" then status = "completed" end end
  plan.outputs[i], plan.statuses[i] = table.concat(lists), status
  plan.n_virtual = plan.n_virtual + 1
end

-- The lists of the map are known: adds its items to the plan.
local function expand_map(plan, node)
  local i = node[POSITION]
  local lists, n = lists_of(plan, node)
  if not lists then return plan:fail_when_run(i, "map: " .. n) end
  local items = map_items.add(plan.graph, node, lists, n)
  plan.items[i], plan.expanded[#plan.expanded + 1] = items, i
  local n_missing = 0
  for _, item in ipairs(items) do
    local j = item[POSITION]
    plan.statuses[j] = "waiting"
    if plan.selected then plan.selected[j] = plan.selected[i] end
    if plan.forced then plan.forced[j] = plan.forced[i] end
    if plan:wait_for_sources(item) == 0 then plan:resolve(item) end
    n_missing = n_missing + plan:add_waiter(i, item)
  end
  plan.n_missing[i] = n_missing
  if n_missing == 0 then settle_map(plan, node) end
end

-- The sources of the node are settled.  Returns true when it has no key of its own to look up
-- now: it is skipped, fails, or is a map or a `when`.
---@param plan Plan
---@param node Node
---@return boolean
function dynamic.resolve(plan, node)
  local i = node[POSITION]
  local d = graph.dynamic_of(node)
  local reason, mistake = refusal(plan, node)
  if not reason and not mistake and not (d and d.kind == "when") then reason = skipped_source(plan, node) end
  if reason then skip(plan, i, reason)
  elseif mistake then plan:fail_when_run(i, "its condition: " .. mistake)
  elseif not d or d.kind == "item" then return false
  elseif d.kind == "when" then settle_when(plan, node)
  elseif plan.items[i] then settle_map(plan, node)
  else expand_map(plan, node) end
  return true
end

-- A map or a `when` waits again where one that it stands for does, after undo(source, lost) of
-- each.  Returns whether the node is a map or a `when`.
---@param plan Plan
---@param node Node
---@param lost string? digest
---@param undo fun(source: Node, lost: string?)
---@return boolean
function dynamic.reopen(plan, node, lost, undo)
  local j = node[POSITION]
  local sources = plan.chosen[j] and { (graph.source(plan.chosen[j])) } or plan.items[j]
  if not sources or not plan:is_settled(j) then return sources ~= nil end
  local n_missing = 0
  for _, source in ipairs(sources) do
    undo(source, lost)
    n_missing = n_missing + plan:add_waiter(j, source)
  end
  if n_missing > 0 then
    plan.statuses[j], plan.n_missing[j], plan.chosen[j], plan.n_virtual = "waiting", n_missing, nil, plan.n_virtual - 1
  end
  return true
end

-- What a run has beside its wiring, for its record:
--     { maps = { { position, number of items }... },     in the order of their items
--       whens = { { position, id of the node it stands for, output }... },
--       skipped = { { position, reason }... } }
---@param plan Plan
---@param place integer[]? the positions to record, by those of the plan
---@return table
function dynamic.describe(plan, place)
  local found = { maps = {}, whens = {}, skipped = {} }
  local function at(i) return place and place[i] or i end
  for _, i in ipairs(plan.expanded) do found.maps[#found.maps + 1] = { at(i), #plan.items[i] } end
  for i in plan:each() do
    local wire = plan:chosen_wire(i)
    if wire then
      local source, output = graph.source(wire)
      found.whens[#found.whens + 1] = { at(i), source[ID], source[STEP].outputs[output].name }
    end
    if plan.skip_reasons[i] then found.skipped[#found.skipped + 1] = { at(i), plan.skip_reasons[i] } end
  end
  return found
end

return dynamic
