-- Fitted models that a step captures: one that is fitted otherwise is a miss, an equal one a hit.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT <const> = [[
local array, preprocess = require "rille.array", require "rille.preprocess"
local svm, linear, tree, forest = require "rille.svm", require "rille.linear", require "rille.tree", require "rille.forest"
local neighbors, bayes, kmeans = require "rille.neighbors", require "rille.bayes", require "rille.kmeans"
local xgboost = require "rille.xgboost"
local X = array.from { { 1.0, 2.0 }, { 2.0, 1.0 }, { 4.0, 5.0 }, { 5.0, 4.0 } }
local L = 0
local y = { 0, L, 1, 1 }
local models = {
  svc = svm.SVC.fit(X, y), logistic = linear.Logistic.fit(X, y), regression = linear.Regression.fit(X, y),
  tree = tree.fit(X, y), forest = forest.fit(X, y, { n_estimators = 3 }),
  boosted = xgboost.Classifier.fit(X, y, { n_estimators = 2 }), names = tree.fit(X, { "a", L .. "", "a", "b" }),
  components = preprocess.chain { preprocess.pca {}, tree }:fit(X * (L + 1), { 0, 0, 1, 1 }),
  neighbors = neighbors.fit(X, y, { n_neighbors = 1 }), bayes = bayes.fit(X, y, { smoothing = 0.1 }),
  kmeans = kmeans.fit(X * (L + 1), { k = 2 }), chain = preprocess.chain { preprocess.scale {}, tree }:fit(X, y),
  scaled = preprocess.chain { preprocess.scale {}, { svm.SVC, C = 2 + L } }:fit(X, { 0, 0, 1, 1 }),
}
rawset(models.tree, "note", 1)
local steps = {}
for name, m in pairs(models) do
  steps[name] = step(name) { outputs = { t.any "x" }, run = function() return m:predict(X) end }
end
return pipeline "main" { define = function() for _, s in pairs(steps) do s() end end }
]]

-- How many steps ran, of all.
local function ran(p)
  p:ok "run main.lua"
  local completed, all = 0, 0
  for status in p:statuses():gmatch "=(%a+)" do
    all = all + 1
    if status == "completed" then completed = completed + 1 end
  end
  return completed .. " of " .. all
end

check.test("a captured model is in the key as its dump is: what is fitted otherwise misses, what is equal hits",
  function()
  local p <close> = scratch.script(SCRIPT)
  check.eq(ran(p), "13 of 13")
  check.eq(ran(p), "0 of 13")
  p:edit("local L = 0", "local L = 1")
  check.eq(ran(p), "13 of 13")
  -- a field that a script puts on one counts, too
  p:edit('"note", 1', '"note", 2')
  check.eq(ran(p), "1 of 13")
end)

check.done()
