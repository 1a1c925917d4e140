-- step_shape: what the calls of a step that host/graph/step_calllib.c makes need to know of it: which values its
-- parameters and inputs admit that no Lua has to look at.

local types = require "rille.script.types"

local step_shape = {}

-- Types that admit a value by its Lua type alone, as Kind in host/graph/step_call_box.h.
local KINDS <const> = { any = 1, integer = 2, number = 3, string = 4, bytes = 4, boolean = 5 }
local NONE <const> = 0

local CHECKS = {}
for name in next, KINDS do CHECKS[name] = types.registered[name].check end

local SCALAR <const> = { boolean = true, number = true, string = true }

local function kind_of(typ)
  if typ.limited or not KINDS[typ.name] or typ.check ~= CHECKS[typ.name] then return NONE end
  return KINDS[typ.name]
end

-- The shape of a step, as host/graph/step_calllib.c reads it; false for one that is always called in Lua.
---@param spec Step
---@return { params: table[], inputs: table[] }|false
function step_shape.of(spec)
  local params, inputs = {}, {}
  for i, param in ipairs(spec.params) do
    local default = param.default
    if param.type.name == "secret" then return false end
    params[i] = { param.name, kind_of(param.type) }
    if SCALAR[type(default)] then params[i][3] = default end
  end
  for i, port in ipairs(spec.inputs) do
    local typ, element = port.type, port.type.element or false
    inputs[i] = { port.name, kind_of(typ), typ, element }
  end
  return { params = params, inputs = inputs }
end

return step_shape
