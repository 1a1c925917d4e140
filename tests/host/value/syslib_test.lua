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

check.test("a private file is its owner's alone, and one that is there stays", function()
  local dir = assert(sys.make_folder "/tmp/rille-private-")
  local path = dir .. "/key"
  check.eq(sys.write_private(path, "one"), true)
  check.eq(sys.write_private(path, "two"), true)
  check.eq(sys.read_file(path), "one")
  local p <close> = assert(io.popen("stat -c %a " .. path .. "; ls " .. dir))
  check.eq(p:read "a", "600\nkey\n")
  local ok, message, code = sys.write_private(dir .. "/none/key", "x")
  check.eq(ok, nil)
  check.ok(message and code, message)
  sys.remove(dir)
  check.eq(#sys.random(), 32)
  check.ok(sys.random() ~= sys.random())
end)

check.done()
