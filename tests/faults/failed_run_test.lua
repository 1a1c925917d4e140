-- A run that ends early, by an error in a step, kill -9 or Ctrl-C, and the one after it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

check.test("after a failure the finished steps are hits, and what needed it is skipped", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) if not io.open "there" then error "not there" end return n end }
    local c = step "c" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() c(b(a())) end }]]
  local _, err = p:ok("run main.lua", 1)
  check.has(err, "not there")
  check.has(err, "fix the error, then resume with:")
  check.eq(p:statuses(), "a=completed b=failed c=skipped")
  check.has(p:ok("show main@-1"), "skipped")
  p:write("there", "")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "a=cached b=completed c=completed")
end)

check.test("kill -9 in a step: the next run says so and goes on, with nothing to unlock", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n)
      if not io.open "again" then io.open("in-b", "w"):close() while true do end end
      return n
    end }
    return pipeline "main" { define = function() b(a()) end }]]
  p:sh [["$RILLE" run main.lua & pid=$!; while [ ! -e in-b ]; do sleep 0.02; done; sleep 1.2; kill -9 $pid; wait $pid]]
  p:write("again", "")
  local _, err = p:ok("run main.lua")
  check.has(err, "was interrupted; marked as failed")
  local first = p:json("show main@1")
  check.eq({ first.status, first.reason }, { "failed", "interrupted" })
  p:ok("fsck")
end)

check.test("Ctrl-C ends the run when the running step ends, at 130", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() io.open("in-a", "w"):close() while not io.open "go" do end return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() b(a()) end }]]
  local r = p:sh([[set -m; "$RILLE" run main.lua & pid=$!; while [ ! -e in-a ]; do sleep 0.02; done; kill -INT ]]
    .. [[$pid; sleep 0.1; touch go; wait $pid]])
  check.eq(r.code, 130, r.err)
  check.eq(p:json("show main@-1").status, "stopped")
  check.eq(p:statuses(), "a=completed b=stopped")
end)

check.test("a file past the size limit is an error with its reason; started programs keep the limit", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.string "text" }, run = function() return ("x"):rep(300000) end }
return pipeline "main" { define = function() s() end }
]]
  for _, blocks in ipairs { 16, 64, 200, 600 } do                 -- of 512 bytes
    local r = p:sh(string.format('ulimit -f %d; "$RILLE" run main.lua --no-cache', blocks))
    check.ok(r.code < 5, "exit code " .. r.code)
    if r.code > 0 then check.has(r.err, "File too large") end
  end
  p:ok "run main.lua"
  p:ok "fsck"
  p:write("child.lua", 'print(os.execute "head -c 9000 /dev/zero > child")')
  check.has(p:sh('ulimit -f 4; "$RILLE" child.lua').out, "\t153\n")          -- by SIGXFSZ
end)

check.done()
