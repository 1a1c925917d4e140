-- Pipelines: slots, the hash of a wiring and its versions, names of runs, lists, after.

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

check.done()
