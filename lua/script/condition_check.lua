-- condition_check: finds conditions of a pipeline's define on values that no step has
-- made yet.  There the output of a step is a node, which is true and equal to nothing
-- else, so `if node` and `node == v` decide nothing: they are mistakes.
--
-- The bytecode of define is analysed (rille.host.data_flow), it is not run.  A mistake is what
-- is a node on every way to the condition.  A node or nil, as in `local n = c and step()`,
-- may be tested; so may the first operand of `a or b`, which picks a value.

local data_flow = require "rille.host.data_flow"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local step = require "rille.script.step"

local condition_check = {}

-- What a path of rille.host.data_flow leads to: a kind and, where it is known now, the value.
-- Kinds: "value" (any), "step", "with" and "map" (methods of a step), "slots", "inputs",
-- "node", "unpack" (its method), "output", "input"; nil where nothing is known.
local field, result = {}, {}

function field.value(v, name)
  if step.is_step(v) then return (name == "with" or name == "map") and name or nil, v end
  if type(v) == "table" then
    local x = rawget(v, name)
    if x ~= nil then return "value", x end
  end
end
function field.step(v, name) return field.value(v, name) end
function field.slots(_, name) return "step", name end
function field.inputs(_, name) return "input", name end
function field.node(v, name)
  local has_it = step.is_step(v) and v.index.output[name]
  if name == "unpack" and not has_it then return "unpack", v end
  return "output", { v, name }
end

function result.value(v, when)
  if step.is_step(v) then return "node", v end
  if when and v == when then return "node", "rille.when" end
end
function result.step(v) return "node", v end
function result.with(v) return "step", v end
function result.map(v) return "node", v end
function result.unpack(v) return "node", v end

---@param f function that the path is of
---@param path table
---@param given table what is known of its arguments: kinds, by number
---@param when function? rille.when
---@return string? kind, any value
function condition_check.resolve(f, path, given, when)
  local kind, v = given[path[1]], nil
  if path[1] < 0 then
    local _, captured = debug.getupvalue(f, -path[1])
    kind, v = "value", captured
  end
  for i = 2, #path do
    local k = path[i]
    local is_field = type(k) == "string"
    local follow = kind and (is_field and field or result)[kind]
    if not follow then return nil end
    kind, v = follow(v, is_field and k or when)
  end
  return kind, v
end

local function name_of(v)
  return step.is_step(v) and string.format('step "%s"', v.name) or v == "rille.when" and "rille.when"
    or string.format('slot "%s"', v)
end

local function describe(kind, v)
  if kind == "input" then return string.format('input "%s" of the pipeline', v) end
  if kind == "output" then return string.format('output "%s" of %s', v[2], name_of(v[1])) end
  if v == "rille.when" then return "the result of rille.when" end
  return "the output of " .. name_of(v)
end

local MAX_DEPTH <const> = 8           -- functions that call each other
local UNKNOWN_YET <const> = { node = "known only when the step has run", output = "known only when the step has run",
  input = "known only when the pipeline runs" }

-- What to say of a condition on v; nil when it may stand there.
local function message_of(fact, kind, v)
  local known = UNKNOWN_YET[kind]
  if not known then return nil end
  if fact.kind == "test" then
    return string.format("%s is a condition here, but it is %s: here it is always true; "
      .. "branch by rille.when(CONDITION, { function() ... end, otherwise = function() ... end })", describe(kind, v),
      known)
  end
  return string.format("%s is compared, but it is %s; compare it in a step that returns a boolean, "
    .. "and branch by rille.when", describe(kind, v), known)
end

-- Calls report(position, message) for each mistake in a condition of f.
local function each_mistake(f, facts, given, when, report)
  local source = debug.getinfo(f, "S").short_src
  for _, fact in ipairs(facts) do
    if fact.kind == "test" or fact.kind == "equal" then
      local message = message_of(fact, condition_check.resolve(f, fact.path, given, when))
      if message then report(fact.line > 0 and source .. ":" .. fact.line or nil, message) end
    end
  end
end

-- Raises at the first mistake in a condition of define.
---@param define function
---@param facts table of rille.host.data_flow
---@param given table<integer, string> kinds of its arguments, by number
---@param when function rille.when
function condition_check.check(define, facts, given, when)
  each_mistake(define, facts, given, when, function(at, message) errors.at(at, "%s", message) end)
end

-- Calls report(position, message) for the mistakes in conditions of the functions that
-- define calls, and of those that these call.
---@param define function
---@param when function rille.when
---@param report fun(at: string?, message: string)
function condition_check.in_helpers(define, when, report)
  local seen = { [define] = true }
  local function follow(f, depth)
    for _, fact in ipairs(depth < MAX_DEPTH and data_flow.of(f) or {}) do
      local kind, callee
      if fact.kind == "call" then kind, callee = condition_check.resolve(f, fact.path, {}, when) end
      if kind == "value" and type(callee) == "function" and not seen[callee]
        and not origin.is_ours(debug.getinfo(callee, "S").source) then
        seen[callee] = true
        each_mistake(callee, data_flow.of(callee) or {}, {}, when, report)
        follow(callee, depth + 1)
      end
    end
  end
  follow(define, 0)
end

return condition_check
