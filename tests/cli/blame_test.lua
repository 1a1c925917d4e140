-- rille blame: pipelines whose truth is known, and what a blame leaves behind.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

-- The effects of --json by the change: { from_good, from_bad, share, note }.
local function effects_of(result)
  local map = {}
  for _, e in ipairs(result.effects) do
    local names = {}
    for i, one in ipairs(e.changes) do names[i] = one.change end
    map[table.concat(names, " + ")] = e
  end
  return map
end

local function near(a, b) return math.abs(a - b) < 1e-9 end

-- Three parameters, of which x and y interact; `helper` is shared by two steps.
local MAIN <const> = [[
local scale = 10
local function helper(v)
  return v + 1
end
local first = step "first" { params = { x = 1.0 }, outputs = { t.number "v" }, run = function(p)
  return helper(p.x)
end }
local second = step "second" { inputs = { t.number "v" }, params = { y = 1.0 }, outputs = { t.number "w" },
run = function(v, p)
  return v * p.y
end }
local aside = step "aside" { params = { z = 1.0 }, outputs = { t.number "u" }, run = function(p)
  return p.z
end }
local judge = step "judge" { inputs = { t.number "w" }, outputs = { t.number "score" }, run = function(w, _, ctx)
  local score = helper(w) * scale
  ctx:log_metric { score = score }
  return score
end }
return pipeline "main" { params = { x = 1.0, y = 1.0, z = 1.0 }, define = function(p)
  judge(second { first { x = p.x }, y = p.y })
  aside { z = p.z }
end }
]]

local DIGITS <const> = [[
local csv, split, svm = require "rille.csv", require "rille.split", require "rille.svm"
local load_digits = step "load_digits" {
  params  = { test_size = 0.2 },
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function(p)
    local f = csv.read "digits.csv"
    return split.train_test(f:drop { "label" }:to_matrix(), f:column "label",
      { test_size = p.test_size, shuffle = false })
  end,
}
local svc_trainer = step "svc_trainer" {
  inputs  = { t.matrix "X_train", t.vector "y_train" },
  params  = { gamma = 0.001, kernel = "rbf", C = 1.0 },
  outputs = { t.classifier "model" },
  run = function(X_train, y_train, p)
    return svm.SVC.fit(X_train, y_train, p)
  end,
}
local evaluator = step "evaluator" {
  inputs  = { t.classifier "model", t.matrix "X_test", t.vector "y_test" },
  outputs = { t.number "acc" },
  run = function(clf, X_test, y_test, _, ctx)
    local acc = clf:score(X_test, y_test)
    ctx:log_metric { accuracy = acc }
    return acc
  end,
}
return pipeline "digits" {
  params = { gamma = 0.001, test_size = 0.2 },
  define = function(p)
    local d = load_digits { test_size = p.test_size }
    evaluator { d, model = svc_trainer { d, gamma = p.gamma } }
  end,
}
]]

check.test("the table of two changes of digits that interact, and one without effect, to six decimals", function()
  local p <close> = scratch.script(DIGITS)
  p:sh("cp " .. scratch.quoted(paths.root .. "/examples/data/digits.csv") .. " digits.csv")
  p:ok "run main.lua -q --name good"
  p:edit("    return svm.SVC.fit(X_train, y_train, p)",
    "    local model = svm.SVC.fit(X_train, y_train, p)\n    return model")
  p:ok "run main.lua -q --name bad --set gamma=0.01 --set test_size=0.3"
  check.eq(p:ok "blame good bad --metric evaluator.accuracy --dry", [[
metric evaluator.accuracy  0.958333 -> 0.696296  (-0.262037)
  gamma 0.001 -> 0.01
  test_size 0.2 -> 0.3
  svc_trainer code :18
3 changes, 6 mixtures; at most 12 step runs
]])
  check.eq(p:ok "blame good bad --metric evaluator.accuracy", [[
metric evaluator.accuracy  0.958333 -> 0.696296  (-0.262037)
change                         from GOOD   from BAD      share
gamma 0.001 -> 0.01            -0.244444  -0.274074  -0.259259
test_size 0.2 -> 0.3           +0.012037  -0.017593  -0.002778  also changes X_test, y_test
svc_trainer code :18                   0          0          0  model bytes identical
interaction gamma x test_size  -0.029630                        split equally
unexplained                                                  0
gamma 0.001 -> 0.01 moved it most: -0.259259 of -0.262037 (99%)
6 mixtures, 8 step runs
]])
  local again = p:ok "blame good bad --metric evaluator.accuracy"
  check.ok(again:find("6 mixtures, 0 step runs", 1, true), again)
end)

