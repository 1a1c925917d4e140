-- map_when: wiring that depends on data: step:map and rille.when.
--
--   step:map { xs = WIRE, ... }                     a step for each item of a list
--   step:map { NODE, ... }                          the same, by the names of its outputs
--   rille.when(WIRE, { yes, otherwise = no })       one branch or the other
--
-- Both add nodes to the graph being defined (their shapes: lua/graph/graph.lua).  The plan
-- expands a map and chooses a branch when the value is known.

local call = require "rille.script.call"
local definition = require "rille.script.definition"
local external = require "rille.script.external"
local graph = require "rille.graph"
local errors = require "rille.base.errors"
local types = require "rille.script.types"

local map_when = {}

-- Maps ------------------------------------------------------------------------

-- A list in the script as a mapped input: each item is checked for the port.
local function check_items(spec, port, list)
  local made = {}
  for i, v in ipairs(list) do
    if graph.is_wire(v) then
      call.check_wire(spec, port, v, port.type)
      made[i] = v
    else
      made[i] = call.check_literal(spec, port, port.type, v, "item " .. i .. ": ")
    end
  end
  return graph.fan_in(made)
end

local function is_list(v)
  if type(v) ~= "table" or debug.getmetatable(v) then return false end
  local n = 0
  for k in next, v do
    if math.type(k) ~= "integer" then return false end
    n = n + 1
  end
  return n == #v
end

-- Do the items of a list in the script fit the port?
local function items_fit(port, list)
  if #list == 0 then return not port.type.element end
  for _, v in ipairs(list) do
    if graph.is_wire(v) then
      local from = graph.type_of(v)
      if from and not types.could_fit(from, port.type) then return false end
    elseif types.admit(port.type, v) == types.REFUSED then
      return false
    end
  end
  return true
end

-- An input of a map, and whether it is mapped: it is where the items of its value fit the
-- port.  Else every item's step is given the value as a whole.
local function check_input(spec, port, v)
  if graph.is_wire(v) then
    local from = graph.type_of(v)
    if from and from.element and types.could_fit(from.element, port.type) then
      call.check_reachable(spec, port, v)
      return v, true
    end
  end
  local handle = external.of(v)
  if handle and handle.kind == "value" then return check_input(spec, port, handle.value) end
  if handle and handle.kind == "input" and handle.type.element and types.could_fit(handle.type.element, port.type) then
    return external.wire(handle, handle.type, string.format('step "%s": input "%s"', spec.name, port.name)), true
  elseif is_list(v) and items_fit(port, v) then
    return check_items(spec, port, v), true
  end
  return call.check_input(spec, port, v), false
end

local function list_types(spec)
  local list = {}
  for i, port in ipairs(spec.outputs) do list[i] = types.list(port.type) end
  return list
end

-- step:map { INPUT = list or value, PARAM = value } -> a node; its outputs are lists
---@return table node
function map_when.map(self, ...)
  if not graph.current then
    errors.raise('step "%s": map adds steps to a pipeline; call it inside define', self.name)
  end
  local mapped = {}
  local inputs, params = call.arguments(function(spec, port, v)
    local input, is_mapped = check_input(spec, port, v)
    mapped[spec.index.input[port.name]] = is_mapped or nil
    return input
  end, function(_, port, list) return items_fit(port, list) end, self, select("#", ...), ...)
  if not next(mapped) then
    errors.raise('step "%s": map: no input has a list whose items fit it%s', self.name,
      #self.inputs > 0 and "; the inputs are " .. definition.port_names(self.inputs)
      .. ", the output of a step is a list when it is declared t.list(T)" or ": it has no inputs")
  end
  local node = graph.add(self, inputs, params)
  graph.set_dynamic()
  rawset(node, graph.DYNAMIC, { kind = "map", mapped = mapped, types = list_types(self) })
  return node
end

-- Branches --------------------------------------------------------------------

local FORM <const> = "write rille.when(condition, { function() ... end, otherwise = function() ... end })"

local function check_condition(condition)
  if type(condition) == "boolean" then
    errors.raise "rille.when: the condition is already known; write if ... then instead"
  elseif not graph.is_wire(condition) then
    errors.raise("rille.when: the condition must be an output of a step, found %s; %s",
      errors.describe(condition), FORM)
  elseif not graph.is_here(condition) then
    errors.raise("rille.when: %s belongs to another pipeline", graph.describe(condition))
  elseif graph.is_elsewhere(condition) then
    errors.raise("rille.when: %s is created in a branch of another rille.when, which may not run",
      graph.describe(condition))
  end
  local from, why = graph.type_of(condition)
  if not from then errors.raise("rille.when: %s", why) end
  if not types.could_fit(from, types.t.boolean) then
    errors.raise("rille.when: the condition must be a boolean, but %s is %s", graph.describe(condition), from.name)
  end
