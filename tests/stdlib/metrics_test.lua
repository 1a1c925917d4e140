package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local metrics = require "rille.metrics"

-- three classes; the figures are worked out by hand
--            predicted 0 1 2
--   true 0             2 1 0
--   true 1             0 1 1
--   true 2             0 0 1
local y = { 0, 0, 0, 1, 1, 2 }
local pred = { 0, 0, 1, 1, 2, 2 }

local function near(got, want)
  if math.abs(got - want) > 1e-15 then check.eq(got, want) end
  check.eq(math.type(got), "float")
end

check.test("accuracy is the share of right predictions", function()
  near(metrics.accuracy(y, pred), 4 / 6)
  near(metrics.accuracy({ "a", "b" }, { "a", "b" }), 1.0)
  near(metrics.accuracy({ true, false }, { false, true }), 0.0)
end)

check.test("arrays and lists of any numeric kind mix", function()
  near(metrics.accuracy(array.from(y), pred), 4 / 6)
  near(metrics.accuracy(array.from(y, "f64"), array.from(pred, "u8")), 4 / 6)
  near(metrics.mse(array.from { 1.0, 2.0 }, { 1, 4 }), 2.0)
end)

check.test("a confusion matrix has the truth in rows and the prediction in columns", function()
  local m, labels = metrics.confusion_matrix(y, pred)
  check.eq(m.dtype, "i64")
  check.eq(m:totable(), { { 2, 1, 0 }, { 0, 1, 1 }, { 0, 0, 1 } })
  check.eq(labels, { 0, 1, 2 })
end)

check.test("the labels of a confusion matrix are ascending, booleans, numbers, strings", function()
  local _, labels = metrics.confusion_matrix({ "b", 2, true }, { "a", 10, false })
  check.eq(labels, { false, true, 2, 10, "a", "b" })
end)

check.test("given labels order a confusion matrix and leave the others out", function()
  local m, labels = metrics.confusion_matrix(y, pred, { 2, 1 })
  check.eq(m:totable(), { { 1, 0 }, { 1, 1 } })
  check.eq(labels, { 2, 1 })
  m = metrics.confusion_matrix({ 0, 1 }, { 0, 1 }, { 0, 1, 5 })
  check.eq(m:totable(), { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 0 } })
  check.raises(function() metrics.confusion_matrix(y, pred, { 1, 1 }) end, "labels has 1 twice")
  check.raises(function() metrics.confusion_matrix(y, pred, {}) end, "labels is empty")
end)

check.test("precision, recall and f1 average over the classes", function()
  near(metrics.precision(y, pred), (2 / 2 + 1 / 2 + 1 / 2) / 3)
  near(metrics.recall(y, pred), (2 / 3 + 1 / 2 + 1 / 1) / 3)
  near(metrics.f1(y, pred), (4 / 5 + 2 / 4 + 2 / 3) / 3)
  near(metrics.f1(y, pred, { average = "macro" }), (4 / 5 + 2 / 4 + 2 / 3) / 3)
end)

check.test("a weighted average counts a class as often as it occurs", function()
  near(metrics.precision(y, pred, { average = "weighted" }), (3 * 1 + 2 * 1 / 2 + 1 / 2) / 6)
  near(metrics.recall(y, pred, { average = "weighted" }), 4 / 6)
end)

check.test("a micro average is the accuracy", function()
  for _, name in ipairs { "precision", "recall", "f1" } do
    near(metrics[name](y, pred, { average = "micro" }), 4 / 6)
  end
end)

