-- environment: the variables of this process, for a program that it starts.

local sys = require "rille.host.sys"

local environment = {}

local MOST <const> = 4 << 20        -- bytes; Linux gives a program up to 6 MiB of arguments and variables together

-- The variables as { "NAME=value", ... }, without those that begin with the text: "NAME=" leaves one out.
---@param without string?
---@return string[]
function environment.list(without)
  local list = {}
  for entry in (sys.read_stream("/proc/self/environ", MOST) or ""):gmatch "[^%z]+" do
    if not without or entry:sub(1, #without) ~= without then list[#list + 1] = entry end
  end
  return list
end

return environment
