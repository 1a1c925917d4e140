-- Maps over lists and branches on data, as a user meets them: what runs, what is a
-- hit, what plan, show, why, lineage and history tell.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD <const> = [[
local rille = require "rille"
local t = rille.types
local parts = rille.step "parts" { params = { xs = t.any }, outputs = { t.list(t.number) "xs" }, run = function(p) return p.xs end }
local square = rille.step "square" { inputs = { t.number "x" }, params = { k = 0 }, outputs = { t.number "y" }, run = function(x, p)
  print("squares " .. x)
  return x * x + p.k
end }
local half = rille.step "half" { inputs = { t.number "y" }, outputs = { t.number "h" }, run = function(y) return y / 2 end }
local add = rille.step "add" { inputs = { t.number "x", t.number "y" }, outputs = { t.number "z" }, run = function(x, y) return x + y end }
local total = rille.step "total" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "sum", t.boolean "big" }, run = function(xs)
  local sum = 0
  for _, x in ipairs(xs) do sum = sum + x end
  return sum, sum > 10
end }
local say = rille.step "say" { inputs = { t.any "what" }, outputs = { t.string "text" }, run = function(what) return "said " .. tostring(what) end }
local quiet = rille.step "quiet" { outputs = { t.string "text" }, run = function() return "nothing to say" end }
]]

local function program(define, params)
  return HEAD .. "return rille.pipeline 'p' { params = { xs = t.any { default = { 1, 2, 3 } }, " .. (params or "")
    .. " }, define = function(p)\n" .. define .. "\nend }\n"
end

local function with(text, body)
  local project <close> = scratch.new()
  project:write("main.lua", text)
  body(project)
end

-- Runs with a list; gives the run as --json shows it, and by id.
local runs = 0
local function run(project, arguments)
  runs = runs + 1
  local name = "r" .. runs
  local r = project:rille("-q run main.lua --name " .. name .. " " .. (arguments or ""))
  local shown = json.decode(project:rille("show --json " .. name).out)
  local by = {}
  for _, step in ipairs(shown.steps) do by[step.id] = step end
  return by, shown, r
end

local function list(...) return "--set 'xs=[" .. table.concat({ ... }, ", ") .. "]'" end

local function statuses(by, ...)
  local words = {}
  for i, id in ipairs { ... } do words[i] = by[id] and by[id].status or "absent" end
  return table.concat(words, " ")
end

local function value(project, what)
  return (project:sh('"$RILLE" -e '
    .. scratch.quoted("print(require 'rille'.artifact('" .. what .. "'):load())")).out:gsub("\n$", ""))
end

local CHAIN <const> = "local ys = square:map { x = parts { xs = p.xs } } total { xs = ys }"

check.test("a map runs a step once per item, and gives a list in order", function()
  with(program "local ys = square:map { x = parts { xs = p.xs } } total { xs = half:map { y = ys } }", function(project)
    local by, shown = run(project, list(1, 2, 3))
    check.eq(statuses(by, "square[1]", "square[2]", "square[3]", "half[3]", "square[4]", "total"),
      "completed completed completed completed absent completed")
    check.eq(value(project, "p::total::sum"), "7.0")
    check.eq(by.square.items, { "square[1]", "square[2]", "square[3]" })
    check.eq(by.square.kind, "map")
    check.eq(shown.counts.ran, 8, "a map itself is no step that ran")
    local again, second = run(project, list(1, 2, 3))
    check.eq(statuses(again, "parts", "square", "square[3]", "half", "total"), "cached cached cached cached cached")
    check.eq(second.counts, { ran = 0, cached = 8, cut_off = 0, failed = 0, skipped = 0, stopped = 0 })
  end)
end)

