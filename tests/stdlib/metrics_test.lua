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
  for _, name in ipairs { "accuracy", "confusion_matrix", "precision", "recall", "f1", "report", "balanced_accuracy",
    "matthews", "mse", "rmse", "mae", "mape", "r2", "log_loss", "brier", "roc_auc", "average_precision", "roc_curve",
    "precision_recall_curve" } do
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

-- ---- all classes together; figures of scikit-learn 1.2.1 ----

local function close(got, want, tolerance)
  if not (math.abs(got - want) <= (tolerance or 1e-12) * math.max(1, math.abs(want))) then check.eq(got, want) end
end

check.test("balanced accuracy and Matthews' correlation", function()
  local truth, said = {}, {}                        -- confusion [[26, 0], [2, 86]]
  for i = 1, 114 do truth[i], said[i] = i <= 26 and 0 or 1, i <= 28 and 0 or 1 end
  close(metrics.balanced_accuracy(truth, said), 0.9886363636363636)
  close(metrics.matthews(truth, said), 0.9526109029753609)
  close(metrics.f1(truth, said, { positive = 1 }), 0.9885057471264368)
  local r = metrics.report(truth, said)
  check.has(tostring(r), "0            0.9286  1.0000  0.9630       26\n1            1.0000  0.9773  0.9885       88\n"
    .. "macro        0.9643  0.9886  0.9757      114\nweighted     0.9837  0.9825  0.9827      114\n")
  near(metrics.balanced_accuracy({ "a", "a" }, { "a", "b" }), 0.5)     -- b never occurs
  near(metrics.matthews({ 1, 1 }, { 0, 1 }), 0.0)
  near(metrics.matthews({ 0, 1, 0, 1 }, { 1, 0, 1, 0 }), -1.0)
end)

-- ---- probabilities and scores ----

local toy_y = { 0, 0, 1, 1, 0, 1, 1, 0 }
local toy_score = { 0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.4 }
local function other(list)
  local flipped = {}
  for i, v in ipairs(list) do flipped[i] = 1 - v end
  return flipped
end

check.test("the areas under curves, equal scores counting half", function()
  near(metrics.roc_auc(toy_y, toy_score), 0.71875)
  close(metrics.average_precision(toy_y, toy_score), 0.7678571428571428, 1e-15)
  near(metrics.roc_auc(toy_y, toy_score, { positive = 0 }), 1 - 0.71875)
  near(metrics.roc_auc({ 0, 1 }, { 0.5, 0.5 }), 0.5)
  local matrix = {}
  for i, v in ipairs(toy_score) do matrix[i] = { 1 - v, v } end
  near(metrics.roc_auc(array.from(toy_y), array.from(matrix)), 0.71875)
  near(metrics.roc_auc({ "a", "a", "b", "b", "a", "b", "b", "a" }, matrix), 0.71875)
  near(metrics.roc_auc({ true, false }, { 0.9, 0.1 }), 1.0)
end)

check.test("curves are frames, a row for each threshold", function()
  local roc = metrics.roc_curve(toy_y, toy_score)
  check.eq(roc.columns, { "threshold", "fpr", "tpr" })
  check.eq(roc:column "threshold":totable(), { math.huge, 0.9, 0.8, 0.4, 0.35, 0.1 })
  check.eq(roc:column "fpr":totable(), { 0.0, 0.0, 0.0, 0.75, 0.75, 1.0 })
  check.eq(roc:column "tpr":totable(), { 0.0, 0.25, 0.5, 0.75, 1.0, 1.0 })
  local pr = metrics.precision_recall_curve(toy_y, toy_score)
  check.eq(pr:column "threshold":totable(), { 0.1, 0.35, 0.4, 0.8, 0.9, math.huge })
  check.eq(pr:column "precision":totable(), { 0.5, 4 / 7, 0.5, 1.0, 1.0, 1.0 })
  check.eq(pr:column "recall":totable(), { 1.0, 1.0, 0.75, 0.5, 0.25, 0.0 })
end)

check.test("the area is the share of pairs in order, on random scores with many ties", function()
  for seed = 1, 20 do
    local score = array.integers(0, 6, 40, seed):totable()
    local truth = array.integers(0, 1, 40, seed + 100):totable()
    local pairs_in_order, n = 0, 0
    for i, a in ipairs(truth) do
      for j, b in ipairs(truth) do
        if a == 1 and b == 0 then
          n = n + 1
          pairs_in_order = pairs_in_order + (score[i] > score[j] and 1 or score[i] == score[j] and 0.5 or 0)
        end
      end
    end
    close(metrics.roc_auc(truth, score), pairs_in_order / n)
    local curve, by_curve = metrics.roc_curve(truth, score), 0.0
    local fpr, tpr = curve:column "fpr":totable(), curve:column "tpr":totable()
    for i = 2, #fpr do by_curve = by_curve + (fpr[i] - fpr[i - 1]) * (tpr[i] + tpr[i - 1]) / 2 end
    close(by_curve, pairs_in_order / n)
  end
end)

