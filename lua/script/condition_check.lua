-- condition_check: values that are not there yet in the conditions of a pipeline.  What a
-- step will return stands in define as a node, which is true and equal to nothing else;
-- so `if node` and `node == v` decide nothing, and are mistakes.
--
-- The code of define is looked at (rille.host.flow), not run: only what is a node on
-- every way to the condition is told.  A node or nil, as in `local n = c and step()`,
-- may be tested; so may the first of `a or b`, which picks a value.

local flow = require "rille.host.flow"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local step = require "rille.script.step"

local condition_check = {}

-- What a path of rille.host.flow leads to is a kind and, for what is known now, the
-- value: "value" (any), "step", "with" and "map" (methods of a step), "slots",
-- "inputs", "node", "output", "input"; nil for what is not known.
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
function field.node(v, name) return "output", { v, name } end

function result.value(v, when)
  if step.is_step(v) then return "node", v end
  if when and v == when then return "node", "rille.when" end
end
function result.step(v) return "node", v end
function result.with(v) return "step", v end
function result.map(v) return "node", v end

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
  if v == "rille.when" then return "what rille.when gives" end
  return "the output of " .. name_of(v)
end

local DEEPEST <const> = 8           -- functions that call each other
local FOUND <const> = { node = true, output = true, input = true }
local WHEN <const> = "known only when the step has run"

-- Calls tell(position, message) for each condition of f on what is not there yet.
local function each(f, facts, given, when, tell)
  local source = debug.getinfo(f, "S").short_src
  for _, fact in ipairs(facts) do
    local judged = fact.kind == "test" or fact.kind == "equal"
    local kind, v
    if judged then kind, v = condition_check.resolve(f, fact.path, given, when) end
    if FOUND[kind] then
      local what, known = describe(kind, v), kind == "input" and "known only when the pipeline runs" or WHEN
      local at = fact.line > 0 and source .. ":" .. fact.line or nil
      if fact.kind == "test" then
        tell(at, string.format("%s is a condition here, but it is %s: here it is always true; branch by rille.when(CONDITION, { function() ... end, otherwise = function() ... end })", what, known))
      else
        tell(at, string.format("%s is compared, but it is %s; compare it in a step that returns a boolean, and branch by rille.when", what, known))
      end
    end
  end
end

-- Raises at the first condition of define on what is not there yet.
---@param define function
---@param facts table of rille.host.flow
---@param given table kinds of its arguments, by number
---@param when function rille.when
function condition_check.check(define, facts, given, when)
  each(define, facts, given, when, function(at, message) errors.at(at, "%s", message) end)
end

-- Calls tell(position, message) for the conditions of the functions that define calls,
-- and that these call.
---@param define function
---@param when function rille.when
---@param tell fun(at: string?, message: string)
function condition_check.in_helpers(define, when, tell)
  local seen = { [define] = true }
  local function follow(f, depth)
    for _, fact in ipairs(depth < DEEPEST and flow.of(f) or {}) do
      local kind, callee
      if fact.kind == "call" then kind, callee = condition_check.resolve(f, fact.path, {}, when) end
      if kind == "value" and type(callee) == "function" and not seen[callee]
        and not origin.is_ours(debug.getinfo(callee, "S").source) then
        seen[callee] = true
        each(callee, flow.of(callee) or {}, {}, when, tell)
        follow(callee, depth + 1)
      end
    end
  end
  follow(define, 0)
end

return condition_check
