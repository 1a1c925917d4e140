-- What a user can see of each capability, by scripts that run as processes.
-- tests/features.lua says which capability a test here shows.

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

-- Steps ----------------------------------------------------------------------------

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

-- Pipelines and runs -----------------------------------------------------------------

check.test("slots keep the recipe apart from its steps", function()
  local p <close> = project [[
    local one = step "one" { outputs = { t.integer "n" }, run = function() return 1 end }
    local add = step "add" { inputs = { t.integer "n" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(n, p) return n + p.k end }
    local recipe = pipeline "main" { slots = { "source", "change" }, define = function(_, s) s.change(s.source()) end }
    return recipe { source = one, change = add:with { k = 9 } }]]
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "source=completed change=completed")
  check.eq(ok(p, "artifact get main::change::n"), "10")
end)

check.test("the order in which nodes are defined does not change the wiring's hash", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { outputs = { t.integer "n" }, run = function() return 2 end }
    local sum = step "sum" { inputs = { t.integer "x", t.integer "y" }, outputs = { t.integer "n" }, run = function(x, y) return x + y end }
    local function hash(define) return pipeline "main" { define = define }:spec().hash end
    print(hash(function() local x, y = a(), b() sum(x, y) end) == hash(function() local y = b() local x = a() sum(x, y) end),
      hash(function() local x, y = a(), b() sum(x, y) end) == hash(function() local x, y = a(), b() sum(y, x) end))]]
  check.eq(ok(p, "main.lua"), "true\tfalse\n")
end)

check.test("a run has a name of its own: by default, given, filled in, refused when it is taken", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q --name mine")
  ok(p, "run main.lua -q --name '{pipeline}-no-{n}'")
  local names = {}
  for i, run in ipairs(ask(p, "runs").items) do names[i] = run.name end
  check.eq(names[1], "main-no-3")
  check.eq(names[2], "mine")
  check.ok(names[3]:match "^main%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-1$", names[3])
  edit(p, "print \"make ran\"", "io.open(\"ran\", \"w\"):close()")
  local r = p:rille "run main.lua -q --name mine"
  check.ok(r.code ~= 0, "the name was given twice")
  check.has(r.err, "mine")
  check.eq(p:read "ran", nil, "a step ran")
end)

check.test("a changed wiring is a new version, told at its first run", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  edit(p, "twice(make { n = p.n })", 'twice(make { n = p.n }) make:with { id = "other" } { n = 8 }')
  local _, err = ok(p, "run main.lua")
  check.has(err, "pipeline main has a new wiring, version 2")
  check.eq(ask(p, "pipeline show main").version, 2)
  check.eq(#ask(p, "show main@1").steps, 2)
end)

check.test("a loop fans out, a list fans in, and after orders without data", function()
  local p <close> = project [[
    local draw = step "draw" { params = { n = 0 }, outputs = { t.integer "n" }, run = function(p) return p.n * p.n end }
    local sum = step "sum" { inputs = { t.list(t.integer) "ns" }, outputs = { t.integer "n" }, run = function(ns) local s = 0 for _, n in ipairs(ns) do s = s + n end return s end }
    return pipeline "main" { define = function()
      local ns = {}
      for i = 1, 4 do ns[i] = draw:with { id = "draw_" .. i } { n = i } end
      ns[5] = 100
      sum:with { after = { "last" } } { ns = ns }
      draw:with { id = "last" } {}
    end }]]
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::sum::n"), "130")
  check.eq(statuses(p), "draw_1=completed draw_2=completed draw_3=completed draw_4=completed last=completed sum=completed")
end)

check.test("after a failure the finished steps are hits, and what needed it is skipped", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) if not io.open "there" then error "not there" end return n end }
    local c = step "c" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() c(b(a())) end }]]
  local _, err = ok(p, "run main.lua", 1)
  check.has(err, "not there")
  check.has(err, "run it again when it is mended")
  check.eq(statuses(p), "a=completed b=failed c=skipped")
  check.has(ok(p, "show main@-1"), "skipped")
  p:write("there", "")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "a=cached b=completed c=completed")
