-- environment_test: the variables that a program is given.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local CODE <const> = [[
for _, one in ipairs(require("rille.base.environment").list(WITHOUT)) do
  if one:find "^REVIEWED" then io.write(one, ";\n") end
end]]

local function listed(p, without)
  p:write("code.lua", (CODE:gsub("WITHOUT", without)))
  return p:sh([[env REVIEWED=1 REVIEWED_TOO='a=b
c' "$RILLE" -q -e "$(cat code.lua)"]]).out
end

check.test("all variables are listed, with line ends in them, but for those that begin with a text", function()
  local p <close> = scratch.new()
  check.eq(listed(p, "nil"), "REVIEWED=1;\nREVIEWED_TOO=a=b\nc;\n")
  check.eq(listed(p, '"REVIEWED="'), "REVIEWED_TOO=a=b\nc;\n")
  check.eq(listed(p, '"REVIEWED"'), "")
end)

check.done()
