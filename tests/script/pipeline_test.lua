-- Pipelines: slots, the hash of a wiring and its versions, names of runs, lists, after.

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

check.test("slots keep the recipe apart from its steps", function()
  local p <close> = scratch.script [[
    local one = step "one" { outputs = { t.integer "n" }, run = function() return 1 end }
    local add = step "add" { inputs = { t.integer "n" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(n, p) return n + p.k end }
    local recipe = pipeline "main" { slots = { "source", "change" }, define = function(_, s) s.change(s.source()) end }
    return recipe { source = one, change = add:with { k = 9 } }]]
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "source=completed change=completed")
  check.eq(p:ok("artifact get main::change::n"), "10")
end)

check.test("the order in which nodes are defined does not change the wiring's hash", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { outputs = { t.integer "n" }, run = function() return 2 end }
    local sum = step "sum" { inputs = { t.integer "x", t.integer "y" }, outputs = { t.integer "n" }, run = function(x, y) return x + y end }
    local function hash(define) return pipeline "main" { define = define }:spec().hash end
    print(hash(function() local x, y = a(), b() sum(x, y) end) == hash(function() local y = b() local x = a() sum(x, y) end),
      hash(function() local x, y = a(), b() sum(x, y) end) == hash(function() local x, y = a(), b() sum(y, x) end))]]
  check.eq(p:ok("main.lua"), "true\tfalse\n")
end)

check.test("a run has a name of its own: by default, given, filled in, refused when it is taken", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q")
  p:ok("run main.lua -q --name mine")
  p:ok("run main.lua -q --name '{pipeline}-no-{n}'")
  local names = {}
  for i, run in ipairs(p:json("runs").items) do names[i] = run.name end
  check.eq(names[1], "main-no-3")
  check.eq(names[2], "mine")
  check.ok(names[3]:match "^main%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-1$", names[3])
  p:edit("print \"make ran\"", "io.open(\"ran\", \"w\"):close()")
  local r = p:rille "run main.lua -q --name mine"
  check.ok(r.code ~= 0, "the name was given twice")
  check.has(r.err, "mine")
  check.eq(p:read "ran", nil, "a step ran")
end)

check.test("a changed wiring is a new version, told at its first run", function()
  local p <close> = scratch.script(TWO)
  p:ok("run main.lua -q")
  p:edit("twice(make { n = p.n })", 'twice(make { n = p.n }) make:with { id = "other" } { n = 8 }')
  local _, err = p:ok("run main.lua")
  check.has(err, "pipeline main: new wiring, version 2")
  check.eq(p:json("pipeline show main").version, 2)
  check.eq(#p:json("show main@1").steps, 2)
end)

check.test("a loop fans out, a list fans in, and after orders without data", function()
  local p <close> = scratch.script [[
    local draw = step "draw" { params = { n = 0 }, outputs = { t.integer "n" }, run = function(p) return p.n * p.n end }
    local sum = step "sum" { inputs = { t.list(t.integer) "ns" }, outputs = { t.integer "n" }, run = function(ns) local s = 0 for _, n in ipairs(ns) do s = s + n end return s end }
    return pipeline "main" { define = function()
      local ns = {}
      for i = 1, 4 do ns[i] = draw:with { id = "draw_" .. i } { n = i } end
      ns[5] = 100
      sum:with { after = { "last" } } { ns = ns }
      draw:with { id = "last" } {}
    end }]]
  p:ok("run main.lua -q")
  check.eq(p:ok("artifact get main::sum::n"), "130")
  check.eq(p:statuses(),
    "draw_1=completed draw_2=completed draw_3=completed draw_4=completed last=completed sum=completed")
end)

check.test("wiring without names has the keys and the record of wiring written out", function()
  local p <close> = scratch.script [[
    local load = step "load" { outputs = { t.integer "a", t.integer "b", t.list(t.integer) "x" }, run = function() return 1, 2, { 3, 4 } end }
    local fit = step "fit" { inputs = { t.integer "b", t.integer "a" }, params = { k = 1 }, outputs = { t.integer "m" }, run = function(b, a, p) return a - b * p.k end }
    local each = step "each" { inputs = { t.integer "x", t.integer "m" }, outputs = { t.integer "y" }, run = function(x, m) return x * m end }
    local sum = step "sum" { inputs = { t.list(t.integer) "y", t.integer "b" }, outputs = { t.integer "s" }, run = function(y, b) return y[1] + y[2] + b end }
    return pipeline "main" { define = function()
      local d = load()
      local m = fit { a = d.a, b = d.b, k = 3 }
      sum { y = each:map { x = d.x, m = m }, b = d.b }
    end }]]
  p:ok("run main.lua -q")
  check.eq(p:ok("artifact get main::sum::s"), "-33")
  local before = p:json "pipeline show main"
  p:edit("fit { a = d.a, b = d.b, k = 3 }", "fit { d, k = 3 }")
  p:edit("sum { y = each:map { x = d.x, m = m }, b = d.b }", "sum { d, each:map { d, m } }")
  local _, err = p:ok("run main.lua")
  check.ok(not err:find "new wiring", err)
  check.eq(p:statuses(), "load=cached fit=cached each=cached each[1]=cached each[2]=cached sum=cached")
  p:edit("local d = load()", "local d, a, b = load(), nil, nil; a, b = d:unpack()")
  p:edit("fit { d, k = 3 }", "fit { a, b, k = 3 }")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "load=cached fit=cached each=cached each[1]=cached each[2]=cached sum=cached")
  local after = p:json "pipeline show main"
  check.eq({ after.version, after.hash, after.nodes }, { before.version, before.hash, before.nodes })
end)

check.done()