check.test("log loss clips at 2^-52, and the Brier score is a squared difference", function()
  close(metrics.log_loss({ 1, 0, 1 }, { 1, 0, 0 }), 12.014551129705717)
  close(metrics.log_loss({ 1, 0, 1 }, { { 0, 1 }, { 1, 0 }, { 1, 0 } }), 12.014551129705717)
  close(metrics.log_loss({ 1, 0 }, { 0.75, 0.25 }), -math.log(0.75))
  close(metrics.log_loss({ "a", "b", "c" }, { { 0.5, 0.25, 0.25 }, { 0.25, 0.5, 0.25 }, { 0, 0, 1 } }),
    -2 * math.log(0.5) / 3)
  close(metrics.log_loss({ "a", "b" }, { { 0.5, 0.25, 0.25 }, { 0.25, 0.5, 0.25 } }, { classes = { "a", "b", "c" } }),
    -math.log(0.5))
  close(metrics.brier({ 1, 0 }, { 0.75, 0.5 }), (0.0625 + 0.25) / 2)
  close(metrics.brier({ 1, 0 }, { { 0.25, 0.75 }, { 0.5, 0.5 } }, { positive = 0 }), (0.0625 + 0.25) / 2)
end)

check.test("of more than two classes an area is the mean of each against the rest", function()
  local truth, m = { 0, 1, 2, 1 }, { { 0.6, 0.3, 0.1 }, { 0.5, 0.3, 0.2 }, { 0.1, 0.2, 0.7 }, { 0.2, 0.7, 0.1 } }
  near(metrics.roc_auc(truth, m), (1.0 + 3.5 / 4 + 1.0) / 3)
  close(metrics.average_precision(truth, m), (1 + (1 + 2 / 3) / 2 + 1) / 3)
  check.raises(function() metrics.roc_auc(truth, { 1, 2, 3, 4 }) end, "expected a matrix, a column for each class")
  check.raises(function() metrics.brier(truth, m) end, "y has 3 classes, expected two")
end)

check.test("what cannot be measured is named, with the row", function()
  check.raises(function() metrics.roc_auc({ 1, 1 }, { 0.1, 0.2 }) end,
    "metrics.roc_auc: y has only class 1; rows of two classes are needed")
  check.raises(function() metrics.roc_curve({ 1, 1 }, { 0.1, 0.2 }) end, "y has only class 1")
  check.raises(function() metrics.average_precision({ 0, 0 }, { 0.1, 0.2 }) end, "no row of y is of class 1")
  check.raises(function() metrics.log_loss({ 1, 0 }, { 0.5, 1.5 }) end, "row 2 of pred has 1.5")
  check.raises(function() metrics.log_loss({ 1, 0 }, { { 0.5, 0.5 }, { 0.5, 0.25 } }) end,
    "row 2 of pred has the sum 0.75, expected 1")
  check.raises(function() metrics.log_loss({ 1, 1 }, { { 0.5, 0.5 }, { 0.5, 0.5 } }) end,
    "pred has 2 columns and y has 1 classes; name all of them: classes = m.classes")
  check.raises(function() metrics.log_loss({ 1, 7 }, { 0.5, 0.5 }, { classes = { 0, 1 } }) end,
    "row 2 of y is 7, which is not in classes")
  check.raises(function() metrics.mape({ 1, 0 }, { 1, 2 }) end, "metrics.mape: row 2 of y is 0")
  check.raises(function() metrics.roc_auc(toy_y, toy_score, { postive = 1 }) end, 'did you mean "positive"?')
end)

check.test("errors as shares", function()
  close(metrics.mape({ 2, -4 }, { 1, -5 }), (0.5 + 0.25) / 2)
  near(metrics.mae({ 1, 2, 4 }, { 2, 2, 2 }), 1.0)
  close(metrics.rmse({ 1, 2, 4 }, { 2, 2, 2 }), 1.2909944487358056)
end)

-- ---- a model on real data ----

check.test("logistic regression on the breast cancer data measures as elsewhere", function()
  local csv, linear = require "rille.csv", require "rille.linear"
  local f = csv.read "../../examples/data/breast_cancer.csv"
  local X, target = f:drop { "target" }:to_matrix(), f:column "target"
  local train = X:slice(1, 455)
  local function scaled(part) return (part - train:mean(1)) / train:std(1) end
  local m = linear.Logistic.fit(scaled(train), target:slice(1, 455), { tolerance = 1e-10 })
  local truth, p = target:slice(456, 569), m:predict_proba(scaled(X:slice(456, 569)))
  close(metrics.roc_auc(truth, p), 0.9991258741258742)
  close(metrics.log_loss(truth, p), 0.08704464431786835, 1e-6)
end)

check.test("labels of kinds that are never equal are refused", function()
  check.raises(function() metrics.accuracy({ true, false }, { 1, 0 }) end,
    "metrics.accuracy: y holds booleans and pred numbers, which are never equal")
  check.raises(function() metrics.f1({ "1", "0" }, { 1, 0 }) end, "y holds strings and pred numbers")
  check.eq(metrics.accuracy({ 1, 0 }, { 1.0, 0.0 }), 1.0)
end)

check.test("log loss and normal numbers depend on the mathematical library", function()
  local project <close> = require("scratch").new()
  project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local one = rille.step "one" { outputs = { t.number "v" }, run = function()
  return require("rille.metrics").log_loss({ 0, 1 }, { 0.2, 0.9 })
end }
local two = rille.step "two" { outputs = { t.array "v" }, run = function()
  return require("rille.array").normal(3, 1)
end }
rille.pipeline "p" { define = function() one() two() end }:run {}
]])
  project:ok "main.lua"
  local other = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable "
  local ask = [["$RILLE" -e 'io.write(require("rille.host.libm").name())']]
  if project:sh(ask).out == project:sh(other .. ask).out then check.cannot "this processor has one way to compute" end
  check.has(project:sh(other .. '"$RILLE" main.lua').err, "one, two: the math library or the processor changed")
end)

check.done()
