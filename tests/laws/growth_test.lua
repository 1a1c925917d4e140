-- growth_test: what a command or a call costs grows with the steps that it tells of, not
-- with their square.
--
-- Counted are instructions of Lua's machine (by the hundred) and calls of the metadata,
-- in a process that runs the command itself: figures that do not depend on the machine.
-- Of pipelines four times as large it may be five times as much.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SMALL <const>, FACTOR <const>, MOST <const> = 100, 4, 5.0

local SHAPES <const> = [[
local rille = require "rille"
local t = rille.types
local N <const>, SHAPE <const> = tonumber(os.getenv "N"), os.getenv "SHAPE"
local one = rille.step "one" { params = { k = 1 }, outputs = { t.integer "n" }, run = function(p) return p.k end }
local inc = rille.step "inc" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n + 1 end }
local add = rille.step "add" { inputs = { t.integer "a", t.integer "b" }, outputs = { t.integer "n" }, run = function(a, b) return (a + b) % 1000003 end }
local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "n" }, run = function(xs)
  local s = 0
  for _, x in ipairs(xs) do s = s + x end
  return s
end }
local range = rille.step "range" { params = { n = N }, outputs = { t.list(t.integer) "xs" }, run = function(p)
  local list = {}
  for i = 1, p.n do list[i] = i end
  return list
end }
local even = rille.step "even" { inputs = { t.integer "n" }, outputs = { t.boolean "b" }, run = function(n) return n % 2 == 0 end }

local shapes = {}
function shapes.chain()
  local x = one { }
  for i = 2, N do x = inc:with { id = "s" .. i } { n = x } end
  return "p::one::n", "p::s" .. N .. "::n"
end
-- a step that takes from all others
function shapes.fan()
  local list = {}
  for i = 1, N - 1 do list[i] = one:with { id = "s" .. i, k = i } {} end
  sum { xs = list }
  return "p::s1::n", "p::sum::n"
end
-- with 2^(N / 3) ways from its foot to its head
function shapes.ladder()
  local x = one {}
  for i = 1, N // 3 do
    x = add:with { id = "j" .. i } { a = inc:with { id = "l" .. i } { n = x }, b = add:with { id = "r" .. i } { a = x, b = 7 } }
  end
  return "p::one::n", "p::j" .. N // 3 .. "::n"
end
-- whose items have the bytes of other items' results
function shapes.map()
  sum { xs = inc:map { n = range {} } }
  return "p::range::xs", "p::sum::n"
end
-- a map over the results of steps
function shapes.wide()
  local list = {}
  for i = 1, N // 2 do list[i] = one:with { id = "s" .. i, k = i } {} end
  sum { xs = inc:map { n = list } }
  return "p::s1::n", "p::sum::n"
end
function shapes.whens()
  local x = one {}
  for i = 1, N // 3 do
    x = rille.when(even:with { id = "is" .. i } { n = x }, { function() return inc:with { id = "a" .. i } { n = x } end,
      otherwise = function() return add:with { id = "b" .. i } { a = x, b = i } end, id = "w" .. i })
  end
  return "p::one::n", "p::" .. (N // 3 % 2 == 1 and "b" or "a") .. N // 3 .. "::n"
end
-- all make the same bytes, each of something else
function shapes.alike()
  local list = {}
  for i = 1, N // 2 do list[i] = even:with { id = "e" .. i } { n = one:with { id = "s" .. i, k = 2 * i } {} } end
  local pick = rille.step "pick" { inputs = { t.list(t.boolean) "bs" }, outputs = { t.integer "n" }, run = function(bs) return #bs end }
  pick { bs = list }
  return "p::s1::n", "p::pick::n"
end
function shapes.order()
  local x = one {}
  for i = 2, N do x = one:with { id = "s" .. i, k = i, after = x } {} end
  return "p::one::n", "p::s" .. N .. "::n"
end

local first, last
local p = rille.pipeline "p" { define = function() first, last = shapes[SHAPE]() end }
]]