check.test("an item in front, gone, or in another place runs no other item again", function()
  with(program(CHAIN), function(project)
    run(project, list(1, 2, 3))
    local by = run(project, list(7, 1, 2, 3))
    check.eq(statuses(by, "square[1]", "square[2]", "square[3]", "square[4]", "total"),
      "completed cached cached cached completed")
    by = run(project, list(3, 1))
    check.eq(statuses(by, "square[1]", "square[2]", "square[3]", "total"), "cached cached absent completed")
    check.eq(value(project, "p::total::sum"), "10.0")
    by = run(project, list(1, 3))
    check.eq(statuses(by, "square[1]", "square[2]", "total"), "cached cached completed", "the order of a list counts")
  end)
end)

check.test("of equal items one runs", function()
  with(program(CHAIN), function(project)
    local by = run(project, list(5, 5, 5))
    check.eq(statuses(by, "square[1]", "square[2]", "square[3]"), "completed cached cached")
    check.eq(value(project, "p::total::sum"), "75.0")
  end)
end)

check.test("an empty list gives an empty list", function()
  with(program(CHAIN), function(project)
    local by = run(project, "--set 'xs=[]'")
    check.eq(statuses(by, "square", "square[1]", "total"), "cached absent completed")
    check.eq(value(project, "p::total::sum"), "0.0")
    check.has(project:rille("plan main.lua --set 'xs=[]'").out, "the list is empty")
  end)
end)

check.test("several lists go together item by item, what is no list goes to all", function()
  with(program("local a = parts { xs = p.xs } local s = total { xs = a } total:with { id = 'all' } { xs = add:map "
    .. "{ x = square:map { x = a, k = 1 }, y = { 10, 20, s.sum } } } add:with { id = 'plus' }:map { x = a, y "
    .. "= s.sum }"),
    function(project)
    run(project, list(1, 2, 3))
    check.eq(value(project, "p::all::sum"), tostring(1.0 + 1 + 4 + 1 + 9 + 1 + 10 + 20 + 6))
    check.eq(value(project, "p::plus[3]::z"), "9.0")
  end)
end)

check.test("lists of other lengths fail at the map, with both lengths", function()
  with(program "add:map { x = parts { xs = p.xs }, y = { 1, 2 } }", function(project)
    local r = project:rille "run main.lua --name one"
    check.eq(r.code, 1)
    check.has(r.err, "map: its lists differ in length: x has 3, y has 2")
    check.has(r.err, "rille log one/add")
    check.has(project:rille("show one/add").out, "x has 3, y has 2")
  end)
end)

check.test("an item that the step does not take fails with its number", function()
  with(HEAD .. [[
local mixed = rille.step "mixed" { outputs = { t.list(t.any) "xs" }, run = function() return { 1, "two" } end }
return rille.pipeline "p" { define = function() square:map { x = mixed() } end }
]], function(project)
    local r = project:rille "run main.lua"
    check.eq(r.code, 1)
    check.has(r.err, 'map: input "x": item 2: expected a number, found "two"')
    check.ok(not r.err:find "traceback", r.err)
  end)
end)

check.test("a failed item fails the map, and the next run takes up the others from the cache", function()
  with(HEAD .. [[
local root = rille.step "root" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x)
  if x < 0 and not io.open "allowed" then error "negative" end
  return math.abs(x) ^ 0.5
end }
return rille.pipeline "p" { params = { xs = t.any }, define = function(p) total { xs = root:map { x = parts { xs = p.xs } } } end }
]], function(project)
    local by, _, r = run(project, "-k " .. list(4, -1, 9))
    check.eq(r.code, 1)
    check.eq(statuses(by, "root", "root[1]", "root[2]", "root[3]", "total"),
      "failed completed failed completed skipped")
    project:write("allowed", "")
    check.eq(statuses(run(project, list(4, -1, 9)), "root[1]", "root[2]", "root[3]", "total"),
      "cached completed cached completed")
  end)
end)

