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
change                          from GOOD    from BAD       share
gamma 0.001 -> 0.01             -0.244444   -0.274074   -0.259259
test_size 0.2 -> 0.3            +0.012037   -0.017593   -0.002778  also changes X_test, y_test
svc_trainer code :18                    0           0           0  model bytes identical
interaction gamma x test_size   -0.029630                          split equally
unexplained                                                     0
gamma 0.001 -> 0.01 moved it most: -0.259259 of -0.262037 (99%)
6 mixtures, 8 step runs
]])
  local again = p:ok "blame good bad --metric evaluator.accuracy"
  check.ok(again:find("6 mixtures, 0 step runs", 1, true), again)
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
    "lineage main::first::v", "lineage main::first::v --down", "runs -q" } do
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

check.test("what cannot be explained is refused with the reason", function()
  local p <close> = scratch.script(MAIN .. "\n")
  p:ok "run main.lua -q --name good"
  p:ok "run main.lua -q --name bad --set x=2"
  local function refused(arguments, text, code)
    local r = p:rille(arguments)
    check.eq(r.code, code or 3)
    check.ok(r.err:find(text, 1, true), r.err)
  end
  refused("blame good bad", "say what moved: --metric STEP.NAME", 2)
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

check.done()
