-- fill_by_name: nodes in the array part of a call's table fill the inputs that are called as
-- their outputs are.
--
--   train { d }                     X = d.X, y = d.y: the outputs of d that train takes
--   evaluate { d, model = m }       a name that is written wins
--   train { d.X, y = labels }       an output of a node, or an input of the pipeline, as well
-- What is made is the table as it is when written out, so keys and wiring are the same.

local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local external = require "rille.script.external"
local graph = require "rille.graph"
local types = require "rille.script.types"

local fill_by_name = {}

local label = definition.step_label

-- What an element of the table has to give: a list of { NAME, wire }; nil and why where it has no names.
local function offers(v)
  local handle = not graph.is_wire(v) and external.of(v)
  if handle then
    if handle.kind == "input" then return { { handle.name, handle } } end
    return nil, external.describe(v) .. " has no output name here; write NAME = ARTIFACT"
  end
  local node, output = graph.source(v)
  local outputs, list = node[graph.STEP].outputs, {}
  local when = graph.dynamic_of(node, "when")
  if when then
    local names = {}
    for _, wire in next, when.chosen do
      local source, k = graph.source(wire)
      names[#names + 1] = source[graph.STEP].outputs[k].name
    end
    table.sort(names)
    if names[2] and names[1] ~= names[2] then
      return nil, string.format('%s is output "%s" or "%s", by its branch; write NAME = NODE', graph.describe(v),
        names[1], names[2])
    end
  end
  if getmetatable(v) == graph.Wire then return { { outputs[output].name, v } } end
  for i, port in ipairs(outputs) do list[i] = { port.name, graph.wire(node, i) } end
  return list
end

local function describe(v) return graph.is_wire(v) and graph.describe(v) or external.describe(v) end

-- When the table stands for a list ----------------------------------------------------

-- Do the elements of the table fit the elements of the list that the port takes?
---@param _ Step
---@param port Port
---@param list table
function fill_by_name.fits_list(_, port, list)
  local element = port.type.element
  if not element then return false end
  for _, v in ipairs(list) do
    local handle = not graph.is_wire(v) and external.of(v)
    local from = graph.is_wire(v) and graph.type_of(v) or handle and handle.kind == "input" and handle.type
    if from and not types.could_fit(from, element) or graph.is_wire(v) and not from then return false end
  end
  return true
end

-- Has an element an output that is called as an input?
local function has_an_input(step, list)
  for _, v in ipairs(list) do
    for _, one in ipairs((graph.is_wire(v) or external.of(v)) and offers(v) or {}) do
      if step.index.input[one[1]] then return true end
    end
  end
  return false
end

-- Does the table stand for a list that the step's first input takes, as in sum { a, b }?
local function is_list_argument(step, list, fits)
  local first = step.inputs[1]
  if not first then return false end
  for k in next, list do if math.type(k) ~= "integer" then return false end end
  for i = 2, #step.inputs do
    local name = step.inputs[i].type.name
    if name ~= "any" and name ~= "nil" then return false end
  end
  return fits(step, first, list) or first.type.element ~= nil and not has_an_input(step, list)
end

-- Has the table, the only argument of a call, nodes without a name?
---@param step Step
---@param given table
---@param fits fun(step: Step, port: Port, list: table): boolean may the table be the list for the port?
function fill_by_name.is_meant(step, given, fits)
  for _, v in ipairs(given) do
    if graph.is_wire(v) or external.of(v) then return not is_list_argument(step, given, fits) end
  end
  return false
end

-- Mistakes ------------------------------------------------------------------------------

local function not_a_node(step, i, v)
  local meta = type(v) == "table" and debug.getmetatable(v)
  if meta and rawget(meta, "__name") == "step" then
    require("rille.script.argument_hints").unwired(string.format("%s: element %d of the table", label(step.name), i), v)
  end
  errors.raise("%s: element %d of the table is %s; only nodes can be without a name: write NAME = VALUE",
    label(step.name), i, errors.describe(v))
end

local function given_twice(step, name, a, b)
  if describe(a) == describe(b) then
    errors.raise("%s: %s is in the table twice; leave one out", label(step.name), describe(a))
  end
  local list = step.inputs[step.index.input[name]].type.element
  errors.raise('%s: %s and %s both fill input "%s"; choose one: write %s = NODE.%s%s', label(step.name), describe(a),
    describe(b), name, name, name, list and string.format(", or %s = { NODE, ... } for a list of them", name) or "")
end

local function names_of(offered)
  local names = {}
  for i, one in ipairs(offered) do names[i] = one[1] end
  return table.concat(names, ", ")
end

local function fills_nothing(step, given, v, offered)
  local what = string.format("%s: %s", label(step.name), describe(v))
  local written = {}
  for _, one in ipairs(offered) do if given[one[1]] ~= nil then written[#written + 1] = one[1] end end
  if #offered == 0 or #step.inputs == 0 then
    errors.raise("%s fills no input: %s; to run after it write %s:with { after = NODE } { ... }", what,
      #offered == 0 and "it has no outputs" or "the step takes no inputs", step.name)
  elseif #written > 0 and step.index.input[written[1]] then
    errors.raise("%s fills no input: %s %s given by name; leave the node out", what, table.concat(written, ", "),
      #written == 1 and "is" or "are")
  end
  for _, one in ipairs(offered) do
    if step.index.param[one[1]] then
      errors.raise('%s fills no input: "%s" is a parameter, which takes a plain value, not the output of a step', what,
        one[1])
    end
  end
  errors.raise("%s fills no input: it has %s, and the inputs are %s; write %s = NODE%s, or leave it out", what,
    names_of(offered), definition.port_names(step.inputs), #step.inputs == 1 and step.inputs[1].name or "INPUT",
    #offered == 1 and "" or ".OUTPUT")
end

-- The table written out ------------------------------------------------------------------

-- The arguments by name.
---@param step Step
---@param given table
---@return table
function fill_by_name.written_out(step, given)
  local full, by, n = {}, {}, 0
  for k, v in next, given do
    if math.type(k) == "integer" then n = n + 1 else full[k] = v end
  end
  if n ~= #given then errors.raise("%s: the table has a gap (a nil among its nodes)", label(step.name)) end
  for i = 1, n do
    local v = given[i]
    if not graph.is_wire(v) and not external.of(v) then not_a_node(step, i, v) end
    local offered, why = offers(v)
    if not offered then errors.raise("%s: element %d of the table: %s", label(step.name), i, why) end
    local fills = false
    for _, one in ipairs(offered) do
      local name = one[1]
      if step.index.input[name] and given[name] == nil then
        if by[name] then given_twice(step, name, by[name], v) end
        full[name], by[name], fills = one[2], v, true
      end
    end
    if not fills then fills_nothing(step, given, v, offered) end
  end
  return full
end

return fill_by_name
