-- serving: a model that is trained, promoted, and then served over HTTP.
--
--   rille serving.lua                              trains, and promotes the version where it is good enough
--   rille serve cancer                             serves the version in production; its second line is a request
--   curl -s localhost:8080/predict -H 'Content-Type: text/csv' --data-binary @data/breast_cancer.csv
--   curl -s localhost:8080/metrics
--   rille run serving.lua --set train.C=0.01       another version: when it is promoted the server answers by it
--
-- The chain keeps the columns of the frame that it was fitted on, with their types and ranges: its signature, by which
-- every request is checked.

local rille = require "rille"
local csv, linear = require "rille.csv", require "rille.linear"
local preprocess, split = require "rille.preprocess", require "rille.split"
local t = rille.types

local read = rille.step "read" {
  outputs = { t.frame "X_train", t.frame "X_test", t.vector "y_train", t.vector "y_test" },
  run = function()
    local f = csv.read "data/breast_cancer.csv"
    return split.train_test(f:drop { "target" }, f:column "target", { seed = 1 })
  end,
}

local train = rille.step "train" {
  inputs  = { t.frame "X", t.vector "y" },
  params  = { C = 1.0 },
  outputs = { t.transformer "model" { kind = "model" } },
  run = function(X, y, p)
    return preprocess.chain { preprocess.scale {}, { linear.Logistic, C = p.C } }:fit(X, y)
  end,
}

local evaluate = rille.step "evaluate" {
  inputs  = { t.transformer "model", t.frame "X", t.vector "y" },
  outputs = { t.number "accuracy" },
  run = function(model, X, y, _, ctx)
    local accuracy = model:score(X, y)
    ctx:log_metric { accuracy = accuracy }
    ctx:promote(ctx.model, "production", { metric = "evaluate.accuracy", better = "higher" })
    return accuracy
  end,
}

local training = rille.pipeline "training" {
  model = rille.model "cancer" { description = "is a tumour benign?" },
  define = function()
    local d = read()
    local model = train { X = d.X_train, y = d.y_train }
    evaluate { model = model, X = d.X_test, y = d.y_test }
  end,
}

if rille.main() then
  local run = training:run {}
  print(string.format("accuracy %.3f, version %d is in production; serve it with: rille serve cancer",
    run.steps.evaluate.output:load(), rille.models.cancer.versions.production.number))
end

return training
