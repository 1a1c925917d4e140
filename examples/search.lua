-- search: the parameters of a decision tree, by cross-validation.
--
-- A map tries each candidate in a step of its own, which is cached and recorded.  If you
-- widen the space, only candidates that were never tried run.  The rows for testing are
-- used once, for the tree that was chosen.

local rille = require "rille"
local csv, split = require "rille.csv", require "rille.split"
local search, tree = require "rille.search", require "rille.tree"
local t = rille.types

local load_data = rille.step "load_data" {
  outputs = { t.matrix "X", t.matrix "X_test", t.vector "y", t.vector "y_test" },
  run = function()
    local f = csv.read "data/breast_cancer.csv"
    return split.train_test(f:drop { "target" }:to_matrix(), f:column "target", { test_size = 0.2, seed = 42 })
  end,
}

local try = rille.step "try" {
  inputs  = { t.table "candidate", t.matrix "X", t.vector "y" },
  params  = { scoring = "accuracy" },
  outputs = { t.table "trial" },
  run = function(candidate, X, y, p)
    return search.trial(X, y, { model = tree, params = candidate, cv = 3, scoring = p.scoring })
  end,
}

local choose = rille.step "choose" {
  inputs  = { t.list(t.table) "trials", t.matrix "X", t.vector "y" },
  outputs = { t.table "found" },
  run = function(trials, X, y) return search.select(trials, { X = X, y = y, model = tree }) end,
}

local test = rille.step "test" {
  inputs  = { t.table "found", t.matrix "X_test", t.vector "y_test" },
  outputs = { t.number "accuracy" },
  run = function(found, X_test, y_test) return found.model:score(X_test, y_test) end,
}

local SPACE = {
  criterion = { "gini", "entropy" },
  max_depth = search.range(2, 12, 2),                  -- 2, 4, 6, 8, 10
  min_samples_leaf = search.range(1, 10),
}

local tuning = rille.pipeline "tuning" {
  params = { candidates = 10, seed = 42 },
  define = function(p)
    local d = load_data {}
    local candidates = search.candidates(SPACE, { n = p.candidates, seed = p.seed })
    local trials = try:map { X = d.X, y = d.y, candidate = candidates }
    local found = choose { trials = trials, X = d.X, y = d.y }
    test { d, found = found }
  end,
}

if rille.main() then
  local run = tuning:run {}
  local found = run.steps.choose.output:load()
  print(found.trials:select { "rank", "score", "criterion", "max_depth", "min_samples_leaf" }:head(3))
  print(string.format("accuracy on the rows for testing %.6f", run.steps.test.output:load()))
end
return tuning
