-- rille.host.sys.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local sys = require "rille.host.sys"

check.test("what the system refuses is nil, message, code", function()
  local bytes, message, code = sys.read_file "/nonexistent/file"
  check.eq(bytes, nil)
  check.eq(code, -4)
  check.has(message, "/nonexistent/file: No such file or directory")
  check.eq(sys.stat "/nonexistent", nil)
  check.eq((sys.stat "/"), "folder")
end)

check.done()
