-- rille diff and run:diff.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local two_steps = require "two_steps"

local function find(list, field, value)
  for _, one in ipairs(list) do if one[field] == value then return one end end
  error("there is none with " .. field .. " = " .. tostring(value), 2)
end

local HEAD, MAIN, project = two_steps.HEAD, two_steps.MAIN, two_steps.project

local VALUES = HEAD .. [[
local make = rille.step "make" {
  params = { n = 3 },
  outputs = { t.matrix "m", t.table "tab", t.frame "f", t.string "s", t.string "text", t.number "x", t.bytes "b", t.vector "v" },
  run = function(p, ctx)
    ctx:log_metric { acc = p.n / 4 }
    return array.from({ { 1, 2, 3 }, { 4, 5, p.n } }, "f64"), { a = { 1, 2, p.n }, ["b c"] = "x", d = { e = p.n } },
      frame.new { { "k", array.from { 1.5, 2, p.n } }, { "name", { "a", "b", "n" .. p.n } } }, "s" .. p.n, "one\ntwo " .. p.n .. "\n", p.n / 2,
      ("x"):rep(p.n), array.zeros({ p.n }, "i64")
  end,
}
return rille.pipeline "main" { params = { n = 3 }, define = function(p) make { n = p.n } end }
]]

local function outputs_of(told)
  local map = {}
  for _, out in ipairs(told.steps[1].outputs) do map[out.name] = out.difference end
  return map
end

