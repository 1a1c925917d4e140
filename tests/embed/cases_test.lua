-- cases_test: cases of tests/cache by the library and the program in turn on one store (tests/lib/oracle.lua,
-- RILLE_THROUGH): what one left is a hit for the other only where that would have computed the same.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function through(sentence, file, door, jobs)
  check.test(sentence, function()
    local f = assert(io.popen(string.format("cd %s && RILLE_ONLY= RILLE_THROUGH=%s AS_PROGRAM_JOBS=%d %s %s 2>&1",
      quote(paths.root .. "/tests"), door, jobs, quote(paths.rille), file)))
    local text = f:read "a"
    f:close()
    check.has(text:match "[^\n]*\n?$", " passed, 0 failed", text)
  end)
end

through("what must hit does, steps in the thread of the host", "cache/hit_test.lua", "first", 0)
through("what must hit does, steps in processes", "cache/hit_test.lua", "first", 2)
through("what steps change is never stale", "cache/impure_test.lua", "library", 0)
through("hidden inputs are seen", "cache/hidden_inputs_test.lua", "second", 2)

check.done()
