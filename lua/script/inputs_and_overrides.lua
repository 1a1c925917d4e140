-- inputs_and_overrides: inputs that a run gives to a pipeline, and parameters of single steps from
-- the command line.

local external = require "rille.script.external"
local graph = require "rille.graph"
local json = require "rille.json"
local errors = require "rille.base.errors"
local value_parser = require "rille.script.value_parser"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"

local inputs_and_overrides = {}

-- Has one of the ports or parameters the name?
local function has_name(list, name)
  for _, one in ipairs(list) do if one.name == name then return true end end
  return false
end

-- Raises: the pipeline has no parameter of that name.
function inputs_and_overrides.unknown_parameter(what, self, k)
  local names = {}
  for i, p in ipairs(self.params) do names[i] = p.name end
  errors.raise('%s: unknown parameter "%s"%s', what, tostring(k),
    has_name(self.inputs, k) and string.format("; it is an input: inputs = { %s = ... }, or --input %s=PATH", k, k)
    or suggest.hint(k, names))
end

-- A value for an input of the pipeline as a literal of the port's type.
local function input_literal(what, self, port, v)
  what = string.format('%s: input "%s"', what, port.name)
  if graph.is_wire(v) then errors.raise("%s: expected a value, found %s of a pipeline", what, graph.describe(v)) end
  local handle = external.of(v)
  local literal
  if handle and handle.kind ~= "value" then literal = external.wire(handle, port.type, what)
  else
    if handle then v = handle.value end
    local admitted, expected = types.admit(port.type, v)
    if admitted == types.REFUSED then
      if v == nil then errors.at(errors.where() or self.at,
        "%s (%s) is missing; give it to the run: inputs = { %s = ... }, or --input %s=PATH", what,
        port.type.name, port.name, port.name) end
      errors.raise("%s: expected %s, found %s", what, expected, errors.describe(v))
    end
    literal = graph.literal(admitted, string.format("%s: %s", errors.where() or self.at, what))
    literal.type = port.type
  end
  literal.label = port.name
  return literal
end

-- The inputs for define; values is nil when only the wiring is wanted.
---@param what string 'pipeline "p"'
---@param self table a pipeline
---@param values table? by name
function inputs_and_overrides.inputs(what, self, values)
  local known, names, made = {}, {}, {}
  for i, port in ipairs(self.inputs) do known[port.name], names[i] = true, port.name end
  for k in next, values or {} do
    if not known[k] then
      errors.raise('%s: unknown input "%s"%s', what, tostring(k),
        has_name(self.params, k) and string.format("; it is a parameter: params = { %s = ... }, or --set %s=VALUE", k,
        k)
        or suggest.hint(k, names))
    end
  end
  for _, port in ipairs(self.inputs) do
    local literal
    if values then literal = input_literal(what, self, port, values[port.name])
    else
      literal = graph.literal()
      literal.label = port.name
    end
    made[port.name] = external.input(port.name, port.type, literal)
  end
  return setmetatable(made, {
    __index = function(_, k) errors.raise('%s: there is no input "%s"%s', what, tostring(k),
      suggest.hint(k, names)) end,
  })
end

-- Sets parameters of steps in the graph, from the command line: { ["STEP.NAME"] = text }.
---@param what string 'pipeline "p"'
function inputs_and_overrides.override(what, g, overrides)
  local names = {}
  for name in next, overrides do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local id, param = name:match "^(.*)%.([^.]+)$"
    local node = g.by_id[id]
    if not node then
      local ids = {}
      for i, other in ipairs(g.nodes) do ids[i] = other[graph.ID] end
      errors.raise('%s: there is no step "%s"%s', what, id, suggest.hint(id, ids))
    end
    local spec = node[graph.STEP]
    local i = spec.index.param[param]
    if not i then
      local known = {}
      for k, p in ipairs(spec.params) do known[k] = p.name end
      errors.raise('step "%s": unknown parameter "%s"%s', id, param,
        spec.index.input[param] and "; it is an input, which define gives" or suggest.hint(param, known))
    end
    local which = string.format('step "%s": parameter "%s"', id, param)
    local v = value_parser.parse(spec.params[i].type, overrides[name], which)
    if v == json.null then v = spec.params[i].default end
    if v == nil then
      errors.at(nil, "%s has no default, which null means; give it a value (%s)", which, spec.params[i].type.name)
    end
    node[graph.PARAMS][param] = v
  end
end

return inputs_and_overrides
