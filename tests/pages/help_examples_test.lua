-- The examples of rille help: the first ten lines, and that of rille help testing.

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

check.test("the ten lines that rille help begins with are true, in order", function()
  local project <close> = scratch.new()
  local block = project:ok "help":match "^[^\n]+\n\n(Start here\n.-\n)\n"
  check.eq(select(2, block:gsub("\n", "")), 10)
  local folder
  for command in block:gmatch "\n  (rille .-)  +%l" do
    if folder then command = "cd " .. folder .. " && " .. command end
    local r = project:sh("rille() { \"$RILLE\" \"$@\"; }\n" .. command)
    check.eq(r.code, 0, command .. "\n" .. r.err .. r.out)
    folder = folder or command:match "cd (%S+)"
    if command:find "artifact get" then check.eq(r.out:sub(1, 5), "10.83") end
  end
end)

check.done()
