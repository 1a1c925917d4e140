-- inputs: what the inputs of a plan's nodes are given, as digests and as artifacts.
-- The sources of an input are settled, where nothing else is said.

local graph = require "rille.graph"
local types = require "rille.script.types"
local value = require "rille.host.value"

local inputs = {}

---@class GivenInput  one artifact that an input is given
---@field [1] string  digest
---@field [2] table?  the artifact; nil when a step made it
---@field [3] integer?  position of that step
---@field [4] integer?  number of its output
---@field literal Literal?  the literal that it is

local INPUTS <const>, POSITION <const>, STEP <const> = graph.INPUTS, graph.POSITION, graph.STEP
local FROM <const>, OUTPUT <const> = graph.FROM, graph.OUTPUT
local Node, Wire, FanIn, Literal = graph.Node, graph.Wire, graph.FanIn, graph.Literal
local make_key = value.key
local NONE <const> = {}

-- An empty list that nobody changes.
inputs.NONE = NONE

-- The digest of what a wire carries.
local function wire_digest(plan, wire)
  if getmetatable(wire) == Node then return plan.outputs[wire[POSITION]] end
  local outputs, k = plan.outputs[wire[FROM][POSITION]], wire[OUTPUT]
  if #outputs == 32 then return outputs end
  return outputs:sub(32 * k - 31, 32 * k)
end
inputs.wire_digest = wire_digest

-- The wire that a wire stands for: another one when it is that of a `when`.
---@param plan Plan
---@param wire Wire
---@return Wire
function inputs.origin(plan, wire)
  local chosen = plan.chosen[graph.source(wire)[POSITION]]
  return chosen and inputs.origin(plan, chosen) or wire
end

-- The wires from one output of a map's items, or nil while they are not known.
local function item_wires(plan, map, output)
  local items = plan.items[map[POSITION]]
  if not items then return nil end
  local wires = {}
  for i, item in ipairs(items) do wires[i] = graph.wire(item, output) end
  return wires
end

-- What an input is given, one by one, and whether it is a list to the step; nil when not all
-- is known yet.
---@param plan Plan
---@param input Wire|FanIn|Literal
---@return GivenInput[]?, boolean? is_list
function inputs.given(plan, input)
  local meta = getmetatable(input)
  if meta == Literal then return input[2] and { { input[2].digest, input[2], literal = input } }, false end
  local wires = input
  if meta ~= FanIn then
    local source, output = graph.source(input)
    local wire, chosen = input, plan.chosen[source[POSITION]]
    if chosen then
      wire = inputs.origin(plan, chosen)
      source, output = graph.source(wire)
    end
    local position = source[POSITION]
    if not graph.dynamic_of(source, "map") then
      return plan.outputs[position] and { { wire_digest(plan, wire), nil, position, output } }, false
    end
    wires = item_wires(plan, source, output)
    if not wires then return nil end
  end
  local list = {}
  for i = 1, #wires do
    local one = inputs.given(plan, wires[i])
    if not one then return nil end
    list[i] = one[1]
  end
  return list, true
end

-- Of an input that is all from steps of a graph without maps and conditions: the digests that it is given, a list
-- where the step gets one; the step runs of earlier runs that made these, in a list with false for those of this run;
-- nil for none.  nil: see inputs.given.
---@param plan Plan
---@param input Wire|FanIn|Literal
---@return string|string[]|nil digests, integer|(integer|false)[]|nil rows
function inputs.digests(plan, input)
  local meta = getmetatable(input)
  if plan.graph.dynamic or meta == Literal then return nil end
  if meta ~= FanIn then
    local position = graph.source(input)[POSITION]
    if not plan.outputs[position] then return nil end
    return wire_digest(plan, input), plan.rows[position]
  end
  local digests, rows, is_earlier = {}, {}, false
  for i = 1, #input do
    local wire = input[i]
    local of = getmetatable(wire)
    if of == Literal then return nil end
    local position = of == Node and wire[POSITION] or wire[FROM][POSITION]
    if not plan.outputs[position] then return nil end
    digests[i], rows[i] = wire_digest(plan, wire), plan.rows[position] or false
    is_earlier = is_earlier or rows[i] ~= false
  end
  return digests, is_earlier and rows or nil
end

-- The port that an element of a list for the port is checked by.
local function element_of(port) return { type = port.type.element, name = port.name } end

-- Of an input that is handed artifacts, not values: with what their steps logged about them.
local function artifacts_digest(plan, input, port)
  local meta, literal = getmetatable(input), plan.world.literal
  if meta == Literal then literal(input, port) end
  for _, v in ipairs(meta == FanIn and input or NONE) do
    if getmetatable(v) == Literal then literal(v, element_of(port)) end
  end
  local list, is_list = inputs.given(plan, input)
  for i, one in ipairs(list) do list[i] = make_key("artifact", plan.world.noted(one), one[1]) end
  return is_list and make_key("list", "", list) or list[1]
end

-- The one digest by which an input is in the key; a fan-in has that of its list.
---@param plan Plan
---@param input Wire|FanIn|Literal
---@param port table
---@return string
function inputs.digest(plan, input, port)
  if types.takes_artifact(port.type) then return artifacts_digest(plan, input, port) end
  local meta = getmetatable(input)
  if meta == Node or meta == Wire then return wire_digest(plan, input) end
  local literal = plan.world.literal
  if meta == Literal then return literal(input, port) end
  local list = {}
  for i = 1, #input do
    local v = input[i]
    list[i] = getmetatable(v) == Literal and literal(v, element_of(port)) or wire_digest(plan, v)
  end
  return make_key("list", "", list)
end

-- Raises where a literal of a node cannot be saved.
---@param plan Plan
---@param node Node
function inputs.check_literals(plan, node)
  local literal, map = plan.world.literal, graph.dynamic_of(node, "map")
  for k, input in ipairs(node[INPUTS]) do
    local meta, port = getmetatable(input), node[STEP].inputs[k]
    if meta == Literal then literal(input, port)
    elseif meta == FanIn then
      local of = map and map.mapped[k] and port or element_of(port)
      for _, v in ipairs(input) do if getmetatable(v) == Literal then literal(v, of) end end
    end
  end
end

return inputs
