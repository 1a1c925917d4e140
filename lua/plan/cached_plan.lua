-- cached_plan: the plan of a run in which every step is cached, made of what is recorded of an earlier run: no graph
-- was defined, nothing was looked up.  It has what listeners read of a plan (plan/reader.lua); its nodes have no more
-- than ids, the names of steps and outputs, and wires.

local graph = require "rille.graph"

local ID <const>, STEP <const>, INPUTS <const>, POSITION <const> = graph.ID, graph.STEP, graph.INPUTS, graph.POSITION

local cached_plan = {}

---@class CachedPlan
---@field n_hits integer
---@field world table what reads the record: wiring() -> nodes of host.wiring.read, finals() -> those of
---    host.wiring.finals, traced(position) -> row of a step run, digests of its outputs
local CachedPlan = { __name = "plan" }

local function nothing() end
local function none() return {} end
local function is_false() return false end
local function is_true() return true end

local methods = { late_hits = none, ready_positions = none, reason = nothing, skip_reason = nothing,
  known_error = nothing, next_skipped = nothing, items_of = nothing, same_key_as = nothing, chosen_wire = nothing,
  is_partial = is_false, is_virtual = is_false, is_cut_off = is_false, is_selected = is_true, is_cached = is_true,
  all_cached = is_true }

function methods.status() return "cached" end
function methods.count(self) return self.n_hits end
function methods.count_skipped() return 0 end
function methods.each(self) return ipairs(self.graph.nodes) end

function methods.result_row(self, position) return (self.world.traced(position)) end

-- The nodes whose outputs no other takes, or nil where the graph says it.
function methods.finals(self) return self.world.finals() end

function methods.output_digests(self, position) return (select(2, self.world.traced(position))) end

-- The wires of an input, or nil for a value of the script.
local function wires_of(nodes, input)
  local wires = {}
  for _, source in ipairs(input) do
    if source[1] > 0 then wires[#wires + 1] = graph.wire(nodes[source[1]], source[2]) end
  end
  if not wires[2] then return wires[1] or graph.literal(nil) end
  return graph.fan_in(wires)
end

-- The nodes of a recorded wiring, as in a graph.
local function nodes_of(recorded)
  local nodes = {}
  for i, one in ipairs(recorded) do
    local outputs = {}
    for k, name in ipairs(one.outputs) do outputs[k] = { name = name } end
    nodes[i] = setmetatable({ [ID] = one.id, [STEP] = { name = one.step, outputs = outputs, inputs = one.inputs },
      [POSITION] = i }, graph.Node)
  end
  for i, one in ipairs(recorded) do
    local inputs = {}
    for k, input in ipairs(one.inputs) do inputs[k] = wires_of(nodes, input) end
    rawset(nodes[i], INPUTS, inputs)
  end
  return nodes
end

function CachedPlan.__index(self, name)
  if name ~= "graph" then return methods[name] end
  local g = graph.new()
  g.nodes = nodes_of(self.world.wiring())
  for _, node in ipairs(g.nodes) do g.by_id[node[ID]] = node end
  self.graph = g
  return g
end

---@param n integer how many steps
---@param world table
---@return CachedPlan
function cached_plan.new(n, world) return setmetatable({ n_hits = n, world = world }, CachedPlan) end

return cached_plan
