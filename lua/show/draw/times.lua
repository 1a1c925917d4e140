-- times: how long steps usually take, and which of a drawing took too long.

local project = require "rille.project"

local times = {}

local RUNS <const>, ROWS <const> = 20, 20000      -- at most so many runs, and rows of them, say what is usual
local FACTOR <const>, SECONDS <const> = 2, 0.1    -- slow: more than FACTOR times the usual, and SECONDS longer

local function median(list)
  table.sort(list)
  local n = #list
  return n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
end

-- By id of a step: { median of its seconds, how often it ran }, in the runs of a pipeline
-- before the one given.
---@param pipeline string
---@param before integer? the row of a run
---@return table<string, { [1]: number, [2]: integer }>
function times.usual(pipeline, before)
  if not project.meta then return {} end
  local rows = project.meta:recent_seconds(pipeline, before or math.maxinteger, RUNS, ROWS)
  local lists = {}
  for _, row in ipairs(rows or {}) do
    local list = lists[row.node] or {}
    lists[row.node] = list
    list[#list + 1] = row.seconds
  end
  local usual = {}
  for id, list in next, lists do usual[id] = { median(list), #list } end
  return usual
end

-- Gives each step of a drawing its usual seconds.
function times.add_usual(drawing, usual)
  for _, node in ipairs(drawing.nodes) do
    local before = node.kind == "step" and usual[node.id]
    if before then node.usual = before[1] end
  end
end

-- The same, and marks the steps that took much more than they usually do, and the longest
-- where it took most of the time.
function times.mark(drawing, usual)
  local total, most = 0, nil
  times.add_usual(drawing, usual)
  for _, node in ipairs(drawing.nodes) do
    local seconds = node.kind == "step" and node.status ~= "cached" and node.seconds
    if seconds then
      local before = usual[node.id]
      total = total + seconds
      if not most or seconds > most.seconds then most = node end
      if before and before[2] >= 2 and seconds > FACTOR * before[1] and seconds - before[1] > SECONDS then
        node.slow = true
      end
    end
  end
  if most and most.seconds > SECONDS and most.seconds > total / 2 and most.seconds < total then most.longest = true end
end

return times