end)

check.test("kill -9 in a step: the next run says so and goes on, with nothing to unlock", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n)
      if not io.open "again" then io.open("in-b", "w"):close() while true do end end
      return n
    end }
    return pipeline "main" { define = function() b(a()) end }]]
  p:sh [["$RILLE" run main.lua & pid=$!; while [ ! -e in-b ]; do sleep 0.02; done; sleep 1.2; kill -9 $pid; wait $pid]]
  p:write("again", "")
  local _, err = ok(p, "run main.lua")
  check.has(err, "had been interrupted; it is closed as failed")
  local first = ask(p, "show main@1")
  check.eq({ first.status, first.reason }, { "failed", "interrupted" })
  ok(p, "fsck")
end)

check.test("Ctrl-C ends the run when the running step ends, at 130", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() io.open("in-a", "w"):close() while not io.open "go" do end return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() b(a()) end }]]
  local r = p:sh [[set -m; "$RILLE" run main.lua & pid=$!; while [ ! -e in-a ]; do sleep 0.02; done; kill -INT $pid; sleep 0.1; touch go; wait $pid]]
  check.eq(r.code, 130, r.err)
  check.eq(ask(p, "show main@-1").status, "stopped")
  check.eq(statuses(p), "a=completed b=stopped")
end)

check.test("the console of a run tells store, name, every step, totals and where to look", function()
  local p <close> = project(TWO)
  local out, err = ok(p, "run main.lua --name r{n}")
  check.eq(out, "")
  local text = err:gsub("%d[%d%.]* [um]?s%f[%W]", "TIME"):gsub("; slowest %S+ TIME", ""):gsub("  +", "  ")
  check.eq(text, "store .rille created\nrun r1  stack default, cache on\n── make ──\nmake ran\n  ran  make  TIME\n── twice ──\ntwice ran\n  ran  twice  TIME\n" ..
    "completed r1 in TIME: 2 ran\n  2 B written\n  rille show r1\n")
  out, err = ok(p, "run main.lua --name r{n}")
  check.eq((err:gsub("%d[%d%.]* [um]?s%f[%W]", "TIME"):gsub(", TIME saved", "")), "cached r2: all 2 steps cached (TIME)\n")
end)

-- Artifacts and materializers --------------------------------------------------------

local POINT = [[
local Point = { __name = "Point" }
Point.__index = Point
local function point(x, y) return setmetatable({ x = x, y = y }, Point) end
rille.materializer "point" {
  class = Point, version = 1,
  save = function(v, art) art:write("point.txt", v.x .. " " .. v.y) art:meta { sum = v.x + v.y } end,
  load = function(art) local x, y = art:read "point.txt":match "(%S+) +(%S+)" return point(tonumber(x), tonumber(y)) end,
  preview = function(v) return ("(%d, %d)"):format(v.x, v.y) end,
}
local make = step "make" { outputs = { t.point "p" }, run = function() return point(1, 2) end }
local use = step "use" { inputs = { t.point "p" }, outputs = { t.integer "n" }, run = function(p) return p.x + p.y end }
return pipeline "main" { define = function() use(make()) end }
]]

check.test("a materializer of the script keeps its class; its code and version are in the key", function()
  local p <close> = project(POINT)
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::make::p"), "1 2")
  edit(p, "version = 1", "version = 2")
  ok(p, "run main.lua -q")
  check.eq(newest(p).make.status, "completed")
  edit(p, 'v.x .. " " .. v.y', 'v.x .. "  " .. v.y')
  ok(p, "run main.lua -q")
  check.eq(newest(p).make.status, "completed")
  edit(p, '"(%d, %d)"', '"<%d, %d>"')
  ok(p, "run main.lua -q")
  check.eq(newest(p).make.status, "cached")
end)

