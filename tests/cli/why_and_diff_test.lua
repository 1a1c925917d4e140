-- understand_test: what rille tells of runs: why and why not, diff, lineage,
-- plan with its estimate, log, config, show --source.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local function ok(p, arguments)
  local r = p:rille(arguments)
  if r.code ~= 0 then error(arguments .. ": " .. r.err, 2) end
  return r.out
end
local function ask(p, arguments) return json.decode(ok(p, arguments .. " --json")) end

local function find(list, field, value)
  for _, one in ipairs(list) do if one[field] == value then return one end end
  error("there is none with " .. field .. " = " .. tostring(value), 2)
end

local HEAD = [[
local rille = require "rille"
local array, frame = require "rille.array", require "rille.frame"
local t = rille.types
]]

local MAIN = HEAD .. [[
local base = 2
local function double(x)
  return x * base
end
local make = rille.step "make" {
  params = { n = 3 }, outputs = { t.integer "out" },
  run = function(p)
    local f = assert(io.open "data.txt")
    local v = f:read "n"
    f:close()
    print("made of " .. p.n)
    return p.n % 2 + v + #(os.getenv "RILLE_MODE" or "")
  end,
}
local twice = rille.step "twice" {
  inputs = { t.integer "x" }, params = { k = 1 }, outputs = { t.integer "n" },
  run = function(x, p) return double(x) * p.k end,
}
return rille.pipeline "main" {
  params = { n = 3 },
  define = function(p)
    local m = make { n = p.n }
    twice { x = m }
    twice:with { id = "again" } { x = m }
  end,
}
]]

check.test("why says that values came to be one, or two", function()
  local p <close> = scratch.new()
  local function why(top)
    p:write("main.lua", HEAD .. top .. [=[

local work = rille.step "work" { outputs = { t.any "n" }, run = function() a[1] = 9 return b[1] end }
return rille.pipeline "main" { define = function() work {} end }
]=])
    ok(p, "run main.lua")
    return ok(p, "why work")
  end
  why "local a = array.from { 1, 2 } local b = a"
  local text = why "local a = array.from { 1, 2 } local b = array.from { 1, 2 }"
  check.has(text, "captured b is no longer the same object as a\n")
  check.ok(not text:find " new" and not text:find "gone" and not text:find "changed", text)
  text = why "local a = array.from { 1, 2, 3 } local b = a:slice(1, 2)"
  check.has(text, "captured b is a view of the memory of a\n")
  text = why "local a = { 1, 2 } local b = a"
  check.has(text, "captured b is the same table as a\n")
  text = why "local a = { 1, 2 } local b = { 1, 2 }"
  check.has(text, "captured b is no longer the same table as a\n")
  check.ok(not text:find " new" and not text:find "gone" and not text:find "changed", text)
end)

local function project()
  local p = scratch.new()
  p:write("main.lua", MAIN)
  p:write("data.txt", "5\n")
  return p
end

-- why --------------------------------------------------------------------------

check.test("of a node that another step has now, the code is compared, and told once", function()
  local p <close> = scratch.new()
  local text = HEAD .. [[
local function h() return 3 end
local one = rille.step "NAME" { outputs = { t.integer "x" }, run = function() return h() + 1 end }
return rille.pipeline "c" { define = function() one:with { id = "i" } {} end }
]]
  p:write("main.lua", (text:gsub("NAME", "n1")))
  ok(p, "run main.lua -q")
  p:write("main.lua", (text:gsub("NAME", "n2"):gsub("h%(%) %+ 1", "h() + 2")))
  ok(p, "run main.lua -q")
  local out = ok(p, "why i")
  check.has(out, "it is step n2, was step n1")
  check.has(out, "its code (main.lua:5) changed")
  check.has(out, "- local one = rille.step")
  check.eq(select(2, out:gsub("its code", "")), 1, out)
  check.ok(not out:find " is gone" and not out:find " is new", out)
end)

