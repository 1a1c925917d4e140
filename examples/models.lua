-- A model with versions and stages: training promotes a version when it is at least as accurate as the one in
-- production, and inference uses the version in production, not the newest.
--
--   rille models.lua                               trains three times, then predicts
--   rille run models.lua training --set gamma=0.002
--   rille model list                               rille model history digits
--   rille model promote digits --back              the version that was in production before
--   rille lineage inference::predict::digits       from the prediction to the data

local rille = require "rille"
local csv, svm, split = require "rille.csv", require "rille.svm", require "rille.split"
local t = rille.types

local digits = rille.model "digits" {
  description = "handwritten digits, 8 x 8 pixels", license = "MIT", audience = "readers of this example",
  use_cases = "learning what rille does", ethics = "the digits are anonymous", tags = { "example" },
}

local load_digits = rille.step "load_digits" {
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function()
    local f = csv.read "data/digits.csv"
    return split.train_test(f:drop { "label" }:to_matrix(), f:column "label", { shuffle = false })
  end,
}

local train = rille.step "train" {
  inputs = { t.matrix "X_train", t.vector "y_train" },
  params = { gamma = t.number { gt = 0, default = 0.001 } },
  outputs = { t.svm "classifier" { kind = "model" } },
  run = function(X, y, p) return svm.SVC.fit(X, y, { gamma = p.gamma }) end,
}

-- The promotion is carried out when the run is committed.  Its condition is evaluated in every run, also when this step
-- is cached.
local evaluate = rille.step "evaluate" {
  inputs = { t.svm "classifier", t.matrix "X_test", t.vector "y_test" },
  run = function(classifier, X, y, _, ctx)
    ctx:log_metric { accuracy = classifier:score(X, y) }
    ctx:promote(ctx.model, "production", { metric = "evaluate.accuracy", better = "higher" })
  end,
}

local training = rille.pipeline "training" {
  model = digits,
  params = { gamma = 0.001 },
  define = function(p)
    local d = load_digits()
    evaluate { train { d, gamma = p.gamma }, d }
  end,
}

local predict = rille.step "predict" {
  inputs = { t.svm "classifier", t.matrix "X_test" },
  outputs = { t.vector "digits" },
  run = function(classifier, X) return classifier:predict(X:slice(1, 10)) end,
}

local inference = rille.pipeline "inference" {
  define = function()
    predict {
      classifier = rille.external { model_artifact = "classifier", model = "digits", version = "production" },
      X_test = rille.external { model_artifact = "X_test", model = "digits", version = "production" },
    }
  end,
}

if rille.main() then
  for _, gamma in ipairs { 0.02, 0.001, 0.0001 } do training:run { params = { gamma = gamma } } end
  for _, version in ipairs(rille.models.digits.versions) do
    print(string.format("version %d  accuracy %.3f  %s", version.number, version.metrics["evaluate.accuracy"],
      version.stage))
  end
  local run = inference:run {}
  print("predicted", table.concat(run.steps.predict.output:load():totable(), " "))
end
return training
