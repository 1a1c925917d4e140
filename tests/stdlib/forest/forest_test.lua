package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local damage = require "damage"
local forest = require "rille.forest"
local hash = require "rille.host.hash"
local metrics = require "rille.metrics"
local tree = require "rille.tree"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local X, y = cancer:drop { "target" }:to_matrix(), cancer:column "target"
local X_train, y_train, X_test, y_test = X:slice(1, 455), y:slice(1, 455), X:slice(456, 569), y:slice(456, 569)

local points = array.from { { 0.0, 0.0 }, { 1.0, 0.0 }, { 0.0, 1.0 }, { 4.0, 4.0 }, { 5.0, 4.0 }, { 4.0, 5.0 },
  { 4.5, 4.4 } }
local sides = array.from { 3, 3, 3, 8, 8, 8, 3 }

-- ---- what grows ----

-- scikit-learn 1.2.1 has 111 to 113 of 114, an area of 0.9974 to 1 and a log loss of 0.0989 to 0.1222 over its seeds.
check.test("the breast cancer data is recognised about as well as elsewhere", function()
  for _, options in ipairs { {}, { max_depth = 5, min_samples_leaf = 3 }, { class_weight = "balanced" },
    { criterion = "entropy" } } do
    for seed = 0, 4 do
      options.seed = seed
      local m = forest.fit(X_train, y_train, options)
      local proba = m:predict_proba(X_test)
      local right = math.floor(m:score(X_test, y_test) * 114 + 0.5)
      check.ok(right >= 110, "seed " .. seed .. ": " .. right)
      check.ok(metrics.roc_auc(y_test, proba) >= 0.996)
      check.ok(metrics.log_loss(y_test, proba) <= 0.13)
    end
  end
  check.ok(forest.fit(X_train, y_train):score(X_train, y_train) >= 0.999)
end)

-- A change of these is a change of every forest that steps have cached.
check.test("the bytes of a forest by its seed", function()
  local DIGESTS <const> = { [0] = "7d3ee62b8633c0a2", [1] = "7a6a074f7d6c07a7", [42] = "37274c900d6d05b8" }
  for seed, digest in pairs(DIGESTS) do
    local m = forest.fit(X_train, y_train, { n_estimators = 20, seed = seed })
    check.eq(hash.hex(hash.sha256(m:dump())):sub(1, 16), digest, "seed " .. seed)
  end
end)

check.test("a forest of one tree that sees all is that tree", function()
  local m = forest.fit(X_train, y_train, { n_estimators = 1, max_features = "all", bootstrap = false, max_depth = 4,
    min_samples_leaf = 5 })
  local one = tree.fit(X_train, y_train, { max_depth = 4, min_samples_leaf = 5 })
  check.eq(m:predict(X_test), one:predict(X_test))
  check.eq(m:predict_proba(X_test), one:predict_proba(X_test))
end)

check.test("the first trees of a larger forest are those of a smaller one, and their mean is predicted", function()
  local function sum(n)
    return forest.fit(X_train, y_train, { n_estimators = n, seed = 5 }):predict_proba(X_test) * n
  end
  local third = sum(3) - sum(2)
  check.ok(third:min() > -1e-12 and third:max() < 1 + 1e-12)
  local proba = forest.fit(X_train, y_train, { n_estimators = 7 }):predict_proba(X_test)
  check.ok((proba:sum(2) - 1):abs():max() < 1e-12)
  local labels = proba:column(2):gt(proba:column(1)):astype "i64"
  check.eq(forest.fit(X_train, y_train, { n_estimators = 7 }):predict(X_test), labels)
end)

check.test("options are fields of the model", function()
  local m = forest.fit(points, sides)
  check.eq({ m.n_estimators, m.max_features, m.bootstrap, m.criterion, m.max_depth, m.seed, m.n_features },
    { 100, 1, true, "gini", nil, 0, 2 })
  check.eq({ m.classes, m.dtype, m.class_weight }, { { 3, 8 }, "i64" })
  check.eq(tostring(m), "forest.Forest(100 trees, criterion=gini, 2 features, 2 classes)")
  for given, want in pairs { sqrt = 5, log2 = 4, all = 30, [7] = 7 } do
    check.eq(forest.fit(X_train, y_train, { n_estimators = 1, max_features = given }).max_features, want)
  end
  m = forest.load(forest.fit(points, sides, { n_estimators = 3, max_depth = 2, bootstrap = false, seed = 9,
    class_weight = { [8] = 2 }, criterion = "entropy", min_samples_leaf = 2, min_samples_split = 3 }):dump())
  check.eq({ m.n_estimators, m.max_depth, m.bootstrap, m.seed, m.class_weight, m.criterion, m.min_samples_leaf,
    m.min_samples_split }, { 3, 2, false, 9, { 1.0, 2.0 }, "entropy", 2, 3 })
end)

check.test("predictions have the dtype of the labels, and rows of any numeric dtype are read", function()
  for dtype, labels in pairs { u8 = { 3, 250 }, i32 = { -7, 9 }, f32 = { 0.0, 1.0 }, bool = { false, true } } do
    local m = forest.load(forest.fit({ { 0 }, { 5 } }, array.from(labels, dtype), { bootstrap = false }):dump())
    check.eq(m:predict({ { 0 }, { 6 } }).dtype, dtype)
    check.eq(m:predict(array.from({ { 0 }, { 6 } }, "i32")):totable(), labels)
  end
end)