check.test("binary looks at the positive class alone", function()
  local truth, said = { 1, 1, 1, 0, 0 }, { 1, 1, 0, 1, 0 }
  near(metrics.precision(truth, said, { average = "binary" }), 2 / 3)
  near(metrics.recall(truth, said, { positive = 0 }), 1 / 2)
  near(metrics.recall({ true, true, false }, { true, false, false }, { average = "binary" }), 1 / 2)
  near(metrics.precision({ "ham", "spam" }, { "spam", "spam" }, { positive = "spam" }), 1 / 2)
  near(metrics.precision({ "ham", "spam" }, { "spam", "spam" }, { average = "binary" }), 1 / 2)
  check.raises(function() metrics.f1(y, pred, { average = "binary" }) end, "3 classes")
  check.raises(function() metrics.f1(truth, said, { positive = 7 }) end,
    "the positive class 7 is neither in y nor in pred")
  check.raises(function() metrics.f1(truth, said, { positive = 1, average = "macro" }) end,
    'positive is for average = "binary"')
end)

check.test("a quotient whose divisor is 0 is 0", function()
  near(metrics.precision({ 1, 1 }, { 0, 0 }, { positive = 1 }), 0.0)
  near(metrics.recall({ 0, 0 }, { 1, 0 }, { positive = 1 }), 0.0)
  near(metrics.f1({ 0, 0 }, { 0, 0 }, { average = "binary" }), 0.0)
  near(metrics.precision({ 0, 1 }, { 0, 0 }), 1 / 4)
end)

check.test("a report has the figures of each class and prints as a table", function()
  local r = metrics.report(y, pred)
  check.eq(r.classes[1], { label = 0, precision = 1.0, recall = 2 / 3, f1 = 0.8, support = 3 })
  near(r.accuracy, 4 / 6)
  near(r.macro.recall, metrics.recall(y, pred))
  near(r.weighted.f1, metrics.f1(y, pred, { average = "weighted" }))
  check.eq(r.n, 6)
  check.has(tostring(r), "0            1.0000  0.6667  0.8000        3\n")
  check.has(tostring(r), "accuracy 0.6667")
end)

check.test("errors of regression", function()
  local a, b = { 3, -0.5, 2, 7 }, { 2.5, 0.0, 2, 8 }
  near(metrics.mse(a, b), 0.375)
  near(metrics.rmse(a, b), math.sqrt(0.375))
  near(metrics.mae(a, b), 0.5)
  near(metrics.r2(a, b), 1 - 1.5 / 29.1875)
end)

check.test("r2 of a constant truth is 1 when it is met and 0 otherwise", function()
  near(metrics.r2({ 0.1, 0.1, 0.1 }, { 0.1, 0.1, 0.1 }), 1.0)
  near(metrics.r2({ 0.1, 0.1, 0.1 }, { 0.1, 0.1, 0.2 }), 0.0)
  check.raises(function() metrics.r2({ 1 }, { 1 }) end, "two values")
end)

check.test("every metric refuses other lengths, nothing, and what is no vector", function()
  for _, name in ipairs { "accuracy", "confusion_matrix", "precision", "recall", "f1", "report", "mse", "rmse", "mae",
    "r2" } do
    local f = metrics[name]
    check.raises(function() f({ 1, 2 }, { 1 }) end, "metrics." .. name .. ": y has 2 values and pred has 1")
    check.raises(function() f({}, {}) end, "empty")
    check.raises(function() f("abc", { 1 }) end, 'y is "abc"')
    check.raises(function() f(array.zeros { 2, 2 }, { 1, 2 }) end, "expected a vector")
    check.raises(function() f({ 1, 0 / 0 }, { 1, 2 }) end, "y[2] is")
    check.raises(function() f({ 1, 2 }, { 1, {} }) end, "pred[2] is a table")
  end
end)

check.test("an unknown option or average is named, with what was meant", function()
  check.raises(function() metrics.f1(y, pred, { averge = "macro" }) end, 'did you mean "average"?')
  check.raises(function() metrics.f1(y, pred, { average = "macr" }) end, 'did you mean "macro"?')
  check.has(check.raises(function() metrics.f1(y, pred, "macro") end, "expected a table"), "metrics_test.lua:")
end)

check.done()
