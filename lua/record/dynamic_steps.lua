-- dynamic_steps: what is recorded of the part of a graph that depended on data: the items of its maps, what each
-- `when` stands for, why a condition skipped steps.  The plan describes it (plan/dynamic.lua), the wiring lacks it.

local json = require "rille.json"
local outcome = require "rille.record.outcome"

local dynamic_steps = {}

---@class rille.dynamic_steps by position
---@field maps table<integer, integer> number of items
---@field whens table<integer, { node: string, output: string }> what it stands for
---@field skipped table<integer, string> reason

local NONE <const> = { maps = {}, whens = {}, skipped = {} }

local function by_position(list, pick)
  local map = {}
  for _, one in ipairs(list or {}) do map[one[1]] = pick(one) end
  return map
end

-- Reads the description of a run.
---@param run table a row of a run
---@return rille.dynamic_steps
function dynamic_steps.of(run)
  if not run.expansion then return NONE end
  local ok, described = pcall(json.unpack, run.expansion)
  if not ok or type(described) ~= "table" then return NONE end
  return {
    maps = by_position(described.maps, function(one) return one[2] end),
    whens = by_position(described.whens, function(one) return { node = one[2], output = one[3] } end),
    skipped = by_position(described.skipped, function(one) return one[2] end),
  }
end

-- The seconds of the items that ran, one after the other.
local function seconds_of(items)
  local total = 0.0
  for _, item in ipairs(items) do
    if item.status == outcome.COMPLETED then total = total + (item.seconds or 0.0) end
  end
  return total
end

-- The step becomes a `when` with the output of the node that it stands for.
local function make_when(step, when)
  step.kind, step.stands_for, step.reason = "when", when.node, "it stands for " .. when.node
  for _, out in ipairs(step.outputs or {}) do
    if out.name == when.output then
      step.outputs = { out }
      break
    end
  end
end

-- Completes the steps of a run: kind "map" with items and seconds, kind "when" with stands_for and its output, the
-- reason of what a condition skipped.  The items of a map follow it in the list.
---@param run table a row of a run
---@param steps table[] of the metadata, by position
---@return table[] steps
function dynamic_steps.complete(run, steps)
  if not run.expansion then return steps end
  local described, items, list = dynamic_steps.of(run), {}, {}
  for _, step in ipairs(steps) do
    local when = described.whens[step.position]
    if step.of then
      items[step.of] = items[step.of] or {}
      table.insert(items[step.of], step)
    elseif when then
      make_when(step, when)
    end
    step.reason = described.skipped[step.position] or step.reason
  end
  for _, step in ipairs(steps) do
    if not step.of then list[#list + 1] = step end
    if described.maps[step.position] then
      step.kind, step.items = "map", items[step.node] or {}
      step.seconds = seconds_of(step.items)
      table.move(step.items, 1, #step.items, #list + 1, list)
    end
  end
  return list
end

return dynamic_steps
