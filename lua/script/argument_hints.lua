-- argument_hints: messages for arguments in the wrong place, and for steps, pipelines and
-- types that are given in place of a value.  Loaded when there may be such a mistake.

local errors = require "rille.base.errors"
local types = require "rille.script.types"

local argument_hints = {}

local CONTEXT <const> = { ctx = true, context = true }
local PARAMS <const> = { p = true, params = true, parameters = true }
local SLOTS <const> = { s = true, slots = true, steps = true }
local INPUTS <const> = { i = true, inputs = true }

local function names_of(ports)
  local list = {}
  for k, port in ipairs(ports) do list[k] = port.name end
  return list
end

local function set(list)
  local t = {}
  for _, name in ipairs(list) do t[name] = true end
  return t
end

local function raise(what, i, method, arg, order, advice)
  errors.raise('%s: argument %d of %s is "%s", but %s gets (%s)%s', what, i, method, arg, method,
    table.concat(order, ", "), advice or "")
end

-- Raises where argument i of a step's body is called arg, no name of an input, and means
-- another argument.
---@param what string 'step "train"'
---@param spec table the step
---@param method string "run" or "entrypoint"
---@param i integer
---@param arg string
function argument_hints.of_step(what, spec, method, i, arg)
  local order = names_of(spec.inputs)
  local n = #order
  order[n + 1], order[n + 2] = "p", "ctx"
  if spec.index.param[arg] and not (PARAMS[arg] and i == n + 1 or CONTEXT[arg] and i == n + 2) then
    raise(what, i, method, arg, order, string.format("; the parameter %s is p.%s", arg, arg))
  end
  if CONTEXT[arg] and i ~= n + 2 or PARAMS[arg] and i == n + 2 and #spec.params > 0 then
    raise(what, i, method, arg, order)
  end
  if arg == "self" then
    raise(what, i, method, arg, order, string.format('; self is for methods: rille.Step:extend "%s"', spec.name))
  end
end

-- The same for argument i of define, or of connect behind its self.
---@param what string 'pipeline "digits"'
---@param spec table the pipeline
function argument_hints.of_pipeline(what, spec, method, i, arg)
  local order, params, slots, inputs = { "p" }, set(names_of(spec.params)), set(spec.slots or {}),
    set(names_of(spec.inputs))
  if spec.slots then order[#order + 1] = "s" end
  if #spec.inputs > 0 then order[#order + 1] = "i" end
  local last, from = #order, params[arg] and "p" or slots[arg] and "s" or inputs[arg] and "i"
  local right = PARAMS[arg] and i == 1 or SLOTS[arg] and spec.slots and i == 2 or INPUTS[arg] and #spec.inputs > 0
    and i == last
  if right then return end
  if from then raise(what, i, method, arg, order, string.format("; %s is %s.%s", arg, from, arg)) end
  if CONTEXT[arg] then raise(what, i, method, arg, order, "; a context exists only while a step runs") end
  if PARAMS[arg] or SLOTS[arg] and spec.slots or INPUTS[arg] and #spec.inputs > 0 then
    raise(what, i, method, arg, order)
  end
end

-- "a()", "a { x = ... }"
local function call_of(step)
  if #step.inputs == 0 then return step.name .. "()" end
  return string.format("%s { %s = ... }", step.name, step.inputs[1].name)
end

-- Raises: v, which is given to an input of a step, is a step, a pipeline, a type or a port.
---@param what string 'step "b": input "x"'
---@param v table
function argument_hints.unwired(what, v)
  if types.is_type(v) or types.is_port(v) then
    errors.raise("%s: found the type %s; pass a value, or the output of a step", what,
      types.is_type(v) and v.name or v.type.name)
  elseif rawget(v, "slots") ~= nil or rawget(v, "define") then
    errors.raise("%s: found %s; a pipeline has no value: call its steps here, or "
      .. "use an artifact from its runs with rille.external", what, tostring(v))
  end
  errors.raise("%s: found %s itself; call it to pass its output: %s", what, tostring(v), call_of(v))
end

-- A step is called within a running step with one table: raises where its arguments are
-- given by name, as they have to stand in order there.
---@param spec table the step
---@param given table
function argument_hints.plain_call(spec, given)
  local first = spec.inputs[1]
  if not first or debug.getmetatable(given) or next(given) == nil
    or types.admit(first.type, given) ~= types.REFUSED then
    return
  end
  for k in next, given do
    if not spec.index.input[k] and not spec.index.param[k] then return end
  end
  errors.raise('step "%s": inside a running step pass arguments in order, not by name: %s(%s, { PARAMETER = ... })',
    spec.name, spec.name, table.concat(names_of(spec.inputs), ", "))
end

-- A value in the text of a call, in a message.
local function spelt(v)
  return type(v) == "string" and #v < 40 and string.format("%q", v) or (type(v) == "number" or type(v) == "boolean")
    and tostring(v) or "..."
end

-- Raises where an unknown option of a pipeline's method is one of its parameters or inputs.
---@param what string 'pipeline "p": run'
---@param spec table the pipeline
---@param method string
---@param k any
---@param v any its value
---@param allowed table<string, true>
function argument_hints.option(what, spec, method, k, v, allowed)
  for _, field in ipairs { "params", "inputs" } do
    for _, one in ipairs(spec[field]) do
      if one.name == k and allowed[field] then
        errors.raise('%s: "%s" is %s of the pipeline; write PIPELINE:%s { %s = { %s = %s } }', what, k,
          field == "params" and "a parameter" or "an input", method, field, k, spelt(v))
      end
    end
  end
end

return argument_hints
