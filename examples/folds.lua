-- folds: a chain of preprocessing and a model, as one value, scored by cross-validation.
--
-- Some cells of the table are missing and one column has been cut into three words.  The
-- chain learns how to fill, encode and scale in each fold, from the rows of that fold
-- alone; what is kept at the end predicts from raw rows.

local rille = require "rille"
local csv, linear = require "rille.csv", require "rille.linear"
local preprocess, split = require "rille.preprocess", require "rille.split"
local t = rille.types

local chain = preprocess.chain {
  preprocess.impute { strategy = "median" },
  preprocess.scale {},
  preprocess.one_hot { "size", unknown = "ignore" },
  { linear.Logistic, C = 1.0 },
}

local read = rille.step "read" {
  outputs = { t.frame "X", t.vector "y" },
  run = function()
    local f = csv.read "data/breast_cancer.csv"
    local size, texture = {}, f:column "mean_texture":totable()
    for i, area in ipairs(f:column "mean_area":totable()) do
      size[i] = area < 450 and "small" or area < 700 and "medium" or "large"
      if i % 9 == 0 then texture[i] = 0 / 0 end
    end
    local X = f:drop { "target", "mean_area" }:with_column("mean_texture", texture):with_column("size", size)
    return X, f:column "target"
  end,
}

local score_fold = rille.step "score_fold" {
  inputs  = { t.frame "X", t.vector "y" },
  params  = { fold = t.integer { min = 1 }, of = 5, C = 1.0 },
  outputs = { t.number "accuracy" },
  run = function(X, y, p)
    local rows = split.k_fold(#X, p.of, 42)[p.fold]
    local fitted = chain:with { C = p.C }:fit(X:take(rows.train), y:take(rows.train))
    return fitted:score(X:take(rows.test), y:take(rows.test))
  end,
}

local fit = rille.step "fit" {
  inputs  = { t.frame "X", t.vector "y", t.list(t.number) "scores" },
  params  = { C = 1.0 },
  outputs = { t.transformer "model" { kind = "model" }, t.number "accuracy" },
  run = function(X, y, scores, p)
    local sum = 0.0
    for _, accuracy in ipairs(scores) do sum = sum + accuracy end
    return chain:with { C = p.C }:fit(X, y), sum / #scores
  end,
}

local folds = rille.pipeline "folds" {
  params = { C = 1.0 },
  define = function(p)
    local d, scores = read {}, {}
    for i = 1, 5 do
      scores[i] = score_fold:with { id = "fold_" .. i } { X = d.X, y = d.y, fold = i, C = p.C }
    end
    fit { X = d.X, y = d.y, scores = scores, C = p.C }
  end,
}

if rille.main() then
  local run = folds:run {}
  local out = run.steps.fit.outputs
  local model = out.model:load()
  print(string.format("accuracy %.4f in %d folds, %d columns in, %d out", out.accuracy:load(), 5, #model.columns_in,
    #model.columns_out))
  -- one raw row: other columns in any order, cells missing
  local row = run.steps.read.outputs.X:load():rows(1, 1):with_column("mean_radius", { 0 / 0 })
  print("the first row again, without its radius:", model:predict(row:drop { "size" }
    :with_column("size", { "huge" })):get(1))
end
return folds