check.test("two materializers of one class need a choice, which a node may make", function()
  local p <close> = project [[
    local P = { __name = "P" }
    local function both(name) return rille.materializer(name) { class = P, version = 1,
      save = function(_, art) art:write(name, "") end, load = function() return setmetatable({}, P) end } end
    local one, two = both "one", both "two"
    local s = step "s" { params = { n = 1 }, outputs = { t.any "p" }, run = function() return setmetatable({}, P) end }
    return pipeline "main" { define = function() s:with { materializers = two } {} s:with { id = "x", materializers = { p = one } } {} end }]]
  ok(p, "run main.lua -q")
  check.eq(ask(p, "artifact show main::s::p").members[1].name, "two")
  check.eq(ask(p, "artifact show main::x::p").members[1].name, "one")
  edit(p, "s:with { materializers = two } {}", "s { n = 2 }")
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, "a value of class P has two materializers, one and two; choose one")
end)

check.test("a type without a materializer is an error before the run, a value without one names step and output", function()
  local p <close> = project [[
    local s = step "s" { outputs = { t.any "p" }, run = function() return setmetatable({}, { __name = "Thing" }) end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, "failed step s of run")
  check.has(err, 'output "p": a value of class Thing has no materializer; make one with rille.materializer')
  edit(p, "t.any", "t.thing")
  _, err = ok(p, "run main.lua -q", 3)
  check.has(err, 'main.lua:3: unknown type "thing"')
end)

check.test("metadata and preview of a materializer are shown", function()
  local p <close> = project(POINT)
  ok(p, "run main.lua -q")
  local text = ok(p, "show main::make::p")
  check.has(text, "preview     (1, 2)")
  check.has(text, "metadata    sum = 3")
end)

check.test("an artifact has versions in order, 10 after 9, and the name of its port", function()
  local p <close> = project [[
    local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter" } }, run = function(p) return p.n end }
    return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]
  for n = 1, 10 do ok(p, "run main.lua -q --set n=" .. n) end
  local item = ask(p, "artifact list counter").items[1]
  check.eq({ item.name, item.version }, { "counter", 10 })
  check.eq(ok(p, "artifact get counter"), "10")
  ok(p, "run main.lua -q --no-cache --set n=10")
  check.eq(ask(p, "artifact list counter").items[1].version, 10, "the same bytes are no new version")
end)

-- The cache ----------------------------------------------------------------------------

check.test("a second run is all cached: the same digests, and no body ran", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  local before = newest(p)
  local _, err = ok(p, "run main.lua")
  check.ok(not err:find("make ran", 1, true) and not err:find("twice ran", 1, true), err)
  local after = newest(p)
  check.eq(statuses(p), "make=cached twice=cached")
  for _, id in ipairs { "make", "twice" } do check.eq(after[id].outputs.n.digest, before[id].outputs.n.digest) end
end)

check.test("a step that is swapped runs, with what follows; what is before it is cached", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  edit(p, "return double(n)", "return double(n) + 1")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "make=cached twice=completed")
end)

check.test("off is off at the step, the pipeline, the run and the command line; on overrides none", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q --no-cache")
  check.eq(statuses(p), "make=completed twice=completed")
  check.has(ok(p, "plan main.lua --no-cache"), "the cache is off")
  edit(p, 'pipeline "main" { params', 'pipeline "main" { cache = false, params')
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "make=completed twice=completed")
  p:write("on.lua", 'package.path = "./?.lua;" .. package.path\nrequire "main":run { cache = true }')
  ok(p, "-q on.lua")
  check.eq(statuses(p), "make=completed twice=completed")
  edit(p, 'pipeline "main" { cache = false, params', 'pipeline "main" { cache = true, params')
  edit(p, 'step "make" {', 'step "make" { cache = false,')
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "make=completed twice=cached")
  p:write("on.lua", 'package.path = "./?.lua;" .. package.path\nrequire "main":run { cache = false }')
  ok(p, "-q on.lua")
  check.eq(statuses(p), "make=completed twice=completed")
end)

