package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local bayes = require "rille.bayes"
local csv = require "rille.csv"
local damage = require "damage"
local metrics = require "rille.metrics"

local points = array.from { { 0.0, 0.0 }, { 1.0, 0.0 }, { 0.0, 1.0 }, { 4.0, 4.0 }, { 5.0, 4.0 }, { 4.0, 5.0 },
  { 4.5, 4.4 } }
local sides = array.from { 3, 3, 3, 8, 8, 8, 3 }

local function close(got, want)
  if not (math.abs(got - want) <= 1e-12 * math.max(1, math.abs(want))) then check.eq(got, want) end
end

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local X, y = cancer:drop { "target" }:to_matrix(), cancer:column "target"
local X_train, y_train, X_test, y_test = X:slice(1, 455), y:slice(1, 455), X:slice(456, 569), y:slice(456, 569)
local function scaled(part) return (part - X_train:mean(1)) / X_train:std(1) end

-- want: how many of 114 and of 455 are right, ROC AUC, log loss, average precision; of scikit-learn 1.2.1.
local function measure(m, test, train, want)
  check.eq({ m:score(test, y_test), m:score(train, y_train) }, { want[1] / 114, want[2] / 455 })
  local proba = m:predict_proba(test)
  close(metrics.roc_auc(y_test, proba), want[3])
  close(metrics.log_loss(y_test, proba), want[4])
  close(metrics.average_precision(y_test, proba), want[5])
end

local function wine()
  local f = csv.read "../../../examples/data/wine.csv"
  local all, target, test, train = f:drop { "target" }:to_matrix(), f:column "target", {}, {}
  for i = 1, 178 do
    local part = i % 3 == 0 and test or train
    part[#part + 1] = i
  end
  local of = all:take(array.from(train, "i64"))
  local function part(rows) return (all:take(array.from(rows, "i64")) - of:mean(1)) / of:std(1) end
  return part(train), target:take(array.from(train, "i64")), part(test), target:take(array.from(test, "i64"))
end

check.test("the breast cancer data measures as elsewhere", function()
  local m = bayes.fit(X_train, y_train)
  measure(m, X_test, X_train, { 109, 430, 0.9943181818181819, 0.294743059975658, 0.998349921097722 })
  close(m.epsilon, 0.0003187543342802079)
  check.eq(m.priors:totable(), { 186 / 455, 269 / 455 })
  for name, want in pairs { mean_radius = { 17.293440860215053, 12.120828996282537 },
    mean_area = { 958.2225806451615, 460.4680297397773 },
    worst_concavity = { 0.44690903225806444, 0.16201690334572497 } } do
    for j, column in ipairs(cancer.columns) do
      if column == name then
        close(m.means:get(1, j), want[1])
        close(m.means:get(2, j), want[2])
      end
    end
  end
  local train, test = scaled(X_train), scaled(X_test)
  measure(bayes.fit(train, y_train), test, train,
    { 105, 428, 0.9934440559440559, 0.39132870610100834, 0.9980483014649829 })
end)

check.test("three classes of wine measure as elsewhere", function()
  local train, y_of, test, truth = wine()
  local m = bayes.fit(train, y_of)
  check.eq(m:score(test, truth), 58 / 59)
  close(metrics.log_loss(truth, m:predict_proba(test)), 0.051160829063444706)
  close(metrics.roc_auc(truth, m:predict_proba(test)), 1.0)
end)

check.test("probabilities are those of the densities, also far from all rows", function()
  local m = bayes.fit({ { 0 }, { 2 }, { 10 }, { 12 } }, { 1, 1, 5, 5 }, { smoothing = 0 })
  check.eq({ m.means:totable(), m.variances:totable() }, { { { 1.0 }, { 11.0 } }, { { 1.0 }, { 1.0 } } })
  close(m:predict_proba({ { 6 } }):get(1, 1), 0.5)
  close(m:predict_proba({ { 5.9 } }):get(1, 1), 1 / (1 + math.exp(-1)))
  check.eq(m:predict_proba({ { -1e6 }, { 1e6 } }):totable(), { { 1.0, 0.0 }, { 0.0, 1.0 } })
  check.eq(m:predict({ { -3 }, { 6.1 } }):totable(), { 1, 5 })
  check.eq({ #m:predict(array.zeros { 0, 1 }), #m:predict_proba(array.zeros { 0, 1 }) }, { 0, 0 })
end)

check.test("a loaded model is the one that was dumped; damage is an error or a model", function()
  local a = bayes.fit(points, sides)
  local again = bayes.load(a:dump())
  check.ok(again == a and again:dump() == a:dump())
  check.eq(again:predict_proba(points), a:predict_proba(points))
  check.eq({ again.classes, again.dtype, again.smoothing, again.n_features }, { { 3, 8 }, "i64", 1e-9, 2 })
  check.eq(tostring(again), "bayes.Bayes(2 features, 2 classes)")
  damage.check(bayes.load, "bayes.load", a:dump(), function(m)
    if m.n_features < 1000 then m:predict_proba(array.zeros { 1, m.n_features }) end
  end)
  for dtype, labels in pairs { u8 = { 3, 250 }, i64 = { -(1 << 60), 1 << 60 }, f32 = { 0.0, 1.0 },
    bool = { false, true } } do
    local m = bayes.load(bayes.fit({ { 0 }, { 1 }, { 5 }, { 6 } }, array.from({ labels[1], labels[1], labels[2],
      labels[2] }, dtype)):dump())
    check.eq({ m:predict({ { 0 }, { 6 } }).dtype, m:predict({ { 0 }, { 6 } }):totable(), m.classes },
      { dtype, labels, labels })
  end
  check.raises(function() bayes.load("rillebay" .. string.pack("<I4", 2)) end,
    "bayes.load: the model has format 2, but this program reads format 1")
  check.raises(function() bayes.load "rillebay" end, "bayes.load: these bytes are not a model")
end)

check.test("what no model is made of is refused", function()
  local function refuses(message, ...)
    local arguments = table.pack(...)
    check.has(check.raises(function() bayes.fit(table.unpack(arguments, 1, arguments.n)) end, message),
      "bayes_test.lua:")
  end
  refuses("bayes.fit: X: row 2, column 1 is NaN", { { 1 }, { 0 / 0 } }, { 1, 2 })
  refuses("bayes.fit: X: row 1, column 2 is infinite", { { 1, math.huge }, { 0, 0 } }, { 1, 2 })
  refuses("bayes.fit: y: row 1 is 0.5; a class must be an integer", { { 0 }, { 1 } }, { 0.5, 1.0 })
  refuses("all rows are of class 4", { { 0 }, { 1 } }, { 4, 4 })
  refuses("X has 7 rows and y has 2", points, { 1, 2 })
  refuses("a feature is constant in a class; smoothing must be greater than 0", { { 0 }, { 1 } }, { 1, 2 },
    { smoothing = 0 })
  refuses("smoothing is -1, expected at least 0", points, sides, { smoothing = -1 })
  check.raises(function() bayes.fit(points, sides):predict { { 1 } } end,
    "bayes.predict: X has 1 features, but the model was fitted with 2")
end)

check.test("a row that is too far from all classes is named", function()
  local m = bayes.fit({ { 1 }, { 1.1 }, { 2 }, { 2.1 } }, { 0, 0, 1, 1 })
  check.raises(function() m:predict_proba { { 1 }, { -1e200 } } end,
    "bayes.predict_proba: X: row 2 is too far from all classes")
  check.raises(function() bayes.fit({ { 1 }, { 1 } }, { 0, 1 }) end, "X: all features are constant")
end)

check.done()