check.test("items that are arrays, files and tables keep the digest of their own", function()
  with(HEAD .. [[
local array = require "rille.array"
local blocks = rille.step "blocks" { params = { n = 2 }, outputs = { t.list(t.vector) "xs" }, run = function(p)
  local list = {}
  for i = 1, p.n do list[i] = array.arange(1, 2000 * (p.n - i + 1)) end
  return list
end }
local one = rille.step "one" { outputs = { t.vector "x" }, run = function() return array.arange(1, 2000) end }
local sum = rille.step "sum" { inputs = { t.vector "x" }, outputs = { t.number "s" }, run = function(x) return x:sum() end }
return rille.pipeline "p" { params = { n = 2 }, define = function(p)
  sum:with { id = "each" }:map { x = blocks { n = p.n } }
  sum:with { after = "each" } { x = one() }
end }
]], function(project)
    local by = run(project)
    check.eq(statuses(by, "each[1]", "each[2]", "sum"), "completed completed cached",
      "the same vector is the same item")
    check.eq(statuses(run(project, "--set n=3"), "each[1]", "each[2]", "each[3]"), "completed cached cached")
  end)
end)

check.test("a map over a list of files reads each one, and a changed file runs its item alone", function()
  with(HEAD .. [[
local lines = rille.step "lines" { inputs = { t.file "path" }, outputs = { t.number "n" }, run = function(f) local n = 0 for _ in io.lines(f.path) do n = n + 1 end return n end }
return rille.pipeline "p" { define = function() total { xs = lines:map { path = { rille.file "a.txt", rille.file "b.txt" } } } end }
]], function(project)
    project:write("a.txt", "1\n2\n")
    project:write("b.txt", "1\n")
    run(project)
    check.eq(value(project, "p::total::sum"), "3.0")
    project:write("b.txt", "1\n2\n3\n")
    check.eq(statuses(run(project), "lines[1]", "lines[2]", "total"), "cached completed completed")
    check.eq(value(project, "p::total::sum"), "5.0")
  end)
end)

check.test("before the list is known the plan says one per item, afterwards it shows the items", function()
  with(program(CHAIN), function(project)
    local plan = project:rille("plan main.lua").out
    check.has(plan, "one per item of parts, known after that step has run")
    check.ok(not plan:find("square[1]", 1, true), plan)
    project:rille "-q run main.lua"
    local items = json.decode(project:rille("plan main.lua --json --set square.k=2").out).items
    local words = {}
    for i, one in ipairs(items) do words[i] = one.id .. " " .. one.status end
    check.eq(table.concat(words, ", "), "parts cached, square[1] run, square[2] run, square[3] run, total wait")
    check.eq(items[2].reason, "parameter k 0 -> 2")
  end)
end)

check.test("show, why, log and lineage take an item by its name", function()
  with(program(CHAIN), function(project)
    project:rille "-q run main.lua --name one"
    project:rille("-q run main.lua --name two " .. list(9, 2))
    check.has(project:rille("show 'two/square[1]'").out, "  81\n")
    check.has(project:rille("show 'square[2]'").out, "one/square[2]")
    check.has(project:rille("log 'two/square[1]'").out, "squares 9.0")
    check.has(project:rille("why 'square[1]'").out, "input x changed")
    check.has(project:rille("why square").out, "a map: one step per item of its list, 2 items")
    check.ok(project:rille("lineage 'p::square[1]::y'").out:find "parts .* two of p\n")
    check.has(project:rille("show 'two/square[3]' 2>&1").err .. project:rille("show 'two/square[3]' 2>&1").out,
      'no step "square[3]"')
    check.has(project:rille("diff one two").out, "square[1]")
  end)
end)

check.test("a graph has the items of a map between what it takes and what takes it, in runs and plans", function()
  with(program(CHAIN), function(project)
    project:rille "-q run main.lua --name one"
    for _, what in ipairs { "one", "main.lua" } do
      local drawn = json.decode(project:rille("graph " .. what .. " --json").out)
      local at, edges = {}, {}
      for i, node in ipairs(drawn.nodes) do at[i] = node.id end
      for _, e in ipairs(drawn.edges) do edges[(at[e.from] or e.from) .. " -> " .. (at[e.to] or e.to)] = true end
      for i = 1, 3 do
        check.ok(edges["parts.xs -> square[" .. i .. "]"], what .. ": the list to item " .. i)
        check.ok(edges["square[" .. i .. "].y -> total"], what .. ": item " .. i .. " to the total")
      end
      check.ok(not edges["parts.xs -> square"], "the map itself")
    end
  end)
end)

