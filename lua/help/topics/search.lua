-- rille help search
return { order = 152, text = [[
Search: the parameters of a model, by cross-validation

  local search = require "rille.search"
  local found = search.grid(X, y, { model = svm.SVC, cv = 5,
      params = { C = { 1, 10, 100 }, gamma = { 0.001, 0.01 } } })
  found.params.C   found.score   found.model:predict(X_new)
  print(found.trials)                  -- a frame, the best candidate first

search.grid tries all candidates, search.random those that it draws (n = 10),
search.halving tries many on few rows and the best third on three times as many
(factor = 3, min_rows = 10 * cv).  What they return is data: a step returns it
as t.table.

Options
  model     svm.SVC, linear.Logistic, tree, ...; a chain of rille.preprocess,
            which is refitted in each fold; function(X, y, params) -> model
  params    the space: NAME = { value, ... } or a distribution
              search.uniform(low, high)       search.log_uniform(low, high)
              search.integer(low, high)       both ends included
              search.range(start, end, step)  the end not included
            They are data, and can be written in YAML:
              max_depth: { range: { start: 2, end: 12, step: 2 } }
            A list of spaces is searched one after another.
  scoring   accuracy  balanced_accuracy  precision  recall  f1  matthews
            log_loss  brier  roc_auc  average_precision  r2  mse  rmse  mae
            mape; { "f1", positive = 1 }; function(model, X, y) -> number, with
            minimize = true where less is better.  Default: m:score(X, y)
  cv        5 folds, or the folds: { { train = rows, test = rows }, ... }
  stratify  each class has its share of every fold; the default when y has
            labels, each at least cv times
  shuffle   false, seed = 0          refit   true: model is fitted on all rows

The same data, options and seed give the same bytes.  Equal scores: the first
candidate wins.  One that fails, or whose score is NaN, comes last, with the
reason in the column error; when all fail it is an error.
search.cross_validate(X, y, { model =, params = { NAME = value }, cv = }) tries
one set of parameters: its score, std and scores.

Each candidate cached and recorded by itself: a map over the candidates, whose
step returns a trial.  If the space grows, only new candidates run.

  try = step "try" {
    inputs = { t.table "candidate", t.matrix "X", t.vector "y" },
    outputs = { t.table "trial" },
    run = function(candidate, X, y)
      return search.trial(X, y, { model = tree, params = candidate, cv = 3 })
    end }
  choose = step "choose" { inputs = { t.list(t.table) "trials", ... },
    outputs = { t.table "found" },
    run = function(trials, X, y)
      return search.select(trials, { X = X, y = y, model = tree })
    end }
  -- in define:
  local candidates = search.candidates(space, { n = 20, seed = 42 })
  choose { d, trials = try:map { d, candidate = candidates } }
]] }
