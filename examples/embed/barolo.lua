-- barolo.lua -- the pipelines of service.c: is a wine a Barolo, by four figures of its analysis?
--
--   rille run barolo.lua training --set C=0.01    trains another version, which is promoted if it is accurate enough
--   rille model list                              rille model history barolo
--   rille model promote barolo --back             the version that was in production before
--
-- A version has a table of weights, { alcohol = 1.6, ..., intercept = -35.1 }.  Any program can predict from it: the
-- probability is 1 / (1 + exp(-s)), s being the intercept plus the sum of weights times figures.

local rille = require "rille"
local array, csv = require "rille.array", require "rille.csv"
local linear, split = require "rille.linear", require "rille.split"
local t = rille.types

local FIGURES <const> = { "alcohol", "flavanoids", "color_intensity", "proline" }

local barolo = rille.model "barolo" { description = "tells Barolo from Grignolino and Barbera" }

local load_wines = rille.step "load_wines" {
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function()
    local wines = csv.read "../data/wine.csv"
    return split.train_test(wines:select(FIGURES):to_matrix(), wines:column "target":eq(0), { stratify = true })
  end,
}

-- Trains on columns of mean 0 and deviation 1; gives the weights of the figures as they are measured.
local train = rille.step "train" {
  inputs = { t.matrix "X_train", t.vector "y_train" },
  params = { C = t.number { default = 1.0, gt = 0 } },
  outputs = { t.table "weights" { kind = "model" } },
  run = function(X, y, p)
    local mean, deviation = X:mean(1), X:std(1)
    local model = linear.Logistic.fit((X - mean) / deviation, y, { C = p.C })
    local w = model.coefficients:row(1) / deviation
    local weights = { intercept = model.intercepts[1] - w:dot(mean) }
    for i, name in ipairs(FIGURES) do weights[name] = w[i] end
    return weights
  end,
}

local function probabilities(weights, X)
  local w = {}
  for i, name in ipairs(FIGURES) do w[i] = weights[name] end
  return 1 / ((-(X:dot(array.from(w)) + weights.intercept)):exp() + 1)
end

-- The run carries out the promotion when it is committed, for a new version alone: one that was taken out of
-- production does not come back because the service starts again.
local evaluate = rille.step "evaluate" {
  inputs = { t.table "weights", t.matrix "X_test", t.vector "y_test" },
  params = { enough = 0.9 },
  run = function(weights, X, y, p, ctx)
    local accuracy = probabilities(weights, X):gt(0.5):eq(y):mean()
    ctx:log_metric { accuracy = accuracy }
    if accuracy >= p.enough then ctx:promote(ctx.model, "production") end
  end,
}

rille.pipeline "training" {
  model = barolo,
  params = { C = 1.0 },
  define = function(p)
    local data = load_wines()
    evaluate { train { data, C = p.C }, data }
  end,
}

-- Many wines in one run, whose record leads from the answers to the data of the training: rille lineage.
local predict = rille.step "predict" {
  inputs = { t.table "weights", t.table "wines" },
  outputs = { t.vector "barolo" },
  run = function(weights, wines)
    local rows = {}
    for i, wine in ipairs(wines) do
      rows[i] = {}
      for k, name in ipairs(FIGURES) do
        rows[i][k] = tonumber(wine[name]) or error(("wine %d has no number %q"):format(i, name), 0)
      end
    end
    return probabilities(weights, array.from(rows, "f64"))
  end,
}

rille.pipeline "inference" {
  inputs = { t.table "wines" },
  define = function(_, inputs)
    local weights = rille.external { model_artifact = "weights", model = "barolo", version = "production" }
    predict { weights = weights, wines = inputs.wines }
  end,
}
