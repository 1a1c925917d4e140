-- The example of rille help testing.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

check.test("the example of rille help testing passes beside the README's heights.lua", function()
  local project <close> = scratch.new()
  project:write("heights.lua", scratch.read "../../README.md":match "```lua\n(%-%- heights.lua.-)```")
  project:write("heights_test.lua", project:rille("help testing").out:match "  %-%- heights_test.lua.-\n  end%)\n")
  local r = project:rille "test"
  check.eq(r.code, 0, r.out .. r.err)
  check.has(r.out, "1 passed, 0 failed")
end)

check.done()
