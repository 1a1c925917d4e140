-- gammas: fan out over candidates, fan in to select the best.
--
-- Each candidate is a node with its own id; one step takes the list of their scores
-- and models.  If you add a gamma, only the new candidate is trained.

local rille = require "rille"
local csv, svm, split = require "rille.csv", require "rille.svm", require "rille.split"
local t = rille.types

local load_digits = rille.step "load_digits" {
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function()
    local f = csv.read "data/digits.csv"
    return split.train_test(f:drop { "label" }:to_matrix(), f:column "label", { test_size = 0.2, shuffle = false })
  end,
}

local train = rille.step "train" {
  inputs  = { t.matrix "X", t.vector "y" },
  params  = { gamma = t.number { gt = 0 } },
  outputs = { t.svm "model" },
  run = function(X, y, p) return svm.SVC.fit(X, y, { gamma = p.gamma }) end,
}

local score = rille.step "score" {
  inputs  = { t.classifier "model", t.matrix "X", t.vector "y" },
  outputs = { t.number "accuracy" },
  run = function(model, X, y) return model:score(X, y) end,
}

local select_best = rille.step "select_best" {
  inputs  = { t.list(t.number) "scores", t.list(t.classifier) "models" },
  outputs = { t.classifier "best", t.number "accuracy" },
  run = function(scores, models)
    local best = 1
    for i = 2, #scores do if scores[i] > scores[best] then best = i end end
    return models[best], scores[best]
  end,
}

local GAMMAS = { 0.0001, 0.001, 0.01 }

local gammas = rille.pipeline "gammas" {
  define = function()
    local d = load_digits {}
    local scores, models = {}, {}
    for i, gamma in ipairs(GAMMAS) do
      models[i] = train:with { id = "train_" .. gamma } { X = d.X_train, y = d.y_train, gamma = gamma }
      scores[i] = score:with { id = "score_" .. gamma } { model = models[i], X = d.X_test, y = d.y_test }
    end
    select_best { scores = scores, models = models }
  end,
}

if rille.main() then
  local run = gammas:run {}
  local out = run.steps.select_best.outputs
  print(string.format("best accuracy %.6f with gamma %g", out.accuracy:load(), out.best:load().gamma))
end
return gammas