check.test("why of a hit names the result, what was compared and what was read", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name r1")
  ok(p, "run main.lua -q --name r2")
  local text = ok(p, "why make --not")
  check.has(text, "make in r2: cached")
  check.has(text, "its key was made before, and nothing it read has changed")
  check.has(text, "result of  r1/make\n  made       20")
  check.has(text, "code, 1 parameter")
  check.has(text, "1 variable, 1 file")
  check.ok(not text:find "data.txt", "the short form lists files")
  text = ok(p, "why make --not -v")
  for _, line in ipairs { "function   make.run", "parameter  n", "file       data.txt", "variable   RILLE_MODE" } do check.has(text, line) end
  check.eq(ok(p, "why make"), ok(p, "why make --not"))
  local hit = ask(p, "why make").hit
  check.eq({ hit.run, hit.step, hit.twin, hit.cut_off, hit.parameters }, { "r1", "make", false, nil, { n = 3 } })
  check.eq(find(hit.reads, "name", "data.txt").kind, "file")
end)

check.test("why of a step behind one that made equal bytes says that it was cut off", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name r1")
  ok(p, "run main.lua -q --name r2 --set n=5")
  check.has(ok(p, "why twice"), "cut off    make ran again and made the same bytes")
  check.eq(ask(p, "why twice").hit.cut_off, { "make" })
end)

check.test("why of a twin names the step of the same run", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name r1")
  check.has(ok(p, "why again"), "the same work as twice of this run, which made it")
  check.eq(ask(p, "why again").hit.twin, true)
end)

check.test("why --not of a step that ran says in a line why it was no hit", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name r1")
  check.eq(ok(p, "why make --not"), "make in r1: ran\n  no hit, it ran: it had not run before\n")
  p:write("data.txt", "6\n")
  ok(p, "run main.lua -q --name r2")
  check.eq(ok(p, "why make --not"), "make in r2: ran\n  no hit, it ran: data.txt changed\n")
  check.eq(ask(p, "why make --not").hit, nil)
end)

check.test("with -v a run tells the reason of every step", function()
  local p <close> = project()
  local err = p:rille("run main.lua -v").err
  check.has(err, "it has not run before")
  p:write("main.lua", (MAIN:gsub("base = 2", "base = 3")))
  err = p:rille("run main.lua -v --set n=4").err
  check.has(err, "parameter n 3 -> 4")
  check.has(err, "captured double: base 2 -> 3; input x changed")
end)