check.test("what one step insists on is no result for another with the same code", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "at" }, cache = "always", run = function() return os.time() end }
    local b = step "b" { outputs = { t.integer "at" }, run = function() return os.time() end }
    return pipeline "main" { define = function() a() b() end }]]
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "a=cached b=completed")
end)

check.test("a cached step names the run that made its result", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q --name first")
  ok(p, "run main.lua -q --name second")
  local steps = newest(p)
  check.eq(steps.make.cached_from, "first/make")
  check.eq(steps.twice.cached_from, "first/twice")
  check.has(ok(p, "show second/twice"), "from        first/twice")
end)

check.test("lineage goes up to what a result was made from, and down to what came of it", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q --name first")
  local up = ok(p, "lineage main::twice::n")
  check.ok(up:find "● twice +%x+  integer %d+  first of main\n● make +%x+  integer %d+  first of main\n", up)
  check.has(ok(p, "lineage main::make::n --down"), "integer 6")
  check.eq(#ask(p, "lineage main::twice::n").items, 2)
end)

check.test("plan says what would run and why, without running or writing", function()
  local p <close> = project(TWO)
  check.has(ok(p, "plan main.lua"), "nothing has run yet")
  check.eq(p:sh("ls -A").out, "main.lua\n")
  ok(p, "run main.lua -q")
  check.has(ok(p, "plan main.lua"), "2 cached, 0 to run, 0 to wait and see")
  local items = ask(p, "plan main.lua --set n=5").items
  check.eq({ items[1].status, items[1].reason, items[2].status }, { "run", "parameter n 3 -> 5", "wait" })
end)

check.test("why names the parameter, the captured value and the changed line", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q --name r1")
  check.has(ok(p, "why twice"), "it had not run before")
  ok(p, "run main.lua -q --name r2")
  check.has(ok(p, "why twice"), "result of  r1/twice")
  edit(p, "local base = 2", "local base = 5")
  ok(p, "run main.lua -q --name r3")
  check.has(ok(p, "why twice"), "base 2 -> 5")
  edit(p, "return x * base", "return base + x")
  ok(p, "run main.lua -q --name r4 --set n=4")
  local text = ok(p, "why twice")
  check.has(text, "- local function double(x) return x * base end")
  check.has(text, "+ local function double(x) return base + x end")
  check.has(ok(p, "why make"), "parameter n 3 -> 4")
  check.has(ok(p, "why twice --run r3"), "base 2 -> 5")
end)

-- What the others have not ----------------------------------------------------------------

check.test("helpers, modules and captured values are in the key without being listed", function()
  local p <close> = project([[
    local scale = require "scale"
    local s = step "s" { outputs = { t.integer "n" }, run = function() return scale.by(4) end }
    return pipeline "main" { define = function() s() end }]], { ["scale.lua"] = "local k = 3\nreturn { by = function(x) return k * x end }\n" })
  ok(p, "run main.lua -q")
  p:write("scale.lua", "-- by a factor\nlocal factor = 3\nreturn { by = function(x) return factor * x end }\n")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "s=cached")
  p:write("scale.lua", "local k = 2\nreturn { by = function(x) return k * x end }\n")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "s=completed")
  check.eq(ok(p, "artifact get main::s::n"), "8")
end)

