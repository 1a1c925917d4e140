-- graph: the nodes of a pipeline and the wires between them.  Nothing here runs
-- a step.
--
-- A node has, under the keys below, its id, its step, its inputs in declared order,
-- its parameters and its position (1..n, every node after all that it needs).  The
-- keys are no names that a script writes, so a script sees none of this.  As a value
-- in a script a node stands for its only output; node.NAME is the wire of the output
-- so named, which has the node and the number of the output.
-- An input is a wire (a node or an output of one), a fan-in { wires and
-- literals } or a literal { value, its artifact once that is made, who gave it,
-- type =, label = }; their metatables tell them apart.  A literal has a type when
-- it is saved as an input of the pipeline, not of the step, and a label, the name
-- by which the wiring knows it, when it is from outside (external.lua).
-- A graph is { nodes, by_id }; nodes are in topological order; wiring is true
-- when nothing but the wiring is asked for, found the artifacts from outside and
-- externals the literals that they became.
--
-- What depends on data (dynamic.lua) has one key more, DYNAMIC:
--     { kind = "map", mapped = { [input] = true }, types }   a node per item of lists;
--         types are the lists that its outputs are
--     { kind = "item", of = the map, index }                 one of them, in a plan
--     { kind = "when", chosen = { [true], [false] = wire } } what the branch gives
-- and the graph has dynamic = true, guards = { [node] = guard }, where a guard is
-- { condition = wire, want = boolean, outer = guard or nil }: a node in a branch.

local internal_error = require "rille.base.internal_error"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"
local host = require "rille.host.wiring"

local graph = {}

-- One declaration each: so the compiler knows their values (as in host/graph/wiringlib.c).
local ID <const> = "\1id"
local STEP <const> = "\1step"
local INPUTS <const> = "\1inputs"
local PARAMS <const> = "\1params"
local POSITION <const> = "\1position"
local DYNAMIC <const> = "\1dynamic"
local FROM <const> = "\1from"
local OUTPUT <const> = "\1output"
graph.DYNAMIC, graph.FROM, graph.OUTPUT = DYNAMIC, FROM, OUTPUT
graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS, graph.POSITION = ID, STEP, INPUTS, PARAMS, POSITION

local Node = { __name = "node" }
local Wire = { __name = "wire" }
local FanIn = { __name = "fan-in" }
local Literal = { __name = "literal" }
graph.Node, graph.Wire, graph.FanIn, graph.Literal = Node, Wire, FanIn, Literal

-- the graph being defined, while a `define` runs
graph.current = nil

local type, meta_of = type, debug.getmetatable

function graph.is_wire(v)
  if type(v) ~= "table" then return false end
  local meta = meta_of(v)
  return meta == Node or meta == Wire
end

-- Makes a list of wires and literals a fan-in.
function graph.fan_in(list) return setmetatable(list, FanIn) end

---@param value any
---@param giver string? 'FILE:LINE: step "a": input "x"', for messages
function graph.literal(value, giver) return setmetatable({ value, nil, giver }, Literal) end

-- The node and the number of the output that a wire leads from.
function graph.source(wire)
  if getmetatable(wire) == Node then return wire, 1 end
  return wire[FROM], wire[OUTPUT]
end

-- What there is to a node that depends on data, or nil; kind: only if it is that.
function graph.dynamic_of(node, kind)
  local d = rawget(node, DYNAMIC)
  return d and (not kind or d.kind == kind) and d or nil
end

-- The wire from an output, by number, of a node.
function graph.wire(node, output)
  return #node[STEP].outputs == 1 and node or setmetatable({ [FROM] = node, [OUTPUT] = output }, Wire)
end

function graph.describe(wire)
  if getmetatable(wire) == Wire then
    return string.format('output "%s" of node "%s"', wire[FROM][STEP].outputs[wire[OUTPUT]].name, wire[FROM][ID])
  end
  return string.format('node "%s"', wire[ID])
