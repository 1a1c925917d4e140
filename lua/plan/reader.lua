-- reader: what other rooms read of a plan.  Positions are those of the graph's nodes.

local graph = require "rille.graph"
local inputs = require "rille.plan.inputs"

---@class PlanReader
local Reader = {}
Reader.__index = Reader

local POSITION <const> = graph.POSITION

-- For a loop over all nodes, in the order of the graph: for position, node in plan:each().
function Reader:each() return ipairs(self.graph.nodes) end

---@return PlanStatus
function Reader:status(position) return self.statuses[position] end

---@return boolean
function Reader:is_cached(position) return self.statuses[position] == "cached" end

-- 32 bytes; nil until its inputs are known.
---@return string?
function Reader:key(position) return self.keys[position] end

-- The digests of its outputs, 32 bytes each, in one string; nil until they are known.
---@return string?
function Reader:output_digests(position) return self.outputs[position] end

-- The row of the step run of an earlier run whose result the node has, or nil.
---@return integer?
function Reader:result_row(position) return self.rows[position] end

-- The hits that the first plan found by itself, which still are such, as the record takes them: the rows of all
-- positions, 8 bytes each, 0 for the others; the list of the others, in order.  nil: it found none by itself.
---@return string? rows, integer[]? others
function Reader:plain_hits()
  if self.columns then return self.columns:trace() end
end

-- How many nodes were taken from the memo of an earlier run, and whether the wiring is that of it.
---@return integer, boolean
function Reader:from_memo()
  if self.columns then return self.columns:from_memo() end
  return 0, false
end

-- What a memo keeps of the plan, which is done (host/meta/node_memo.h).
---@param rows userdata of the graph
---@return string steps, string nodes
function Reader:for_memo(rows) return self.columns:memo(rows, self.keys, self.outputs) end

-- The node of this plan whose result the node has, as their keys are equal; or nil.
---@return integer? position
function Reader:same_key_as(position) return self.same_key[position] end

-- Why it is no hit, or nil.
---@return string?
function Reader:reason(position) return self.reasons[position] end

function Reader:set_reason(position, text) self.reasons[position] = text end

-- Why a condition keeps it from running, or nil.
---@return string?
function Reader:skip_reason(position) return self.skip_reasons[position] end

-- A mistake that is known before the step runs: it runs, to fail with this message.
---@return string?
function Reader:known_error(position) return self.known_errors[position] end

-- A hit that became one when a step before it made the same bytes as before.
---@return boolean
function Reader:is_cut_off(position) return self.cut_off[position] or false end

-- Positions that became hits after the first plan, in order; it grows while the plan is run.
---@return integer[]
function Reader:late_hits() return self.late end

-- The positions of the nodes that are ready in the first plan.
---@return integer[]
function Reader:ready_positions() return self.ready end

-- The next node that a condition skipped and that was not reported yet, or nil.
---@return integer? position
function Reader:next_skipped()
  local position = self.skips[self.n_reported_skips + 1]
  if position then self.n_reported_skips = self.n_reported_skips + 1 end
  return position
end

-- The nodes of a map's items; nil for other nodes, and until its lists are known.
---@return Node[]?
function Reader:items_of(position) return self.items[position] end

-- Is this a run of some steps only (--only)?
---@return boolean
function Reader:is_partial() return self.selected ~= nil end

-- May the step run?  Others are taken from the cache or skipped.
---@return boolean
function Reader:is_selected(position) return not self.selected or self.selected[position] or false end

-- A node that is no step to run: a map, which stands for its items, or a `when`.
---@return boolean
function Reader:is_virtual(position)
  local d = graph.dynamic_of(self.graph.nodes[position])
  return d ~= nil and (d.kind == "when" or (d.kind == "map" and not self.known_errors[position]))
end

-- The wire that a `when` stands for, or nil until that is known.
---@return Wire?
function Reader:chosen_wire(position) return self.chosen[position] and inputs.origin(self, self.chosen[position]) end

-- The wire that a wire stands for: another one when it is that of a `when`.
---@param wire Wire
---@return Wire
function Reader:origin(wire) return inputs.origin(self, wire) end

-- The digest of what a wire carries; its source is settled.
---@param wire Wire
---@return string
function Reader:digest(wire) return inputs.wire_digest(self, wire) end

-- What an input is given, one by one, and whether it is a list to the step; nil when not all
-- is known yet.
---@param input Wire|FanIn|Literal
---@return GivenInput[]?, boolean? is_list
function Reader:given(input) return inputs.given(self, input) end

-- The digests alone, and the rows of hits; nil where it is more than what steps made (plan/inputs.lua).
---@param input Wire|FanIn|Literal
---@return string|string[]|nil digests, integer|(integer|false)[]|nil rows
function Reader:digests(input) return inputs.digests(self, input) end

-- How many steps there are, as far as is known.
---@return integer
function Reader:count()
  local n = #self.graph.nodes
  if self.graph.dynamic then
    for i, node in self:each() do
      if self:is_virtual(i) and self.items[i] or graph.dynamic_of(node, "when") then n = n - 1 end
    end
  end
  return n
end

-- How many steps a condition skipped.
---@return integer
function Reader:count_skipped()
  local n = 0
  for i in next, self.skip_reasons do if not self:is_virtual(i) then n = n + 1 end end
  return n
end

-- Is every step a hit, or not to be run?
---@return boolean
function Reader:all_cached()
  local n = self.n_hits + self.n_virtual
  for _ in next, self.skip_reasons do n = n + 1 end
  return n == #self.graph.nodes
end

-- What maps and branches came to, for the record of a run; nil for a graph without them.
---@param place integer[]? the positions to record, by those of the plan
---@return table? see lua/plan/dynamic.lua
function Reader:describe_dynamic(place) return self.dynamic and self.dynamic.describe(self, place) or nil end

-- All positions in order, the items of a map before the map.
---@return integer[]
function Reader:order()
  local list, wired = {}, self.graph.wired or #self.graph.nodes
  for i = 1, wired do
    for _, item in ipairs(self.items[i] or inputs.NONE) do list[#list + 1] = item[POSITION] end
    list[#list + 1] = i
  end
  return list
end

return Reader
