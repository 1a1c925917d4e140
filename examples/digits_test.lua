-- digits_test: tests the steps of digits.lua on a few rows, and its pipeline in a
-- temporary store.  rille test examples

local rille = require "rille"
local array, testing = require "rille.array", require "rille.testing"
local digits = require "digits"

-- Two clouds of points, one around (-4, -4), the other around (4, 4).
local X = array.concat { array.normal({ 20, 2 }, 1) - 4.0, array.normal({ 20, 2 }, 2) + 4.0 }
local y = array.concat { array.zeros(20, "i64"), array.ones(20, "i64") }

testing.test("every trainer separates two clouds, the same way each time", function()
  for _, name in ipairs { "svc_trainer", "tree_trainer", "logistic_trainer" } do
    local model = rille.steps[name]:test { inputs = { X_train = X, y_train = y } }
    testing.equal(model:score(X, y), 1.0, name)
  end
end)

testing.test("the digits are split into 1,437 and 360", function()
  local X_train, X_test, y_train, y_test = rille.steps.load_digits:test()
  testing.equal({ X_train.shape, X_test.shape }, { { 1437, 64 }, { 360, 64 } })
  testing.equal({ #y_train, #y_test }, { 1437, 360 })
end)

testing.test("the best accuracy is that of the best run so far", function()
  local first = testing.run(digits, { params = { trainer = "tree" } }).steps.evaluator.outputs
  testing.near(first.current_acc:load(), 0.8, 0.02)
  local second = testing.run(digits, { params = { trainer = "svc" } }).steps.evaluator.outputs
  testing.equal({ second.current_acc:load(), second.best_acc:load() }, { 345 / 360, 345 / 360 })
  local third = testing.run(digits, { params = { trainer = "logistic" } }).steps.evaluator.outputs
  testing.equal(third.best_acc:load(), 345 / 360)
end)

testing.test("a small tree is unchanged", function()
  testing.golden("small_tree", rille.steps.tree_trainer.fn(X, y, { max_depth = 2 }):show())
end)
