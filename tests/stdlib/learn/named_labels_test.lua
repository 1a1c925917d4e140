-- Labels that are strings, in all classifiers, measures, searches and chains.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local bayes = require "rille.bayes"
local csv = require "rille.csv"
local damage = require "damage"
local forest = require "rille.forest"
local frame = require "rille.frame"
local linear = require "rille.linear"
local metrics = require "rille.metrics"
local neighbors = require "rille.neighbors"
local preprocess = require "rille.preprocess"
local search = require "rille.search"
local split = require "rille.split"
local svm = require "rille.svm"
local sys = require "rille.host.sys"
local tree = require "rille.tree"
local xgboost = require "rille.xgboost"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local numbers = cancer:column "target"
local f = cancer:drop { "target" }
local X = f:to_matrix()
X = (X - X:mean(1)) / X:std(1)
local names = {}
for i, v in ipairs(numbers:totable()) do names[i] = v == 1 and "benign" or "malignant" end
-- by the alphabet benign comes first: these numbers have the same order
local codes = array.from(numbers:totable(), "i64"):eq(0):astype "i64"

local MODELS = {
  { "svm.SVC", svm.SVC, svm.load, { probability = true, class_weight = "balanced" } },
  { "linear.Logistic", linear.Logistic, linear.load, { class_weight = "balanced" } },
  { "tree", tree, tree.load, { max_depth = 3 } },
  { "forest", forest, forest.load, { n_estimators = 5 } },
  { "neighbors", neighbors, neighbors.load, {} },
  { "bayes", bayes, bayes.load, {} },
}
if sys.library "libxgboost.so.0" then
  MODELS[#MODELS + 1] = { "xgboost.Classifier", xgboost.Classifier, xgboost.load, { n_estimators = 5 } }
end

for _, one in ipairs(MODELS) do
  local name, class, load, options = table.unpack(one)
  check.test(name .. " with names computes as with their places, and keeps them in its dump", function()
    local m, plain = class.fit(X, names, options), class.fit(X, codes, options)
    check.eq(m.classes, { "benign", "malignant" })
    check.eq(m.dtype, "string")
    check.eq(m:predict_proba(X), plain:predict_proba(X))
    local predicted = m:predict(X)
    for i, code in ipairs(plain:predict(X):totable()) do
      if predicted[i] ~= m.classes[code + 1] then check.eq(predicted[i], m.classes[code + 1]) end
    end
    check.eq(m:score(X, names), plain:score(X, codes))
    check.eq(#m:predict(array.zeros { 0, 30 }), 0)
    local again = load(m:dump())
    check.ok(again == m and again:dump() == m:dump())
    check.eq(again:predict(X), predicted)
    check.eq(again.classes, m.classes)
    check.ok(plain:dump() ~= m:dump())
    local chain = preprocess.chain { preprocess.scale {}, class }:fit(f, names)
    check.eq(chain.classes, { "benign", "malignant" })
    check.eq(preprocess.load(chain:dump()):predict(f), chain:predict(f))
  end)
end

check.test("measures and searches take names", function()
  local m = linear.Logistic.fit(X, names)
  local predicted, shares = m:predict(X), m:predict_proba(X)
  local plain = linear.Logistic.fit(X, codes)
  local as_before = plain:predict(X)
  for _, measure in ipairs { "accuracy", "f1", "matthews", "balanced_accuracy", "precision", "recall" } do
    check.eq(metrics[measure](names, predicted), metrics[measure](codes, as_before))
  end
  local o, of = { classes = m.classes }, { classes = plain.classes }
  for _, measure in ipairs { "log_loss", "roc_auc", "brier", "average_precision" } do
    check.eq(metrics[measure](names, shares, o), metrics[measure](codes, plain:predict_proba(X), of))
  end
  check.has(tostring(metrics.report(names, predicted)), "malignant")
  local matrix, labels = metrics.confusion_matrix(names, predicted)
  check.eq({ matrix, labels }, { (metrics.confusion_matrix(codes, as_before)), { "benign", "malignant" } })
  local function grid(y, frame_or_matrix)
    return search.grid(frame_or_matrix, y, { model = preprocess.chain { preprocess.scale {}, tree },
      params = { max_depth = { 1, 2 } }, cv = 3, scoring = "roc_auc" })
  end
  check.eq(grid(names, f).score, grid(codes, f).score)
  check.eq(grid(names, f).model.classes, { "benign", "malignant" })
  local X_train, X_test, y_train, y_test = split.train_test(X, names, { test_size = 0.2, stratify = true })
  check.ok(linear.Logistic.fit(X_train, y_train):score(X_test, y_test) > 0.9)
end)

check.test("weights by name, three classes, the column of a frame", function()
  local m = tree.fit(X, names, { class_weight = { malignant = 3 }, max_depth = 2 })
  check.eq(m.class_weight, { 1.0, 3.0 })
  check.raises(function() tree.fit(X, names, { class_weight = { malign = 3 } }) end, "which is not in y")
  local three = frame.new { { "x", { 1, 2, 3, 4, 5, 6 } }, { "kind", { "c", "c", "a", "a", "b", "b" } } }
  local fitted = preprocess.chain { tree }:fit(three, "kind")
  check.eq(fitted:predict(three:drop { "kind" }), { "c", "c", "a", "a", "b", "b" })
  check.eq(fitted.classes, { "a", "b", "c" })
end)

check.test("names that are no labels are refused", function()
  local rows = { { 1 }, { 2 }, { 3 } }
  check.raises(function() tree.fit(rows, { "a", "a", "a" }) end, 'tree.fit: y: all rows are of class "a"')
  check.raises(function() tree.fit(rows, { "a", "", "b" }) end, "y: row 2 is missing")
  check.raises(function() tree.fit(rows, { "a", 1, "b" }) end, "y: row 2 is 1, and row 1 a string")
  check.raises(function() tree.fit(rows, { "a", "b" }) end, "X has 3 rows and y has 2")
  local m = tree.fit(rows, { "a", "b", "b" })
  check.raises(function() m:score(rows, { 0, 1, 1 }) end, "y holds numbers and pred strings, which are never equal")
end)

check.test("damaged names of a dump are an error or a model, never a crash", function()
  local rows = { { 1 }, { 2 }, { 3 } }
  for _, one in ipairs { { tree, "tree.load" }, { bayes, "bayes.load" } } do
    local class, who = table.unpack(one)
    local m = class.fit(rows, { "a", "b", "b" }, class == bayes and { smoothing = 0.1 } or nil)
    damage.check(class.load, who, m:dump(), function(one) if one.n_features == 1 then one:predict(rows) end end)
  end
  check.raises(function() linear.load(tree.fit(rows, { "a", "b", "b" }):dump()) end, "these bytes are not a model")
end)

check.done()
