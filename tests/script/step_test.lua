-- Steps: one declaration, ports and their values, outputs, parameters, the context,
-- history in a step, and what is kept of a step's run.

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

check.test("a function becomes a step with one declaration", function()
  local p <close> = scratch.script [[
    local s = step "greet" { doc = "Greets.", params = { name = "you" }, outputs = { t.string "text" }, run = function(p) return "hi " .. p.name end }
    return pipeline "main" { define = function() s {} end }]]
  p:ok("run main.lua -q")
  local steps = p:newest()
  check.eq(steps.greet.step, "greet")
  check.eq(steps.greet.parameters, { name = "you" })
  check.eq(steps.greet.outputs.text.type, "string")
end)

check.test("a value that does not fit is an error at the boundary, naming the port", function()
  local p <close> = scratch.script [[
    local s = step "s" { params = { v = t.any { default = 1 } }, outputs = { t.integer "whole" }, run = function(p) return p.v end }
    return pipeline "main" { params = { v = t.any { default = 1 } }, define = function(p) s { v = p.v } end }]]
  p:ok("run main.lua -q")
  local _, err = p:ok("run main.lua -q --set v=1.5", 1)
  check.has(err, 'output "whole": expected an integer, found 1.5')
end)

check.test("a node with one output stands for it, and step.output does in history", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q")
  check.eq(p:ok([[-e 'local s = require("rille").pipelines.main.runs[-1].steps.twice print(s.output:load(), ]]
    .. [[s.output == s.outputs.n)']]),
    "6\ttrue\n")
end)

check.test("several outputs are returned in declared order, and a wrong count is told", function()
  local p <close> = scratch.script [[
    local two = step "two" { outputs = { t.integer "a", t.string "b" }, run = function() return 1, "x" end }
    local use = step "use" { inputs = { t.string "b", t.integer "a" }, outputs = { t.string "c" }, run = function(b, a) return b .. a end }
    return pipeline "main" { define = function() local n = two() use { a = n.a, b = n.b } end }]]
  p:ok("run main.lua -q")
  check.eq(p:ok("artifact get main::use::c"), "x1")
  p:edit('return 1, "x"', "return 1")
  local _, err = p:ok("run main.lua -q", 1)
  check.has(err, "run returned 1 value, but the step has 2 outputs (a, b)")
end)

check.test("step.fn runs outside the engine and leaves nothing", function()
  local p <close> = scratch.script [[
    local s = step "s" { inputs = { t.number "x" }, params = { k = 2 }, outputs = { t.number "y" }, run = function(x, p) return x * p.k end }
    print(s.fn(3, { k = 5 }))]]
  check.eq(p:ok("main.lua"), "15\n")
  check.eq(p:sh("ls -A").out, "main.lua\n")
end)

check.test("a parameter that changes runs the step again, and is kept with it", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q")
  p:ok("run main.lua -q --set n=4")
  check.eq(p:statuses(), "make=completed twice=completed")
  check.eq(p:newest().make.parameters, { n = 4 })
  p:ok("run main.lua -q --set make.n=3")
  check.eq(p:statuses(), "make=cached twice=cached")
end)

check.test("a literal given to an input is an artifact of its own", function()
  local p <close> = scratch.script [[
    local s = step "s" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "n" }, run = function(xs) return #xs end }
    return pipeline "main" { define = function() s { xs = { 5, 6, 7 } } end }]]
  p:ok("run main.lua -q")
  local digest = p:newest().s.inputs.xs
  check.eq(p:ok("artifact get " .. digest), "[5,6,7]")
end)

check.test("the context is the last argument, and rille.context() is the same; outside a step it is an error",
  function()
  local p <close> = scratch.script [[
    local function helper() return rille.context().step.id end
    local s = step "s" { params = { k = 7 }, outputs = { t.string "text" },
      run = function(p, ctx) ctx:log_metric { k = p.k } ctx:log_metadata { from = "here" } return helper() .. ctx.params.k .. ctx.step.name end }
    if rille.main() then print(pcall(rille.context)) end
    return pipeline "main" { define = function() s:with { id = "first" } {} end }]]
  check.has(p:ok("main.lua"), "rille.context: no step is running here")
  p:ok("run main.lua -q")
  check.eq(p:ok("artifact get main::first::text"), "first7s")
  local one = p:newest().first
  check.eq(one.metrics, { k = 7 })
  check.eq(one.metadata, { from = "here" })
end)

check.test("history in a step has all runs of the pipeline, the running one included", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.list(t.string) "runs" }, cache = false, run = function(_, ctx)
      local list = {}
      for run in ctx.pipeline:each {} do list[#list + 1] = run.name .. " " .. run.status end
      return list
    end }
    return pipeline "main" { define = function() s() end }]]
  p:ok("run main.lua -q --name one")
  p:ok("run main.lua -q --name two")
  check.eq(p:ok("artifact get main::s::runs"), '["two running","one completed"]')
end)

check.test("history in a step that may be cached is refused", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx) return #ctx.pipeline.runs end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = p:ok("run main.lua -q", 1)
  check.has(err, "set cache = false")
end)

check.test("what a step prints and logs, and its source, are kept", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx) print("printed", 1) ctx:log("logged %d", 2) return 3 end }
    return pipeline "main" { define = function() s() end }]]
  p:ok("run main.lua -q")
  check.eq(p:ok("log main@-1/s"), "printed\t1\nlogged 2\n")
  p:edit("return 3", "return 4")
  check.has(p:ok("show main@-1/s --source"), 'ctx:log("logged %d", 2) return 3 end')
end)

check.test("a step takes every class that its interface or union names", function()
  local p <close> = scratch.script [[
    local Mean, Zero = { __name = "Mean" }, { __name = "Zero" }
    Mean.__index, Zero.__index = Mean, Zero
    function Mean:predict(x) return x / 2 end
    function Zero:predict() return 0 end
    rille.interface "predictor" { methods = { "predict" } }
    for name, class in pairs { mean = Mean, zero = Zero } do
      rille.materializer(name) { class = class, version = 1, save = function(_, art) art:write("x", "") end, load = function() return setmetatable({}, class) end }
    end
    local a = step "a" { outputs = { t.mean "m" }, run = function() return setmetatable({}, Mean) end }
    local b = step "b" { outputs = { t.zero "m" }, run = function() return setmetatable({}, Zero) end }
    local use = step "use" { inputs = { t.predictor "m" }, outputs = { t.any_of { t.integer, t.string } "y" }, run = function(m) return m:predict(4) // 1 end }
    return pipeline "main" { define = function() use:with { id = "u1" } (a()) use:with { id = "u2" } (b()) end }]]
  p:ok("run main.lua -q")
  check.eq(p:ok("artifact get main::u1::y") .. p:ok("artifact get main::u2::y"), "20")
end)

check.test("inputs by position, nested calls and by name give one wiring", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "x", t.integer "y" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(x, y, p) return x + y + p.k end }
    local function hash(define) return pipeline "main" { define = define }:spec().hash end
    local one = hash(function() local n = a() b { x = n, y = 5, k = 2 } end)
    print(one == hash(function() b(a(), 5, { k = 2 }) end), one == hash(function() b { x = 5, y = a(), k = 2 } end))]]
  check.eq(p:ok("main.lua"), "true\tfalse\n")
end)

check.done()
