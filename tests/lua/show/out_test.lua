-- out: how commands write.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local out = require "rille.show.out"

check.test("usage is an error of the command line with its text", function()
  local ok, err = pcall(out.usage, "--seed %s: expected an integer", "x")
  check.eq(ok, false)
  check.eq(err.usage, "--seed x: expected an integer")
end)

check.test("lines and JSON go to standard output", function()
  local rille = "'" .. (os.getenv "RILLE" or "../../../build/rille") .. "'"
  local script = [[local out = require "rille.show.out"; out.line("%d%% of %s", 5, "x"); out.json { a = 1 }]]
  local p = io.popen(rille .. " -e '" .. script .. "'")
  local text = p:read "a"
  p:close()
  check.eq(text, '5% of x\n{"a":1}\n')
end)

check.done()
