-- graph: the nodes of a pipeline and the wires between them.  Nothing here runs a step.
--
-- As a value in a script a node stands for its only output; node.NAME is the wire of the output
-- with that name, node:unpack() gives those of all outputs.  What a node has stands under keys
-- that no script writes (graph.ID ...), so a script sees none of it.  An input is a wire, a fan-in
-- or a literal; their metatables tell which.

local internal_error = require "rille.base.internal_error"
local errors = require "rille.base.errors"
local host = require "rille.host.wiring"
local rows = require "rille.host.graph_rows"

local graph = {}

---@class Node  also the wire from its only output; its fields, by the keys below:
---    ID string; STEP table; INPUTS (Wire|FanIn|Literal)[] in declared order; PARAMS table;
---    POSITION integer, 1..n, every node after all that it needs; DYNAMIC Dynamic|nil

---@class Wire  from an output of a node: FROM Node, OUTPUT integer (a Node is one, too)

---@class FanIn  { (Wire|Literal)... }: the elements of a list

---@class Literal
---@field [1] any  the value
---@field [2] table?  its artifact, once that is made
---@field [3] string?  who gave it, for messages: 'FILE:LINE: step "a": input "x"'
---@field type table?  when it is saved as an input of the pipeline, not of the step
---@field label string?  its name in the wiring, when it is from outside (lua/script/external.lua)
---@field from Wire?, index integer?: of an item of a list (map_items.lua)

---@class Dynamic  of a node that depends on data (lua/script/map_when.lua, lua/plan/dynamic.lua)
---@field kind "map"|"item"|"when"
---@field mapped table<integer, true>?  map: the inputs that are given items
---@field types table[]?  map: the lists that its outputs are
---@field of Node?  item: the map
---@field index integer?  item
---@field condition Wire?  when
---@field chosen table<boolean, Wire>?  when: what each branch gives

---@class Guard  of a node in a branch
---@field condition Wire
---@field want boolean
---@field outer Guard?

---@class Graph
---@field nodes Node[]  in topological order
---@field by_id table<string, Node>
---@field after table<Node, Node[]>  the nodes that one comes after without data from them
---@field after_at table<Node, string>  where the script says so
---@field guards table<Node, Guard>
---@field dynamic boolean?  it depends on data
---@field items table<Node, Node[]>?  the items of maps, in the graph of a plan
---@field wired integer?  of such a graph: how many nodes the script defined
---@field wiring boolean?  nothing but the wiring is asked for
---@field found table?  the artifacts from outside
---@field externals Literal[]  the literals that they became
---@field at string?  where the pipeline is defined
---@field guard Guard?  while it is defined: the branch that is being wired
---@field rows userdata?  its nodes as rows (host/graph/rows.h); nil when it is dynamic, has nodes that come after
---    others, or was changed

-- One declaration each, so that the compiler knows their values (as in host/graph/wiringlib.c).
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

-- The graph being defined, while a `define` runs.
graph.current = nil

-- [1] is its rows; C reads it (host/graph/step_calllib.c).
local defining = {}
graph.defining = defining

local function set_current(g) graph.current, defining[1] = g, g and g.rows end

-- Rows for a graph that is to be defined.  Without them all calls of steps are made in Lua.
graph.new_rows = rows.new

local type, getmetatable = type, getmetatable

function graph.is_wire(v)
  if type(v) ~= "table" then return false end
  local meta = getmetatable(v)
  return meta == Node or meta == Wire
end

-- Makes a list of wires and literals a fan-in.
function graph.fan_in(list) return setmetatable(list, FanIn) end

---@param value any
---@param giver string?
---@return Literal
function graph.literal(value, giver) return setmetatable({ value, nil, giver }, Literal) end

-- The node and the number of the output that a wire leads from.
---@param wire Wire
---@return Node, integer
function graph.source(wire)
  if getmetatable(wire) == Node then return wire, 1 end
  return wire[FROM], wire[OUTPUT]
end

-- What a node that depends on data has, or nil; with kind: only if it is of that kind.
---@param node Node
---@param kind "map"|"item"|"when"|nil
---@return Dynamic?
function graph.dynamic_of(node, kind)
  local d = rawget(node, DYNAMIC)
  return d and (not kind or d.kind == kind) and d or nil
end