check.test("a repair is told once", function()
  local p <close> = scratch.new()
  p:write("main.lua", HEAD .. [[
local make = rille.step "make" { outputs = { t.string "s" }, run = function() return ("abc"):rep(5000) end }
local use = rille.step "use" { inputs = { t.string "s" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(s, p) return #s + p.k end }
return rille.pipeline "main" { params = { k = 1 }, define = function(p) use { s = make {}, k = p.k } end }
]])
  ok(p, "run main.lua -q")
  p:sh "f=$(find .rille/objects -type f | head -n 1); chmod u+w $f; printf XXXXXXXX | dd of=$f bs=1 seek=20 conv=notrunc"
  local err = p:rille("run main.lua --set k=2").err
  local _, count = err:gsub("its output is missing from the store or damaged", "")
  check.eq(count, 1)
end)

-- diff -------------------------------------------------------------------------

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
  ok(p, "run main.lua -q --name a")
  ok(p, "run main.lua -q --name b --set n=5")
  local told = ask(p, "diff a b")
  check.eq(told.parameters, { { name = "n", a = 3, b = 5 } })
  local out = outputs_of(told)
  check.eq(out.m, { kind = "array", shape = { { 2, 3 }, { 2, 3 } }, dtype = { "f64", "f64" }, elements = 6, differing = 1, max = 2.0, at = { 2, 3 }, a = 3.0, b = 5.0, norm = 2.0 })
  check.eq(out.tab, { kind = "table", differing = 2, cells = { { path = "a[3]", a = 3, b = 5 }, { path = "d.e", a = 3, b = 5 } } })
  check.eq(out.f.columns, { { name = "k", differing = 1, row = 3, a = 3.0, b = 5.0, max = 2.0 }, { name = "name", differing = 1, row = 3, a = "n3", b = "n5" } })
  check.eq(out.s, { kind = "value", a = "s3", b = "s5" })
  check.eq(out.text, { kind = "text", lines = { "-two 3", "+two 5" } })
  check.eq(out.x, { kind = "value", a = 1.5, b = 2.5, delta = 1.0 })
  check.eq(out.b.size, { 3, 5 })
  check.eq({ out.v.shape, out.v.differing }, { { { 3 }, { 5 } } })
  check.eq(told.steps[1].metrics, { { name = "acc", a = 0.75, b = 1.25, delta = 0.5 } })
  local text = ok(p, "diff a b")
  for _, line in ipairs { "parameter n  3 -> 5", "output m  f64 {2, 3}, 1 of 6 elements differ", "largest at [2, 3]  3.0 -> 5.0 (2)", "a[3]  3 -> 5",
    "column name  1 cell differs, first in row 3  \"n3\" -> \"n5\"", "output v  i64 {3} -> i64 {5}", "metric acc  0.75 -> 1.25 (+0.5)", "1 step differs, 0 the same" } do
    check.has(text, line)
  end
  for line in text:gmatch "[^\n]+" do check.ok(#line <= 80, line) end
end)

check.test("diff of equal runs says that no step differs, cached or not", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name a")
  ok(p, "run main.lua -q --name b")
  ok(p, "run main.lua -q --name c --no-cache")
  for _, pair in ipairs { "a b", "a c", "b c", "a a" } do
    check.has(ok(p, "diff " .. pair), "no step differs")
    local told = ask(p, "diff " .. pair)
    check.eq({ told.same, told.steps, told.parameters, told.added, told.removed }, { 3, {}, {}, {}, {} })
  end
end)

check.test("diff gives the changed line of code, what was read, and the wiring", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name a")
  p:write("main.lua", (MAIN:gsub("return x %* base", "return x * base + 1"):gsub('twice:with { id = "again" } { x = m }', 'twice:with { id = "again", k = 3 } { x = 7 }\n    twice:with { id = "third" } { x = m }')))
  p:write("data.txt", "6\n")
  ok(p, "run main.lua -q --name b")
  local told = ask(p, "diff a b")
  check.eq({ told.added, told.removed }, { { "third" }, {} })
  local make, twice, again = find(told.steps, "id", "make"), find(told.steps, "id", "twice"), find(told.steps, "id", "again")
  check.eq(make.reads, { { kind = "file", name = "data.txt", change = "changed" } })
  check.eq(find(twice.changes, "what", "captured function double (main.lua:5) changed").lines, { "-  return x * base", "+  return x * base + 1" })
  check.eq(again.wiring, { { port = "x", a = "make", b = "a value" } })
  check.eq(find(again.changes, "what", "parameter k 1 -> 3").lines, nil)
  local text = ok(p, "diff a b")
  check.has(text, "      -   return x * base\n      +   return x * base + 1\n")
  check.has(text, "input x  from make -> a value")
  check.has(text, "steps added  third")
end)

check.test("diff takes ids, PIPELINE@-N and runs of two pipelines, failed ones too", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name a")
  p:write("other.lua", (MAIN:gsub('pipeline "main"', 'pipeline "other"'):gsub("return double", "error 'no' return double")))
  check.eq(p:rille("run other.lua -q --name o").code, 1)
  local told = ask(p, "diff main@-1 " .. ask(p, "show o").id)
  check.eq(find(told.run, "name", "pipeline"), { name = "pipeline", a = "main", b = "other" })
  check.eq(find(told.steps, "id", "twice").status, { "completed", "failed" })
  local r = p:rille "diff main@-1 nix"
  check.eq({ r.code, r.err }, { 3, "rille: no run is called 'nix'\n" })
  check.eq(p:rille("diff a").code, 2)
end)

check.test("run:diff gives the same table in a script", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name a")
  ok(p, "run main.lua -q --name b --set n=4")
  p:write("look.lua", 'local rille = require "rille"\nlocal runs = rille.pipelines.main.runs\nlocal d = runs[1]:diff(runs[2])\nprint(d.parameters[1].b, #d.steps, d.a.name)\nruns[1]:diff(5)\n')
  local r = p:rille "look.lua"
  check.eq(r.out, "4\t3\ta\n")
  check.has(r.err, "look.lua:5: run:diff: expected a run, found the integer 5")
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
  ok(p, "run main.lua -q --name a --set at=2999")
  ok(p, "run main.lua -q --name b --set at=2")
  local m = outputs_of(ask(p, "diff a b")).m
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
  ok(p, "run main.lua -q --name a")
  ok(p, "run main.lua -q --name b --set n=2")
  local out = outputs_of(ask(p, "diff a b"))
  check.eq({ out.v.differing, out.v.max, out.v.norm }, { 1, 0.0, 0.0 })
  check.eq({ out.t.differing, out.t.cells[1].path }, { 1, "[2]" })
  check.has(ok(p, "diff a b"), "1 of 4 elements differ")
end)

-- lineage ----------------------------------------------------------------------

local function lineage_project()
  local p = scratch.new()
  p:write("main.lua", HEAD .. [[
local same = rille.step "same" { inputs = { t.integer "x" }, params = { k = 0 }, outputs = { t.integer "y" }, run = function(x) return x end }
local add = rille.step "add" { inputs = { t.integer "x", t.integer "z" }, outputs = { t.integer "y" }, run = function(x, z) return x + z end }
local one = rille.pipeline "one" { define = function() add { x = same:with { id = "b" } { x = same { x = 41 }, k = 1 }, z = 7 } end }
local two = rille.pipeline "two" { define = function() same:with { id = "other" } { x = rille.external { pipeline = "one", artifact = "add::y" }, k = 2 } end }
-- not wired to any: it is given the same bytes
local three = rille.pipeline "three" { define = function() same:with { id = "equal" } { x = 41, k = 3 } end }
if rille.main() then one:run { run_name = "r1" } one:run { run_name = "r2" } two:run { run_name = "s1" } three:run { run_name = "t1" } end
]])
  ok(p, "main.lua -q")
  ok(p, "run main.lua one -q --from add --name r3")
  return p
end

check.test("lineage goes up through steps that give back what they took, and ends", function()
  local p <close> = lineage_project()
  local text = ok(p, "lineage one::add::y")
  local order = {}
  for word in text:gmatch "[●◌]+ (%a+) " do order[#order + 1] = word end
  check.eq(order, { "add", "b", "same" })
  check.ok(text:find "├─□ z +%x+  integer 7 +given\n", text)
  check.eq(select(2, text:gsub("\n", "")), 6)
end)

check.test("lineage goes down across runs and pipelines, equal runs as one", function()
  local p <close> = lineage_project()
  local text = ok(p, "lineage one::same::y --down")
  check.ok(text:find "● b +%x+  integer 41  r1 of one\n", text)
  check.ok(text:find "● add +%x+  integer 48  r3 of one and 1 more\n", text)
  local told = ask(p, "lineage one::same::y --down")
  check.eq({ told.direction, #told.artifact, #told.items, told.items[1].run, told.items[4].run }, { "down", 64, 4, "r1", "r3" })
  text = ok(p, "lineage one::add::y --down")
  check.ok(text:find "● other +%x+  integer 48  s1 of two\n", text)
  check.eq(text:find "equal", nil)
end)

check.test("lineage --depth stops, in the tree and in JSON", function()
  local p <close> = lineage_project()
  check.eq(select(2, ok(p, "lineage one::add::y --depth 1"):gsub("\n", "")), 5)
  check.has(ok(p, "lineage one::add::y --depth 1"), "… deeper steps are left out; a larger --depth shows them\n")
  check.eq(ok(p, "lineage one::add::y --depth 3"), ok(p, "lineage one::add::y"))
  for _, item in ipairs(ask(p, "lineage one::add::y --depth 1").items) do check.ok(item.step == "add" or item.step == "other", item.step) end
  check.eq(p:rille("lineage one::add::y --depth 0").code, 2)
  check.eq(p:rille("lineage one::add::y --up --down").code, 2)
end)

-- plan -------------------------------------------------------------------------

local SLOW = HEAD .. [[
local wait = rille.step "wait" { inputs = { t.any "x" }, params = { n = 1, s = 0.05 }, outputs = { t.integer "y" }, run = function(_, p)
  local t0 = os.clock()
  while os.clock() - t0 < p.s do end
  return p.n
end, cache = "always" }
local join = rille.step "join" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "y" }, run = function(xs) return #xs end }
return rille.pipeline "main" { params = { n = 1, more = 0 }, define = function(p)
  local list = {}
  for i = 1, 4 + p.more do list[i] = wait:with { id = "w" .. i } { x = i, n = p.n * 10 + i } end
  join(list)
end }
]]

check.test("plan estimates the time from past runs, for one job and for several", function()
  local p <close> = scratch.new()
  p:write("main.lua", SLOW)
  local told = ask(p, "plan main.lua")
  check.eq({ told.estimate.unknown, told.estimate.seconds, told.items[1].estimate }, { 5, 0.0, nil })
  check.has(ok(p, "plan main.lua"), "no history of the steps: no estimate of the time")
  ok(p, "run main.lua -q")
  told = ask(p, "plan main.lua --set n=2 -j 2")
  local e = told.estimate
  check.ok(e.seconds > 0.19, "seconds " .. e.seconds)
  check.ok(e.up_to >= e.seconds and e.with_jobs < e.seconds * 0.8 and e.chain < e.with_jobs, "jobs")
  check.eq({ e.jobs, e.unknown, told.items[1].estimate.same_code }, { 2, 0, true })
  local text = ok(p, "plan main.lua --set n=2 -j 2")
  check.has(text, "about ")
  check.has(text, " with -j 2")
  check.has(text, "by the median of 1 past run of each step")
  check.has(text, "<= ")
  told = ask(p, "plan main.lua")
  check.ok(told.estimate.saved > 0.19 and told.estimate.seconds == 0, "saved")
  check.has(ok(p, "plan main.lua"), "the cache saves ")
end)

check.test("plan estimates a new id by its step, and other code by that before, and says so", function()
  local p <close> = scratch.new()
  p:write("main.lua", SLOW)
  ok(p, "run main.lua -q")
  local told = ask(p, "plan main.lua --set more=1")
  check.eq(told.items[5].estimate.same_code, true)
  p:write("main.lua", (SLOW:gsub("return p.n\n", "return p.n + 0\n")))
  check.eq(ask(p, "plan main.lua").items[1].estimate.same_code, false)
end)

check.test("p:plan in a script tells the reasons", function()
  local p <close> = project()
  ok(p, "run main.lua -q")
  p:write("look.lua", 'local p = dofile "main.lua"\nfor _, one in ipairs(p:plan { params = { n = 9 } }) do print(one.id, one.status, one.reason) end\n')
  check.has(ok(p, "look.lua"), "make\trun\tparameter n 3 -> 9\n")
end)

-- log, show ---------------------------------------------------------------------

check.test("log groups by step, with times, and says where a cached one is from", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name a")
  check.ok(ok(p, "log a"):find "^%-%- make  %d%d:%d%d:%d%d  completed in [%d.]+ %a+\nmade of 3\n$")
  check.eq(ok(p, "log a/make"), "made of 3\n")
  local r = p:rille "log a/twice"
  check.eq({ r.out, r.err }, { "", "step twice of run a printed and logged nothing\n" })
  ok(p, "run main.lua -q --name b")
  check.has(ok(p, "log b"), "-- make  cached, of a/make\nmade of 3\n")
  local items = ask(p, "log b").items
  check.eq({ items[1].step, items[1].cached_from, items[1].log, items[1].status }, { "make", "a/make", "made of 3\n", "cached" })
end)

check.test("show --source gives a step's code as it was, with -v what it calls", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name a")
  p:write("main.lua", "return nil")
  local text = ok(p, "show a/twice --source")
  check.has(text, "run = function(x, p) return double(x) * p.k end")
  check.has(text, "-- and 1 function that it calls; -v shows them")
  check.has(ok(p, "show twice --source -v"), "-- main.lua:5\nlocal function double(x)\n  return x * base\nend\n")
  check.eq(ask(p, "show twice --source").functions[2].name, "double")
  check.eq(p:rille("show a --source").code, 2)
end)

check.test("show --json has the fields of a run that other tools rely on", function()
  local p <close> = project()
  ok(p, "run main.lua -q --name a --tag x")
  -- a null field counts, too, which json.decode leaves out
  local run = require("rille.yaml").decode(ok(p, "show a --json"), "show", true)
  for _, name in ipairs { "id", "name", "pipeline", "status", "reason", "started", "seconds", "parameters", "stack", "tags", "script", "git", "steps" } do
    check.ok(run[name] ~= nil, name .. " is not there")
  end
  for _, name in ipairs { "id", "step", "status", "reason", "key", "seconds", "parameters", "inputs", "metrics", "metadata", "outputs" } do
    check.ok(run.steps[1][name] ~= nil, "a step's " .. name .. " is not there")
  end
  for _, name in ipairs { "id", "digest", "type", "version", "size", "uri" } do
    check.ok(run.steps[1].outputs.out[name] ~= nil, "an output's " .. name .. " is not there")
  end
end)

-- config ------------------------------------------------------------------------

local YAML = [[
run_name: nightly-{n}
parameters: { n: 9 }
steps:
  twice: { parameters: { k: 4 } }
tags: [nightly]
extra: { owner: data }
]]

check.test("a run is set by a YAML file, below the command line and above the code", function()
  local p <close> = project()
  p:write("c.yaml", YAML)
  ok(p, "run main.lua -q --config c.yaml")
  local run = ask(p, "show nightly-1")
  check.eq({ run.parameters, run.tags, run.extra }, { { n = 9 }, { "nightly" }, { owner = "data" } })
  check.eq({ run.steps[2].parameters, run.steps[3].parameters }, { { k = 4 }, { k = 1 } })
  ok(p, "run main.lua -q --config c.yaml --set n=2 --set twice.k=6 --name mine --tag t")
  run = ask(p, "show mine")
  check.eq({ run.parameters, run.tags, run.steps[2].parameters }, { { n = 2 }, { "t" }, { k = 6 } })
end)

check.test(":run takes a file below the script's folder, and its own options are nearer", function()
  local p <close> = project()
  p:sh "mkdir sub"
  p:write("sub/c.yaml", YAML)
  p:write("sub/go.lua", 'package.path = "../?.lua;" .. package.path\nlocal p = require "main"\nlocal run = p:run { config = "c.yaml", params = { n = 1 } }\nprint(run.name, run.parameters.n, run.steps.twice.parameters.k, run.extra.owner)\np:run { config = "nix.yaml" }\n')
  p:write("sub/data.txt", "1")
  local r = p:rille "-q sub/go.lua"
  check.has(r.out, "\t1\t4\tdata\n")
  check.has(r.err, "sub/go.lua:5: run: config: there is no file ")
end)

check.test("a step that a file turns off runs every time", function()
  local p <close> = project()
  p:write("c.yaml", "steps: { make: { enable_cache: false } }")
  ok(p, "run main.lua -q --config c.yaml")
  ok(p, "run main.lua -q --config c.yaml --name b")
  check.eq({ ask(p, "show b").steps[1].status, ask(p, "show b").steps[2].status }, { "completed", "cached" })
  p:write("c.yaml", "enable_cache: false")
  ok(p, "run main.lua -q --config c.yaml --name c")
  check.eq(ask(p, "show c").steps[2].status, "completed")
end)

check.test("config says of each value where it is from", function()
  local p <close> = project()
  p:write("c.yaml", YAML)
  local told = ask(p, "config main.lua --config c.yaml --set make.n=4 -j 3")
  local function from(name)
    local one = find(told.items, "name", name)
    return { one.value, one.source, one.at }
  end
  check.eq(from "n", { 9, "yaml", "c.yaml:2" })
  check.eq(from "make.n", { 4, "command line", nil })
  check.eq(from "twice.k", { 4, "yaml", "c.yaml:4" })
  check.eq(from "again.k", { 1, "default", "main.lua:18" })
  check.eq(from "jobs", { 3, "command line", nil })
  check.eq(from "run_name", { "nightly-{n}", "yaml", "c.yaml:1" })
  check.eq(from("cache")[2], "default")
  check.has(ok(p, "config main.lua --config c.yaml"), "twice.k         4")
  check.has(ok(p, "config main.lua --set n=5"), "make.n          5                       define, main.lua:22")
  check.eq(p:sh("ls .rille").code ~= 0, true, "config made a store")
end)

check.test("a mistake in a file is told with its line and column, before anything runs", function()
  local p <close> = project()
  for text, message in pairs {
    ["parameters:\n  m: 1\n"] = 'rille: c.yaml:2:3: pipeline "main": unknown parameter "m"; there is n\n',
    ["steps:\n  twic: {}\n"] = 'rille: c.yaml:2:3: there is no step "twic"; did you mean "twice"?\n',
    ["tags: [\n"] = "rille: c.yaml:2:1: did not find expected node content; check the indentation, quotes and brackets\n",
    ["parameters: { n: ${env:RILLE_NIX} }\n"] = false,
  } do
    p:write("c.yaml", text)
    for _, command_line in ipairs { "run main.lua", "plan main.lua", "config main.lua" } do
      local r = p:rille(command_line .. " --config c.yaml")
      check.eq(r.code, 3, r.err)
      if message then check.eq(r.err, message) end
    end
  end
  local r = p:rille "run main.lua --config nix.yaml"
  check.eq(r.code, 2)
  check.has(r.err, "nix.yaml")
end)

check.done()