end

local function output_names(node)
  local names = {}
  for i, port in ipairs(node[STEP].outputs) do names[i] = port.name end
  return names
end

-- "check.ok", or "check" where that is its only output.
function graph.short(wire)
  local node, output = graph.source(wire)
  return #node[STEP].outputs == 1 and node[ID] or node[ID] .. "." .. node[STEP].outputs[output].name
end

-- The declared type of what a wire carries, or nil and why there is none.
function graph.type_of(wire)
  local node, output = graph.source(wire)
  local outputs = node[STEP].outputs
  if getmetatable(wire) == Node and #outputs ~= 1 then
    if #outputs == 0 then return nil, string.format('node "%s" has no output', node[ID]) end
    return nil, string.format('node "%s" has %d outputs, one is needed: write NODE.NAME with one of %s', node[ID], #outputs,
      table.concat(output_names(node), ", "))
  end
  local map = graph.dynamic_of(node, "map")
  return map and map.types[output] or outputs[output].type
end

function Node.__index(node, name)
  local i = node[STEP].index.output[name]
  if i then return setmetatable({ [FROM] = node, [OUTPUT] = i }, Wire) end
  require("rille.graph.not_ready").index(graph.describe(node), output_names(node), name)
end

function Wire.__index(wire, name)
  errors.raise('%s has no field "%s": its value is known only when the step has run', graph.describe(wire), tostring(name))
end

local function newindex(wire, name) errors.raise('%s: a node cannot be changed (field "%s")', graph.describe(wire), tostring(name)) end
Node.__newindex, Wire.__newindex = newindex, newindex
Node.__tostring, Wire.__tostring = graph.describe, graph.describe

-- What scripts try to do with a value that is not there yet.
graph.OPERATORS = { "__add", "__sub", "__mul", "__div", "__idiv", "__mod", "__pow", "__unm", "__concat", "__lt", "__le", "__call", "__len", "__pairs" }
local function no_value(a, b)
  require("rille.graph.not_ready").operator(graph.describe(graph.is_wire(a) and a or b), "the step has run")
end
for _, name in ipairs(graph.OPERATORS) do Node[name], Wire[name] = no_value, no_value end

function graph.new() return { nodes = {}, by_id = {}, after = {}, after_at = {}, guards = {}, externals = {} } end

-- Is the wire's node one of the graph being defined?
function graph.is_here(wire)
  local node, g = graph.source(wire), graph.current
  return g ~= nil and g.by_id[node[ID]] == node
end

-- Is the wire's node in a branch that is not being wired now?
function graph.is_elsewhere(wire)
  local g = graph.current
  local own, at = g.guards[graph.source(wire)], g.guard
  while own and at do
    if at == own then return false end
    at = at.outer
  end
  return own ~= nil
end

-- What a node runs.  An id and an order make no other step: what :with made of it
-- can go.
function graph.set_step(node, spec) rawset(node, STEP, spec.equivalent or spec) end

-- Raises where the id is none; one with a bracket may be.
local function check_id(spec, id)
  if type(id) ~= "string" or id == "" or id:find "[%c/]" then
    errors.raise('step "%s": id is a string without slashes, found %s', spec.name, errors.describe(id))
  elseif id:find "%[%d+%]$" then
    errors.raise('step "%s": the id "%s" is that of an item of a map', spec.name, id)
  end
end

