-- call: the arguments of a call of a step, checked: inputs in declared order, parameters
-- in full.
--
--   train { X = data, C = 10 }      by name
--   train(data, labels, { C = 10 }) inputs by position, a last table carries parameters
--   train { d, C = 10 }             the outputs of d, by their names (lua/script/fill_by_name.lua)
-- An input becomes a wire or a literal of lua/graph/graph.lua.

local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local external = require "rille.script.external"
local graph = require "rille.graph"
local step_options = require "rille.script.step_options"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"

local call = {}

local label = definition.step_label
local SCALAR <const> = { ["nil"] = true, boolean = true, number = true, string = true }

-- Parameters -----------------------------------------------------------------------

-- The value of a parameter that nothing gives: that of a secret may be in the environment.
---@param step Step
---@param param Param
---@return any
function call.missing(step, param)
  local secret = param.type.name == "secret" and require "rille.script.secret"
  local v = secret and secret.from_environment(param.name)
  if v then return v end
  errors.raise('%s: parameter "%s" is missing (%s)%s', label(step.name), param.name, param.type.name,
    secret and secret.advice(param.name) or "")
end

-- The parameters of a step in full: given, else by :with, else defaults.
---@param step Step
---@param given table values by name
---@return table params
function call.fill_params(step, given)
  local params = {}
  local bound = step.bound
  local declared = step.params
  for k = 1, #declared do
    local param = declared[k]
    local name = param.name
    local v = given[name]
    if v ~= nil then v = definition.check_step_param(step.name, param, v) end
    if v ~= nil then
      -- given, and no null
    elseif bound and bound[name] ~= nil then
      v = bound[name]
      if param.type.name == "secret" then v = types.admit(param.type, v) end      -- the project may have a key by now
    else
      v = param.default
      if v == nil then v = call.missing(step, param) end
    end
    params[name] = SCALAR[type(v)] and v or definition.copy(v)
  end
  return params
end

-- Inputs ---------------------------------------------------------------------------

-- Raises unless the wire leads from a node of the same pipeline that runs whenever this
-- step does.
---@param step Step
---@param port Port
---@param wire table
function call.check_reachable(step, port, wire)
  if not graph.is_here(wire) then
    errors.raise('%s: input "%s": %s belongs to another pipeline', label(step.name), port.name, graph.describe(wire))
  elseif graph.is_elsewhere(wire) then
    errors.raise('%s: input "%s": %s is created in a branch of rille.when, which may not run; '
      .. "return it from the branch, and use the result of rille.when", label(step.name), port.name,
      graph.describe(wire))
  end
end

-- Raises unless the wire may lead into the port.
---@param step Step
---@param port Port
---@param wire table
---@param element Type? what the wire is to fit, where that is not the port's type
function call.check_wire(step, port, wire, element)
  local typ = element or port.type
  call.check_reachable(step, port, wire)
  local from, why = graph.type_of(wire)
  if not from then
    errors.raise('%s: input "%s": %s%s', label(step.name), port.name, why, wire[graph.STEP].index.output[port.name]
      and string.format("; NODE:unpack() gives them in order, %s { NODE } takes them by name", step.name) or "")
  end
  if not types.could_fit(from, typ) then
    local fits_element = not element and typ.element and types.could_fit(from, typ.element)
    errors.raise('%s: input "%s" expects %s, but %s is %s%s', label(step.name), port.name, typ.name,
      graph.describe(wire),
      from.name, fits_element and "; write { NODE, ... }" or "")
  end
end

-- The classes of what a script may give in the place of a value.
local OBJECTS <const> = { step = true, pipeline = true, type = true, port = true }

-- A value of the script as an input.  Whether it can be saved shows in the plan:
-- for a message then, what could fail remembers who gave it.
---@param step Step
---@param port Port
---@param typ Type
---@param v any
---@param which string "" or "element 2: "
---@return table literal
function call.check_literal(step, port, typ, v, which)
  if type(v) == "table" and OBJECTS[rawget(debug.getmetatable(v) or v, "__name")] then
    local what = string.format('%s: input "%s"', label(step.name), port.name)
    require("rille.script.argument_hints").unwired(what, v)
  end
  local secret = package.loaded["rille.script.secret"]
  if secret and not SCALAR[type(v)] then
    secret.refuse(string.format('%s: input "%s"', label(step.name), port.name), "inputs are stored: use a parameter "
      .. "of type t.secret", v)
  end
  local admitted, expected = types.admit(typ, v)
  if admitted == types.REFUSED then
    errors.raise('%s: input "%s": %sexpected %s, found %s', label(step.name), port.name, which, expected,
      errors.describe(v))
  end
  if SCALAR[type(v)] then return graph.literal(admitted) end
  local at = errors.where() or step.at                  -- a step in C is nowhere
  local given_by = string.format('%s%s: input "%s"', at and at .. ": " or "", label(step.name), port.name)
  return graph.literal(admitted, given_by)
end

-- A handle of rille.external as an input; a value handed on as such is checked as one.
local function check_external(step, port, typ, handle, which)
  if handle.kind == "value" then return call.check_literal(step, port, typ, handle.value, which) end
  local suffix = which == "" and "" or ": " .. which:sub(1, -3)
  return external.wire(handle, typ, string.format('%s: input "%s"%s', label(step.name), port.name, suffix))
end

