-- first_look: the nodes of a new plan, in their order: those whose sources are settled are looked up, the others wait.

local first_plan = require "rille.host.first_plan"
local graph = require "rille.graph"
local inputs = require "rille.plan.inputs"

local first_look = {}

local POSITION <const> = graph.POSITION

---@param plan Plan
---@param node Node
local function look(plan, node)
  -- a literal that cannot be saved is a mistake to report before anything runs
  if plan:wait_for_sources(node) == 0 then plan:resolve(node) else inputs.check_literals(plan, node) end
end

-- The same of a node without literals, whose sources are settled but for those at the positions.
local function look_without(plan, node, missing)
  local i, nodes, count = node[POSITION], plan.graph.nodes, 0
  for k = 1, #missing do count = count + plan:add_waiter(i, nodes[missing[k]]) end
  plan.n_missing[i] = count
  if count == 0 then plan:resolve(node) end
end

---@param plan Plan
function first_look.at_each(plan)
  local nodes = plan.graph.nodes
  -- what a map adds is looked up by it
  for i = 1, #nodes do look(plan, nodes[i]) end
end

-- The same; plain hits (no facts to check, no objects to look for) are found by host/graph/first_plan_resolve.c, and
-- the plan has them in columns.
---@param plan Plan in which nothing is known yet
function first_look.in_columns(plan)
  local nodes, world = plan.graph.nodes, plan.world
  local columns = first_plan.new(#nodes)
  plan.columns = columns
  plan.statuses, plan.keys, plan.outputs, plan.rows = columns:views("cached", "waiting")
  local function other(i, key, missing)
    if key then
      plan.n_missing[i] = 0
      plan:resolve(nodes[i], key)
    elseif missing then
      look_without(plan, nodes[i], missing)
    else
      look(plan, nodes[i])
    end
    if plan.statuses[i] == "cached" then return plan.rows[i], plan.outputs[i], plan.keys[i] end
  end
  local metas, after = { graph.Node, graph.Wire, graph.FanIn }, next(plan.graph.after) and plan.graph.after
  local memo = world.memo
  local n_plain = columns:resolve(nodes, metas, world.prefix, world.records, after or nil, other, plan.graph.rows,
    memo and memo.found, memo and memo.checks)
  plan.n_hits = plan.n_hits + n_plain                 -- other() has counted its own
end

return first_look
