-- What is said of a run that is running, or whose process died, and of steps that failed before.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local FIVE <const> = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local first = step "first" { outputs = { t.integer "n" }, run = function() return 12 end }
local quick = step "quick" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
local slow = step "slow" { inputs = { t.integer "n" }, outputs = { t.integer "n" },
  command = "touch begun; sleep 30; echo 1 > {outputs.n}" }
local last = step "last" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
return pipeline "p" { define = function() last { slow { quick { first() } } } end }
]]

-- Starts a run of which first is a hit, quick has ended and slow runs.
local START <const> = [[
"$RILLE" -q run main.lua --only first; "$RILLE" -q run main.lua --name r -j 1 2>/dev/null & run=$!
for i in $(seq 200); do [ -e begun ] && break; sleep 0.1; done; sleep 1.3
]]

-- Status of each step of r, as show has it.
local SHOW <const> = [["$RILLE" show r | awk 'found { print $1, $2 } $1 == "step" { found = 1 }'
]]

check.test("a running run is shown with all its steps", function()
  local p <close> = scratch.script(FIVE)
  local r = p:sh(START .. SHOW .. [["$RILLE" why slow; "$RILLE" why last; "$RILLE" show r/slow
"$RILLE" graph r | grep -c "◐ slow  *running"
kill $run; wait $run]])
  check.eq(r.out, "first cached\nquick ran\nslow running\nlast pending\n"
    .. "slow in r: running\n  the step is running\nlast in r: pending\n  the step has not started yet\n"
    .. "r/slow  running\nstep        slow\n1\n")
end)

check.test("so is a run in this process, where nothing is heard of a step until it ends", function()
  local p <close> = scratch.script((FIVE:gsub('command = .-{outputs.n}"', [[run = function(n)
    io.open("begun", "w"):close()
    for i = 1, 3e7 do n = i end
    for i = 1, 1e11 do n = i end
    return n
  end]])))
  local r = p:sh((START:gsub(" %-j 1", "")) .. SHOW .. "kill -9 $run; wait $run")
  check.eq(r.out, "first cached\nquick ran\nslow running\nlast pending\n")
end)

check.test("a run whose process was killed says what became of each step", function()
  local p <close> = scratch.script(FIVE)
  local r = p:sh(START .. "kill -9 $run; wait $run; " .. SHOW .. '"$RILLE" why slow; "$RILLE" why last; "$RILLE" runs')
  check.has(r.out, "first cached\nquick ran\nslow stopped\nlast skipped\n")
  check.has(r.out, "slow in r: stopped\n  interrupted: the process of the run died\n")
  check.has(r.out, "last in r: skipped\n  not started when the run was interrupted\n")
  check.has(r.out:match "\nr  [^\n]*", "  1          interrupted")
  p:ok "diff p@-2 r"
end)

local FAILS <const> = [[
local rille = require "rille"
local t = rille.types
local a = rille.step "a" { outputs = { t.integer "n" }, run = function() error "no" end }
local b = rille.step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
return rille.pipeline "p" { define = function() b(a()) end }
]]

check.test("a step that has only failed so far is not said to be new", function()
  local p <close> = scratch.script(FAILS)
  p:ok("run main.lua --name r1", 1)
  check.has(p:ok "plan main.lua", "failed in r1")
  p:ok("run main.lua --name r2", 1)
  p:edit('error "no"', "return 1")
  local _, text = p:ok "run main.lua --name r3"
  check.has(text, "failed in r2")
  text = p:ok "why a"
  check.has(text, "failed in r2")
  check.has(text, "its code (main.lua:5) changed")
  check.has(text, "compared with r2")
end)

check.test("a skipped step has no changes of its own", function()
  local p <close> = scratch.script(FAILS)
  p:ok("run main.lua --name r1", 1)
  p:edit('error "no"', "return 1")
  p:ok "run main.lua --name r2"
  check.eq(p:ok "why b --run r1", "b in r1: skipped\n  needs a, which failed\n")
  check.has(p:ok "diff r1 r2", "  b  skipped -> completed\n2 steps differ")
end)

check.test("a run that completes although Ctrl-C came in its last step says so", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.integer "n" }, command = "trap '' INT; touch begun; sleep 2; echo 1 > {outputs.n}" }
return pipeline "p" { define = function() s() end }
]]
  local r = p:sh [["$RILLE" run main.lua -j 1 --name r & run=$!
for i in $(seq 200); do [ -e begun ] && break; sleep 0.1; done; kill -INT $run; wait $run; echo "code $?"]]
  check.eq(r.out, "code 130\n")
  check.has(r.err, "completed r")
  check.has(r.err, "SIGINT came during the last step: the run is complete\n")
  check.ok(not r.err:find("stopped by", 1, true), r.err)
end)

check.done()
