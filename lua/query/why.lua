-- why: why a step runs, and what is known of it before it does.

local graph = require "rille.graph"
local key = require "rille.cache.key"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local key_parts = require "rille.query.key_parts"

local why = {}

local PAGES <const> = 20         -- of 20 runs each, in which a result is looked for
local HAS_RESULT <const> = { [outcome.COMPLETED] = true, [outcome.CACHED] = true, [outcome.CUT_OFF] = true }

-- The step run whose result a node had in the newest earlier run of the pipeline, and that run; where there is none,
-- nil, and the newest run in which it failed, with the step run.
---@param pipeline string
---@param node string
---@param before integer? row of the run before which to look
---@return integer? row, table? run, integer? failed_row
function why.previous_row(pipeline, node, before)
  if not project.meta then return nil end
  local cursor, failed_run, failed_row
  for _ = 1, PAGES do
    local page
    page, cursor = project.meta:runs { pipeline = pipeline, limit = 20, before = cursor, unlisted = true }
    for _, run in ipairs(page) do
      local step = (not before or run.row < before) and project.meta:step(run.row, node)
      if step and step.row then
        if HAS_RESULT[step.status] then return step.row, run end
        if step.status == outcome.FAILED and not failed_run then failed_run, failed_row = run, step.row end
      end
    end
    if not cursor then break end
  end
  return nil, failed_run, failed_row
end

local function first_text(changes, limit)
  local parts = {}
  for i = 1, math.min(limit, #changes) do parts[i] = changes[i].what end
  if #changes > limit then parts[#parts + 1] = string.format("%d more", #changes - limit) end
  return table.concat(parts, "; ")
end

-- What differs between the parts of two keys, in a line.
---@param before table?
---@param now table
---@param full boolean? with all that changed
---@return string
function why.between(before, now, full)
  if before and before.keys ~= now.keys then return key.EARLIER end
  local changes = before and key_parts.compare(before, now) or {}
  if #changes > 0 then return first_text(changes, full and #changes or 2) end
  if before and not before.row.reusable then return "its last result was not cacheable" end
  return "no result with this key"
end

-- What differs between a node of a plan and a step run.
---@param plan table
---@param spec fun(node: table): table
---@param position integer
---@param row integer of the step run
---@param full boolean?
---@return string
function why.since(plan, spec, position, row, full)
  return why.between(key_parts.of_row(row), key_parts.of_node(plan, spec, position), full)
end

-- Why a node of a plan is no hit, in a line.
---@param plan table
---@param spec fun(node: table): table
---@param position integer of the node
---@param pipeline string
---@param full boolean? with all that changed
function why.of_miss(plan, spec, position, pipeline, full)
  if plan:reason(position) and not full then return plan:reason(position) end
  if plan:reason(position) and not plan:reason(position):find "%d+ more$" then return plan:reason(position) end
  local row, run = why.previous_row(pipeline, plan.graph.nodes[position][graph.ID])
  if not row then return run and "failed in " .. run.name or "not run before" end
  return why.since(plan, spec, position, row, full)
end

-- The id of a node that this one needs and that has not ended; of a map that is not expanded yet, only the nodes that
-- make its lists count.
local function awaited(plan, node, lists)
  local first
  graph.each_source(plan.graph, node, function(source, k)
    local position = source[graph.POSITION]
    local s = plan:status(position)
    if lists and not (k and lists[k]) then return end
    if s ~= "cached" and s ~= "completed" and not plan:skip_reason(position)
      and not (lists and plan:items_of(position)) then
      first = first or source[graph.ID]
    end
  end)
  return first
end

-- The condition that is not known yet and on which the node depends, as text.
local function condition_of(plan, node)
  local guard = plan.graph.guards and plan.graph.guards[node]
  while guard do
    if not plan:output_digests(graph.source(guard.condition)[graph.POSITION]) then
      return string.format("it runs if %s is %s", graph.short(guard.condition), guard.want)
    end
    guard = guard.outer
  end
end

-- Why a node has to wait.
local function wait_text(plan, node)
  local condition, map = condition_of(plan, node), graph.dynamic_of(node, "map")
  if condition then return condition end
  local source = map and awaited(plan, node, map.mapped)
  if source then return string.format("one per item of %s, known after that step has run", source) end
  return "depends on the output of " .. (awaited(plan, node) or "an earlier step")
end

local WORDS = { cached = "cached", ready = "run", skipped = "skip" }

-- A plan as a list of { id, step, status = cached | run | wait | skip, reason }, and their positions.  A map whose
-- items are known is left out, as its items are listed; a `when` is, as the nodes it chooses from are.
---@param plan table
---@param spec fun(node: table): table
---@param pipeline string
---@return table[], integer[]
function why.of_plan(plan, spec, pipeline)
  local list, positions = {}, {}
  for _, position in ipairs(plan:order()) do
    local node = plan.graph.nodes[position]
    local status = WORDS[plan:status(position)] or "wait"
    local reason
    if status == "run" and #list < 1000 then reason = plan:known_error(position)
      or why.of_miss(plan, spec, position, pipeline)
    elseif status == "wait" then reason = wait_text(plan, node)
    elseif status == "skip" then reason = plan:skip_reason(position)
    elseif plan:items_of(position) then reason = "the list is empty" end
    if not graph.dynamic_of(node, "when") and not (plan:items_of(position) and plan:items_of(position)[1]) then
      list[#list + 1], positions[#list + 1] = { id = node[graph.ID], step = node[graph.STEP].name, status = status,
        reason = reason }, position
    end
  end
  return list, positions
end

return why
