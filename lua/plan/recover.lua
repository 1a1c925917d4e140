-- recover: an input of a running node is missing from the store or damaged: the hits that gave
-- it run again.

local dynamic = require "rille.plan.dynamic"
local graph = require "rille.graph"

local recover = {}

-- Do the outputs, one string of digests, have this one?
local function has_digest(outputs, digest)
  for at = 1, #outputs, 32 do
    if outputs:sub(at, at + 31) == digest then return true end
  end
  return false
end

-- The hit at the position is none after all, and runs.
local function undo_hit(plan, j, reason)
  local columns = plan.columns
  if columns then
    plan.keys[j], plan.outputs[j] = plan.keys[j], plan.outputs[j]
    columns:undo(j)
  end
  plan.n_hits = plan.n_hits - 1
  if plan.cut_off[j] then plan.n_cut_off, plan.cut_off[j] = plan.n_cut_off - 1, nil end
  plan.rows[j], plan.same_key[j], plan.by_key[plan.keys[j]], plan.reasons[j] = nil, nil, nil, reason
  plan:make_ready(j)
end

-- Undoes the hits among the sources of node i that gave the digest.  Returns their positions
-- and for how many sources i waits now; nil when no hit gave it.  Where a source has made it
-- again while i ran, i just runs once more: an empty list, 0.
---@param plan Plan
---@param i integer position
---@param digest string
---@param reason string
---@return integer[]? undone, integer? n_missing
function recover.sources(plan, i, digest, reason)
  local undone, n_missing, made_again, node = {}, 0, false, plan.graph.nodes[i]
  local function undo(source, lost)
    local j = source[graph.POSITION]
    if dynamic.reopen(plan, source, lost, undo) then return end
    local status = plan.statuses[j]
    if status == "cached" and not plan.skip_reasons[j] and (not lost or has_digest(plan.outputs[j], lost)) then
      undo_hit(plan, j, reason)
      undone[#undone + 1] = j
    elseif status == "completed" and has_digest(plan.outputs[j], digest) then
      made_again = true
    end
  end
  graph.each_source(plan.graph, node, function(source, k)
    local input = k and node[graph.INPUTS][k]
    -- when an item of a list is lost, the whole list is made again
    local is_item = input and getmetatable(input) == graph.Literal and input.from and input[2].digest == digest
    if k then undo(source, not is_item and digest or nil) end
    n_missing = n_missing + plan:add_waiter(i, source)
  end)
  local mark = digest .. i
  if n_missing == 0 and (not made_again or plan.retried[mark]) then return nil end
  plan.retried[mark] = true
  return undone, n_missing
end

return recover
