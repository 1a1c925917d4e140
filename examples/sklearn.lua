-- sklearn: a Python script as a step, beside steps in Lua.
--
-- scikit-learn trains on the digits; arrays are passed as .npy files, the model as a
-- file.  Needs python3 with scikit-learn (Debian: python3-sklearn).  After a change of
-- sklearn_train.py the training runs again, but not the loading.

local rille = require "rille"
local csv, split, metrics = require "rille.csv", require "rille.split", require "rille.metrics"
local t = rille.types

local load_digits = rille.step "load_digits" {
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function()
    local f = csv.read "data/digits.csv"
    return split.train_test(f:drop { "label" }:to_matrix(), f:column "label", { test_size = 0.2, shuffle = false })
  end,
}

local train = rille.step "train" {
  inputs  = { t.matrix "X_train", t.vector "y_train" },
  params  = { gamma = 0.001 },
  outputs = { t.file "model" },
  command = { "python3", "sklearn_train.py", "{inputs.X_train}", "{inputs.y_train}", "{params.gamma}",
    "{outputs.model}" },
}

local predict = rille.step "predict" {
  inputs  = { t.file "model", t.matrix "X" },
  outputs = { t.vector "y" },
  command = { "python3", "sklearn_predict.py", "{inputs.model}", "{inputs.X}", "{outputs.y}" },
}

local evaluate = rille.step "evaluate" {
  inputs  = { t.vector "y", t.vector "y_test" },
  outputs = { t.number "accuracy" },
  run = function(y, y_test) return metrics.accuracy(y_test, y) end,
}

local digits = rille.pipeline "sklearn" {
  params = { gamma = 0.001 },
  define = function(p)
    local d = load_digits()
    local m = train { d, gamma = p.gamma }
    evaluate { d, y = predict { model = m, X = d.X_test } }
  end,
}

if rille.main() then
  local run = digits:run {}
  print(string.format("accuracy %.4f", run.steps.evaluate.output:load()))
end
return digits
