-- undeclared: a parameter that a running step reads and that is not declared.

local mistake = require "rille.mistake"
local origin = require "rille.host.origin"
local suggest = require "rille.suggest"

local undeclared = {}

-- Called by __index of the parameters.  rille's own code and C ask for options that may
-- be there; other code names what it means.
---@param spec table the step
---@param name string
function undeclared.read(spec, name)
  local reader = debug.getinfo(3, "S")
  if not reader or reader.what == "C" or origin.is_ours(reader.source) then return end
  local names = {}
  for i, param in ipairs(spec.params) do names[i] = param.name end
  local near = suggest.nearest(name, names)
  if near then mistake.raise('step "%s": there is no parameter "%s"; did you mean "%s"?', spec.name, name, near) end
end

return undeclared
