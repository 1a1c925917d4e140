-- pipeline_graph: builds the graph of a pipeline: checks what a run gives to it, and calls
-- the function that wires its steps.

local class_style = require "rille.script.class_style"
local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local data_flow = require "rille.host.data_flow"
local graph = require "rille.graph"
local suggest = require "rille.base.suggest"

local pipeline_graph = {}

local label = definition.pipeline_label

-- rille.when: few pipelines need its module.
---@param condition table a node or an output of one, of type boolean
---@param branches table { function, otherwise = function?, id = string? }
function pipeline_graph.when(condition, branches) return require("rille.script.map_when").when(condition, branches) end

-- Raises: the pipeline has no such slot.
---@param pipeline Pipeline
---@param slot any
function pipeline_graph.unknown_slot(pipeline, slot)
  errors.raise('%s: there is no slot "%s"%s', label(pipeline.name), tostring(slot), suggest.hint(slot, pipeline.slots))
end

-- What define is called with -------------------------------------------------------

-- The parameters in full: given, else defaults.
---@param pipeline Pipeline
---@param given table
---@return table params
function pipeline_graph.fill_params(pipeline, given)
  local known, params = {}, {}
  for _, param in ipairs(pipeline.params) do known[param.name] = param end
  for name, v in next, given do
    if not known[name] then
      require("rille.script.inputs_and_overrides").unknown_parameter(label(pipeline.name), pipeline, name)
    end
    params[name] = definition.check_value(label(pipeline.name), known[name], v)
  end
  for _, param in ipairs(pipeline.params) do
    local secret = params[param.name] == nil and param.type.name == "secret" and require "rille.script.secret"
    if secret then params[param.name] = secret.from_environment(param.name) end
    if params[param.name] == nil and param.default == nil then
      errors.at(errors.where() or pipeline.at, '%s: parameter "%s" is missing (%s)%s', label(pipeline.name),
        param.name, param.type.name, secret and secret.advice(param.name) or "")
    elseif params[param.name] == nil then
      params[param.name] = param.default
    end
  end
  return params
end

-- A copy of the parameters in which a name that does not exist is a mistake instead of nil.
local function strict_params(pipeline, params)
  local copy = {}
  for k, v in next, params do copy[k] = v end
  local secret = package.loaded["rille.script.secret"]
  if secret then secret.handed_over(pipeline, copy) end
  return setmetatable(copy, {
    __name = "parameters",
    __index = function(_, k)
      local names = {}
      for name in next, params do names[#names + 1] = name end
      errors.raise('%s: there is no parameter "%s"%s', label(pipeline.name), tostring(k), suggest.hint(k, names))
    end,
  })
end

local function strict_slots(pipeline)
  return setmetatable({}, {
    __index = function(_, slot) return pipeline.bound[slot] or pipeline_graph.unknown_slot(pipeline, slot) end,
  })
end

local function arguments(pipeline, params, inputs)
  local list = { strict_params(pipeline, params) }
  if pipeline.slots then list[#list + 1] = strict_slots(pipeline) end
  if #pipeline.inputs > 0 then list[#list + 1] = inputs end
  return table.unpack(list)
end

-- Graphs ---------------------------------------------------------------------------

-- Raises where a condition of the function that wires depends on what no step has made
-- yet; skip is the number of its arguments up to the parameters.
local function check_conditions(pipeline, define, skip)
  local facts = data_flow.of_branches(define, skip)
  if not facts then return end
  local given = {}
  if pipeline.slots then given[skip + 1] = "slots" end
  if #pipeline.inputs > 0 then given[skip + (pipeline.slots and 2 or 1)] = "inputs" end
  require("rille.script.condition_check").check(define, facts, given, pipeline_graph.when)
end

-- The function that wires the steps of the pipeline.
---@param pipeline Pipeline
---@return function?
function pipeline_graph.wires(pipeline)
  return rawget(pipeline, "members") and class_style.body(pipeline) or rawget(pipeline, "define")
end

local function check_bound(pipeline)
  if not pipeline.slots or pipeline.bound then return end
  errors.at(errors.where() or pipeline.at,
    "%s: its slots (%s) have no steps; call it with { SLOT = step, ... } first",
    label(pipeline.name), table.concat(pipeline.slots, ", "))
end

-- The function that wires, and before that says which model artifacts from outside may be of (external_model.lua).
local function with_model(wire, model)
  if not model then return wire end
  return function(...)
    graph.current.model = model
    return wire(...)
  end
end

-- The graph of the pipeline and its parameters in full.
---@param pipeline Pipeline
---@param params table? values by name
---@param overrides table<string, string>? { ["STEP.NAME"] = text } from the command line
---@param adjust fun(g: table)? what a configuration file changes, before the overrides
---@param inputs table? values by name; nil when nothing but the wiring is asked for
---@param model ModelDeclaration? in place of the pipeline's
---@return table g, table params
function pipeline_graph.build(pipeline, params, overrides, adjust, inputs, model)
  check_bound(pipeline)
  local name = label(pipeline.name)
  local connect = rawget(pipeline, "members") and (class_style.body(pipeline)
    or class_style.missing(pipeline, name, "connect"))
  check_conditions(pipeline, connect or pipeline.define, connect and 2 or 1)
  local full = pipeline_graph.fill_params(pipeline, params or {})
  local wiring, taken, g = inputs == nil
  if #pipeline.inputs > 0 or inputs and next(inputs) ~= nil then
    taken = require("rille.script.inputs_and_overrides").inputs(name, pipeline, inputs)
  end
  model = model or pipeline.model
  if connect then
    g = graph.build(pipeline.at, wiring, with_model(connect, model), pipeline, arguments(pipeline, full, taken))
  else
    g = graph.build(pipeline.at, wiring, with_model(pipeline.define, model), arguments(pipeline, full, taken))
  end
  for _, port in ipairs(pipeline.inputs) do
    local literal = taken[port.name].literal
    if literal and literal.origin then table.insert(g.externals, literal) end
  end
  if #g.nodes == 0 then errors.at(pipeline.at, "%s: %s called no step", name, connect and "connect" or "define") end
  if adjust then
    graph.drop_rows(g)          -- they say what define gave
    adjust(g)
  end
  if overrides and next(overrides) ~= nil then
    graph.drop_rows(g)
    require("rille.script.inputs_and_overrides").override(name, g, overrides)
  end
  return g, full
end

return pipeline_graph