check.test("files, missing files, folders and variables that a step read are dependencies", function()
  local p <close> = project([[
    local function S(name, run) return step(name) { outputs = { t.string "text" }, run = run } end
    local file = S("file", function() return io.open "a.txt":read "a" end)
    local missing = S("missing", function() return io.open "b.txt" and "there" or "not there" end)
    local variable = S("variable", function() return os.getenv "MODE" or "none" end)
    local tree = step "tree" { inputs = { t.dir "d" }, outputs = { t.integer "n" }, run = function(d) return #d:files() end }
    return pipeline "main" { define = function() file() missing() variable() tree(rille.dir "d") end }]], { ["a.txt"] = "one" })
  p:sh "mkdir d && touch d/x"
  ok(p, "run main.lua -q")
  p:sh "touch a.txt d/x"
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "file=cached missing=cached variable=cached tree=cached")
  p:write("a.txt", "two")
  p:write("b.txt", "")
  p:sh "touch d/y"
  check.eq(p:sh('MODE=fast "$RILLE" run main.lua -q').code, 0)
  check.eq(statuses(p), "file=completed missing=completed variable=completed tree=completed")
  p:write("a.txt", "one")
  check.eq(p:sh('MODE=fast "$RILLE" run main.lua -q').code, 0)
  check.eq(statuses(p), "file=cached missing=cached variable=cached tree=cached")
end)

check.test("a large array is stored as it is, and the next step maps it", function()
  local p <close> = project [[
    local array = require "rille.array"
    local make = step "make" { outputs = { t.vector "x" }, run = function() return array.random(100000, 1) end }
    local look = step "look" { inputs = { t.vector "x" }, outputs = { t.boolean "fixed" }, run = function(x) return not pcall(x.set, x, 1, 0.0) end }
    return pipeline "main" { define = function() look(make()) end }]]
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::look::fixed"), "true")
  local artifact = ask(p, "artifact show main::make::x")
  check.eq(artifact.uri, "file://" .. p:sh("pwd -P").out:gsub("\n", "") .. "/.rille/objects/" .. artifact.members[1].digest:sub(1, 2) .. "/" ..
    artifact.members[1].digest:sub(3))
  check.eq(p:sh("sha256sum .rille/objects/" .. artifact.members[1].digest:sub(1, 2) .. "/* | cut -c1-64").out, artifact.members[1].digest .. "\n")
end)

check.test("every object is audited with lz4 and sha256sum, an artifact with sha256sum -c", function()
  local p <close> = project [[
    local text = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    local files = step "files" { inputs = { t.dir "d" }, outputs = { t.dir "d" }, run = function(d) return d end }
    return pipeline "main" { define = function() text() files(rille.dir "in") end }]]
  p:sh "mkdir -p in/sub && seq 5000 > in/sub/numbers && echo hi > in/hi"
  ok(p, "run main.lua -q")
  local r = p:sh [[
    n=0
    for f in .rille/objects/*/*; do
      name=$(echo "$f" | sed 's,.*/objects/\(..\)/,\1,; s,\.lz4$,,')
      case $f in *.lz4) sum=$(lz4 -dc "$f" | sha256sum) ;; *) sum=$(sha256sum < "$f") ;; esac
      [ "${sum%% *}" = "$name" ] || exit 1
      n=$((n + 1))
    done
    echo $n
    "$RILLE" artifact get main::files::d -o out && cd out && sha256sum -c --quiet SHA256SUMS && cmp files/sub/numbers ../in/sub/numbers]]
  check.eq(r.code, 0, r.err)
  check.eq(r.out, "3\n")
end)

check.test("a damaged object is found, is no hit, and heals when its step runs again", function()
  local p <close> = project [[
    local text = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    local size = step "size" { inputs = { t.string "s" }, outputs = { t.integer "n" }, run = function(s) return #s end }
    return pipeline "main" { define = function() size(text()) end }]]
  ok(p, "run main.lua -q")
  p:sh "f=$(ls .rille/objects/*/*); chmod u+w $f; printf x | dd of=$f bs=1 seek=20 conv=notrunc"
  check.has(ok(p, "fsck", 5), "1 problem")
  check.has(ok(p, "artifact verify", 5), "1 bad")
  p:sh "rm -f .rille/objects/*/*"
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "text=completed size=cached")
  ok(p, "fsck")
end)

check.test("loading an artifact runs no code: what is stored is data", function()
  local p <close> = project [[
    local s = step "s" { params = { n = 1 }, outputs = { t.any "f" }, run = function() return print end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, 'output "f": a function has no materializer')
end)

check.done()
