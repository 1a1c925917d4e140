-- exec_error_test.lua -- why a file cannot be executed: rille.shell.exec_refusal.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local exec_refusal = require "rille.shell.exec_refusal"
local sys = require "rille.host.sys"

local folder = assert(sys.make_folder((os.getenv "TMPDIR" or "/tmp") .. "/exec_error-"))

local function why(text, mode)
  local path = folder .. "/file"
  local f <close> = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
  os.execute("chmod " .. (mode or "755") .. " " .. path)
  return exec_refusal.why(path)
end

check.test("a program that can be executed has no reason", function()
  check.eq({ why "#!/bin/sh\ntrue\n", exec_refusal.why "/bin/sh", exec_refusal.why "/nowhere/at/all" }, {})
end)

check.test("the reason is what to mend", function()
  check.has(why("#!/bin/sh\n", "644"), "may not be executed: chmod +x")
  check.has(why "#!/bin/sh\r\n", "ends with a carriage return (Windows line ends)")
  check.has(why "#!/no/such/interpreter\n", "names the interpreter /no/such/interpreter, which does not exist")
  check.has(why "#!\n", "names no interpreter after #!")
  check.has(why "\xEF\xBB\xBF#!/bin/sh\n", "a byte order mark precedes the #!")
  check.has(why "", "is empty")
  check.has(why "echo hello\n", "is a text whose first line names no interpreter")
  check.has(why "MZ\0\0", "is a program for Windows")
  check.has(why "\0\1\2", "is not a program for this system")
  check.has(exec_refusal.why(folder), "is a folder, not a program")
end)

check.test("a binary of another machine is told", function()
  local head = "\127ELF" .. "\2\1\1" .. ("\0"):rep(9) .. string.pack("<I2I2", 2, 22) .. ("\0"):rep(44)
  check.has(why(head), "is a program for s390, but this machine is ")
end)

sys.remove(folder)
check.done()