-- Adds a node to the graph being defined.
function graph.add(spec, inputs, params)
  local g = graph.current
  local options = spec.options
  local id = options.id or spec.name
  if type(id) ~= "string" or id == "" or id:find "[%c/%]]" then check_id(spec, id) end
  if g.by_id[id] then
    if options.id then errors.raise('the id "%s" is used twice', id) end
    local other = g.by_id[id][STEP]
    if other.at ~= spec.at and other.name == spec.name then
      errors.raise('two steps are called "%s", of %s and %s; give one another name, or its node an id: STEP:with { id = "%s_2" } { ... }', spec.name,
        other.at or "?", spec.at or "?", spec.name)
    end
    errors.raise('step "%s" is called twice; give the second a name of its own: %s:with { id = "%s_2" } { ... }', spec.name,
      spec.name, spec.name)
  end
  local n = #g.nodes + 1
  local node = setmetatable({ [ID] = id, [STEP] = spec.equivalent or spec, [INPUTS] = inputs, [PARAMS] = params, [POSITION] = n }, Node)
  g.nodes[n] = node
  g.by_id[id] = node
  if g.guard then g.guards[node], g.dynamic = g.guard, true end
  if options.after then g.after[node], g.after_at[node] = options.after, errors.where() or g.at end
  return node
end

-- Calls visit(node, k) for every node that node needs; k is the number of the
-- input, nil for what gives no data.
function graph.each_source(g, node, visit)
  for k, input in ipairs(node[INPUTS]) do
    local meta = getmetatable(input)
    if meta == Node then visit(input, k)
    elseif meta == Wire then visit(input[FROM], k)
    elseif meta == FanIn then
      for _, v in ipairs(input) do if getmetatable(v) ~= Literal then visit(graph.source(v), k) end end
    elseif input.from then
      visit(graph.source(input.from), k)
    end
  end
  for _, other in ipairs(g.after[node] or {}) do visit(other) end
  local guard = g.guards and g.guards[node]
  while guard do
    visit((graph.source(guard.condition)))
    guard = guard.outer
  end
end

-- The positions of all nodes that end before the one at b begins, as a set: a path of
-- wires (or `after`) leads from it up to them.  last: one that is enough to be found.
---@param g table
---@param b integer position
---@param last integer? position
---@return table<integer, true>
function graph.ancestors(g, b, last)
  local seen, stack = {}, { g.nodes[b] }
  local function visit(node)
    local j = node[POSITION]
    if not seen[j] then
      seen[j] = true
      stack[#stack + 1] = node
    end
  end
  local function visit_order(node, k) if not k then visit(node) end end
  while stack[1] and not seen[last] do
    local node = table.remove(stack)
    local item = graph.dynamic_of(node, "item")
    graph.each_source(g, node, visit)
    -- a map comes after its items, an item after what the map waits for
    for _, one in ipairs(g.items and g.items[node] or {}) do visit(one) end
    if item then graph.each_source(g, item.of, visit_order) end
  end
  return seen
end

-- Does node a end before node b begins?
---@param g table
---@param a integer position
---@param b integer position
---@return boolean
function graph.comes_from(g, a, b) return graph.ancestors(g, b, a)[a] or false end

-- Runs define and returns the finished graph; `at` is the pipeline's position.
---@param wiring boolean? nothing but the wiring is asked for
---@param define function called with the arguments that follow
function graph.build(at, wiring, define, ...)
  local g = graph.new()
  g.at, g.wiring = at, wiring
  local outer = graph.current
  graph.current = g
  local ok, message = internal_error.call(errors.from, nil, define, ...)
  graph.current = outer
  if not ok then error(message, 0) end
  if next(g.after) then
    require("rille.graph.order_only").settle(graph, g)
  end
  return g
end

-- The graph of one call of a step, outside of any pipeline.
function graph.single(spec, inputs, params)
  local g = graph.new()
  g.at = spec.at
  graph.current = g
  local ok, message = internal_error.call(graph.add, spec, inputs, params)
  graph.current = nil
  if not ok then error(message, 0) end
  return g
end

-- The wiring as bytes and its hash, which does not depend on the order in which
-- nodes were defined.  The items of a map are no part of it.
function graph.spec(g)
  if not g.dynamic and next(g.after) == nil then return host.spec(g.nodes, Node, Wire, FanIn) end
  return host.spec(g.nodes, Node, Wire, FanIn, require("rille.graph.order_only").marks(graph, g))
end

return graph