check.test("diff compares outputs by what they are: cells, elements, columns, lines, sizes", function()
  local p <close> = scratch.new()
  p:write("main.lua", VALUES)
  p:ok("run main.lua -q --name a")
  p:ok("run main.lua -q --name b --set n=5")
  local told = p:json("diff a b")
  check.eq(told.parameters, { { name = "n", a = 3, b = 5 } })
  local out = outputs_of(told)
  check.eq(out.m,
    { kind = "array", shape = { { 2, 3 }, { 2, 3 } }, dtype = { "f64", "f64" }, elements = 6, differing = 1, max = 2.0,
      at = { 2, 3 }, a = 3.0, b = 5.0, norm = 2.0 })
  check.eq(out.tab,
    { kind = "table", differing = 2, cells = { { path = "a[3]", a = 3, b = 5 }, { path = "d.e", a = 3, b = 5 } } })
  check.eq(out.f.columns,
    { { name = "k", differing = 1, row = 3, a = 3.0, b = 5.0, max = 2.0 },
      { name = "name", differing = 1, row = 3, a = "n3", b = "n5" } })
  check.eq(out.s, { kind = "value", a = "s3", b = "s5" })
  check.eq(out.text, { kind = "text", lines = { "-two 3", "+two 5" } })
  check.eq(out.x, { kind = "value", a = 1.5, b = 2.5, delta = 1.0 })
  check.eq(out.b.size, { 3, 5 })
  check.eq({ out.v.shape, out.v.differing }, { { { 3 }, { 5 } } })
  check.eq(told.steps[1].metrics, { { name = "acc", a = 0.75, b = 1.25, delta = 0.5 } })
  local text = p:ok("diff a b")
  for _, line in ipairs { "parameter n  3 -> 5", "output m  f64 {2, 3}, 1 of 6 elements differ",
    "largest at [2, 3]  3.0 -> 5.0 (2)", "a[3]  3 -> 5",
    "column name  1 cell differs, first in row 3  \"n3\" -> \"n5\"", "output v  i64 {3} -> i64 {5}",
    "metric acc  0.75 -> 1.25 (+0.5)", "1 step differs, 0 the same" } do
    check.has(text, line)
  end
  for line in text:gmatch "[^\n]+" do check.ok(#line <= 80, line) end
end)

check.test("diff of equal runs says that no step differs, cached or not", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a")
  p:ok("run main.lua -q --name b")
  p:ok("run main.lua -q --name c --no-cache")
  for _, pair in ipairs { "a b", "a c", "b c", "a a" } do
    check.has(p:ok("diff " .. pair), "no step differs")
    local told = p:json("diff " .. pair)
    check.eq({ told.same, told.steps, told.parameters, told.added, told.removed }, { 3, {}, {}, {}, {} })
  end
end)

check.test("diff gives the changed line of code, what was read, and the wiring", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a")
  p:write("main.lua",
    (MAIN:gsub("return x %* base", "return x * base + 1"):gsub('twice:with { id = "again" } { x = m }',
      'twice:with { id = "again", k = 3 } { x = 7 }\n    twice:with { id = "third" } { x = m }')))
  p:write("data.txt", "6\n")
  p:ok("run main.lua -q --name b")
  local told = p:json("diff a b")
  check.eq({ told.added, told.removed }, { { "third" }, {} })
  local make, twice, again = find(told.steps, "id", "make"), find(told.steps, "id", "twice"),
    find(told.steps, "id", "again")
  check.eq(make.reads, { { kind = "file", name = "data.txt", change = "changed" } })
  check.eq(find(twice.changes, "what", "captured function double (main.lua:5) changed").lines,
    { "-  return x * base", "+  return x * base + 1" })
  check.eq(again.wiring, { { port = "x", a = "make", b = "a value" } })
  check.eq(find(again.changes, "what", "parameter k 1 -> 3").lines, nil)
  local text = p:ok("diff a b")
  check.has(text, "      -   return x * base\n      +   return x * base + 1\n")
  check.has(text, "input x  from make -> a value")
  check.has(text, "steps added  third")
end)

check.test("diff takes ids, PIPELINE@-N and runs of two pipelines, failed ones too", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a")
  p:write("other.lua",
    (MAIN:gsub('pipeline "main"', 'pipeline "other"'):gsub("return double", "error 'no' return double")))
  check.eq(p:rille("run other.lua -q --name o").code, 1)
  local told = p:json("diff main@-1 " .. p:json("show o").id)
  check.eq(find(told.run, "name", "pipeline"), { name = "pipeline", a = "main", b = "other" })
  check.eq(find(told.steps, "id", "twice").status, { "completed", "failed" })
  local r = p:rille "diff main@-1 nix"
  check.eq({ r.code, r.err }, { 3, "rille: no run named 'nix'\n" })
  check.eq(p:rille("diff a").code, 2)
end)

check.test("run:diff gives the same table in a script", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a")
  p:ok("run main.lua -q --name b --set n=4")
  p:write("look.lua",
    'local rille = require "rille"\nlocal runs = rille.pipelines.main.runs\nlocal d = '
      .. 'runs[1]:diff(runs[2])\nprint(d.parameters[1].b, #d.steps, d.a.name)\nruns[1]:diff(5)\n')
  local r = p:rille "look.lua"
  check.eq(r.out, "4\t3\ta\n")
  check.has(r.err, "look.lua:5: run:diff: expected a run, found 5")
end)

check.test("diff of large arrays reads them piece by piece", function()
  local p <close> = scratch.new()
  p:write("main.lua", HEAD .. [[
local make = rille.step "make" { params = { at = 1 }, outputs = { t.matrix "m" }, run = function(p)
  local m = array.normal({ 3000, 1000 }, 7)
  m:set(p.at, 5, 1e6)
  return m
end }
return rille.pipeline "main" { params = { at = 1 }, define = function(p) make { at = p.at } end }
]])
  p:ok("run main.lua -q --name a --set at=2999")
  p:ok("run main.lua -q --name b --set at=2")
  local m = outputs_of(p:json("diff a b")).m
  check.eq({ m.elements, m.differing }, { 3000000, 2 })
  check.ok(m.at[2] == 5 and (m.at[1] == 2 or m.at[1] == 2999))
  check.ok(math.abs(m.norm - 2 ^ 0.5 * 1e6) < 100)
end)

check.test("NaN is equal to NaN, and a NaN beside a number differs", function()
  local p <close> = scratch.new()
  p:write("main.lua", HEAD .. [[
local make = rille.step "make" { params = { n = 1 }, outputs = { t.vector "v", t.table "t" }, run = function(p)
  return array.from { 0/0, 1, p.n == 1 and 2 or 0/0, 1/0 }, { 0/0, p.n }
end }
return rille.pipeline "main" { params = { n = 1 }, define = function(p) make { n = p.n } end }
]])
  p:ok("run main.lua -q --name a")
  p:ok("run main.lua -q --name b --set n=2")
  local out = outputs_of(p:json("diff a b"))
  check.eq({ out.v.differing, out.v.max, out.v.norm }, { 1, 0.0, 0.0 })
  check.eq({ out.t.differing, out.t.cells[1].path }, { 1, "[2]" })
  check.has(p:ok("diff a b"), "1 of 4 elements differ")
end)

check.done()
