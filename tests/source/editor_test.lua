-- The plugin of .luarc.json finds the file of every module that is required.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local env = setmetatable({}, { __index = _G })
assert(loadfile(paths.root .. "/.luarc_plugin.lua", "t", env))()

-- The modules that are C have no file of Lua.
local function is_c(name)
  if name:find "^rille%.host" then return true end
  local f <close> = assert(io.open(paths.root .. "/host/modules.c"))
  return f:read "a":find('{"' .. name .. '"', 1, true) ~= nil
end

local function file_of(name)
  local uris = env.ResolveRequire("file://" .. paths.root, name)
  return uris and uris[1]:sub(#"file://" + #paths.root + 2)
end

check.test("modules have the files that their names say", function()
  check.eq(file_of "rille", "lua/rille.lua")
  check.eq(file_of "rille.plan", "lua/plan/plan.lua")
  check.eq(file_of "rille.plan.estimate", "lua/plan/estimate.lua")
  check.eq(file_of "rille.show.draw", "lua/show/draw/draw.lua")
  check.eq(file_of "rille.frame.column", "stdlib/frame/column.lua")
  check.eq(file_of "rille.metrics", "stdlib/metrics/metrics.lua")
  check.eq(file_of "check", "tests/lib/check.lua")
  check.eq(file_of "rille.nothing", nil)
end)

check.test("every module that is required is found", function()
  local list <close> = assert(io.popen("cd '" .. paths.root .. "' && grep -rhoE 'require *\\(?\"rille[a-z0-9_.]*\"' "
    .. "lua stdlib materializers | sort -u"))
  local missing, n = {}, 0
  for line in list:lines() do
    local name = line:match '"(.*)"'
    n = n + 1
    if not name:find "%.$" and not file_of(name) and not is_c(name) then missing[#missing + 1] = name end
  end
  check.ok(n > 100, n .. " modules")
  check.eq(table.concat(missing, " "), "")
end)

check.done()