-- Runs each in turn and says what it cost.
local COUNTS <const> = SHAPES .. [[
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local cost <close> = assert(io.open("cost", "w"))

-- The metadata, whose calls are counted.
local calls = 0
local function counted(meta)
  return setmetatable({}, { __index = function(_, name)
    local method = meta[name]
    return function(_, ...)
      calls = calls + 1
      return method(meta, ...)
    end
  end, __len = function() return #meta end })
end

local function count(name, run)
  local hundreds, before = 0, calls
  collectgarbage()
  debug.sethook(function() hundreds = hundreds + 1 end, "", 100)
  run()
  debug.sethook()
  cost:write(string.format("%s\t%d\t%d\n", name, hundreds, calls - before))
end

count("run", function() p:run { run_name = "r1" } end)
count("run, cached", function() p:run { run_name = "r2" } end)
count("plan", function() p:plan() end)

project.need "read"
local meta = project.meta
local function told(name, args)
  project.meta = counted(meta)          -- nothing is kept from one to the next
  global_options.set { json = args.json }
  count(name .. (args.json and " --json" or "") .. (args.all and " --all" or "") .. (args.down and " --down" or "") .. (args.format and " --" .. args.format or ""),
    function() require("rille.cmd." .. name).run(args) end)
  global_options.set { json = false }
  project.meta = meta
end

for _, all in ipairs { false, true } do
  told("lineage", { last, all = all })
  told("lineage", { first, down = true, all = all })
  for _, format in ipairs { "text", "svg", "html", "dot", "mermaid" } do
    told("graph", { "r1", [format] = true, all = all, format = format })
  end
  told("graph", { last, all = all })
end
told("graph", { "r1", json = true })
told("lineage", { last, json = true })
told("lineage", { first, json = true, down = true })
for _, json in ipairs { false, true } do
  told("show", { "r1", json = json })
  told("show", { "p@-1", json = json })
  told("show", { last, json = json })
  told("diff", { "r1", "r2", json = json })
  told("log", { "r1", json = json })
  told("runs", { json = json })
  told("artifact", { "list", json = json })
  told("pipeline", { "show", "p", json = json })
end
told("verify", { "r1" })
told("fsck", {})

count("producers", function()
  local n, a = 0, rille.artifact(last)
  while a do
    local made = a.producer
    n, a = n + 1, made and #made.inputs > 0 and made.inputs[#made.inputs] or nil
  end
end)
count("steps, their inputs, outputs and producers", function()
  local run = rille.pipelines.p.runs[-1]
  for _, step in pairs(run.steps) do
    for k = 1, #step.inputs do if step.id ~= "pick" then local _ = step.inputs[k].producer, step.inputs[k].type end end
    for k = 1, #step.outputs do local _ = step.outputs[k].name, step.outputs[k].producer, step.outputs[k].metadata end
  end
end)
]]

local function costs_of(shape, n)
  local p <close> = scratch.new()
  p:write("main.lua", COUNTS)
  local r = p:sh(string.format('N=%d SHAPE=%s "$RILLE" -q main.lua', n, shape))
  if r.code ~= 0 then error(string.format("%s of %d: exit %d\n%s", shape, n, r.code, r.err), 0) end
  local list, by = {}, {}
  for name, hundreds, calls in (p:read "cost"):gmatch "([^\n\t]+)\t(%d+)\t(%d+)\n" do
    list[#list + 1], by[name] = name, { tonumber(hundreds), tonumber(calls) }
  end
  return list, by
end

-- What grows more than it may, in words.
local function growth(shape)
  local names, small = costs_of(shape, SMALL)
  local _, large = costs_of(shape, SMALL * FACTOR)
  local found = {}
  for _, name in ipairs(names) do
    for k, what in ipairs { "hundreds of instructions", "calls of the metadata" } do
      local a, b = small[name][k], large[name][k]
      if b > MOST * a + 20 then found[#found + 1] = string.format("%s: %d -> %d %s", name, a, b, what) end
    end
  end
  return table.concat(found, "\n"), #names
end

for _, shape in ipairs { "chain", "fan", "ladder", "map", "wide", "whens", "alike", "order" } do
  check.test("no command costs more than its share of a pipeline of the shape " .. shape, function()
    local found, n = growth(shape)
    check.eq(found, "")
    check.ok(n > 40, n .. " were counted")
  end)
end

check.done()