local function check_is_list(step, port, list)
  local n = 0
  for k in next, list do
    n = n + 1
    if math.type(k) ~= "integer" then
      errors.raise('%s: input "%s": expected a list of nodes, found the key "%s"', label(step.name), port.name,
        tostring(k))
    end
  end
  if n ~= #list then
    errors.raise('%s: input "%s": the list has a gap (a nil in it)', label(step.name), port.name)
  end
end

-- A list of wires and literals for a port that takes a list.
local function check_fan_in(step, port, list)
  check_is_list(step, port, list)
  local made, element = {}, port.type.element
  for i = 1, #list do
    local v = list[i]
    local handle = not graph.is_wire(v) and external.of(v)
    if graph.is_wire(v) then
      call.check_wire(step, port, v, element)
      made[i] = v
    elseif handle then
      made[i] = check_external(step, port, element, handle, "element " .. i .. ": ")
    else
      made[i] = call.check_literal(step, port, element, v, "element " .. i .. ": ")
    end
  end
  return graph.fan_in(made)
end

local function has_wire(list)
  for _, v in next, list do if graph.is_wire(v) or external.of(v) then return true end end
  return false
end

local function is_plain_table(v) return type(v) == "table" and not debug.getmetatable(v) end

-- An input as given: a wire, a list with wires in it, or a value of the script.
---@param step Step
---@param port Port
---@param v any
---@return table input wire or literal
function call.check_input(step, port, v)
  if graph.is_wire(v) then
    call.check_wire(step, port, v)
    return v
  end
  local handle = external.of(v)
  if handle then return check_external(step, port, port.type, handle, "") end
  local is_list = is_plain_table(v)
  -- artifacts of a list are handed over one by one
  if is_list and (has_wire(v) or port.type.element and types.takes_artifact(port.type)) then
    if port.type.element then return check_fan_in(step, port, v) end
    errors.raise('%s: input "%s" expects %s, found a table that contains nodes; only t.list(T) takes a list of nodes',
      label(step.name), port.name, port.type.name)
  end
  return call.check_literal(step, port, port.type, v, "")
end

-- Arguments ------------------------------------------------------------------------

local function unknown_name(step, name)
  if math.type(name) == "integer" then
    errors.raise("%s: element %d of the table has no name%s", label(step.name), name,
      #step.inputs == 0 and "; the step takes no inputs" or ", and a nil is before it")
  end
  if step_options.NAMES[name] then
    errors.raise('%s: "%s" is an option; write %s:with { %s = ... } { ... }', label(step.name), name, step.name, name)
  end
  local names = {}
  for input in next, step.index.input do names[#names + 1] = input end
  for param in next, step.index.param do names[#names + 1] = param end
  errors.raise('%s: unknown input or parameter "%s"%s', label(step.name), tostring(name), suggest.hint(name, names))
end

local function is_by_name(step, n, first)
  if n ~= 1 or not is_plain_table(first) then return false end
  if #step.inputs == 0 or next(first) == nil then return true end
  return first[1] == nil
end

-- Does a value that stands behind all inputs carry parameters?
local function carries_params(v)
  return type(v) == "table" and not graph.is_wire(v) and not debug.getmetatable(v) and v[1] == nil
end

local function by_position(step, n, ...)
  local given, args, want = {}, { ... }, #step.inputs
  if n == want + 1 and carries_params(args[n]) then
    for k, v in next, args[n] do given[k] = v end
    n = n - 1
  end
  if n > want then
    errors.raise("%s: takes %d input%s%s, found %d", label(step.name), want, want == 1 and "" or "s",
      want > 0 and " (" .. definition.port_names(step.inputs) .. ")" or "", n)
  end
  for i = 1, n do given[step.inputs[i].name] = args[i] end
  return given
end

-- The table with nodes that have no name written out, nil where it has none; fits: see fill_by_name.lua.
local function by_nodes(step, fits, n, first)
  if n ~= 1 or not is_plain_table(first) or first[1] == nil then return nil end
  local fill_by_name = require "rille.script.fill_by_name"
  return fill_by_name.is_meant(step, first, fits or fill_by_name.fits_list) and fill_by_name.written_out(step, first)
    or nil
end

-- The arguments of a call, n of them.
---@param check fun(step: Step, port: Port, v: any): table call.check_input, or as it
---@param fits (fun(step: Step, port: Port, list: table): boolean)? is a table of nodes the list that the port takes?
---@param step Step
---@param n integer
---@return table[] inputs, table params
function call.arguments(check, fits, step, n, ...)
  local first = ...
  local filled = by_nodes(step, fits, n, first)
  local given
  if n == 0 then
    given = {}
  elseif filled then
    given = filled
  elseif is_by_name(step, n, first) then
    given = first
  else
    given = by_position(step, n, ...)
  end
  local index = step.index
  for k in next, given do
    if not index.input[k] and not index.param[k] then unknown_name(step, k) end
  end
  local inputs = {}
  local ports = step.inputs
  for i = 1, #ports do
    local port = ports[i]
    local v = given[port.name]
    if v == nil and port.type.name ~= "nil" and port.type.name ~= "any" then
      local takes = filled and "; no node in the table has an output of that name"
        or n > 0 and given ~= first
        and string.format("; it takes %d inputs (%s)", #step.inputs, definition.port_names(step.inputs)) or ""
      errors.raise('%s: input "%s" (%s) is missing%s', label(step.name), port.name, port.type.name, takes)
    end
    inputs[i] = check(step, port, v)
  end
  return inputs, call.fill_params(step, given)
end

return call
