-- lineage_test: what was made from what, by recorded wires and never by equal bytes:
-- lineage, graph, producer, show, externals.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local HEAD <const> = 'local rille = require "rille"\nlocal t = rille.types\n'

local function project_of(text)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  return p
end

-- "STEP RUN" of the items, in a word each.
local function items(p, arguments)
  local parts = {}
  for i, one in ipairs(p:json("lineage " .. arguments).items) do
    parts[i] = one.step .. " " .. one.run .. (one.cached_from and "<" .. one.cached_from or "")
  end
  return table.concat(parts, ", ")
end

-- Two pipelines whose steps make the same bytes and know nothing of each other.
local UNRELATED <const> = [[
local patients = rille.step "patients" { outputs = { t.string "secret_data" }, run = function() return "patients" end }
local count = rille.step "count" { inputs = { t.string "s" }, outputs = { t.integer "n" }, run = function(s) return #s - 7 end }
rille.pipeline "A" { define = function() count { s = patients() } end }
local weather = rille.step "weather" { outputs = { t.integer "rain" }, run = function() return 1 end }
local report = rille.step "report" { inputs = { t.integer "rain" }, params = { style = "x" }, outputs = { t.string "text" },
  run = function(n, p) return "rain on " .. n .. " day " .. p.style end }
rille.pipeline "B" { params = { style = "x" }, define = function(p) report { rain = weather(), style = p.style } end }
local saying = rille.step "saying" { outputs = { t.string "text" }, run = function() return "patients" end }
rille.pipeline "C" { define = function() count { s = saying() } end }
]]

check.test("steps that made equal bytes are no ancestors and no descendants", function()
  local p <close> = project_of(UNRELATED)
  p:ok("run main.lua B -q --name b1")
  p:ok("run main.lua A -q --name a1")
  p:ok("run main.lua B -q --name b2 --set style=y")
  check.eq(items(p, "B::report::text"), "report b2, weather b2<b1/weather")
  check.eq(items(p, "B::report::text@1"), "report b1, weather b1")
  check.eq(items(p, "A::count::n"), "count a1, patients a1")
  check.eq(items(p, "A::patients::secret_data --down"), "count a1")
  check.eq(items(p, "A::count::n --down"), "")
  check.eq(items(p, "B::weather::rain --down"), "report b1, report b2")
  check.eq(p:ok("graph B::report::text"):find "patients", nil)
  local shown = p:ok("show B::weather::rain")
  check.has(shown, "b1/weather")
end)

check.test("a result that another pipeline's cache had comes from what was wired to it", function()
  local p <close> = project_of(UNRELATED)
  p:ok("run main.lua A -q --name a1")
  p:ok("run main.lua C -q --name c1")
  check.eq(items(p, "C::count::n"), "count c1<a1/count, saying c1")
  check.eq(items(p, "C::saying::text --down"), "count c1<a1/count")
  check.eq(items(p, "A::patients::secret_data --down"), "count a1")
  local drawn = p:ok("graph C::count::n")
  check.has(drawn, "saying")
  check.eq(drawn:find "patients │", nil)
  p:write("ask.lua", HEAD .. [[
local made = rille.artifact "C::count::n".producer
print(made.run.name, made.id, made.status, made.cached_from, made.inputs.s.producer.run.name, made.inputs.s.producer.id, made.output.version)
]])
  check.eq(p:ok("-q ask.lua"), "c1\tcount\tcached\ta1/count\tc1\tsaying\t1\n")
  check.has(p:ok("show C::count::n"), "c1/count")
end)

check.test("each version was made by the run that had it first", function()
  local p <close> = project_of [[
local src = rille.step "src" { params = { k = 1 }, outputs = { t.integer "n" }, run = function(p) return p.k end }
local parity = rille.step "parity" { inputs = { t.integer "n" }, outputs = { t.integer "odd" { name = "odd" } }, run = function(n) return n % 2 end }
local p = rille.pipeline "p" { params = { k = 1 }, define = function(q) parity { n = src { k = q.k } } end }
if rille.main() then
  for _, k in ipairs { 1, 2, 3, 2 } do p:run { params = { k = k }, run_name = "r{n}" } end
  for i, v in ipairs(rille.artifact "odd".versions) do print(i, v.version, v:load(), v.producer.run.name, v.producer.inputs.n:load(), v.producer.inputs.n.producer.run.name) end
  print(rille.pipelines.p.runs[1].steps.parity.output.producer.run.name, rille.pipelines.p.runs[4].steps.parity.output.version)
end
]]
  check.eq(p:ok("-q main.lua"),
    "1\t1\t1\tr1\t1\tr1\n2\t2\t0\tr2\t2\tr2\n3\t3\t1\tr3\t3\tr3\n4\t4\t0\tr4\t2\tr4\nr1\t4\n")
  check.eq(items(p, "odd@1"), "parity r1, src r1")
  check.eq(items(p, "odd@4"), "parity r4<r2/parity, src r4<r2/src")
end)

check.test("a digest means what was made last, and how many others there are is told", function()
  local p <close> = project_of(UNRELATED)
  p:ok("run main.lua B -q --name b1")
  p:ok("run main.lua A -q --name a1")
  local digest = p:json("artifact show A::count::n").digest
  check.has(p:ok("lineage " .. digest), "latest of 2 with these bytes; for another: rille lineage NAME@VERSION")
  check.eq({ items(p, digest), p:json("lineage " .. digest).others }, { "count a1, patients a1", 1 })
  check.eq(p:ok("lineage A::count::n"):find "made last", nil)
end)

check.test("text has a step a line, in columns, each once; long chains and many inputs are counted", function()
  local p <close> = project_of [[
local one = rille.step "one" { outputs = { t.integer "n" }, run = function() return 1 end }
local inc = rille.step "inc" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n + 1 end }
local add = rille.step "add" { inputs = { t.integer "a", t.integer "b" }, outputs = { t.integer "n" }, run = function(a, b) return a + b end }
local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "n" }, run = function(xs) return #xs end }
local range = rille.step "range" { outputs = { t.list(t.integer) "xs" }, run = function()
  local list = {}
  for i = 1, 50 do list[i] = 100 + i end
  return list
end }
rille.pipeline "long" { define = function()
  local x = one {}
  for i = 2, 100 do x = inc:with { id = "s" .. i } { n = x } end
end }
rille.pipeline "diamond" { define = function()
  local x = one {}
  add { a = inc:with { id = "left" } { n = x }, b = add:with { id = "right" } { a = x, b = 7 } }
end }
rille.pipeline "map" { define = function() sum { xs = inc:map { n = range {} } } end }
]]
  p:ok("run main.lua long -q --name long")
  local function told(arguments) return (p:ok("lineage " .. arguments):gsub("%x%x%x%x%x%x%x%x%x%x%x%x", "DIGEST")) end
  check.eq(told "long::s100::n", [[
■ long::s100::n@1  DIGEST  integer 100
● s100             DIGEST  integer 100  long
● s99              DIGEST  integer 99   long
⋮ 96 steps in a chain (--all shows them)
● s2               DIGEST  integer 2    long
● one              DIGEST  integer 1    long
]])
  check.eq(select(2, told "long::s100::n --all":gsub("\n", "")), 101)
  check.eq(select(2, told "long::one::n --down --all":gsub("\n", "")), 100)
  p:ok("run main.lua diamond -q --name diamond")
  p:ok("run main.lua map -q --name map")
  check.eq(told "diamond::add::n", [[
■ diamond::add::n@1  DIGEST  integer 10
● add                DIGEST  integer 10  diamond
├─◌ left             DIGEST  integer 2   diamond, cached from long/s2
│ ◌ one              DIGEST  integer 1   diamond, cached from long/one
╰─● right            DIGEST  integer 8   diamond
  ├─◌ one            DIGEST              see above
  ╰─□ b              DIGEST  integer 7   given
]])
  local text = told "map::sum::n"
  check.has(text, "├─● inc[9]")
  check.ok(text:find "\n╰─… 41 more %(%-%-all shows them%)\n$", text)
  check.eq(select(2, text:gsub("list of 50", "")), 1)
  for line in text:gmatch "[^\n]+" do check.ok(utf8.len(line) <= 80, line) end