-- The wire from an output, by number, of a node.
---@param node Node
---@param output integer
---@return Wire
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
    return nil, string.format('node "%s" has %d outputs; choose one: write NODE.NAME with one of %s', node[ID],
      #outputs, table.concat(output_names(node), ", "))
  end
  local map = graph.dynamic_of(node, "map")
  return map and map.types[output] or outputs[output].type
end

-- node:unpack() -> the wires from its outputs, in declared order
---@param node Node
---@return Wire ...
local function unpack_node(node, ...)
  if getmetatable(node) ~= Node then errors.raise "unpack is a method of nodes: write NODE:unpack(), with a colon" end
  local wires, n = {}, #node[STEP].outputs
  if n == 0 then errors.raise("%s has no outputs to unpack", graph.describe(node)) end
  if select("#", ...) > 0 then
    errors.raise("unpack takes no arguments: it gives all outputs, in declared order: %s",
      table.concat(output_names(node), ", "))
  end
  for i = 1, n do wires[i] = graph.wire(node, i) end
  return table.unpack(wires, 1, n)
end

function Node.__index(node, name)
  local i = node[STEP].index.output[name]
  if i then return setmetatable({ [FROM] = node, [OUTPUT] = i }, Wire) end
  if name == "unpack" then return unpack_node end
  require("rille.graph.not_ready").index(graph.describe(node), output_names(node), name)
end

function Wire.__index(wire, name)
  errors.raise('%s has no field "%s": %s', graph.describe(wire), tostring(name), name == "unpack"
    and "unpack is a method of nodes; write NODE:unpack()" or "its value is known only when the step has run")
end

local function newindex(wire, name)
  errors.raise('%s: a node cannot be changed (field "%s")', graph.describe(wire), tostring(name))
end
Node.__newindex, Wire.__newindex = newindex, newindex
Node.__tostring, Wire.__tostring = graph.describe, graph.describe

-- Operators that scripts try on a value that is not there yet.
graph.OPERATORS = { "__add", "__sub", "__mul", "__div", "__idiv", "__mod", "__pow", "__unm", "__concat", "__lt", "__le",
  "__call", "__len", "__pairs" }
local function no_value(a, b)
  require("rille.graph.not_ready").operator(graph.describe(graph.is_wire(a) and a or b), "the step has run")
end
for _, name in ipairs(graph.OPERATORS) do Node[name], Wire[name] = no_value, no_value end
local function no_list(node)
  require("rille.graph.not_ready").operator(graph.describe(node), "the step has run", "NODE:unpack() gives its outputs")
end
Node.__len, Node.__pairs = no_list, no_list

---@return Graph
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

-- Sets the step of a node.  A copy by :with that differs in id and order alone is the same step.
function graph.set_step(node, spec) rawset(node, STEP, spec.equivalent or spec) end

-- Raises where the id is not valid.
local function check_id(spec, id)
  if type(id) ~= "string" or id == "" or id:find "[%c/]" then
    errors.raise('step "%s": id must be a string without slashes, found %s', spec.name, errors.describe(id))
  elseif id:find "%[%d+%]$" then
    errors.raise('step "%s": the id "%s" belongs to an item of a map', spec.name, id)
  end
end

-- The nodes of a graph are read, or will be changed, in Lua alone.
function graph.drop_rows(g)
  if g.rows then g.rows:complete() end
  g.rows = nil
  if g == graph.current then defining[1] = nil end
end

-- The graph being defined depends on data.
function graph.set_dynamic()
  graph.current.dynamic = true
  graph.drop_rows(graph.current)
end

-- Adds a node to the graph being defined.
---@param spec table  a step
---@param inputs (Wire|FanIn|Literal)[]
---@param params table
---@return Node
function graph.add(spec, inputs, params)
  local g = graph.current
  local options = spec.options
  local id = options.id or spec.name
  if type(id) ~= "string" or id == "" or id:find "[%c/%]]" then check_id(spec, id) end
  if g.by_id[id] then
    if options.id then errors.raise('the id "%s" is used twice', id) end
    local other = g.by_id[id][STEP]
    if other.at ~= spec.at and other.name == spec.name then
      errors.raise('two steps are called "%s", of %s and %s; rename one, or give its node an id: '
        .. 'STEP:with { id = "%s_2" } { ... }', spec.name, other.at or "?", spec.at or "?", spec.name)
    end
    errors.raise('step "%s" is called twice; give the second call an id: %s:with { id = "%s_2" } { ... }',
      spec.name, spec.name, spec.name)
  end
  local n = #g.nodes + 1
  local node = setmetatable({ [ID] = id, [STEP] = spec.equivalent or spec, [INPUTS] = inputs, [PARAMS] = params,
    [POSITION] = n }, Node)
  g.nodes[n] = node
  g.by_id[id] = node
  if g.guard then g.guards[node] = g.guard end
  if options.after then g.after[node], g.after_at[node] = options.after, errors.where() or g.at end
  return node
end

-- Calls visit(source, k) for every node that the node needs; k is the number of the input, nil for
-- one that gives no data.
---@param g Graph
---@param node Node
---@param visit fun(source: Node, k: integer?)
function graph.each_source(g, node, visit)
  local inputs = node[INPUTS]
  for k = 1, #inputs do
    local input = inputs[k]
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

-- The positions of all nodes that end before the one at b begins, as a set: those from which a path
-- of wires (or `after`) leads to it.  The search ends when last is found.
---@param g Graph
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
---@param g Graph
---@param a integer position
---@param b integer position
---@return boolean
function graph.comes_from(g, a, b) return graph.ancestors(g, b, a)[a] or false end

-- Runs define and returns the finished graph.
---@param at string?  where the pipeline is defined
---@param wiring boolean?  nothing but the wiring is asked for
---@param define function  called with the arguments that follow
---@return Graph
function graph.build(at, wiring, define, ...)
  local g = graph.new()
  g.at, g.wiring, g.rows = at, wiring, graph.new_rows(g.nodes, g.by_id, graph)
  local outer = graph.current
  set_current(g)
  local ok, message = internal_error.call(errors.from, nil, define, ...)
  set_current(outer)
  if not ok then error(message, 0) end
  if next(g.after) then
    graph.drop_rows(g)
    require("rille.graph.order_only").settle(graph, g)
  end
  return g
end

-- The graph of one call of a step, outside of any pipeline.
function graph.single(spec, inputs, params)
  local g = graph.new()
  g.at = spec.at
  set_current(g)
  local ok, message = internal_error.call(graph.add, spec, inputs, params)
  set_current(nil)
  if not ok then error(message, 0) end
  return g
end

-- The wiring as bytes, and its hash, which does not depend on the order in which nodes were defined.
-- The items of a map are no part of it.
---@param g Graph
---@return string bytes, string hash
function graph.spec(g)
  local plain = not g.dynamic and next(g.after) == nil
  return host.spec(g.nodes, Wire, FanIn, not plain and require("rille.graph.order_only").marks(graph, g) or nil, g.rows)
end

return graph