check.test("of many interactions the largest are listed, and the sum of the others", function()
  local p <close> = scratch.script [[
    local s = step "s" { params = { a = 1.0, b = 1.0, c = 1.0, d = 1.0 }, outputs = { t.number "x" },
      run = function(p, ctx)
        ctx:log_metric { x = p.a * p.b * p.c * p.d }
        return p.a
      end }
    return pipeline "main" { params = { a = 1.0, b = 1.0, c = 1.0, d = 1.0 },
      define = function(p) s { a = p.a, b = p.b, c = p.c, d = p.d } end }]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set a=2 --set b=3 --set c=4 --set d=5"
  local text = p:ok "blame good bad --metric s.x"
  check.eq(select(2, text:gsub("\ninteraction ", "")), 5, text)
  -- a change of a product alone is n - 1: 1, 2, 3, 4
  check.has(text, "\ninteraction b x c x d      +24.000000")
  check.has(text, "\n6 smaller interactions     +29.000000")
  check.eq(select(2, text:gsub("split equally", "")), 1)
  check.eq(select(2, p:ok("blame good bad --metric s.x -v"):gsub("\ninteraction ", "")), 11)
end)

check.test("a function that two steps share, a captured value and a parameter are told apart", function()
  local p <close> = scratch.script(MAIN)
  p:ok "run main.lua -q --name good"
  p:edit("return v + 1", "return v + 2")
  p:edit("local scale = 10", "local scale = 20")
  p:ok "run main.lua -q --name bad --set z=5"
  local result = p:json "blame good bad --metric judge.score"
  -- good: (1 + 1) * 1 + 1 = 3, times 10; bad: (1 + 2) * 1 + 2 = 5, times 20
  local by = effects_of(result)
  check.eq({ result.a, result.b, result.not_upstream }, { 30.0, 100.0, 1 })
  check.eq({ by["function helper"].from_good, by["function helper"].from_bad }, { 20.0, 40.0 })
  check.eq({ by["scale 10 -> 20"].from_good, by["scale 10 -> 20"].from_bad }, { 30.0, 50.0 })
  check.eq(by["function helper"].changes[1].steps, { "first", "judge" })
  check.eq(by["function helper"].changes[1].lines, { "-  return v + 1", "+  return v + 2" })
  check.eq({ by["function helper"].share, by["scale 10 -> 20"].share, result.unexplained }, { 30.0, 40.0, 0.0 })
end)

-- All that a user can ask of the history.
local function history(p)
  local parts = {}
  for _, command in ipairs { "runs --json", "runs --unlisted --json", "pipeline list --unlisted --json",
    "artifact list --json", "show main@-1 --json", "why judge",
    "lineage main::first::v", "lineage main::first::v --down", "runs -q",
    "runs --unlisted --sort metric.score --json", "runs --where 'metric.judge.score>0' --json" } do
    parts[#parts + 1] = p:ok(command)
  end
  return table.concat(parts, "\n")
end

check.test("mixtures are in no list, make no version and leave the history as it was", function()
  local p <close> = scratch.script(MAIN)
  p:ok "run main.lua -q --name good"
  p:edit("local scale = 10", "local scale = 20")
  p:ok "run main.lua -q --name bad --set x=3"
  local before = history(p)
  check.eq(p:json("blame good bad --metric judge.score").step_runs > 0, true)
  check.eq(history(p), before)
  p:ok "run main.lua -q"
  check.eq(select(2, p:newest()).number, 3)
  -- a mixture is a result like any other: its values are found in the cache
  p:edit("local scale = 20", "local scale = 10")
  p:ok "run main.lua -q --set x=3"
  check.eq(p:statuses(), "first=cached second=cached judge=cached aside=cached")
  p:ok "fsck"
end)

check.test("a script that runs its pipeline when it is loaded runs nothing in a mixture", function()
  local p <close> = scratch.script(MAIN:gsub("return pipeline", "local main = pipeline")
    .. "if rille.main() then main:run { params = { x = tonumber(arg[1]) } } end\nprint 'loaded'\nreturn main\n")
  p:ok "main.lua 1"
  p:ok "main.lua 2"
  local out, err = p:ok "blame main@1 main@2 --metric judge.score"
  check.ok(out:find("x 1.0 -> 2.0", 1, true), out)
  check.eq(out:find "loaded", nil)
  check.eq(err, "")
  check.eq(#p:json("runs --unlisted").items, 2)
end)

check.test("a script that runs its pipeline without asking rille.main is loaded up to there", function()
  local p <close> = scratch.script(MAIN:gsub("return pipeline", "local main = pipeline")
    .. "for x = 1, 2 do main:run { params = { x = x + 0.0 } } end\n")
  p:ok "main.lua"
  local by = effects_of(p:json "blame main@1 main@2 --metric judge.score")
  check.eq(by["x 1.0 -> 2.0"].share, 10.0)
  check.eq(#p:json("runs --unlisted").items, 2)
end)

check.test("results that mixtures leave in the cache are those of an empty store", function()
  local lib = "local lib = { k = 10 }\nreturn lib\n"
  local p <close> = scratch.script([[
local top = require "lib"
local s = step "s" { params = { n = 1.0 }, outputs = { t.number "x" }, run = function(p)
  local lib = require "lib"
  return p.n * lib.k + top.k
end }
local q = step "q" { inputs = { t.number "x" }, params = { m = 1.0 }, outputs = { t.number "y" }, run = function(x, p, ctx)
  ctx:log_metric { y = x * p.m }
  return x * p.m
end }
return pipeline "main" { params = { n = 1.0, m = 1.0 }, define = function(p) q { s { n = p.n }, m = p.m } end }
]], { ["lib.lua"] = lib })
  p:ok "run main.lua -q --name good"
  p:write("lib.lua", (lib:gsub("10", "20")))
  p:ok "run main.lua -q --name bad --set n=2 --set m=3"
  check.eq(p:json("blame good bad --metric q.y").mixtures, 6)
  local n_cached = 0
  for _, k in ipairs { "10", "20" } do
    p:write("lib.lua", (lib:gsub("10", k)))
    for _, set in ipairs { "n=1 --set m=3", "n=2 --set m=1", "n=2 --set m=3", "n=1 --set m=1" } do
      p:ok("run main.lua -q --set " .. set)
      local warm = p:json "show main@-1"
      p:ok("run main.lua -q --store fresh --set " .. set)
      local fresh = p:json "show main@-1 --store fresh"
      for i, step in ipairs(warm.steps) do
        check.eq(step.outputs[next(step.outputs)].digest, fresh.steps[i].outputs[next(step.outputs)].digest)
        if step.status == "cached" then n_cached = n_cached + 1 end
      end
      p:sh "rm -rf fresh"
    end
  end
  check.ok(n_cached >= 14, n_cached .. " hits")
end)

check.test("what cannot be explained is refused with the reason", function()
  local p <close> = scratch.script(MAIN .. "\n")
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set x=2"
  local function refused(arguments, text, code)
    local r = p:rille(arguments)
    check.eq(r.code, code or 3)
    check.ok(r.err:find(text, 1, true), r.err)
  end
  refused("blame good bad", "say what moved, with one of --metric STEP.NAME", 2)
  refused("blame good bad --metric score", "expected STEP.NAME", 2)
  refused("blame good bad --metric judge.score --budget x", "expected a number of mixtures from 1", 2)
  refused("blame good good --metric judge.score", "GOOD and BAD are the same run")
  refused("blame good bid --metric judge.score", 'did you mean "bad"')
  refused("blame good bad --metric judg.score", 'did you mean "judge"')
  refused("blame good bad --metric judge.scor", 'did you mean "score"')
  refused("blame good bad --metric first.score", "logged no metrics")
  check.eq(p:ok "blame bad good --metric judge.score --dry", [[
metric judge.score  40.000000 -> 30.000000  (-10.000000)
  x 2.0 -> 1.0
1 change, 0 mixtures; at most 0 step runs
]])
  p:ok "run main.lua -q --name same --set z=2"
  check.eq(p:ok "blame good same --metric judge.score",
    "metric judge.score is 30.000000 in both runs: nothing to explain\n")
end)

-- Files ------------------------------------------------------------------------------------

local FILES <const> = [[
local csv = require "rille.csv"
local load = step "load" { params = { n = 1.0 }, outputs = { t.number "x" }, run = function(p)
  return csv.read("d.csv"):column("a"):sum() * p.n
end }
local weigh = step "weigh" { inputs = { t.file "f", t.number "x" }, params = { m = 1.0 }, outputs = { t.number "y" },
run = function(f, x, p)
  for line in io.lines(f.path) do return tonumber(line) * x * p.m end
end }
local judge = step "judge" { inputs = { t.number "y" }, outputs = { t.number "s" }, run = function(y, _, ctx)
  ctx:log_metric { s = y }
  return y
end }
return pipeline "main" { params = { n = 1.0, m = 1.0 }, define = function(p)
  judge(weigh { f = rille.file "w.txt", x = load { n = p.n }, m = p.m })
end }
]]

check.test("a file that is an input is switched by its bytes, one that a step reads by what was recorded", function()
  local p <close> = scratch.script(FILES, { ["d.csv"] = "a\n1\n2\n3\n", ["w.txt"] = "5\n" })
  p:ok "run main.lua -q --name good"
  p:write("d.csv", "a\n1\n2\n4\n")
  p:write("w.txt", "6\n")
  p:ok "run main.lua -q --name bad --set n=2 --set m=3"
  for _ = 1, 2 do
    local result = p:json "blame good bad --metric judge.s"
    local by = effects_of(result)
    check.eq({ by["m 1.0 -> 3.0"].from_good, by["m 1.0 -> 3.0"].from_bad }, { 60.0, 168.0 })
    check.eq({ by["w.txt"].from_good, by["w.txt"].from_bad }, { 6.0, 42.0 })
    local file = by["file d.csv + n 1.0 -> 2.0"]
    check.eq({ file.from_good, file.from_bad, file.note }, { 40.0, 144.0, "switched by recorded outputs" })
    check.ok(near(result.unexplained, 0))
    -- today's files are neither
    p:write("d.csv", "a\n100\n")
    p:write("w.txt", "100\n")
  end
  check.eq(p:read "d.csv", "a\n100\n")
  local r = p:rille "blame good bad --output load.x"
  check.eq(r.code, 3)
  check.ok(r.err:find("file d.csv", 1, true), r.err)
end)

check.test("files that steps write are put back, and one that only mixtures wrote is named", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { k = 1.0, n = 1.0 }, outputs = { t.number "x" }, run = function(p, ctx)
  ctx:log_metric { x = p.k * p.n }
  for _, name in ipairs { "report", "report-" .. p.k .. "-" .. p.n } do
    local f <close> = io.open(name .. ".txt", "w")
    f:write("k is ", p.k, " n is ", p.n)
  end
  return p.k
end }
return pipeline "main" { params = { k = 1.0, n = 1.0 }, define = function(p) s { k = p.k, n = p.n } end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set k=3"
  p:write("report.txt", "mine")
  p:sh "chmod 600 report.txt; rm report-1.0-1.0.txt"
  check.eq(p:json("blame good bad --metric s.x").unexplained, 0.0)
  check.eq(p:sh("ls *.txt; stat -c %a report.txt").out, "report-3.0-1.0.txt\nreport.txt\n600\n")
  check.eq(p:read "report.txt", "mine")
  p:ok "run main.lua -q --name worse --set k=3 --set n=4"
  local text = p:ok "blame good worse --metric s.x"
  check.ok(text:find("mixtures wrote report-1.0-4.0.txt and 1 more file, which", 1, true), text)
end)

check.test("a store is not made where there is none", function()
  local p <close> = scratch.new()
  check.eq(p:rille("blame a b --status").code, 4)
  check.eq(p:sh("ls -A").out, "")
end)

check.test("modules are mixed from the store, and the files of the project stay", function()
  local p <close> = scratch.script([[
local lib = require "lib.sums"
local s = step "s" { outputs = { t.number "x" }, run = function(_, ctx)
  ctx:log_metric { v = lib.one(2) + lib.two(3) * lib.k }
  return 1
end }
return pipeline "main" { define = function() s() end }
]])
  local lib = [[
local sums = { k = 10 }
function sums.one(x)
  return x
end

function sums.two(x)
  return x
end
return sums
]]
  p:sh "mkdir lib"
  p:write("lib/sums.lua", lib)
  p:ok "run main.lua -q --name good"
  p:write("lib/sums.lua", (lib:gsub("return x\nend", "return x + 1\nend"):gsub("k = 10", "k = 20")))
  p:ok "run main.lua -q --name bad"
  p:write("lib/sums.lua", "error 'gone'")
  local by = effects_of(p:json "blame good bad --metric s.v")
  check.eq({ by["function lib.one"].from_good, by["function lib.one"].from_bad }, { 1, 1 })
  check.eq({ by["function lib.two"].from_good, by["function lib.two"].from_bad }, { 10, 20 })
  check.eq({ by["lib.k 10 -> 20"].from_good, by["lib.k 10 -> 20"].from_bad }, { 30, 40 })
  check.eq(by["function lib.two"].changes[1].where, "lib/sums.lua:7")
  check.eq(p:read "lib/sums.lua", "error 'gone'")
end)

check.test("runs of two commits are mixed like others", function()
  local p <close> = scratch.script(MAIN)
  p:sh [[git init -q . && git config user.email a@b && git config user.name a && git add main.lua && git commit -qm 1
"$RILLE" run main.lua -q --name good --at HEAD]]
  p:edit("return v + 1", "return v + 2")
  p:edit("local scale = 10", "local scale = 20")
  p:sh [[git commit -qam 2; "$RILLE" run main.lua -q --name bad --at HEAD; git reset -q --hard HEAD~1]]
  local by = effects_of(p:json "blame good bad --metric judge.score")
  check.eq({ by["function helper"].share, by["scale 10 -> 20"].share }, { 30.0, 40.0 })
end)

-- Wiring and parameters of steps --------------------------------------------------------------

check.test("steps that come and go, wires and parameters in define are switched", function()
  local p <close> = scratch.script([[
local one = step "one" { outputs = { t.number "x" }, params = { a = 1.0, b = 1.0 }, run = function(p)
  return p.a + 10 * p.b
end }
local last = step "last" { inputs = { t.number "x" }, params = { c = 1.0 }, outputs = { t.number "y" },
run = function(x, p, ctx)
  ctx:log_metric { y = x * p.c }
  return x * p.c
end }
return pipeline "main" { define = function()
  local x = one { a = 1, b = 1 }
  last { x = x, c = 2 }
end }
]])
  p:ok "run main.lua -q --name good --set last.c=3"
  p:edit('return pipeline', 'local double = step "double" { inputs = { t.number "x" }, outputs = { t.number "y" }, '
    .. "run = function(x)\n  return 2 * x\nend }\nreturn pipeline")
  p:edit("a = 1, b = 1", "a = 2, b = 3")
  p:edit("x = x, c", "x = double(x), c")
  p:ok "run main.lua -q --name bad --set last.c=5"
  local result = p:json "blame good bad --metric last.y"
  check.eq({ result.a, result.b }, { 33.0, 320.0 })
  local by = effects_of(result)
  check.eq({ by["one.a 1.0 -> 2.0"].from_good, by["one.a 1.0 -> 2.0"].from_bad }, { 3.0, 10.0 })
  check.eq({ by["one.b 1.0 -> 3.0"].from_good, by["one.b 1.0 -> 3.0"].from_bad }, { 60.0, 200.0 })
  check.eq({ by["last.c 3.0 -> 5.0"].from_good, by["last.c 3.0 -> 5.0"].from_bad }, { 22.0, 128.0 })
  local wiring = by["wiring: double added"]
  check.eq({ wiring.from_good, wiring.from_bad }, { 33.0, 160.0 })
  check.ok(near(result.unexplained, 0))
end)

check.test("one line that gives a parameter to many steps is one change, with the steps that only BAD has", function()
  local p <close> = scratch.script [[
local make = step "make" { params = { v = 0.0, w = 1.0 }, outputs = { t.number "x" }, run = function(p)
  return p.v * p.w
end }
local sum = step "sum" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "y" }, run = function(xs, _, ctx)
  local y = 0.0
  for _, x in ipairs(xs) do y = y + x end
  ctx:log_metric { y = y }
  return y
end }
return pipeline "main" { params = { n = 4 }, define = function(p)
  local list = {}
  for i = 1, p.n do
    list[i] = make:with { id = "make_" .. i } {
      v = i * 1.0,
      w = 1 + i
    }
  end
  sum { xs = list }
end }
]]
  p:ok "run main.lua -q --name good"
  p:edit("v = i * 1.0", "v = i * 2.0")
  p:edit("w = 1 + i", "w = 3")
  p:ok "run main.lua -q --name bad --set n=5"
  local by = effects_of(p:json "blame good bad --metric sum.y")
  local v, w = by["make.v of 4 steps"], by["make.w of 3 steps"]
  check.eq({ v.from_good, v.from_bad, v.changes[1].where }, { 40.0, 45.0, ":16" })
  check.eq({ w.from_good, w.from_bad }, { -10.0, -50.0 })
  -- the fifth step of GOOD's script has v = 5 and w = 6
  check.eq({ by["n 4 -> 5"].from_good, by["n 4 -> 5"].from_bad }, { 30.0, 30.0 })
end)

check.test("a helper that got another name is no change, with its callers", function()
  local p <close> = scratch.script(MAIN)
  p:ok "run main.lua -q --name good"
  p:write("main.lua", (p:read("main.lua"):gsub("helper", "assist")))
  p:edit("local scale = 10", "local scale = 30")
  p:ok "run main.lua -q --name bad"
  local result = p:json "blame good bad --metric judge.score"
  check.eq(#result.effects, 1)
  check.eq({ result.effects[1].changes[1].change, result.effects[1].share }, { "scale 10 -> 30", 60.0 })
end)

check.test("a function that moved to a module: what is gone stays, and each caller is a change of its own", function()
  local p <close> = scratch.script [[
local K = 2
local function scale(x)
  return x * K
end
local a = step "a" { params = { n = 1.0 }, outputs = { t.number "x" }, run = function(p)
  return scale(p.n)
end }
local b = step "b" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x, _, ctx)
  ctx:log_metric { y = scale(x) }
  return x
end }
return pipeline "main" { params = { n = 1.0 }, define = function(p) b(a { n = p.n }) end }
]]
  p:ok "run main.lua -q --name good"
  p:write("lib.lua", "local lib = { K = 3 }\nfunction lib.scale(x) return x * lib.K end\nreturn lib\n")
  local text = p:read "main.lua"
  text = text:gsub("local K.-\nend\n", 'local lib = require "lib"\n', 1):gsub("scale%(", "lib.scale(")
  p:write("main.lua", text)
  p:ok "run main.lua -q --name bad"
  local result = p:json "blame good bad --metric b.y"
  check.eq({ result.a, result.b, #result.effects }, { 4.0, 9.0, 2 })
  for _, e in ipairs(result.effects) do check.eq({ e.from_good, e.from_bad, e.share }, { 2.0, 3.0, 2.5 }) end
end)

check.test("a step that got another name is one change, as is a command", function()
  local p <close> = scratch.script [[
local a = step "a" { params = { n = 1 }, outputs = { t.integer "x" }, command = "echo {params.n} > {outputs.x}" }
local b = step "b" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x)
  return x
end }
local c = step "c" { inputs = { t.integer "y" }, outputs = { t.integer "z" }, run = function(y, _, ctx)
  ctx:log_metric { y = y }
  return y
end }
return pipeline "main" { params = { n = 1 }, define = function(p) c(b(a { n = p.n })) end }
]]
  p:ok "run main.lua -q --name good"
  p:write("main.lua", (p:read("main.lua"):gsub('local b = step "b"', 'local half = step "half"')
    :gsub("c%(b%(", "c(half("):gsub("  return x\n", "  return x * 10\n"):gsub("echo {", "echo 2{")))
  p:ok "run main.lua -q --name bad"
  local by = effects_of(p:json "blame good bad --metric c.y")
  check.eq({ by["step b -> half"].from_good, by["a command"].from_good }, { 9, 20 })
end)

check.test("classes: a method, and a materializer of the script, which the values go through", function()
  local p <close> = scratch.script [[
local Box = {}
Box.__index = Box
rille.materializer "box" { class = Box, version = 1,
  save = function(b, art) art:write("b", tostring(b.v)) end,
  load = function(art) return setmetatable({ v = tonumber((art:read "b")) }, Box) end }
local Make = rille.Step:extend "make" { params = { n = 1.0 }, outputs = { t.box "b" } }
function Make:factor() return 2 end
function Make:entrypoint(p) return setmetatable({ v = p.n * self:factor() }, Box) end
local Judge = rille.Step:extend "judge" { inputs = { t.box "b" }, outputs = { t.number "x" } }
function Judge:entrypoint(b, _, ctx)
  ctx:log_metric { x = b.v }
  return b.v
end
local Main = rille.Pipeline:extend "main" { params = { n = 1.0 } }
function Main:connect(p) Judge { b = Make { n = p.n } } end
return Main
]]
  p:ok "run main.lua -q --name good"
  p:edit("factor() return 2", "factor() return 5")
  p:edit("tostring(b.v))", "tostring(b.v * 10))")
  p:ok "run main.lua -q --name bad"
  local by = effects_of(p:json "blame good bad --metric judge.x")
  check.eq({ by["materializer of make"].from_good, by["materializer of make"].from_bad }, { 18.0, 45.0 })
  check.eq({ by["function self.factor"].from_good, by["function self.factor"].from_bad }, { 3.0, 30.0 })
end)

check.test("a variable, and a step that gives something else each time, are switched by what was recorded", function()
  local p <close> = scratch.script [[
local a = step "a" { outputs = { t.number "x" }, run = function() return tonumber(os.getenv "FACTOR") end }
local c = step "c" { outputs = { t.number "t" }, run = function()
  return tonumber((io.popen "date +%N":read "a")) / 1e9
end }
local b = step "b" { inputs = { t.number "x", t.number "t" }, params = { k = 1.0 }, outputs = { t.number "y" },
run = function(x, t, p, ctx)
  ctx:log_metric { y = x * p.k + t }
  return x
end }
return pipeline "main" { params = { k = 1.0 }, define = function(p) b { x = a(), t = c(), k = p.k } end }
]]
  p:sh 'FACTOR=2 "$RILLE" run main.lua -q --name good; FACTOR=3 "$RILLE" run main.lua -q --name bad --set k=5'
  local by = effects_of(p:json "blame good bad --metric b.y")
  check.ok(near(by["variable FACTOR"].from_good, 1) and near(by["variable FACTOR"].from_bad, 5))
  check.ok(near(by["k 1.0 -> 5.0"].from_good, 8) and by["c result"].share ~= 0)
end)

-- Outputs, status, noise ----------------------------------------------------------------------

local FAILING <const> = [[
local function check(x, y)
  if x > 2 and y > 2 then error("too large: " .. x + y) end
end
local a = step "a" { params = { n = 1.0 }, outputs = { t.number "x" }, run = function(p) return p.n end }
local b = step "b" { inputs = { t.number "x" }, params = { m = 1.0 }, outputs = { t.number "y" }, run = function(x, p)
  check(x, p.m)
  return x
end }
return pipeline "main" { params = { n = 1.0, m = 1.0, k = 1.0 }, define = function(p)
  b { a { n = p.n }, m = p.m }
end }
]]

check.test("a status: which changes are enough for the failure, and which to undo", function()
  local p <close> = scratch.script(FAILING)
  p:ok "run main.lua -q --name good"
  p:edit("  return x\nend }\nreturn", "  -- a comment\n  return x\nend }\nreturn")
  p:rille "run main.lua -q --name bad --set n=3 --set m=4 --set k=2"
  check.eq(p:ok "blame good bad --status", [[
status  completed -> failed: main.lua:4: too large: 7.0
change          alone  without it
m 1.0 -> 4.0  as GOOD     as GOOD
n 1.0 -> 3.0  as GOOD     as GOOD
enough to get BAD   m 1.0 -> 4.0 + n 1.0 -> 3.0
enough to undo it   m 1.0 -> 4.0
2 mixtures, 2 step runs, 1 change not upstream
]])
end)

check.test("an output: only bytes that differ count", function()
  local p <close> = scratch.script(MAIN)
  p:ok "run main.lua -q --name good"
  p:edit("return v * p.y", "local w = v * p.y\n  return w")
  p:ok "run main.lua -q --name bad --set x=3 --set y=1"
  check.eq(p:ok "blame good bad --output second.w", [[
output second.w  2.0 -> 4.0 (+2)
change         alone  without it
x 1.0 -> 3.0  as BAD     as GOOD
enough to get BAD   x 1.0 -> 3.0
enough to undo it   x 1.0 -> 3.0
2 mixtures, 2 step runs, 1 change not needed
]])
end)

check.test("effects within the noise that --repeat measures are not distinguishable", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { n = 0.0, tiny = 0.0 }, outputs = { t.number "x" }, run = function(p, ctx)
  local x = p.n + p.tiny + math.random() / 10
  ctx:log_metric { x = x }
  return x
end }
return pipeline "main" { params = { n = 0.0, tiny = 0.0 }, define = function(p) s { n = p.n, tiny = p.tiny } end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set n=1 --set tiny=1e-6"
  local once = p:ok "blame good bad --metric s.x"
  check.ok(once:find("s draws random numbers", 1, true), once)
  local text = p:ok "blame good bad --metric s.x --repeat 6"
  check.ok(text:find("\ntiny [^\n]*\n? *not distinguishable from noise"), text)
  check.ok(text:find("\nn 0.0 %-> 1.0 [^\n]*") and not text:find("\nn 0.0 [^\n]*not distinguishable"), text)
  check.ok(text:find("noise of 0.%d+: effects within it are not distinguishable"), text)
end)

check.test("a step that is cached by cache = always is not said to draw random numbers", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { n = 0.0 }, cache = "always",
  run = function(p, ctx) ctx:log_metric { x = p.n + (os.time() > 0 and 1 or 0) } end }
return pipeline "main" { params = { n = 0.0 }, define = function(p) s { n = p.n } end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set n=1"
  local text = p:ok "blame good bad --metric s.x"
  check.has(text, 's is cached by cache = "always": --repeat K shows whether the results vary')
  check.eq(text:match "draws", nil)
end)

-- Maps, models, mixtures that fail -------------------------------------------------------------

check.test("maps and branches are mixed, hooks are not called, and the number of items is said", function()
  local p <close> = scratch.script [[
local list = step "list" { params = { n = 3 }, outputs = { t.list(t.number) "xs" }, run = function(p)
  local xs = {}
  for i = 1, p.n do xs[i] = i * 1.0 end
  return xs
end }
local function hook() local f = io.open("hook.txt", "a") f:write "x" f:close() end
local work = step "work" { inputs = { t.number "x" }, params = { k = 1.0 }, outputs = { t.number "y" },
  run = function(x, p, ctx)
  ctx:log_metric { y = x * p.k }
  return x * p.k
end, on_success = hook }
local sum = step "sum" { inputs = { t.list(t.number) "ys" }, outputs = { t.boolean "large", t.number "s" },
  run = function(ys)
  local s = 0.0
  for _, y in ipairs(ys) do s = s + y end
  return s > 10, s
end }
local yes = step "yes" { inputs = { t.number "s" }, outputs = { t.number "v" }, run = function(s) return s end }
local no = step "no" { inputs = { t.number "s" }, outputs = { t.number "v" }, run = function(s) return -s end }
local last = step "last" { inputs = { t.number "v" }, outputs = { t.number "w" }, run = function(v, _, ctx)
  ctx:log_metric { w = v }
  return v
end }
return pipeline "main" { params = { n = 3, k = 1.0 }, on_success = hook, define = function(p)
  local b = sum { ys = work:map { x = list { n = p.n }, k = p.k } }
  last { v = rille.when(b.large, { function() return yes { s = b.s } end,
    otherwise = function() return no { s = b.s } end }) }
end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set n=4 --set k=3"
  local hooks = p:read "hook.txt"
  local by = effects_of(p:json "blame good bad --metric last.w -j 4")
  check.eq({ by["k 1.0 -> 3.0"].from_good, by["k 1.0 -> 3.0"].from_bad }, { 24.0, 40.0 })
  check.eq({ by["n 3 -> 4"].from_good, by["n 3 -> 4"].from_bad, by["n 3 -> 4"].note },
    { -4.0, 12.0, "work 3 -> 4 items" })
  by = effects_of(p:json "blame good bad --metric 'work[2].y'")
  check.eq({ by["k 1.0 -> 3.0"].share, by["n 3 -> 4"].share }, { 4.0, 0.0 })
  check.eq(p:read "hook.txt", hooks)
  local r = p:rille "blame good bad --metric work.y"
  check.ok(r.err:find("is a map of 3: name one of its items, as in work[1]", 1, true), r.err)
end)

check.test("mixtures make no versions of models and promote none", function()
  local p <close> = scratch.script [[
local train = step "train" { params = { n = 1.0, k = 1.0 }, outputs = { t.number "m" { kind = "model" } },
run = function(p) return p.n * p.k end }
local judge = step "judge" { inputs = { t.number "m" }, outputs = { t.number "x" }, run = function(m, _, ctx)
  ctx:log_metric { acc = m }
  ctx:promote(ctx.model, "staging")
  return m
end }
return pipeline "main" { model = rille.model "net" { new_version = true }, params = { n = 1.0, k = 1.0 },
define = function(p) judge(train { n = p.n, k = p.k }) end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set n=2 --set k=3"
  local before = p:ok "model version list net --json" .. p:ok "model history net --json"
  check.eq(p:json("blame good bad --metric judge.acc").step_runs, 4)
  check.eq(p:ok "model version list net --json" .. p:ok "model history net --json", before)
end)

check.test("no alerter, no tracker and no hook hears of a mixture", function()
  local p <close> = scratch.script [[
local s = step "s" { cache = false, params = { n = 1.0, k = 1.0 }, outputs = { t.number "x" }, run = function(p, ctx)
  ctx:log_metric { x = p.n * p.k }
  ctx.alerter:alert "s ran"
  return p.n
end }
return pipeline "main" { params = { n = 1.0, k = 1.0 },
  on_end = function() io.open("hook.txt", "a"):write("x"):close() end,
  define = function(p) s { n = p.n, k = p.k } end }
]]
  p:ok "alerter register book --flavor file --set path=alerts.txt"
  p:ok "experiment-tracker register ml --flavor mlflow --set path=ml"
  p:ok "stack register loud --alerter book --experiment-tracker ml"
  p:ok "run main.lua -q --stack loud --name good"
  p:ok "run main.lua -q --stack loud --name bad --set n=2 --set k=3"
  local function heard() return p:sh "cat alerts.txt hook.txt; find ml -type f | sort" .out end
  local before = heard()
  check.ok(before:find("s ran", 1, true) and before:find("xx", 1, true) and before:find "ml/", before)
  check.eq(p:json("blame good bad --metric s.x").step_runs, 2)
  check.eq(heard(), before)
end)

check.test("changes whose mixtures fail alone are tested together", function()
  local p <close> = scratch.script [[
local fit = step "fit" { params = { width = 2, n = 1.0 }, outputs = { t.table "m" }, run = function(p)
  return { p.width, p.n }
end }
local judge = step "judge" { inputs = { t.table "m" }, params = { width = 2, k = 1.0 }, outputs = { t.number "x" },
run = function(m, p, ctx)
  if m[1] ~= p.width then error("a model of width " .. m[1]) end
  ctx:log_metric { acc = m[1] * m[2] * p.k }
  return m[2]
end }
return pipeline "main" { params = { a = 2, b = 2, n = 1.0, k = 1.0 }, define = function(p)
  judge { fit { width = p.a, n = p.n }, width = p.b, k = p.k }
end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set a=5 --set b=5 --set n=2"
  local text = p:ok "blame good bad --metric judge.acc"
  check.ok(text:find("\na 2 %-> 5 %+ b 2 %-> 5 +%+3%.000000 +%+6%.000000 +%+4%.500000  tested together\n"), text)
  check.ok(text:find("\nunexplained +0\n"), text)
end)

check.test("an end that gives something else stops it with the step, and --repeat tells that it is noise", function()
  local p <close> = scratch.script [[
local s = step "s" { cache = false, params = { n = 0 }, outputs = { t.number "x" }, run = function(_, ctx)
  local x = tonumber((io.popen "date +%N":read "a")) / 1e9
  ctx:log_metric { x = x }
  return x
end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set n=1"
  local r = p:rille "blame good bad --metric s.x"
  check.eq(r.code, 3)
  check.ok(r.err:find('run good cannot be reproduced: it gives s.x = 0.', 1, true)
    and r.err:find('the first step that differs is "s" (output x); --repeat K measures such noise', 1, true), r.err)
  check.eq(p:rille("blame good bad --output s.x").code, 3)
  local result = p:json "blame good bad --metric s.x --repeat 4"
  check.ok(result.noise > 0)
end)

check.test("mixtures whose metric is nan or missing say so, and ends that have such are refused", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { a = 1, b = 1, k = 1 }, outputs = { t.number "x" }, run = function(p, ctx)
  local x = p.a == p.b and p.a * p.k + 0.0 or 0 / 0
  if p.a < p.b then return x end
  ctx:log_metric { x = x }
  return x
end }
return pipeline "main" { params = { a = 1, b = 1, k = 1 }, define = function(p) s { a = p.a, b = p.b, k = p.k } end }
]]
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set a=3 --set b=3 --set k=2"
  p:ok "run main.lua -q --name nan --set a=2"
  local by = effects_of(p:json "blame good bad --metric s.x")
  check.eq({ by["a 1 -> 3 + b 1 -> 3"].share, by["k 1 -> 2"].share }, { 3.0, 2.0 })
  local text = p:rille("blame good bad --metric s.x -v").err
  check.ok(text:find("fails +[%d.]+ [um]?s  a 1 %-> 3", 1), text)
  local err = p:rille("blame good nan --metric s.x").err
  check.ok(err:find("s.x of run nan is nan: blame compares finite numbers", 1, true), err)
end)

-- Processes -----------------------------------------------------------------------------------

local SLOW <const> = [[
local function wait(seconds)
  local t0 = os.clock()
  while os.clock() - t0 < seconds do end
end
local a = step "a" { cache = "always", params = { n = 1.0, m = 1.0, k = 1.0 }, outputs = { t.number "x" },
run = function(p)
  wait(0.3)
  return p.n * p.m * p.k
end }
local b = step "b" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x, _, ctx)
  ctx:log_metric { m = x }
  return x
end }
return pipeline "main" { params = { n = 1.0, m = 1.0, k = 1.0 }, define = function(p)
  b(a { n = p.n, m = p.m, k = p.k })
end }
]]

check.test("a blame that was killed resumes from the cache, and Ctrl-C ends one with 130", function()
  local p <close> = scratch.script(SLOW)
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set n=2 --set m=3 --set k=5"
  local listed = p:ok "runs --unlisted --json"
  -- each is stopped once it has left two more results in the cache
  local r = p:sh [[
results() { sqlite3 -readonly .rille/meta.db "select count(*) from record"; }
two_more() { n=0; until [ "$(results)" -ge $((before + 2)) ] || [ $n -gt 1200 ]; do sleep 0.05; n=$((n + 1)); done; }
before=$(results); "$RILLE" blame good bad --metric b.m & P=$!
two_more; kill -INT $P; wait $P; echo "int $?"
before=$(results); "$RILLE" blame good bad --metric b.m & P=$!
two_more; kill -9 $P; wait $P 2>/dev/null; echo "kill $?"]]
  check.ok(r.out:find("int 130", 1, true) and r.out:find("kill 137", 1, true), r.out .. r.err)
  check.ok(r.err:find("stopped by SIGINT", 1, true) and not r.err:find "traceback", r.err)
  local result = p:json "blame good bad --metric b.m"
  check.ok(result.step_runs >= 2 and result.step_runs < 12, result.step_runs .. " step runs")
  check.eq({ result.mixtures, result.unexplained }, { 6, 0.0 })
  check.eq(p:ok "runs --unlisted --json", listed)
  check.eq(p:sh("ls .rille/tmp").out, "")
  p:ok "fsck"
end)

check.test("two blames at once compute each mixture once", function()
  local p <close> = scratch.script(SLOW)
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set n=2 --set m=3 --set k=5"
  p:sh [[for i in 1 2; do "$RILLE" blame good bad --metric b.m --json >o$i & done; wait]]
  local json = require "rille.json"
  local one, two = json.decode(p:read "o1"), json.decode(p:read "o2")
  check.eq(one.effects, two.effects)
  check.eq(one.step_runs + two.step_runs, 12)
end)

check.done()