end)

check.test("what is from outside leads on to the run that it was taken from", function()
  local p <close> = project_of [[
local make = rille.step "make" { params = { v = 1 }, outputs = { t.integer "n" }, run = function(p) return p.v // 10 end }
local work = rille.step "work" { inputs = { t.integer "x" }, outputs = { t.integer "out" }, run = function(x) return x + 1 end }
local q = rille.pipeline "q" { params = { v = 1 }, define = function(p) make { v = p.v } end }
local r = rille.pipeline "r" { params = { v = 1 }, define = function(p) make { v = p.v } end }
rille.pipeline "named" { define = function() work { x = rille.external { pipeline = "q", artifact = "make::n" } } end }
local given = rille.pipeline "given" { inputs = { t.integer "x" }, define = function(_, i) work { x = i.x } end }
if rille.main() then
  q:run { params = { v = 11 }, run_name = "q1" } r:run { params = { v = 12 }, run_name = "r1" }
  given:run { inputs = { x = rille.pipelines.r.runs[-1].steps.make.output }, run_name = "g1" }
  given:run { inputs = { x = 1 }, run_name = "g2" }
end
]]
  p:ok("-q main.lua")
  p:ok("run main.lua named -q --name n1")
  -- the same bytes for three inputs, and one result that three runs have
  check.eq(items(p, "named::work::out"), "work n1<g1/work, make q1")
  check.eq(items(p, "given::work::out"), "work g1, make r1")
  check.eq(items(p, "r::make::n --down"), "work g1")
  check.eq(items(p, "q::make::n --down"), "work n1<g1/work")
  check.has(p:ok("graph n1"), "q::make::n")
  check.has(p:ok("graph named::work::out"), "make")
  local steps = p:json("lineage named::work::out")
  check.eq(steps.others, nil)
  p:write("g2.lua", HEAD .. [[
local x = rille.pipelines.given.runs[2].steps.work.inputs.x
print(x:load(), x.producer, rille.pipelines.given.runs[1].steps.work.inputs.x.producer.run.name)
]])
  check.eq(p:ok("-q g2.lua"), "1\tnil\tr1\n")
end)

check.test("what is from outside by its digest leads on where one step run made it", function()
  local p <close> = project_of(UNRELATED .. [[
local use = rille.step "use" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = function(x) return x end }
rille.pipeline "by_id" { params = { id = "" }, define = function(p) use { x = rille.external { id = p.id } } end }
]])
  p:ok("run main.lua A -q --name a1")
  local patients, n = p:json("artifact show A::patients::secret_data").digest,
    p:json("artifact show A::count::n").digest
  p:ok("run main.lua by_id -q --name i1 --set id=" .. patients)
  check.eq(items(p, "by_id::use::y"), "use i1, patients a1")
  check.eq(items(p, "A::patients::secret_data --down"), "count a1, use i1")
  p:ok("run main.lua B -q --name b1")
  p:ok("run main.lua by_id -q --name i2 --set id=" .. n)
  check.eq(items(p, "by_id::use::y"), "use i2")
  check.has(p:ok("lineage by_id::use::y"), "unknown")
  check.has(p:ok("show " .. n), "with these bytes")
end)

