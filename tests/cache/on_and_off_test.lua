-- Two runs of a pipeline: what is cached, what runs, and what turns the cache off.

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

check.test("a second run is all cached: the same digests, and no body ran", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q")
  local before = p:newest()
  local _, err = p:ok("run main.lua")
  check.ok(not err:find("make ran", 1, true) and not err:find("twice ran", 1, true), err)
  local after = p:newest()
  check.eq(p:statuses(), "make=cached twice=cached")
  for _, id in ipairs { "make", "twice" } do check.eq(after[id].outputs.n.digest, before[id].outputs.n.digest) end
end)

check.test("a step that is swapped runs, with what follows; what is before it is cached", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q")
  p:edit("return double(n)", "return double(n) + 1")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "make=cached twice=completed")
end)

check.test("off is off at the step, the pipeline, the run and the command line; on overrides none", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q")
  p:ok("run main.lua -q --no-cache")
  check.eq(p:statuses(), "make=completed twice=completed")
  check.has(p:ok("plan main.lua --no-cache"), "the cache is off")
  p:edit('pipeline "main" { params', 'pipeline "main" { cache = false, params')
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "make=completed twice=completed")
  p:write("on.lua", 'package.path = "./?.lua;" .. package.path\nrequire "main":run { cache = true }')
  p:ok("-q on.lua")
  check.eq(p:statuses(), "make=completed twice=completed")
  p:edit('pipeline "main" { cache = false, params', 'pipeline "main" { cache = true, params')
  p:edit('step "make" {', 'step "make" { cache = false,')
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "make=completed twice=cached")
  p:write("on.lua", 'package.path = "./?.lua;" .. package.path\nrequire "main":run { cache = false }')
  p:ok("-q on.lua")
  check.eq(p:statuses(), "make=completed twice=completed")
end)

check.test("what one step insists on is no result for another with the same code", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "at" }, cache = "always", run = function() return os.time() end }
    local b = step "b" { outputs = { t.integer "at" }, run = function() return os.time() end }
    return pipeline "main" { define = function() a() b() end }]]
  p:ok("run main.lua -q")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "a=cached b=completed")
end)

check.test("a cached step names the run that made its result", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q --name first")
  p:ok("run main.lua -q --name second")
  local steps = p:newest()
  check.eq(steps.make.cached_from, "first/make")
  check.eq(steps.twice.cached_from, "first/twice")
  check.has(p:ok("show second/twice"), "from        first/twice")
end)

check.done()
