-- Steps: one declaration, ports and their values, outputs, parameters, the context,
-- history in a step, and what is kept of a step's run.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- A project with the files; text is main.lua less its head.
local function project(text, files)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  for name, content in pairs(files or {}) do p:write(name, content) end
  return p
end

-- Runs rille; it has to end with the code (0), and gives what it printed.
local function ok(p, args, code)
  local r = p:rille(args)
  check.eq(r.code, code or 0, args .. ": " .. r.err .. r.out)
  return r.out, r.err
end

local function ask(p, args) return json.decode((ok(p, args .. " --json"))) end

-- The newest run: its steps by id.
local function newest(p, name)
  local run = ask(p, "show " .. (name or "main") .. "@-1")
  local steps = {}
  for _, one in ipairs(run.steps) do steps[one.id] = one end
  return steps, run
end

-- "a=completed b=cached" of the newest run, in order.
local function statuses(p, name)
  local _, run = newest(p, name)
  local parts = {}
  for i, one in ipairs(run.steps) do parts[i] = one.id .. "=" .. one.status end
  return table.concat(parts, " ")
end

local function edit(p, from, to)
  local text = p:read "main.lua"
  local a, b = text:find(from, 1, true)
  check.ok(a, "main.lua has no " .. from)
  p:write("main.lua", text:sub(1, a - 1) .. to .. text:sub(b + 1))
end

-- Two steps, one feeding the other; every body that runs leaves a line in log.
local TWO = [[
local base = 2
local function double(x) return x * base end
local make = step "make" { params = { n = 3 }, outputs = { t.integer "n" }, run = function(p) print "make ran" return p.n end }
local twice = step "twice" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) print "twice ran" return double(n) end }
return pipeline "main" { params = { n = 3 }, define = function(p) twice(make { n = p.n }) end }
]]

check.test("a function becomes a step with one declaration", function()
  local p <close> = project [[
    local s = step "greet" { doc = "Greets.", params = { name = "you" }, outputs = { t.string "text" }, run = function(p) return "hi " .. p.name end }
    return pipeline "main" { define = function() s {} end }]]
  ok(p, "run main.lua -q")
  local steps = newest(p)
  check.eq(steps.greet.step, "greet")
  check.eq(steps.greet.parameters, { name = "you" })
  check.eq(steps.greet.outputs.text.type, "string")
end)

check.test("a value that does not fit is an error at the boundary, naming the port", function()
  local p <close> = project [[
    local s = step "s" { params = { v = t.any { default = 1 } }, outputs = { t.integer "whole" }, run = function(p) return p.v end }
    return pipeline "main" { params = { v = t.any { default = 1 } }, define = function(p) s { v = p.v } end }]]
  ok(p, "run main.lua -q")
  local _, err = ok(p, "run main.lua -q --set v=1.5", 1)
  check.has(err, 'output "whole": expected an integer, found the number 1.5')
end)

check.test("a node with one output stands for it, and step.output does in history", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  check.eq(ok(p, [[-e 'local s = require("rille").pipelines.main.runs[-1].steps.twice print(s.output:load(), s.output == s.outputs.n)']]), "6\ttrue\n")
end)

check.test("several outputs are returned in declared order, and a wrong count is told", function()
  local p <close> = project [[
    local two = step "two" { outputs = { t.integer "a", t.string "b" }, run = function() return 1, "x" end }
    local use = step "use" { inputs = { t.string "b", t.integer "a" }, outputs = { t.string "c" }, run = function(b, a) return b .. a end }
    return pipeline "main" { define = function() local n = two() use { a = n.a, b = n.b } end }]]
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::use::c"), "x1")
  edit(p, 'return 1, "x"', "return 1")
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, "run returned 1 value, but the step has 2 outputs (a, b)")
end)

check.test("step.fn runs outside the engine and leaves nothing", function()
  local p <close> = project [[
    local s = step "s" { inputs = { t.number "x" }, params = { k = 2 }, outputs = { t.number "y" }, run = function(x, p) return x * p.k end }
    print(s.fn(3, { k = 5 }))]]
  check.eq(ok(p, "main.lua"), "15\n")
  check.eq(p:sh("ls -A").out, "main.lua\n")
end)

check.test("a parameter that changes runs the step again, and is kept with it", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q --set n=4")
  check.eq(statuses(p), "make=completed twice=completed")
  check.eq(newest(p).make.parameters, { n = 4 })
  ok(p, "run main.lua -q --set make.n=3")
  check.eq(statuses(p), "make=cached twice=cached")
end)

check.test("a literal given to an input is an artifact of its own", function()
  local p <close> = project [[
    local s = step "s" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "n" }, run = function(xs) return #xs end }
    return pipeline "main" { define = function() s { xs = { 5, 6, 7 } } end }]]
  ok(p, "run main.lua -q")
  local digest = newest(p).s.inputs.xs
  check.eq(ok(p, "artifact get " .. digest), "[5,6,7]")
end)

check.test("the context is the last argument, and rille.context() is the same; outside a step it is an error", function()
  local p <close> = project [[
    local function helper() return rille.context().step.id end
    local s = step "s" { params = { k = 7 }, outputs = { t.string "text" },
      run = function(p, ctx) ctx:log_metric { k = p.k } ctx:log_metadata { from = "here" } return helper() .. ctx.params.k .. ctx.step.name end }
    if rille.main() then print(pcall(rille.context)) end
    return pipeline "main" { define = function() s:with { id = "first" } {} end }]]
  check.has(ok(p, "main.lua"), "rille.context: no step is running here")
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::first::text"), "first7s")
  local one = newest(p).first
  check.eq(one.metrics, { k = 7 })
  check.eq(one.metadata, { from = "here" })
end)

check.test("history in a step has all runs of the pipeline, the running one included", function()
  local p <close> = project [[
    local s = step "s" { outputs = { t.list(t.string) "runs" }, cache = false, run = function(_, ctx)
      local list = {}
      for run in ctx.pipeline:each {} do list[#list + 1] = run.name .. " " .. run.status end
      return list
    end }
    return pipeline "main" { define = function() s() end }]]
  ok(p, "run main.lua -q --name one")
  ok(p, "run main.lua -q --name two")
  check.eq(ok(p, "artifact get main::s::runs"), '["two running","one completed"]')
end)

check.test("history in a step that may be cached is refused", function()
  local p <close> = project [[
    local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx) return #ctx.pipeline.runs end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, "say cache = false")
end)

check.test("what a step prints and logs, and its source, are kept", function()
  local p <close> = project [[
    local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx) print("printed", 1) ctx:log("logged %d", 2) return 3 end }
    return pipeline "main" { define = function() s() end }]]
  ok(p, "run main.lua -q")
  check.eq(ok(p, "log main@-1/s"), "printed\t1\nlogged 2\n")
  edit(p, "return 3", "return 4")
  check.has(ok(p, "show main@-1/s --source"), 'ctx:log("logged %d", 2) return 3 end')
end)

check.test("a step takes every class that its interface or union names", function()
  local p <close> = project [[
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
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::u1::y") .. ok(p, "artifact get main::u2::y"), "20")
end)

check.test("inputs by position, nested calls and by name give one wiring", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "x", t.integer "y" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(x, y, p) return x + y + p.k end }
    local function hash(define) return pipeline "main" { define = define }:spec().hash end
    local one = hash(function() local n = a() b { x = n, y = 5, k = 2 } end)
    print(one == hash(function() b(a(), 5, { k = 2 }) end), one == hash(function() b { x = 5, y = a(), k = 2 } end))]]
  check.eq(ok(p, "main.lua"), "true\tfalse\n")
end)

check.done()