check.test("items of maps, conditions and lists lead to what they are of", function()
  local p <close> = project_of [[
local numbers = rille.step "numbers" { outputs = { t.list(t.integer) "xs" }, run = function() return { 1, 2 } end }
local same = rille.step "same" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) return x end }
local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "s" }, run = function(xs) return xs[1] + xs[2] end }
rille.pipeline "m" { define = function()
  local each = same:map { x = numbers {} }
  sum { xs = same:with { id = "again" }:map { x = each } }
end }
]]
  p:ok("run main.lua m -q --name r1")
  check.eq(items(p, "m::sum::s"),
    "again[2] r1<r1/same[2], again[1] r1<r1/same[1], same[2] r1, same[1] r1, sum r1, numbers r1")
  check.eq(items(p, "'m::again[2]::y' --depth 2"), "again[2] r1<r1/same[2], same[2] r1")
  check.eq(items(p, "m::numbers::xs --down --depth 1"), "same[1] r1, same[2] r1")
end)

check.test("down from a version leads to the steps of all runs that had it, computed again or not", function()
  local p <close> = project_of [[
local source = rille.step "source" { cache = false, outputs = { t.integer "x" }, run = function() return 2 end }
local other = rille.step "other" { cache = false, outputs = { t.integer "x" }, run = function() return 2 end }
local plus = rille.step "plus" { inputs = { t.integer "v" }, outputs = { t.integer "o" }, run = function(v) return v + 1 end }
local times = rille.step "times" { inputs = { t.integer "v" }, outputs = { t.integer "o" }, run = function(v) return v * 5 end }
local minus = rille.step "minus" { inputs = { t.integer "v" }, outputs = { t.integer "o" }, run = function(v) return v - 1 end }
rille.pipeline "p" { define = function() plus { v = source {} } end }:run { run_name = "r1" }
rille.pipeline "p" { define = function() times { v = source {} } minus { v = other {} } end }:run { run_name = "r2" }
]]
  p:ok("main.lua -q")
  check.eq(p:json("artifact show p::source::x").version, 1)
  check.eq(items(p, "p::source::x --down"), "plus r1, times r2")
  check.eq(items(p, "p::other::x --down"), "minus r2")
end)

