-- not_ready: errors for a script that uses a node, an output of one or an input of the pipeline as a
-- value while it wires steps, when the value is not known yet.

local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local not_ready = {}

local IN_A_STEP <const> = "use it in a step that takes it as an input"
local COMPARE <const> = "compare it in a step that returns a boolean, and branch by rille.when"
local INSTEAD <const> = { lt = COMPARE, le = COMPARE }

-- Raises for an operator; called by its metamethod, so that Lua knows the operator's name.
---@param what string 'node "train"'
---@param when string "the step has run"
---@param instead string? what to write
function not_ready.operator(what, when, instead)
  local info = debug.getinfo(2, "n")
  errors.raise("%s has no value here: it is known only when %s; %s", what, when,
    instead or info.namewhat == "metamethod" and INSTEAD[info.name] or IN_A_STEP)
end

-- Raises for a field of a node that is none of its outputs.
---@param what string 'node "train"'
---@param names string[] of its outputs
---@param k any
function not_ready.index(what, names, k)
  if type(k) == "string" then errors.raise('%s has no output "%s"%s', what, k, suggest.hint(k, names)) end
  local how = "; its step has no outputs"
  if #names == 1 then how = "; the node represents its only output, " .. names[1] .. ": pass the node itself"
  elseif #names > 1 then
    for i, name in ipairs(names) do names[i] = "NODE." .. name end
    how = "; write " .. table.concat(names, " or ")
  end
  errors.raise("%s has no [%s]: a node is not a list%s", what, tostring(k), how)
end

return not_ready