check.test("importances find the features that matter", function()
  local noise = array.random({ 400, 6 }, 3)
  local labels = (noise:column(2) + noise:column(5)):gt(1):astype "i64"
  local m = forest.fit(noise, labels, { seed = 1 })
  local shares = m:importances()
  check.ok(math.abs(shares:sum() - 1) < 1e-12)
  local order = shares:argsort():totable()
  check.eq({ math.min(order[5], order[6]), math.max(order[5], order[6]) }, { 2, 5 })
  check.ok(shares[2] > 0.25 and shares[1] < 0.12)
  check.eq(forest.fit({ { 1 }, { 1 } }, { 0, 1 }):importances():totable(), { 0.0 })
end)

check.test("a class that weighs more is predicted more often", function()
  local weighted, plain = forest.fit(X_train, y_train, { class_weight = { [0] = 50 }, max_depth = 2 }),
    forest.fit(X_train, y_train, { max_depth = 2 })
  check.ok(weighted:predict(X_test):sum() <= plain:predict(X_test):sum())
  check.ok(metrics.recall(y_test, weighted:predict(X_test), { positive = 0 }) == 1.0)
  check.ok(weighted:predict_proba(X_test):column(1):mean() > plain:predict_proba(X_test):column(1):mean())
end)

-- ---- dumps ----

check.test("a loaded forest is the one that was dumped", function()
  local a = forest.fit(X_train, y_train, { n_estimators = 10, seed = 3 })
  local again = forest.load(a:dump())
  check.ok(again == a and again:dump() == a:dump())
  check.ok(a == forest.fit(X_train, y_train, { n_estimators = 10, seed = 3 }))
  check.ok(a ~= forest.fit(X_train, y_train, { n_estimators = 10, seed = 4 }))
  check.eq(again:predict_proba(X_test), a:predict_proba(X_test))
  check.eq(again:importances(), a:importances())
end)

check.test("a damaged dump is an error or a forest, never a crash", function()
  for _, options in ipairs { { n_estimators = 2 }, { n_estimators = 3, class_weight = "balanced" } } do
    damage.check(forest.load, "forest.load", forest.fit(points, sides, options):dump(), function(m)
      if m.n_features < 1000 then
        m:predict(array.zeros { 1, m.n_features })
        m:predict_proba(array.ones { 1, m.n_features })
        m:importances()
      end
    end)
  end
end)

check.test("trees that do not belong together are refused", function()
  local function dump(X_of, y_of, more)
    local o = { n_estimators = 1, bootstrap = false, max_features = 1 }
    for k, v in pairs(more or {}) do o[k] = v end
    return forest.fit(X_of, y_of, o):dump()
  end
  local function tree_of(bytes) return bytes:sub(bytes:find("tree", 40, true) + 12) end
  local whole = dump(points, sides)
  local function two(b)
    local a = tree_of(whole)
    local head = whole:sub(1, 36) .. string.pack("<I4", 2)
    return head .. "size" .. string.pack("<I8I8I8", 16, #a, #b) .. "tree" .. string.pack("<I8", #a) .. a .. "tree"
      .. string.pack("<I8", #b) .. b
  end
  check.eq(forest.load(two(tree_of(whole))).n_estimators, 2)
  for _, other in ipairs { dump(points, sides + 1), dump(points:column(1):reshape { 7, 1 }, sides),
    dump(points, sides, { max_depth = 2 }), dump(points, sides, { class_weight = "balanced" }),
    dump(points, sides:astype "i32") } do
    check.raises(function() forest.load(two(tree_of(other))) end, "the model is damaged (tree)")
  end
  check.raises(function() forest.load "rillefor" end, "these bytes are not a model")
  check.raises(function() forest.load(tree.fit(points, sides):dump()) end, "these bytes are not a model")
end)

-- ---- mistakes ----

local function refuses(message, ...)
  local arguments = table.pack(...)
  check.has(check.raises(function() forest.fit(table.unpack(arguments, 1, arguments.n)) end, "forest.fit: " .. message),
    "forest_test.lua:")
end

check.test("options and data that no forest grows from are refused", function()
  refuses('unknown field "n_estimator"; did you mean "n_estimators"?', points, sides, { n_estimator = 1 })
  refuses("n_estimators is 0, expected an integer from 1", points, sides, { n_estimators = 0 })
  refuses('max_features is "sqr", expected "sqrt", "log2", "all" or an integer from 1 to 2; did you mean "sqrt"?',
    points, sides, { max_features = "sqr" })
  refuses("max_features is 3", points, sides, { max_features = 3 })
  refuses("class_weight has 4, which is not in y", points, sides, { class_weight = { [4] = 1 } })
  refuses("X: row 2, column 1 is NaN", { { 0.0 }, { 0 / 0 } }, { 1, 2 })
  refuses("y: all rows are of class 4", { { 0 }, { 1 } }, { 4, 4 })
  refuses("X has 7 rows and y has 2", points, { 1, 2 })
  check.raises(function() forest.fit(points, sides):predict { { 1 } } end,
    "forest.predict: X has 1 features, but the model was fitted with 2")
end)

check.done()