end

local FIELDS = { true, otherwise = true, id = true }

local function check_branches(branches)
  if type(branches) ~= "table" or debug.getmetatable(branches) then
    errors.raise("rille.when: expected a table of branches, found %s; %s", errors.describe(branches), FORM)
  end
  errors.check_fields("rille.when", branches, FIELDS)
  for _, k in ipairs { 1, "otherwise" } do
    local f = branches[k]
    if type(f) ~= "function" and not (k == "otherwise" and f == nil) then
      errors.raise("rille.when: %s must be a function that wires steps, found %s; %s", k == 1 and "the branch" or k,
        errors.describe(f), FORM)
    end
  end
  errors.check_text("rille.when", "id", branches.id)
end

-- Calls the branch, which adds its nodes, and returns the wires that it returns.
local function wire_branch(condition, want, branch)
  if not branch then return { n = 0 } end
  local g = graph.current
  local guard = { condition = condition, want = want, outer = g.guard }
  g.guard = guard
  local results = table.pack(errors.from(nil, branch))
  for i = 1, results.n do
    local v = results[i]
    local from, why
    if graph.is_wire(v) then from, why = graph.type_of(v) end
    if v == nil then results.n = i - 1 break end
    if not from then
      errors.raise("rille.when: a branch returns outputs of steps, found %s", why or errors.describe(v))
    elseif not graph.is_here(v) then
      errors.raise("rille.when: %s belongs to another pipeline", graph.describe(v))
    elseif graph.is_elsewhere(v) then
      errors.raise("rille.when: %s is created in a branch of another rille.when; return the result of that one",
        graph.describe(v))
    end
  end
  g.guard = guard.outer
  return results
end

-- The type of what either branch returns.
local function joined_type(a, b)
  if not a or not b or a == b or a.name == b.name then return a or b end
  return types.any_of { a, b }
end

local function free_id(wanted)
  local g, id, n = graph.current, wanted, 1
  while g.by_id[id] do
    n = n + 1
    id = wanted .. "_" .. n
  end
  return id
end

-- A node for what the branch that runs returns.  It has no step: the plan passes the
-- value on.
local function join(condition, yes, no, id)
  local a, b = yes and graph.type_of(yes), no and graph.type_of(no)
  local typ = joined_type(a, b)
  local source, output = graph.source(yes or no)
  local name = source[graph.STEP].outputs[output].name
  local inputs, ports = { condition }, { types.t.boolean "condition" }
  for _, one in ipairs { { "yes", yes or false, a }, { "no", no or false, b } } do
    if one[2] then inputs[#inputs + 1], ports[#ports + 1] = one[2], one[3](one[1]) end
  end
  local spec = { name = "when", inputs = ports, outputs = { typ(name) }, params = {},
    index = { input = {}, output = { [name] = 1 }, param = {} },
    options = { id = free_id(id or "when_" .. graph.source(condition)[graph.ID]) }, equivalent = false, run = false,
    at = errors.where() }
  local node = graph.add(spec, inputs, {})
  rawset(node, graph.DYNAMIC, { kind = "when", condition = condition, chosen = { [true] = yes, [false] = no } })
  return node
end

-- rille.when(condition, { function() ... end, otherwise = function() ... end })
--   -> what the branch that runs returns: wires
---@param condition table a node or an output of one, of type boolean
---@param branches table { function, otherwise = function?, id = string? }
function map_when.when(condition, branches)
  if rawequal(package.loaded["rille.face"], condition) then
    errors.raise "rille.when is a function, not a method: write rille.when(...), with a dot"
  end
  local g = graph.current
  if not g then errors.raise "rille.when wires a pipeline; call it inside define, and write if ... then in a step" end
  check_condition(condition)
  check_branches(branches)
  graph.set_dynamic()
  local yes = wire_branch(condition, true, branches[1])
  local no = wire_branch(condition, false, branches.otherwise)
  local results, n = {}, math.max(yes.n, no.n)
  for i = 1, n do
    results[i] = join(condition, i <= yes.n and yes[i] or nil, i <= no.n and no[i] or nil, branches.id)
  end
  return table.unpack(results, 1, n)
end

return map_when