check.test("what stands for a branch leads to what it stands for", function()
  local p <close> = project_of [[
local source = rille.step "source" { outputs = { t.integer "x", t.boolean "b" }, run = function() return 2, false end }
local plus = rille.step "plus" { inputs = { t.integer "v" }, outputs = { t.integer "o" }, run = function(v) return v + 1 end }
local p = rille.pipeline "p" { define = function()
  local s = source {}
  rille.when(s.b, { function() return plus { v = s.x } end, otherwise = function() return plus:with { id = "plus2" } { v = s.x } end, id = "w" })
end }
for _, cache in ipairs { false, true } do
  local w = p:run { cache = cache }.steps.w
  print(w.output.producer.id, w.output.producer.inputs.v.producer.id, w.inputs.v.producer.id)
end
]]
  check.eq(p:ok("main.lua -q"), ("plus2\tsource\tsource\n"):rep(2))
end)

check.test("what a killed run made comes from what it had taken from the cache", function()
  local p <close> = project_of [[
local one = rille.step "one" { outputs = { t.integer "n" }, run = function() return 1 end }
local twin = rille.step "twin" { outputs = { t.integer "n" }, run = function() return math.tointeger(1.0) end }
local two = rille.step "two" { inputs = { t.integer "n" }, outputs = { t.integer "m" }, run = function(n)
  os.execute "sleep 1.2"        -- so long that its row is written before the next step ends
  return n + 1
end, cache = "always" }
local three = rille.step "three" { inputs = { t.integer "m" }, outputs = { t.integer "o" }, run = function(m)
  os.execute "kill -9 $(cut -d' ' -f4 /proc/$(cut -d' ' -f4 /proc/$PPID/stat)/stat)"
  os.execute "sleep 5"
  return m
end, cache = "always" }
rille.pipeline "p" { define = function() twin {} three { m = two { n = one {} } } end }
]]
  p:ok("run main.lua -q --only one,twin --name r1")
  local r = p:sh '"$RILLE" run main.lua -q --name r2 -j 1'
  check.ok(r.code ~= 0, "r2 was to be killed")
  p:ok("run main.lua -q --only one --name r3")
  check.eq(p:json("show r2").reason, "interrupted")
  check.eq(items(p, "p::two::m"), "two r2, one r1")
  check.eq(items(p, "p::one::n --down"), "two r2")
end)

check.done()
