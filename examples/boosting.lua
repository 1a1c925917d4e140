-- boosting: two models of the same rows, which say malignant or benign.
--
-- One is a logistic regression on principal components, the other boosted trees (Debian: libxgboost0).  Both are
-- compared by cross-validation, in which everything that learns is fitted in each fold; the labels are strings.

local rille = require "rille"
local csv, linear = require "rille.csv", require "rille.linear"
local preprocess, search = require "rille.preprocess", require "rille.search"
local xgboost = require "rille.xgboost"
local t = rille.types

local CHAINS <const> = {
  components = preprocess.chain { preprocess.pca { standardise = true, n_components = 0.95 },
    { linear.Logistic, intercept = "free" } },
  boosting = preprocess.chain { { xgboost.Classifier, n_estimators = 50, max_depth = 3 } },
}

local load_data = rille.step "load_data" {
  outputs = { t.frame "X", t.list(t.string) "y" },
  run = function()
    local f, y = csv.read "data/breast_cancer.csv", {}
    for i, v in ipairs(f:column("target"):totable()) do y[i] = v == 1 and "benign" or "malignant" end
    return f:drop { "target" }, y
  end,
}

local compare = rille.step "compare" {
  inputs  = { t.frame "X", t.list(t.string) "y" },
  params  = { chain = "components" },
  outputs = { t.number "score" },
  run = function(X, y, p) return search.cross_validate(X, y, { model = CHAINS[p.chain], cv = 5 }).score end,
}

local train = rille.step "train" {
  inputs  = { t.frame "X", t.list(t.string) "y", t.number "components", t.number "boosting" },
  outputs = { t.transformer "model" },
  run = function(X, y, components, boosting)
    return CHAINS[components >= boosting and "components" or "boosting"]:fit(X, y)
  end,
}

local pipeline = rille.pipeline "boosting" {
  define = function()
    local data = load_data()
    local components = compare:with { id = "components", chain = "components" } (data.X, data.y)
    local boosting = compare:with { id = "boosting", chain = "boosting" } (data.X, data.y)
    train(data.X, data.y, components, boosting)
  end,
}

if rille.main() then
  local run = pipeline:run {}
  local model = run.steps.train.output:load()
  local X = run.steps.load_data.outputs.X:load()
  print(table.concat(model.classes, ", "), table.concat(model:predict(X:head(3)), ", "))
end

return pipeline