check.test("history gives the items of a map and what they made, as lists", function()
  with(program(CHAIN), function(project)
    project:rille "-q run main.lua"
    project:write("look.lua", [[
local run = require "rille".pipelines.p.runs[-1]
local square = run.steps.square
print(square.kind, #square.items, square.items[2].id, square.items[2].output:load())
print(#square.outputs.y, square.outputs.y[3]:load(), square.output[1]:load(), run.steps["square[3]"].status)
print(run.steps.parts.kind, run.steps[1].id, run.steps[3].id, #run.steps)
]])
    check.eq(project:rille("look.lua").out,
      "map\t3\tsquare[2]\t4.0\n3\t9.0\t1.0\tcompleted\nstep\tparts\tsquare[1]\t6\n")
  end)
end)

check.test("the hash of the wiring is over the map, not over its items", function()
  with(program(CHAIN) .. "", function(project)
    project:rille("-q run main.lua --name one " .. list(1))
    local second = project:rille("run main.lua --name two " .. list(1, 2, 3))
    check.ok(not second.err:find "new wiring", second.err)
    project:write("main.lua",
      program("local ys = parts { xs = p.xs } total { xs = square:map { x = ys } } square:with { id = 'single' } "
        .. "{ x = 1 }"))
    check.has(project:rille("run main.lua").err, "new wiring, version 2")
  end)
end)

check.test("a condition that is true runs one branch, one that is false the other", function()
  with(program [[
    local s = total { xs = parts { xs = p.xs } }
    local text = rille.when(s.big, { function() return say { what = s.sum } end, otherwise = function() return quiet() end })
    say:with { id = "last" } { what = text }]], function(project)
    local by, shown, r = run(project, list(1, 2))
    check.eq(statuses(by, "say", "quiet", "when_total", "last"), "skipped completed completed completed")
    check.eq(by.say.reason, "condition was false (total.big)")
    check.eq(shown.counts.skipped, 1)
    check.eq(value(project, "p::last::text"), "said nothing to say")
    check.eq(r.code, 0)
    by = run(project, list(8, 9))
    check.eq(statuses(by, "say", "quiet", "last"), "completed skipped completed")
    check.eq(by.quiet.reason, "condition was true (total.big)")
    check.eq(value(project, "p::last::text"), "said said 17.0")
    by = run(project, list(1, 2))
    check.eq(statuses(by, "parts", "say", "quiet", "last"), "cached skipped cached cached")
    check.has(project:rille("run main.lua " .. list(1, 2)).err, "all 4 steps cached, 1 skipped")
  end)
end)

check.test("what a skipped branch would give skips what needs it, and nothing else", function()
  with(program [[
    local s = total { xs = parts { xs = p.xs } }
    local text = rille.when(s.big, { function() return say { what = s.sum } end })
    say:with { id = "last" } { what = text }
    quiet:with { after = "say" } {}]], function(project)
    local by, shown = run(project, list(1))
    check.eq(statuses(by, "say", "last", "quiet"), "skipped skipped completed")
    check.eq(by.last.reason, "needs when_total, which was skipped")
    check.eq(shown.status, "completed")
    check.eq(statuses(run(project, list(20)), "say", "last", "quiet"), "completed completed cached")
  end)
end)

check.test("branches nest, hold maps, and give several values", function()
  with(program [[
    local a = parts { xs = p.xs }
    local s = total { xs = a }
    local sum, text = rille.when(s.big, { function()
      local more = total:with { id = "more" } { xs = square:map { x = a } }
      return rille.when(more.big, { function() return half { y = more.sum } end, otherwise = function() return more.sum end }), say { what = more.sum }
    end, otherwise = function() return s.sum, quiet() end })
    say:with { id = "last" } { what = sum }
    say:with { id = "text" } { what = text }]], function(project)
    local by = run(project, list(5, 6))
    check.eq(statuses(by, "square[2]", "more", "half", "say", "quiet", "last"),
      "completed completed completed completed skipped completed")
    check.eq(value(project, "p::last::text") .. " " .. value(project, "p::text::text"), "said 30.5 said said 61.0")
    by = run(project, list(1))
    check.eq(statuses(by, "square", "more", "half", "say", "quiet", "last"),
      "skipped skipped skipped skipped completed completed")
    check.eq(value(project, "p::last::text"), "said 1.0")
  end)
end)

check.test("plan and why tell of conditions", function()
  with(program [[
    local s = total { xs = parts { xs = p.xs } }
    rille.when(s.big, { function() say { what = s.sum } end, otherwise = function() quiet() end })]], function(project)
    local plan = project:rille("plan main.lua").out
    check.has(plan, "it runs if total.big is true")
    check.has(plan, "it runs if total.big is false")
    project:rille "-q run main.lua"
    plan = project:rille("plan main.lua").out
    check.has(plan, "condition was false (total.big)")
    check.has(plan, "1 to skip")
    check.has(project:rille("why say").out, "condition was false (total.big)")
  end)
end)

check.test("an event tells of a skipped step and why", function()
  with(program("local s = total { xs = parts { xs = p.xs } } rille.when(s.big, { function() say { what = s.sum } "
    .. "end })"),
    function(project)
    check.has(project:rille("run --json main.lua").out,
      '{"because":"condition was false (total.big)","event":"step_end","status":"skipped","step":"say"}')
  end)
end)

check.test("a bad byte in what an item made is made again, and what hangs on it is right", function()
  with(HEAD .. [[
local array = require "rille.array"
local make = rille.step "make" { inputs = { t.number "n" }, outputs = { t.vector "x" }, run = function(n) return array.arange(1, math.tointeger(n) * 1000) end }
local sums = rille.step "sums" { inputs = { t.list(t.vector) "xs" }, params = { k = 0 }, outputs = { t.number "s" }, run = function(xs, p) local s = p.k for _, x in ipairs(xs) do s = s + x:sum() end return s end }
return rille.pipeline "p" { params = { k = 0 }, define = function(p) sums { xs = make:map { n = parts { xs = { 1, 2, 3 } } }, k = p.k } end }
]], function(project)
    run(project)
    project:sh([[f=$(ls -S .rille/objects/*/* | head -n 1); chmod u+w "$f"; printf 'XXXXXXXX' | dd of="$f" bs=1 ]]
      .. [[seek=200 conv=notrunc 2>/dev/null; touch "$f"]])
    local by = run(project, "--set k=1")
    check.eq(statuses(by, "make[1]", "make[2]", "make[3]", "sums"), "cached cached completed completed")
    check.eq(value(project, "p::sums::s"), tostring(500500.0 + 2001000 + 4501500 + 1))
  end)
end)

check.test("verify runs items and what takes them again, lint looks at every step once", function()
  with(program [[
    local s = total { xs = square:map { x = parts { xs = p.xs } } }
    say { what = rille.when(s.big, { function() return half { y = s.sum } end, otherwise = function() return s.sum end }) }]], function(project)
    project:rille "-q run main.lua --name one"
    local r = project:rille "verify one --rerun 100%"
    check.eq(r.code, 0, r.out)
    check.has(r.out, "7 steps run again")
    check.ok(not r.out:find "skipped", r.out)
    check.eq(project:rille("lint main.lua").code, 0)
    check.eq(project:rille("run main.lua --audit --no-cache").code, 0)
  end)
end)

check.test("an item that reads what another item writes is an error that names both; what takes the map may read it",
  function()
  local text = HEAD .. [[
local writes = rille.step "writes" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x)
  if %s then local f = io.open "made-1" if f then f:close() end end
  if x == 1 then local f = io.open("made-1", "w") f:write "1" f:close() end
  return x
end }
local reads = rille.step "reads" { inputs = { t.list(t.number) "xs" }, outputs = { t.string "s" }, run = function() local f = io.open "made-1" local s = f:read "a" f:close() return s end }
return rille.pipeline "p" { define = function() reads { xs = writes:map { x = parts { xs = { 1, 2 } } } } end }
]]
  with(text:format "false", function(project)
    local r = project:rille "run main.lua"
    check.eq(r.code, 0, r.err)
    check.has(project:rille("run main.lua").err, "all 4 steps cached")
  end)
  with(text:format "x == 2", function(project)
    local r = project:rille "run main.lua -j 1"
    check.eq(r.code, 1, r.err)
    check.has(r.err, 'step "writes[2]" reads made-1, which step "writes[1]" of this pipeline writes')
  end)
end)

check.test("ten thousand items are planned and looked up", function()
  with(HEAD .. [[
local many = rille.step "many" { outputs = { t.list(t.integer) "xs" }, run = function() local l = {} for i = 1, 10000 do l[i] = i end return l end }
return rille.pipeline "p" { define = function() total { xs = square:map { x = many() } } end }
]], function(project)
    check.eq(project:rille("-q run main.lua").code, 0)
    local r = project:rille "run main.lua"
    check.has(r.err, "all 10,002 steps cached")
  end)
end)

-- ---- mistakes ----

local function mistake(phrase, define, ...)
  local texts = { ... }
  check.test(phrase, function()
    with(program(define), function(project)
      local r = project:rille "run main.lua"
      check.eq(r.code, 3, r.err)
      check.has(r.err, "main.lua:")
      for _, text in ipairs(texts) do check.has(r.err, text) end
    end)
  end)
end

mistake("a map of nothing that is a list is a mistake", "square:map { x = total { xs = { 1 } }.sum }",
  'step "square": map: no input has a list whose items fit it')
mistake("a list of other items is a mistake before the run", "square:map { x = { 'a', quiet() } }",
  'step "square": input "x" expects number')
mistake("a map of one type of items given to another is a mistake", "total { xs = say:map { what = { 1 } } }",
  'expects list(number), but node "say" is list(string)')
mistake("a map needs an id of its own, as a call does", "square:map { x = { 1 } } square:map { x = { 2 } }",
  "called twice")
mistake("the name of an item is no id", "square:with { id = 'a[1]' } { x = 1 }",
  'the id "a[1]" belongs to an item of a map')
mistake("a condition that is known is a mistake", "rille.when(true, { function() end })",
  "the condition is already known")
mistake("a condition that is no boolean is a mistake", "rille.when(total { xs = { 1 } }.sum, { function() end })",
  "the condition must be a boolean, but", "is number")
mistake("a branch that is no function is a mistake", "rille.when(total { xs = { 1 } }.big, { quiet() })",
  "the branch must be a function")
mistake("a misspelt branch is a mistake",
  "rille.when(total { xs = { 1 } }.big, { function() end, otherwize = function() end })",
  'unknown field "otherwize"; did you mean "otherwise"?')
mistake("branches by other names are a mistake", "rille.when(total { xs = { 1 } }.big, { yes = function() end })",
  'unknown field "yes"')
mistake("a branch that returns a value is a mistake",
  "rille.when(total { xs = { 1 } }.big, { function() return 5 end })",
  "a branch returns outputs of steps, found 5")
mistake("a node of a branch used outside it is a mistake",
  "local q rille.when(total { xs = { 1 } }.big, { function() q = quiet() end }) say { what = q }",
  "is created in a branch of rille.when, which may not run")

check.test("map and when outside define are mistakes", function()
  with(HEAD .. "square:map { x = { 1 } }", function(project)
    check.has(project:rille("main.lua").err, "map adds steps to a pipeline; call it inside define")
  end)
  with(HEAD .. "rille.when(true, {})",
    function(project) check.has(project:rille("main.lua").err, "rille.when wires a pipeline") end)
end)

check.done()
