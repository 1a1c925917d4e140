-- luacheck finds nothing in rille's own Lua and in the examples; .luacheckrc has its settings.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

check.test("luacheck finds nothing", function()
  if not os.execute "command -v luacheck >/dev/null" then check.cannot "luacheck is not installed" end
  local project <close> = scratch.new()
  local r = project:sh("cd " .. scratch.quoted(paths.root)
    .. " && luacheck -q --codes --no-color --no-cache lua stdlib materializers examples")
  check.eq({ r.code, r.err }, { 0, "" }, r.out)
end)

check.done()
