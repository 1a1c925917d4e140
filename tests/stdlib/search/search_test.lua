package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local frame = require "rille.frame"
local linear = require "rille.linear"
local metrics = require "rille.metrics"
local search = require "rille.search"
local split = require "rille.split"
local svm = require "rille.svm"
local tree = require "rille.tree"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local X, y = cancer:drop { "target" }:to_matrix(), cancer:column "target"
local few = { X = X:slice(1, 90), y = y:slice(1, 90) }

-- A model whose score on any rows is what its parameters say.
local function scored(_, _, params)
  if params.fails then error(params.fails, 0) end
  return { score = function() return params.score end }
end

local function grid_of(scores, more)
  local options = { model = scored, params = { score = scores }, cv = 2, refit = false }
  for k, v in pairs(more or {}) do options[k] = v end
  return search.grid(few.X, few.y, options)
end

local function raises(message, f, ...)
  local arguments = table.pack(...)
  check.has(check.raises(function() f(table.unpack(arguments, 1, arguments.n)) end, message), "search_test.lua:")
end

-- ---- spaces ----

check.test("a grid goes through the names in alphabetical order, the last one fastest", function()
  check.eq(search.candidates { b = { "x", "y" }, a = { 1, 2 }, c = true }, {
    { a = 1, b = "x", c = true }, { a = 1, b = "y", c = true }, { a = 2, b = "x", c = true },
    { a = 2, b = "y", c = true } })
  check.eq(search.candidates {}, { {} })
  check.eq(search.candidates { { kernel = "linear" }, { kernel = "rbf", gamma = { 1, 2 } } },
    { { kernel = "linear" }, { kernel = "rbf", gamma = 1 }, { kernel = "rbf", gamma = 2 } })
end)

local function values_of(space)
  local list = {}
  for i, candidate in ipairs(search.candidates { v = space }) do list[i] = candidate.v end
  return list
end

