-- arguments: what a host gives a pipeline or a step by name: parameters and inputs, checked before anything runs, so
-- that a mistake in them is told as one (RILLE_EPARAM; RILLE_ETYPE for a value of another type).

local call = require "rille.script.call"
local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local external = require "rille.script.external"
local failure = require "rille.capi.failure"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"

local arguments = {}

local PARAM <const>, TYPE <const> = failure.PARAM, failure.TYPE

local function sorted_names(t)
  local names = {}
  for name in next, t do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Calls f; a mistake that it raises is one of the arguments, of that code.
local function checked(code, f, ...)
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  if type(results[2]) ~= "string" then error(results[2], 0) end
  failure.raise(code, "%s", results[2])
end

local function check_param(label, param, v, may_miss)
  if v ~= nil then return checked(TYPE, definition.check_value, label, param, v) end
  if param.default == nil and param.type.name ~= "secret" and not may_miss then
    failure.raise(PARAM, '%s: parameter "%s" is missing (%s)', label, param.name, tostring(param.type))
  end
end

local function check_input(label, port, v)
  if v == nil then
    failure.raise(PARAM, '%s: input "%s" is missing (%s)', label, port.name, tostring(port.type))
  end
  if external.of(v) then return end                     -- an artifact: its type is looked up when the run begins
  local admitted, expected = types.admit(port.type, v)
  if admitted == types.REFUSED then
    failure.raise(TYPE, '%s: input "%s": expected %s, found %s', label, port.name, expected, errors.describe(v))
  end
end

-- The arguments of a pipeline as its parameters and its inputs.
---@param pipeline table
---@param args table values by name
---@param has_config boolean a file may give parameters that are missing here
---@return table params, table inputs
function arguments.of_pipeline(pipeline, args, has_config)
  local params, inputs, is_input, names = {}, {}, {}, {}
  local label = definition.pipeline_label(pipeline.name)
  for _, port in ipairs(pipeline.inputs) do is_input[port.name], names[#names + 1] = true, port.name end
  for _, param in ipairs(pipeline.params) do is_input[param.name], names[#names + 1] = false, param.name end
  for _, name in ipairs(sorted_names(args)) do
    if is_input[name] == nil then
      failure.raise(PARAM, '%s: there is no parameter or input "%s"%s', label, name, suggest.hint(name, names))
    end
    local into = is_input[name] and inputs or params
    into[name] = args[name]
  end
  for _, port in ipairs(pipeline.inputs) do check_input(label, port, inputs[port.name]) end
  for _, param in ipairs(pipeline.params) do check_param(label, param, params[param.name], has_config) end
  return params, inputs
end

-- The arguments of a step: its inputs in order, its parameters by name.
---@param step table
---@param args table values by name
---@return table inputs, table params
function arguments.of_step(step, args)
  local label = definition.step_label(step.name)
  for _, port in ipairs(step.inputs) do if args[port.name] ~= nil then check_input(label, port, args[port.name]) end end
  for _, param in ipairs(step.params) do check_param(label, param, args[param.name], true) end
  return checked(PARAM, call.arguments, call.check_input, nil, step, 1, args)
end

return arguments
