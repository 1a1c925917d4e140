-- rille.host.spawn: a program that goes on without its starter, and the lock that it has.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"

local function read(path)
  local f <close> = io.open(path, "rb")
  return f and f:read "a"
end

local function wait(f)
  for _ = 1, 500 do
    if f() then return true end
    os.execute "sleep 0.01"
  end
end

check.test("a program apart writes to its file, keeps the lock while it lives, and leads a session", function()
  local folder = assert(sys.make_folder "/tmp/rille-apart-")
  local remove <close> = setmetatable({}, { __close = function() sys.remove(folder) end })
  assert(remove)
  local out, lock = folder .. "/log", assert(sys.lock_folder(folder))
  assert(io.open(out, "w")):write("before\n"):close()
  local handle = assert(spawn.start { path = "/bin/sh", apart = true, out = out, keep = lock,
    env = { "PATH=/bin:/usr/bin" },
    argv = { "sh", "-c", "echo out; echo err >&2; ls -l /proc/$$/fd | grep -c /rille-apart-; exec sleep 30" } })
  local pid = handle:pid()
  local started = spawn.started(pid)
  check.ok(started > 0, "no start")
  check.ok(wait(function() return (read(out) or ""):find "\n%d+\n$" end), read(out))
  -- descriptors 1, 2 and 3
  check.eq(read(out), "before\nout\nerr\n3\n")
  check.eq(io.popen("ps -o sid= -p " .. pid):read "n", pid)
  local own <close> = lock
  assert(own)
  handle:let_go()
  lock, handle = nil, nil
  collectgarbage()
  getmetatable(own).__close(own)
  check.ok(sys.is_folder_locked(folder), "the program has lost the lock")
  check.eq((sys.lock_folder(folder)), nil)
  local ok, message = spawn.signal(pid, started + 1, 15)
  check.eq({ ok, message }, { nil, "process " .. pid .. ": it has ended" })
  check.eq(spawn.signal(pid, started, 9), true)
  check.ok(wait(function() return not sys.is_folder_locked(folder) end), "the lock outlives the program")
  check.eq(spawn.started(pid), nil)
  check.eq((spawn.signal(1, 0, 15)), nil)
  check.ok(assert(sys.lock_folder(folder)), "the folder is free")
end)

check.test("a program that cannot be started leaves no process", function()
  local folder = assert(sys.make_folder "/tmp/rille-apart-")
  local handle, message = spawn.start { path = "/nowhere/x", apart = true, out = folder .. "/log",
    argv = { "x" }, env = {} }
  check.eq(handle, nil)
  check.eq(message, "/nowhere/x: No such file or directory")
  check.ok(not pcall(spawn.start, { path = "/bin/true", apart = true, argv = {}, env = {} }), "no file for its output")
  sys.remove(folder)
end)

check.done()
