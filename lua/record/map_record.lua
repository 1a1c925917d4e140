-- map_record: what a recorded run has beside its wiring: the items of its maps, what
-- each `when` stands for, why steps were skipped (expand.lua makes it).
--
--   expansion.of(run) -> { maps = { [position] = items }, whens = { [position] =
--       { node, output } }, skipped = { [position] = reason } }

local json = require "rille.json"

local map_record = {}

local NONE <const> = { maps = {}, whens = {}, skipped = {} }

local function by_position(list, pick)
  local map = {}
  for _, one in ipairs(list or {}) do map[one[1]] = pick(one) end
  return map
end

---@param run table a row of a run
function map_record.of(run)
  local ok, told = pcall(json.unpack, run.expansion or "{}")
  if not run.expansion or not ok or type(told) ~= "table" then return NONE end
  return {
    maps = by_position(told.maps, function(one) return one[2] end),
    whens = by_position(told.whens, function(one) return { node = one[2], output = one[3] } end),
    skipped = by_position(told.skipped, function(one) return one[2] end),
  }
end

local RAN <const> = 1           -- record.STATUS

-- What the items that ran took, one after the other.
local function seconds_of(items)
  local total = 0.0
  for _, item in ipairs(items) do if item.status == RAN then total = total + (item.seconds or 0.0) end end
  return total
end

-- Adds to the steps of a run, in a list, what they lack: kind "map" with its items, kind
-- "when" with the output that it stands for, reason of what was skipped.  Returns
-- them with the items of a map after it.
---@param run table a row of a run
---@param steps table[] of the metadata, by position
---@return table[] steps
function map_record.dress(run, steps)
  if not run.expansion then return steps end
  local told, items = map_record.of(run), {}
  for _, step in ipairs(steps) do
    local when = told.whens[step.position]
    if step.of then
      items[step.of] = items[step.of] or {}
      table.insert(items[step.of], step)
    elseif when then
      step.kind, step.stands_for, step.reason = "when", when.node, "it stands for " .. when.node
      for _, out in ipairs(step.outputs or {}) do if out.name == when.output then step.outputs = { out } break end end
    end
    step.reason = told.skipped[step.position] or step.reason
  end
  local list = {}
  for _, step in ipairs(steps) do
    if not step.of then list[#list + 1] = step end
    if told.maps[step.position] then
      step.kind, step.items = "map", items[step.node] or {}
      step.seconds = seconds_of(step.items)
      table.move(step.items, 1, #step.items, #list + 1, list)
    end
  end
  return list
end

return map_record