check.test("a range leaves out its end, an integer has both ends", function()
  check.eq(values_of(search.range(2, 12, 2)), { 2, 4, 6, 8, 10 })
  check.eq(values_of(search.range(1, 10)), { 1, 2, 3, 4, 5, 6, 7, 8, 9 })
  check.eq(#values_of(search.range(50, 500, 25)), 18)
  check.eq(#values_of(search.range(0, 1, 0.1)), 10)
  check.eq(values_of(search.range(3, 0, -1)), { 3, 2, 1 })
  check.eq(values_of(search.integer(-1, 2)), { -1, 0, 1, 2 })
  check.eq(values_of { range = { start = 2, ["end"] = 5 } }, { 2, 3, 4 })
  check.eq(values_of(search.choice { "a", false, 1.5 }), { "a", false, 1.5 })
end)

check.test("what is drawn depends on the seed alone, and more candidates begin with the same", function()
  local space = { C = search.log_uniform(0.01, 100), u = search.uniform(-1, 1), k = { "a", "b" },
    n = search.integer(1, 3) }
  local ten = search.candidates(space, { n = 10, seed = 42 })
  check.eq(search.candidates(space, { n = 10, seed = 42 }), ten)
  check.eq(table.move(search.candidates(space, { n = 20, seed = 42 }), 1, 10, 1, {}), ten)
  check.ok(search.candidates(space, { n = 1, seed = 43 })[1].C ~= ten[1].C)
  check.eq(search.candidates({ C = search.log_uniform(0.01, 100), u = search.uniform(0, 1) }, { n = 2, seed = 1 }),
    { { C = 1.84606, u = 0.745782 }, { C = 76.5616, u = 0.444359 } })
end)

check.test("distributions keep their bounds and their shape", function()
  local decades, lower, counts = {}, 0, {}
  local list = search.candidates({ C = search.log_uniform(0.001, 1000), u = search.uniform(2, 4),
    i = search.integer(1, 4) }, { n = 6000, seed = 7 })
  for _, c in ipairs(list) do
    check.ok(c.C >= 0.001 and c.C <= 1000 and c.u >= 2 and c.u <= 4 and c.i >= 1 and c.i <= 4)
    local decade = math.min(2, math.floor(math.log(c.C, 10)))
    decades[decade] = (decades[decade] or 0) + 1
    counts[c.i] = (counts[c.i] or 0) + 1
    if c.u < 3 then lower = lower + 1 end
  end
  for decade = -3, 2 do check.ok(math.abs(decades[decade] - 1000) < 150, decade .. ": " .. decades[decade]) end
  for i = 1, 4 do check.ok(math.abs(counts[i] - 1500) < 180, i .. ": " .. counts[i]) end
  check.ok(math.abs(lower - 3000) < 200, lower)
end)

check.test("candidates that can be counted are drawn once each", function()
  for _, n in ipairs { 5, 30, 100 } do
    local seen, list = {}, search.candidates({ a = search.range(0, 6), b = { "x", "y", "z", "u", "v" } },
      { n = n, seed = 3 })
    for _, c in ipairs(list) do
      check.eq(seen[c.a .. c.b], nil)
      seen[c.a .. c.b] = true
    end
    check.eq(#list, math.min(n, 30))
  end
  local seen = {}
  for _, c in ipairs(search.candidates({ a = search.integer(1, 1 << 30), b = { 1, 2 } }, { n = 500, seed = 3 })) do
    check.eq(seen[c.a], nil)
    seen[c.a] = true
  end
end)

check.test("a space that says nothing is refused, with what was meant", function()
  raises("search.candidates: C: uniform from 2 to 1: low must be less than high", search.candidates,
    { C = search.uniform(2, 1) })
  raises("log_uniform from 0: low must be greater than 0", search.candidates, { C = search.log_uniform(0, 1) })
  raises('unknown distribution "loguniform"; did you mean "log_uniform"?', search.candidates,
    { C = { loguniform = { 1, 2 } } })
  raises("has no values; the end is not included", search.candidates, { d = search.range(3, 3) })
  raises("C: choice is a table, expected a list of values", search.candidates, { C = {} })
  raises("C has a distribution, and a grid needs a list of values; use search.random", search.grid, few.X, few.y,
    { model = tree, params = { C = search.uniform(0, 1) } })
  raises("the grid has more than 1000000 candidates", search.candidates,
    { a = search.range(0, 2000), b = search.range(0, 2000) })
end)

-- ---- scores ----

local function scaled_logistic(Z, labels, params)
  local mean, std = Z:mean(1), Z:std(1)
  local m = linear.Logistic.fit((Z - mean) / std, labels, params)
  local function scaled(f) return function(_, T, ...) return m[f](m, (T - mean) / std, ...) end end
  return { score = scaled "score", predict = scaled "predict", predict_proba = scaled "predict_proba",
    classes = m.classes }
end

-- Figures of scikit-learn 1.2.1 for the same folds, the scaler fitted in each.
check.test("cross-validation on the breast cancer data", function()
  local options = { model = scaled_logistic, params = { tolerance = 1e-10 }, cv = 5, stratify = false }
  local trial = search.cross_validate(X, y, options)
  check.eq(trial.scores, { 111 / 114, 109 / 114, 112 / 114, 112 / 114, 112 / 113 })
  check.ok(math.abs(trial.score - 0.9771774569166279) < 1e-15)
  trial = search.cross_validate(X, y, { model = scaled_logistic, params = { tolerance = 1e-10 }, cv = 3 })
  check.eq(trial.scores, { 186 / 190, 185 / 190, 184 / 189 })
  check.ok(math.abs(trial.score - 0.975392184164114) < 1e-15)
end)

check.test("a score is that of the folds of rille.split, by hand", function()
  local trial = search.trial(X, y, { model = tree, params = { max_depth = 3 }, cv = 4, stratify = false,
    shuffle = true, seed = 5 })
  local sum, squares = 0, 0
  for i, fold in ipairs(split.k_fold(569, 4, 5)) do
    local m = tree.fit(X:take(fold.train), y:take(fold.train), { max_depth = 3 })
    local score = m:score(X:take(fold.test), y:take(fold.test))
    check.eq(trial.scores[i], score)
    sum = sum + score
  end
  check.eq(trial.score, sum / 4)
  for _, v in ipairs(trial.scores) do squares = squares + (v - sum / 4) ^ 2 end
  check.eq(trial.std, math.sqrt(squares / 4))
  check.eq(search.trial(X, y, { model = tree, params = { max_depth = 3 }, cv = split.k_fold(569, 4, 5) }).scores,
    trial.scores)
end)

check.test("scoring: a measure by name, with options, or a function", function()
  local fold = split.k_fold(569, 2)[1]
  local truth, m = y:take(fold.test), tree.fit(X:take(fold.train), y:take(fold.train), { max_depth = 2 })
  local predicted, proba = m:predict(X:take(fold.test)), m:predict_proba(X:take(fold.test))
  local function first(scoring, more)
    local o = { model = tree, params = { max_depth = 2 }, cv = { fold }, scoring = scoring }
    for k, v in pairs(more or {}) do o[k] = v end
    local trial = search.trial(X, y, o)
    return trial.scores[1], trial
  end
  check.eq(first(nil), metrics.accuracy(truth, predicted))
  for _, name in ipairs { "accuracy", "balanced_accuracy", "precision", "recall", "f1", "matthews", "r2", "mse" } do
    check.eq(first(name), metrics[name](truth, predicted))
  end
  for _, name in ipairs { "log_loss", "brier", "roc_auc", "average_precision" } do
    check.eq(first(name), metrics[name](truth, proba))
  end
  check.eq(first { "f1", positive = 0 }, metrics.f1(truth, predicted, { positive = 0 }))
  check.eq(first { "roc_auc", positive = 0 }, metrics.roc_auc(truth, proba, { positive = 0 }))
  local score, trial = first(function(model, Z, labels) return #Z + #labels + model.depth end)
  check.eq({ score, trial.scoring, trial.minimize }, { 2 * #truth + 2.0, "function", nil })
  check.eq(select(2, first "log_loss").minimize, true)
  raises('scoring is "acuracy"; did you mean "accuracy"?', first, "acuracy")
  raises("minimize is for a scoring that is a function; f1 is better when greater", first, "f1", { minimize = true })
  raises("scoring: accuracy takes no options", first, { "accuracy", positive = 1 })
end)

check.test("a fold without the other class is named", function()
  raises("search.cross_validate: fold 1: metrics.roc_auc: y has only class 0; rows of two classes are needed",
    search.cross_validate, few.X, few.y, { model = tree, scoring = "roc_auc", cv = 9, stratify = false })
  local trial = search.trial(few.X, few.y, { model = tree, scoring = "roc_auc", cv = 9, stratify = false })
  check.eq({ trial.score, trial.scores }, {})
  check.has(trial.error, "fold 1: metrics.roc_auc: y has only class 0")
end)

check.test("labels that are strings, a frame of columns, and integers that are no labels", function()
  local names = {}
  for i, label in ipairs(few.y:totable()) do names[i] = label == 0 and "bad" or "good" end
  local f = frame.new { { "radius", few.X:column(1) }, { "area", few.X:column(4) } }
  local function majority(Z, labels)
    check.eq(frame.is(Z) and Z.n_rows, #labels)
    return { predict = function(_, T)
      local list = {}
      for i = 1, T.n_rows do list[i] = "good" end
      return list
    end }
  end
  local trial = search.cross_validate(f, names, { model = majority, cv = 3, scoring = "accuracy" })
  local goods = few.y:sum()
  for i, score in ipairs(trial.scores) do check.ok(math.abs(score - goods / 90) < 0.04, i) end
  check.eq(#search.cross_validate(few.X, array.arange(1, 90), { model = linear.Regression, cv = 3 }).scores, 3)
  check.eq(#search.cross_validate(few.X, few.X:column(2), { model = linear.Regression, cv = 3, scoring = "rmse" })
    .scores, 3)
end)

-- ---- ranks ----

check.test("the best wins, wherever it is", function()
  for place = 1, 3 do
    local scores = { 0.5, 0.5, 0.5 }
    scores[place] = 0.75
    local found = grid_of { scores[1], scores[2], scores[3] }
    check.eq({ found.trial, found.score, found.params.score }, { place, 0.75, 0.75 })
  end
end)

check.test("of equal scores the first trial wins", function()
  local found = grid_of({ 1, 2 }, { scoring = function() return 0.5 end })
  check.eq({ found.trial, found.trials:column "trial":totable() }, { 1, { 1, 2 } })
  found = grid_of({ 1, 2 }, { scoring = function() return 0.5 end, minimize = true })
  check.eq(found.trial, 1)
end)

check.test("less is better of an error, and of a function that says so", function()
  check.eq(grid_of({ 3, 1, 2 }, { scoring = function(m) return m:score() end, minimize = true }).trial, 2)
  local found = search.grid(X, y, { model = tree, params = { max_depth = { 1, 3 } }, cv = 3, scoring = "brier" })
  local scores = found.trials:column "score"
  check.ok(scores[1] < scores[2] and found.score == scores[1])
end)

check.test("a candidate that fails, or whose score is NaN, comes last with its reason", function()
  local found = search.grid(few.X, few.y, { model = scored, cv = 2, refit = false, params = { { fails = "out of luck" },
    { score = 0 / 0 }, { score = 0.25 }, { score = "high" }, { score = 0.5 } } })
  check.eq(found.trials:column "trial":totable(), { 5, 3, 1, 2, 4 })
  check.eq(found.trials:column "rank":totable(), { 1, 2, 3, 4, 5 })
  check.eq(found.trials:column "error", { "", "", "fold 1: out of luck", "fold 1: the score is NaN",
    'fold 1: the score is "high", expected a number' })
  found = search.grid(few.X, few.y, { model = tree, cv = 2, params = { max_depth = { 0, 2 } } })
  check.eq(found.params, { max_depth = 2 })
  check.eq(found.trials:column "error"[2],
    "fold 1: tree.fit: max_depth is 0, expected an integer from 1 to 2147483647")
end)

check.test("when all fail it is an error that has the first reason", function()
  raises("search.grid: all 2 candidates failed; the first, with max_depth = 0: fold 1: tree.fit: max_depth is 0",
    search.grid, few.X, few.y, { model = tree, params = { max_depth = { 0, -1 } } })
  raises("the only candidate failed; with no parameters: fold 1: svm.SVC.fit:", search.grid, few.X,
    array.arange(1, 90) * 0.5, { model = svm.SVC })
end)

check.test("an error in the script's own function keeps its line", function()
  local function broken(Z) return Z.nothing.there end
  local trial = search.trial(few.X, few.y, { model = broken, cv = 2 })
  check.has(trial.error, "fold 1: stdlib/search/search_test.lua:")
end)

check.test("the trials are a frame: parameters, scores of the folds, the best first", function()
  local found = search.grid(few.X, few.y, { model = svm.SVC, cv = 3,
    params = { { kernel = "linear", C = 1 }, { kernel = "rbf", gamma = 0.1 }, { kernel = "none" } } })
  check.eq(found.trials.columns, { "rank", "trial", "score", "C", "gamma", "kernel", "std", "fold_1", "fold_2",
    "fold_3", "error" })
  check.eq(found.trials:column "kernel", { "linear", "rbf", "none" })
  check.eq({ found.trials:column "C"[1], found.trials:column "gamma"[2] }, { 1.0, 0.1 })
  check.eq(found.trials:is_missing "C":totable(), { false, true, true })
  check.eq(search.grid(few.X, few.y, { model = function() return { score = function() return 1 end } end, cv = 2,
    params = { score = { true, "a", 1 } }, refit = false }).trials:column "param_score", { "true", "a", "1" })
end)

-- ---- models ----

check.test("the best is fitted on all rows", function()
  local found = search.random(X, y, { model = tree, cv = 3, seed = 42, n = 5,
    params = { max_depth = search.range(2, 12, 2), criterion = { "gini", "entropy" } } })
  check.eq(found.trials.n_rows, 5)
  check.ok(found.model == tree.fit(X, y, found.params))
  check.eq(search.random(X, y, { model = tree, cv = 3, params = { max_depth = { 1, 2 } }, refit = false }).model, nil)
  raises("search.grid: the best candidate, with no parameters, failed on all rows: no", search.grid, few.X, few.y,
    { cv = 2, model = function(Z) return #Z < 90 and { score = function() return 1 end } or error("no", 0) end })
end)

check.test("a value with fit is refitted in each fold, its parameters by its method with", function()
  local Chain = {}
  Chain.__index = {
    with = function(self, params) return setmetatable({ depth = params.max_depth, with_was = self }, Chain) end,
    fit = function(self, Z, labels) return tree.fit(Z, labels, { max_depth = self.depth }) end,
  }
  local chain = setmetatable({}, Chain)
  local found = search.grid(X, y, { model = chain, params = { max_depth = { 1, 4 } }, cv = 3 })
  local plain = search.grid(X, y, { model = tree, params = { max_depth = { 1, 4 } }, cv = 3 })
  check.eq(found.trials, plain.trials)
  check.ok(found.model == plain.model and chain.depth == nil)
end)

-- Figures of scikit-learn 1.2.1 for the same folds.
check.test("a chain of rille.preprocess is fitted in each fold as a whole", function()
  local preprocess = require "rille.preprocess"
  local chain = preprocess.chain { preprocess.scale {}, { linear.Logistic, tolerance = 1e-10 } }
  local found = search.grid(cancer:drop { "target" }, y, { model = chain, params = { C = { 1e-6, 1.0 } }, cv = 3 })
  check.eq(found.params, { C = 1.0 })
  check.ok(math.abs(found.score - 0.975392184164114) < 1e-15)
  check.ok(found.model:dump() == chain:with { C = 1.0 }:fit(cancer:drop { "target" }, y):dump())
  check.eq(search.cross_validate(X, y, { model = chain, cv = 5, stratify = false }).scores,
    { 111 / 114, 109 / 114, 112 / 114, 112 / 114, 112 / 113 })
end)

check.test("what a model does to its parameters stays in it", function()
  local found = search.grid(few.X, few.y, { cv = 3, params = { a = { { 1 }, { 2 } } }, refit = false,
    model = function(_, _, p)
      local v = p.a[1]
      p.a[1] = 7
      return { score = function() return v end }
    end })
  check.eq({ found.params, found.score }, { { a = { 2 } }, 2.0 })
end)

-- ---- halving ----

check.test("each round of halving has the best third, and the last one all rows", function()
  local sizes = {}
  local function counting(Z, _, p)
    sizes[#Z] = (sizes[#Z] or 0) + 1
    return { score = function() return p.v end }
  end
  local found = search.halving(X, y, { model = counting, params = { v = search.range(0, 27) }, cv = 3, refit = false,
    stratify = false })
  check.eq(found.params.v, 26)
  check.eq(sizes, { [42] = 81, [126] = 27, [379] = 6, [380] = 3 })
  local round, rows = found.trials:column "round":totable(), found.trials:column "rows":totable()
  check.eq({ rows[1], rows[3], rows[4], rows[9], rows[10], rows[27] }, { 569, 569, 189, 189, 63, 63 })
  check.eq({ round[1], round[3], round[4], round[10] }, { 3, 3, 2, 1 })
  check.eq(found.trials:column "v":totable()[27], 0)
  check.eq(search.halving(X, y, { model = counting, params = { v = { 1, 2 } }, cv = 2, refit = false }).trials
    :column "rows":totable(), { 569, 569 })
end)

check.test("the rows of a round have the classes in their share, and the result is the same again", function()
  local function shares(_, labels) return { score = function() return labels:sum() / #labels end } end
  local found = search.halving(X, y, { model = shares, params = { v = search.range(0, 9) }, cv = 2, refit = false })
  for _, share in ipairs(found.trials:column "score":totable()) do
    check.ok(math.abs(share - 357 / 569) < 0.02, share)
  end
  local options = { model = tree, params = { max_depth = search.range(1, 10), min_samples_leaf = search.range(1, 10) },
    n = 30, cv = 3, seed = 4 }
  local a, b = search.halving(X, y, options), search.halving(X, y, options)
  check.eq(a.trials, b.trials)
  check.ok(a.model == b.model)
end)

-- ---- a list of trials ----

check.test("select ranks trials that steps have made", function()
  local trials = {}
  for i, candidate in ipairs(search.candidates { max_depth = { 1, 3, 0 } }) do
    trials[i] = search.trial(X, y, { model = tree, params = candidate, cv = 3, scoring = "log_loss" })
  end
  local found = search.select(trials, { X = X, y = y, model = tree })
  local whole = search.grid(X, y, { model = tree, params = { max_depth = { 1, 3, 0 } }, cv = 3, scoring = "log_loss" })
  check.eq(found.trials, whole.trials)
  check.ok(found.model == whole.model and found.score == whole.score and found.params.max_depth ~= 0)
  check.eq(search.select(trials).model, nil)
  raises("element 1 is a table, expected a trial", search.select, { {} })
  raises("there are no trials", search.select, {})
  trials[2] = search.trial(X, y, { model = tree, cv = 3 })
  raises("trial 2 is by score and trial 1 by log_loss", search.select, trials)
end)

-- ---- mistakes ----

check.test("mistakes of a call are named", function()
  raises('unknown field "scorin"; did you mean "scoring"?', search.grid, X, y, { model = tree, scorin = 1 })
  raises("search.grid: model is nil, expected what has fit", search.grid, X, y, {})
  raises("X has 569 rows and y has 90", search.grid, X, few.y, { model = tree })
  raises("the options are nil, expected a table", search.random, X, y)
  raises("cv is 1, expected an integer from 2", search.random, X, y, { model = tree, cv = 1 })
  raises("cv is 91, and X has 90 rows", search.random, few.X, few.y, { model = tree, cv = 91 })
  raises("class 2 has 1 row, and 3 folds need one each", search.grid, { { 1 }, { 2 }, { 3 }, { 4 } }, { 1, 1, 1, 2 },
    { model = tree, cv = 3, stratify = true })
  raises("cv[1].test has rows beyond the 90 of X", search.trial, few.X, few.y, { model = tree,
    cv = { { train = array.from { 1 }, test = array.from { 91 } } } })
  raises("params is 3, expected { NAME = value }", search.trial, X, y, { model = tree, params = 3 })
  raises("min_rows is 100, and X has 90 rows", search.halving, few.X, few.y, { model = tree, min_rows = 100 })
end)

check.done()
