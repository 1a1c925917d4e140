-- tsan_test.lua -- a host with threads (thread_test.c) under ThreadSanitizer, which is to report nothing.  `make tsan`
-- runs it for longer.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

for _, form in ipairs { "shared", "static" } do
  check.test("ThreadSanitizer has no report of 4 threads with engines on one store, " .. form, function()
    local program = string.format("%s/tsan/tests/embed/thread_%s_test", paths.build, form)
    if not scratch.read(program) then check.cannot "make threads builds it, but not under another sanitizer" end
    local p <close> = scratch.new()
    local r = p:sh("RILLE_ONLY= RILLE_ROUNDS=10 " .. scratch.quoted(program))
    check.eq(r.err, "")
    check.has(r.out, " 0 failed")
    check.eq(r.code, 0)
  end)
end

check.done()
