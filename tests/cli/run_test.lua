-- A run of two steps, and what rille run, lineage, plan and why tell of it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- Two steps, one feeding the other; every body that runs leaves a line in log.
local TWO = [[
local base = 2
local function double(x) return x * base end
local make = step "make" { params = { n = 3 }, outputs = { t.integer "n" }, run = function(p) print "make ran" return p.n end }
local twice = step "twice" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) print "twice ran" return double(n) end }
return pipeline "main" { params = { n = 3 }, define = function(p) twice(make { n = p.n }) end }
]]

check.test("the console of a run tells store, name, every step, totals and where to look", function()
  local p <close> = scratch.script(TWO)
  local out, err = p:ok("run main.lua --name r{n}")
  check.eq(out, "")
  local text = err:gsub("%d[%d%.]* [um]?s%f[%W]", "TIME"):gsub("; slowest %S+ TIME", ""):gsub("  +", "  ")
  check.eq(text,
    "store .rille created\nrun r1  stack default, cache on\n── make ──\nmake ran\n  ran  make  TIME\n── "
      .. "twice ──\ntwice ran\n  ran  twice  TIME\n"
    ..
    "completed r1 in TIME: 2 ran\n  2 B written\n  rille show r1\n  outputs  twice  6\n")
  out, err = p:ok("run main.lua --name r{n}")
  check.eq((err:gsub("%d[%d%.]* [um]?s%f[%W]", "TIME"):gsub(", TIME saved", "")),
    "cached r2: all 2 steps cached (TIME)\n  outputs   twice  6\n")
end)

check.test("lineage goes up to what a result was made from, and down to what came of it", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q --name first")
  local up = p:ok("lineage main::twice::n")
  check.ok(up:find "● twice +%x+  integer %d+  first of main\n● make +%x+  integer %d+  first of main\n", up)
  check.has(p:ok("lineage main::make::n --down"), "integer 6")
  check.eq(#p:json("lineage main::twice::n").items, 2)
end)

check.test("plan says what would run and why, without running or writing", function()
  local p <close> = scratch.script(TWO)
  check.has(p:ok("plan main.lua"), "not run before")
  check.eq(p:sh("ls -A").out, "main.lua\n")
  p:ok("run main.lua -q")
  check.has(p:ok("plan main.lua"), "2 cached, 0 to run, 0 undecided")
  local items = p:json("plan main.lua --set n=5").items
  check.eq({ items[1].status, items[1].reason, items[2].status }, { "run", "parameter n 3 -> 5", "wait" })
end)

check.test("why names the parameter, the captured value and the changed line", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q --name r1")
  check.has(p:ok("why twice"), "not run before")
  p:ok("run main.lua -q --name r2")
  check.has(p:ok("why twice"), "result of  r1/twice")
  p:edit("local base = 2", "local base = 5")
  p:ok("run main.lua -q --name r3")
  check.has(p:ok("why twice"), "base 2 -> 5")
  p:edit("return x * base", "return base + x")
  p:ok("run main.lua -q --name r4 --set n=4")
  local text = p:ok("why twice")
  check.has(text, "- local function double(x) return x * base end")
  check.has(text, "+ local function double(x) return base + x end")
  check.has(p:ok("why make"), "parameter n 3 -> 4")
  check.has(p:ok("why twice --run r3"), "base 2 -> 5")
end)

check.done()
