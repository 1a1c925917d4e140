-- A search in pipelines: in one step, and over steps by a map.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local DATA <const> = [[
local array, search, tree = require "rille.array", require "rille.search", require "rille.tree"
local data = step "data" {
  params = { seed = 1 },
  outputs = { t.matrix "X", t.vector "y" },
  run = function(p)
    local X = array.integers(0, 100, { 120, 4 }, p.seed)
    return X, (X:column(1) + X:column(2) * 2):gt(140):astype "i64"
  end,
}
]]

local IN_ONE <const> = DATA .. [[
local tune = step "tune" {
  inputs = { t.matrix "X", t.vector "y" },
  params = { seed = 42 },
  outputs = { t.table "found" },
  run = function(X, y, p)
    return search.random(X, y, { model = tree, cv = 3, seed = p.seed, n = 6, shuffle = true,
      params = { max_depth = search.range(2, 12, 2), criterion = { "gini", "entropy" } } })
  end,
}
local use = step "use" {
  inputs = { t.table "found", t.matrix "X", t.vector "y" },
  outputs = { t.number "accuracy", t.string "text" },
  run = function(found, X, y)
    return found.model:score(X, y), string.format("%d %s %d", found.trial, found.params.criterion, found.trials.n_rows)
  end,
}
return pipeline "p" {
  params = { seed = 42 },
  define = function(p)
    local d = data {}
    use { d, found = tune { d, seed = p.seed } }
  end,
}
]]

local OVER_STEPS <const> = DATA .. [[
local DEPTHS = { 1, 0, 3 }
local try = step "try" {
  inputs = { t.table "candidate", t.matrix "X", t.vector "y" },
  outputs = { t.table "trial" },
  run = function(candidate, X, y)
    local model = candidate.max_depth ~= 7 and tree
      or function() return { score = function() return 0 / 0 end } end
    return search.trial(X, y, { model = model, params = candidate, cv = 3 })
  end,
}
local choose = step "choose" {
  inputs = { t.list(t.table) "trials", t.matrix "X", t.vector "y" },
  outputs = { t.table "found" },
  run = function(trials, X, y) return search.select(trials, { X = X, y = y, model = tree }) end,
}
return pipeline "p" {
  define = function()
    local d = data {}
    choose { d, trials = try:map { d, candidate = search.candidates { max_depth = DEPTHS } } }
  end,
}
]]

-- { [step] = digest of its first output } of the newest run.
local function digests(project)
  local of = {}
  for _, one in ipairs(project:json "show p@-1".steps) do
    local _, output = next(one.outputs or {})
    of[one.id] = output and output.digest
  end
  return of
end

-- { [step] = status } of the newest run.
local function statuses(project)
  local of = {}
  for id, one in pairs((project:newest "p")) do of[id] = one.status end
  return of
end

check.test("a search in a step gives the same bytes with one worker and with four", function()
  local one <close> = scratch.script(IN_ONE)
  local four <close> = scratch.script(IN_ONE)
  one:ok "run main.lua -j1"
  four:ok "run main.lua -j4"
  check.ok(digests(one).tune ~= nil)
  check.eq(digests(four), digests(one))
  four:ok "run main.lua -j4 --no-cache"
  check.eq(digests(four), digests(one))
  one:ok "run main.lua"
  check.eq(statuses(one), { data = "cached", tune = "cached", use = "cached" })
  one:ok "run main.lua --set seed=43"
  check.ok(digests(one).tune ~= digests(four).tune)
end)

check.test("a map over candidates: the same with one worker and with four, and a new candidate runs alone", function()
  local one <close> = scratch.script(OVER_STEPS)
  local four <close> = scratch.script(OVER_STEPS)
  one:ok "run main.lua -j1"
  four:ok "run main.lua -j4"
  local before = digests(one)
  check.ok(before["try[3]"] ~= nil)
  check.eq(digests(four), before)
  one:edit("{ 1, 0, 3 }", "{ 1, 0, 4 }")
  one:ok "run main.lua -j4"
  check.eq(statuses(one), { data = "cached", try = "completed", ["try[1]"] = "cached", ["try[2]"] = "cached",
    ["try[3]"] = "completed", choose = "completed" })
  one:edit("{ 1, 0, 4 }", "{ 3, 0, 1 }")
  one:ok "run main.lua -j4"
  local now = statuses(one)
  check.eq({ now["try[1]"], now["try[2]"], now["try[3]"] }, { "cached", "cached", "cached" })
end)

check.test("candidates of a map that fail are trials with their reason; when all fail the choice fails", function()
  local project <close> = scratch.script(OVER_STEPS .. "\n")
  project:edit("{ 1, 0, 3 }", "{ 1, 0, 7 }")
  project:ok "run main.lua"
  project:write("look.lua", scratch.HEAD .. [[
    local found = rille.pipelines.p.runs[-1].steps.choose.output:load()
    print(found.trial, found.trials:column "error"[2], found.trials:column "error"[3])]])
  check.eq((project:ok "look.lua"),
    "1\tfold 1: tree.fit: max_depth is 0, expected an integer from 1 to 2147483647\tfold 1: the score is NaN\n")
  project:edit("{ 1, 0, 7 }", "{ 0, 7 }")
  local _, err = project:ok("run main.lua", 1)
  check.has(err, "search.select: all 2 candidates failed; the first, with max_depth = 0: fold 1: tree.fit: max_depth")
  check.has(err, "main.lua:")
end)

check.test("the template's spaces are data of the YAML file", function()
  local project <close> = scratch.script(DATA .. [[
return pipeline "p" {
  params = { space = t.table { default = {} }, n = 3 },
  define = function(p)
    local d = data {}
    step "try" { inputs = { t.table "candidate", t.matrix "X", t.vector "y" }, outputs = { t.table "trial" },
      run = function(candidate, X, y)
        return search.trial(X, y, { model = tree, params = candidate, cv = 3, scoring = "log_loss" })
      end }:map { d, candidate = search.candidates(p.space, { n = p.n, seed = 42 }) }
  end,
}]])
  project:write("train.yaml", "parameters:\n  n: 4\n  space:\n    criterion: [gini, entropy]\n"
    .. "    max_depth: { range: { start: 2, end: 12, step: 2 } }\n"
    .. "    min_samples_leaf: { range: { start: 1, end: 10 } }\n")
  project:ok "run main.lua --config train.yaml"
  check.ok(statuses(project)["try[4]"] == "completed" and not statuses(project)["try[5]"])
  project:write("look.lua", scratch.HEAD .. [[
    for _, item in ipairs(rille.pipelines.p.runs[-1].steps.try.items) do
      local params = item.output:load().params
      assert(params.max_depth % 2 == 0 and params.max_depth <= 10 and params.min_samples_leaf <= 9)
    end]])
  project:ok "look.lua"
end)

check.done()
