package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local neighbors = require "rille.neighbors"
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
  local train, test = scaled(X_train), scaled(X_test)
  measure(neighbors.fit(train, y_train), test, train,
    { 110, 443, 0.9965034965034965, 0.10287306883122883, 0.9983695652173915 })
  measure(neighbors.fit(X_train, y_train), X_test, X_train,
    { 107, 430, 0.9628496503496503, 0.7596378890688854, 0.980674380805165 })
  measure(neighbors.fit(train, y_train, { weights = "distance" }), test, train,
    { 110, 455, 0.9951923076923077, 0.10170087339921846, 0.9986023098043633 })
end)

check.test("three classes of wine measure as elsewhere", function()
  local train, y_of, test, truth = wine()
  local m = neighbors.fit(train, y_of)
  check.eq(m:score(test, truth), 57 / 59)
  close(metrics.log_loss(truth, m:predict_proba(test)), 0.0846034189048025)
  close(metrics.roc_auc(truth, m:predict_proba(test)), 0.999360926541159)
end)

check.test("the nearest rows are those of a full sort, the first of equals before", function()
  for seed = 1, 10 do
    local rows = array.integers(0, 4, { 60, 2 }, seed)               -- with many equal distances
    local labels = array.integers(0, 2, 60, seed + 50):totable()
    local m = neighbors.fit(rows, labels, { n_neighbors = 7 })
    local proba = m:predict_proba({ { 1.5, 2 }, { 0, 0 }, { 9, -3 } }):totable()
    for i, at in ipairs { { 1.5, 2 }, { 0, 0 }, { 9, -3 } } do
      local list, shares = {}, { 0, 0, 0 }
      for k, row in ipairs(rows:totable()) do
        list[k] = { (row[1] - at[1]) ^ 2 + (row[2] - at[2]) ^ 2, k }
      end
      table.sort(list, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
      for k = 1, 7 do shares[labels[list[k][2]] + 1] = shares[labels[list[k][2]] + 1] + 1 / 7 end
      for c = 1, 3 do close(proba[i][c], shares[c]) end
    end
  end
end)

check.test("by distance a row at the same place decides alone", function()
  local m = neighbors.fit({ { 0 }, { 1 }, { 3 } }, { 0, 1, 1 }, { n_neighbors = 3, weights = "distance" })
  check.eq(m:predict_proba({ { 0 } }):totable(), { { 1.0, 0.0 } })
  check.eq(m:predict_proba({ { -1 } }):totable(), { { 1 / (1 + 1 / 2 + 1 / 4), 0.75 / 1.75 } })
  m = neighbors.fit({ { -1e200 }, { 1e200 } }, { 0, 1 }, { n_neighbors = 2, weights = "distance" })
  check.eq(m:predict_proba({ { 0 } }):totable(), { { 0.5, 0.5 } })
end)

check.test("a loaded model is the one that was dumped; damage is an error or a model", function()
  local a = neighbors.fit(points, sides, { n_neighbors = 3, weights = "distance" })
  local again = neighbors.load(a:dump())
  check.ok(again == a and again:dump() == a:dump())
  check.eq({ again.n_neighbors, again.weights, again.n_rows, again.classes }, { 3, "distance", 7, { 3, 8 } })
  check.eq(tostring(again), "neighbors.Neighbors(n_neighbors=3, weights=distance, 7 rows)")
  damage.check(neighbors.load, "neighbors.load", a:dump(), function(m)
    if m.n_features < 1000 then m:predict_proba(array.zeros { 1, m.n_features }) end
  end)
  for dtype, labels in pairs { u8 = { 3, 250 }, f32 = { 0.0, 1.0 }, bool = { false, true } } do
    local m = neighbors.load(neighbors.fit({ { 0 }, { 5 } }, array.from(labels, dtype), { n_neighbors = 1 }):dump())
    check.eq({ m:predict({ { 0 }, { 6 } }).dtype, m:predict({ { 0 }, { 6 } }):totable() }, { dtype, labels })
  end
end)

check.test("what no model is made of is refused", function()
  local function refuses(message, ...)
    local arguments = table.pack(...)
    check.has(check.raises(function() neighbors.fit(table.unpack(arguments, 1, arguments.n)) end, message),
      "neighbors_test.lua:")
  end
  refuses("n_neighbors is 8, and X has 7 rows", points, sides, { n_neighbors = 8 })
  refuses('weights is "distant", expected a kind of weights; did you mean "distance"?', points, sides,
    { weights = "distant" })
  refuses("X: row 1, column 1 is NaN", { { 0 / 0 }, { 1 } }, { 1, 2 }, { n_neighbors = 1 })
  refuses("all rows are of class 4", { { 0 }, { 1 } }, { 4, 4 }, { n_neighbors = 1 })
  check.raises(function() neighbors.fit(points, sides):predict { { 1 } } end,
    "neighbors.predict: X has 1 features, but the model was fitted with 2")
end)

check.done()
