-- digits: classifies handwritten digits with a support vector machine or another
-- trainer, with a custom materializer, and an evaluator that compares the result
-- with every earlier run.
--
--   rille examples/digits.lua                          the second time, everything
--                                                      but the evaluator is cached
--   rille run examples/digits.lua --set gamma=0.0001   reruns only what gamma affects
--   rille run examples/digits.lua --set trainer=tree   does not reload the digits
--   rille blame digits@-2 digits@-1 --metric evaluator.accuracy    which change moved it

local rille = require "rille"
local csv, split = require "rille.csv", require "rille.split"
local linear, svm, tree = require "rille.linear", require "rille.svm", require "rille.tree"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

-- Saves a model as its exact dump, with a short summary.
rille.materializer "svc" {
  class   = svm.SVC,
  version = 1,
  save = function(clf, art)
    art:write("model.svm", clf:dump())
    art:meta { gamma = clf.gamma, support_vectors = clf.n_support }
  end,
  load = function(art) return svm.load(art:read "model.svm") end,
  preview = function(clf, art) art:text("svc with %d support vectors", clf.n_support) end,
}

local load_digits = step "load_digits" {
  doc     = "Load the digits and split them, unshuffled.",
  params  = { test_size = t.number { default = 0.2, min = 0.05, max = 0.5 } },
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function(p)
    local f = csv.read "data/digits.csv"
    return split.train_test(f:drop { "label" }:to_matrix(), f:column "label",
      { test_size = p.test_size, shuffle = false })
  end,
}

local svc_trainer = step "svc_trainer" {
  inputs  = { t.matrix "X_train", t.vector "y_train" },
  params = { gamma = t.number { default = 0.001, gt = 0 }, kernel = t.enum { "rbf", "linear", default = "rbf" },
    C = 1.0 },
  outputs = { t.classifier "model" { kind = "model" } },
  run = function(X_train, y_train, p)
    return svm.SVC.fit(X_train, y_train, p)
  end,
}

local tree_trainer = step "tree_trainer" {
  inputs  = { t.matrix "X_train", t.vector "y_train" },
  params  = { max_depth = t.integer { default = 20, min = 1 } },
  outputs = { t.classifier "model" { kind = "model" } },
  run = function(X_train, y_train, p)
    return tree.fit(X_train, y_train, p)
  end,
}

local logistic_trainer = step "logistic_trainer" {
  inputs  = { t.matrix "X_train", t.vector "y_train" },
  params  = { C = 0.01 },
  outputs = { t.classifier "model" { kind = "model" } },
  run = function(X_train, y_train, p)
    return linear.Logistic.fit(X_train, y_train, p)
  end,
}

local evaluator = step "evaluator" {
  inputs  = { t.classifier "model", t.matrix "X_test", t.vector "y_test" },
  outputs = { t.number "current_acc", t.number "best_acc" },
  cache   = false,                                     -- it reads run history
  run = function(clf, X_test, y_test, _, ctx)
    local acc = clf:score(X_test, y_test)
    local best = acc
    for run in ctx.pipeline:each { status = "completed" } do
      best = math.max(best, run.steps.evaluator.inputs.model:load():score(X_test, y_test))
    end
    ctx:log_metric { accuracy = acc }
    return acc, best
  end,
}

local digits = pipeline "digits" {
  params = { trainer = t.enum { "svc", "tree", "logistic", default = "svc" }, gamma = 0.001, test_size = 0.2 },
  define = function(p)
    local d = load_digits { test_size = p.test_size }
    local train = { svc = svc_trainer:with { gamma = p.gamma }, tree = tree_trainer, logistic = logistic_trainer }
    local m = train[p.trainer] { d }
    evaluator { d, model = m }
  end,
}

if rille.main() then
  digits:run {}
  local last = rille.pipelines.digits.runs[-1]
  print(last.name, last.status, last.steps.evaluator.outputs.best_acc:load())
end
return digits
