-- outcome: what became of the steps of a run, as the codes that the metadata keeps.

local outcome = {}

local COMPLETED <const>, CACHED <const>, FAILED <const> = 1, 2, 3
local SKIPPED <const>, STOPPED <const>, CUT_OFF <const> = 4, 5, 6

outcome.COMPLETED, outcome.CACHED, outcome.FAILED, outcome.CUT_OFF = COMPLETED, CACHED, FAILED, CUT_OFF

-- The status of a code, for people; 0 is a step that has not ended.
outcome.STATUS = { [0] = "pending", "completed", "cached", "failed", "skipped", "stopped", "cached" }

local COUNTED_AS <const> = { [COMPLETED] = "ran", [CACHED] = "cached", [FAILED] = "failed", [SKIPPED] = "skipped",
  [STOPPED] = "stopped", [CUT_OFF] = "cut_off" }

-- What steps are counted as.
outcome.NAMES = {}
for _, name in next, COUNTED_AS do outcome.NAMES[#outcome.NAMES + 1] = name end
table.sort(outcome.NAMES)

local CODE <const> = { completed = COMPLETED, failed = FAILED, skipped = SKIPPED }

-- The code of the node at a position.
---@param plan table
---@param i integer
---@return integer
function outcome.code(plan, i)
  local status = plan:status(i)
  if status == "cached" then return plan:is_cut_off(i) and CUT_OFF or CACHED end
  if not plan:is_selected(i) and (status == "waiting" or status == "ready") then return SKIPPED end
  return CODE[status] or STOPPED
end

-- How many nodes came to what.
---@param plan table
---@param codes integer[]? by position; without them those of the plan as it is now
---@param place table<integer, integer>? where codes has the node of a position, when elsewhere
---@return { ran: integer, cached: integer, cut_off: integer, failed: integer, skipped: integer, stopped: integer }
function outcome.counts(plan, codes, place)
  local n, by_code, dynamic, n_nodes = {}, { 0, 0, 0, 0, 0, 0 }, plan.graph.dynamic, #plan.graph.nodes
  local hits, others = plan:plain_hits()
  if hits then by_code[CACHED] = n_nodes - #others end
  for k = 1, hits and #others or n_nodes do
    local i = hits and others[k] or k
    local code = codes and codes[place and place[i] or i] or outcome.code(plan, i)
    if not (dynamic and plan:is_virtual(i)) then by_code[code] = by_code[code] + 1 end
  end
  for code, name in next, COUNTED_AS do n[name] = by_code[code] end
  return n
end

return outcome
