package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local damage = require "damage"
local linear = require "rille.linear"
local split = require "rille.split"

local Regression, Logistic = linear.Regression, linear.Logistic

local function near(a, b, tolerance)
  check.ok(math.abs(a - b) <= tolerance, string.format("%.17g is not near %.17g", a, b))
end

local digits = csv.read "../../../examples/data/digits.csv"
local X_train, X_test, y_train, y_test =
  split.train_test(digits:drop { "label" }:to_matrix(), digits:column "label", { test_size = 0.2, shuffle = false })

-- y = 2 a - 3 b + 5, without noise
local points = array.from { { 0.0, 1.0 }, { 1.0, 0.0 }, { 2.0, 5.0 }, { 4.0, 4.0 }, { -3.0, 2.0 } }
local function plane(X) return X:column(1) * 2.0 - X:column(2) * 3.0 + 5.0 end

-- ---- regression ----

check.test("least squares finds the plane on which the points lie", function()
  local m = Regression.fit(points, plane(points))
  near(m.coefficients:get(1), 2, 1e-12)
  near(m.coefficients:get(2), -3, 1e-12)
  near(m.intercept, 5, 1e-12)
  check.eq(m.rank, 2)
  near(m:score(points, plane(points)), 1, 1e-12)
  near(m:predict({ { 10.0, 10.0 } }):get(1), -5, 1e-11)
end)

-- The figures are scikit-learn's (LinearRegression, Ridge) on the same matrix.
check.test("regression and ridge agree with scikit-learn", function()
  local X = X_train:take(array.arange(1, 400))
  local y = y_train:take(array.arange(1, 400)):astype "f64"
  local plain = Regression.fit(X, y)
  near(plain.intercept, 3.782436198948, 1e-8)
  check.eq(plain.rank, 56)
  near(plain:score(X_test, y_test), 0.309932764076, 1e-8)
  local ridge = Regression.fit(X, y, { ridge = 10.0 })
  near(ridge.intercept, 3.777845002540, 1e-8)
  near(ridge:score(X_test, y_test), 0.349198780, 1e-8)
end)

check.test("columns that depend on others: the rank says so, and the shortest solution is taken", function()
  local twice = array.from { { 1.0, 1.0 }, { 2.0, 2.0 }, { 3.0, 3.0 } }
  local m = Regression.fit(twice, array.from { 2.0, 4.0, 6.0 })
  check.eq(m.rank, 1)
  near(m.coefficients:get(1), 1, 1e-12)
  near(m.coefficients:get(2), 1, 1e-12)
  local wide = Regression.fit({ { 1.0, 2.0, 3.0 } }, { 14.0 }, { intercept = false })
  check.eq(wide.rank, 1)
  near(wide:predict({ { 1.0, 2.0, 3.0 } }):get(1), 14, 1e-12)
  near(wide.coefficients:get(3), 3, 1e-12)
end)

check.test("a ridge draws the coefficients to 0 and leaves the intercept alone", function()
  local y = plane(points) + 1000.0
  local small, large = Regression.fit(points, y, { ridge = 1.0 }), Regression.fit(points, y, { ridge = 1e9 })
  check.ok(math.abs(large.coefficients:get(2)) < math.abs(small.coefficients:get(2)))
  near(large.coefficients:get(2), 0, 1e-6)
  near(large.intercept, y:mean(), 1e-6)
  check.eq(Regression.fit(points, y, { ridge = 1, intercept = false }).intercept, 0.0)
end)

check.test("a constant X or y has a finite solution", function()
  local m = Regression.fit({ { 1.0 }, { 1.0 } }, { 3.0, 5.0 })
  check.eq({ m.rank, m.coefficients:get(1), m.intercept }, { 0, 0.0, 4.0 })
  local flat = Regression.fit({ { 1.0 }, { 2.0 } }, { 3.0, 3.0 })
  near(flat.coefficients:get(1), 0, 1e-15)
  check.eq(flat:score({ { 1.0 }, { 2.0 } }, { 3.0, 3.0 }), 1.0)
end)

-- ---- logistic ----

check.test("the digits are recognised as liblinear elsewhere does", function()
  local m = Logistic.fit(X_train, y_train)
  check.eq(m:score(X_test, y_test), 323 / 360)
  check.eq(Logistic.fit(X_train, y_train, { C = 0.01, intercept = false }):score(X_test, y_test), 326 / 360)
  check.eq(m.classes, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })
  check.eq({ m.coefficients.shape, m.intercepts.shape }, { { 10, 64 }, { 10 } })
end)

check.test("two classes have one row of coefficients, which speaks for the second", function()
  local m = Logistic.fit({ { 0.0 }, { 1.0 }, { 8.0 }, { 9.0 } }, { -4, -4, 7, 7 }, { C = 100 })
  check.eq(m.coefficients.shape, { 1, 1 })
  check.ok(m.coefficients:get(1, 1) > 0)
  check.eq(m:predict({ { 0.0 }, { 9.0 } }):totable(), { -4, 7 })
  local p = m:predict_proba { { 0.0 }, { 9.0 } }
  check.ok(p:get(1, 1) > 0.9 and p:get(2, 2) > 0.9)
end)

check.test("probabilities add up to 1 and favour the class that is predicted", function()
  local m = Logistic.fit(X_train, y_train)
  local p, labels = m:predict_proba(X_test), m:predict(X_test)
  check.eq(p.shape, { 360, 10 })
  for i = 1, 360, 7 do
    near(p:row(i):sum(), 1, 1e-12)
    check.eq(m.classes[p:row(i):argmax()], labels:get(i))
  end
end)

check.test("predictions have the dtype of the labels", function()
  local X = { { 0.0 }, { 1.0 }, { 8.0 }, { 9.0 } }
  for dtype, labels in pairs { u8 = { 3, 250 }, i32 = { -7, 9 }, i64 = { -(1 << 60), 1 << 60 }, f32 = { 0.0, 1.0 },
    bool = { false, true } } do
    local y = array.from({ labels[1], labels[1], labels[2], labels[2] }, dtype)
    local m = linear.load(Logistic.fit(X, y, { C = 10.0 }):dump())
    check.eq(m:predict({ { 0.0 }, { 9.0 } }).dtype, dtype)
    check.eq(m:predict({ { 0.0 }, { 9.0 } }):totable(), labels)
    check.eq(m.classes, labels)
  end
end)

check.test("neither the order in which classes come nor rand() decides anything", function()
  local X, y = array.from { { 0.0 }, { 9.0 }, { 5.0 }, { 1.0 }, { 8.0 }, { 4.0 } }, array.from { 1, 3, 2, 1, 3, 2 }
  local order = array.from { 4, 5, 3, 1, 2, 6 }
  local m = Logistic.fit(X, y)
  check.eq(Logistic.fit(X:take(order), y:take(order)).classes, { 1, 2, 3 })
  math.randomseed(7)
  check.ok(Logistic.fit(X, y):dump() == m:dump())
end)

-- ---- models ----

check.test("the same training gives the same bytes, and a loaded model is the one that was dumped", function()
  local a, b = Logistic.fit(X_train, y_train, { C = 0.1 }), Logistic.fit(X_train, y_train, { C = 0.1 })
  check.ok(a:dump() == b:dump() and a == b)
  check.ok(Logistic.fit(X_train, y_train, { C = 0.2 }) ~= a)
  local again = linear.load(a:dump())
  check.ok(getmetatable(again) == Logistic and again == a and again:dump() == a:dump())
  check.eq(again:predict_proba(X_test), a:predict_proba(X_test))
  local m = Regression.fit(X_train, y_train, { ridge = 0.5 })
  check.ok(Regression.fit(X_train, y_train, { ridge = 0.5 }):dump() == m:dump())
  again = linear.load(m:dump())
  check.ok(getmetatable(again) == Regression and again == m and again ~= a)
  check.eq({ again.ridge, again.rank, again.intercept, again.fit_intercept }, { 0.5, m.rank, m.intercept, true })
  check.eq(again:predict(X_test), m:predict(X_test))
end)

check.test("a model tells what it is", function()
  check.eq(tostring(Regression.fit(points, plane(points))), "linear.Regression(ridge=0, 2 features)")
  check.eq(tostring(Logistic.fit(points, { 1, 2, 3, 1, 2 })), "linear.Logistic(C=1, 2 features, 3 classes)")
  check.eq({ Regression.__name, Logistic.__name }, { "linear.Regression", "linear.Logistic" })
end)

check.test("every numeric dtype of X, and views of it, give the same model", function()
  local whole = { { 0, 1 }, { 1, 0 }, { 7, 8 }, { 8, 7 } }
  local want = Regression.fit(array.from(whole, "f64"), { 0, 1, 2, 4 }):dump()
  for _, dtype in ipairs { "u8", "i32", "i64", "f32" } do
    check.ok(Regression.fit(array.from(whole, dtype), { 0, 1, 2, 4 }):dump() == want, dtype)
  end
  check.ok(Regression.fit(array.from({ { 0, 1, 7, 8 }, { 1, 0, 8, 7 } }):transpose(), { 0, 1, 2, 4 }):dump() == want)
end)

check.test("predicting for no rows gives none", function()
  check.eq(#Regression.fit(points, plane(points)):predict(array.zeros { 0, 2 }), 0)
end)

-- ---- mistakes ----

local function refuses(class, message, ...)
  local arguments = table.pack(...)
  local got = check.raises(function() class.fit(table.unpack(arguments, 1, arguments.n)) end, class.__name .. ".fit: "
    .. message)
  check.has(got, "linear_test.lua:")
end

check.test("options and data that nothing is fitted with are refused", function()
  local y = plane(points)
  refuses(Regression, 'unknown field "rigde"; did you mean "ridge"?', points, y, { rigde = 1 })
  refuses(Regression, "ridge is -1, expected at least 0", points, y, { ridge = -1 })
  refuses(Regression, "ridge is inf, expected a finite number", points, y, { ridge = math.huge })
  refuses(Regression, "intercept is 1, expected true or false", points, y, { intercept = 1 })
  refuses(Regression, "the options are 3, expected a table", points, y, 3)
  refuses(Regression, "X has 5 rows and y has 2", points, { 1.0, 2.0 })
  refuses(Regression, "X: row 1, column 2 is NaN", { { 0.0, 0 / 0 } }, { 1.0 })
  refuses(Regression, "y: row 2 is NaN", { { 0.0 }, { 1.0 } }, { 1.0, 0 / 0 })
  refuses(Regression, "y: row 1 is infinite", { { 0.0 }, { 1.0 } }, { math.huge, 1.0 })
  refuses(Regression, "X: it has no rows", array.zeros { 0, 2 }, array.zeros { 0 })
  refuses(Regression, "X: it has no features", array.zeros { 2, 0 }, { 1.0, 2.0 })
  refuses(Regression, "y is an array of 5 x 2, expected a vector of numbers", points, points)
  refuses(Regression, "the numbers are too large; scale X and y", { { 1.7e308 }, { -1.7e308 }, { 1.7e308 } },
    { 1, 2, 3 })
  refuses(Regression, "no finite solution was found", { { 1e-300 }, { 2e-300 }, { 4e-300 } }, { 1e300, 2e300, 3e300 })
  refuses(Logistic, "C must be greater than 0", points, { 1, 2, 1, 2, 1 }, { C = 0 })
  refuses(Logistic, "tolerance must be greater than 0", points, { 1, 2, 1, 2, 1 }, { tolerance = -1 })
  refuses(Logistic, "y: row 1 is 0.5; a class must be an integer", points, { 0.5, 2, 1, 2, 1 })
  refuses(Logistic, "y: all rows are of class 4", points, { 4, 4, 4, 4, 4 })
  refuses(Logistic, "X is nil, expected a matrix", nil, { 1, 2 })
end)

check.test("predicting and scoring check their rows", function()
  local m, c = Regression.fit(points, plane(points)), Logistic.fit(points, { 1, 2, 1, 2, 1 })
  check.raises(function() m:predict { { 1.0 } } end,
    "linear.Regression.predict: X has 1 features, but the model was fitted with 2")
  check.raises(function() c:predict_proba { { 1.0, 0 / 0 } } end,
    "linear.Logistic.predict_proba: X: row 1, column 2 is NaN")
  check.raises(function() m:score(points, { 1.0 }) end, "linear.Regression.score: X has 5 rows and y has 1")
  check.raises(function() c:score(array.zeros { 0, 2 }, array.zeros { 0 }) end, "linear.Logistic.score: X has no rows")
end)

-- ---- damage ----

check.test("a damaged dump is an error or a model, never a crash", function()
  local y = array.from { 1, 2, 3, 1, 2 }
  damage.check(linear.load, "linear.load", Regression.fit(points, plane(points), { ridge = 0.5 }):dump(),
    function(m) m:predict(array.zeros { 1, m.n_features }) end)
  for _, labels in ipairs { y, y:eq(1) } do
    damage.check(linear.load, "linear.load", Logistic.fit(points, labels):dump(), function(m)
      m:predict(array.ones { 1, m.n_features })
      if m.classes then m:predict_proba(array.ones { 1, m.n_features }) end
    end)
  end
end)

check.test("other bytes, other formats and other values are refused", function()
  check.raises(function() linear.load "" end, "linear.load: these bytes are not a model")
  check.raises(function() linear.load(require("rille.svm").SVC.fit(points, { 1, 2, 1, 2, 1 }):dump()) end,
    "these bytes are not a model")
  check.raises(function() linear.load(nil) end, "linear.load: expected the bytes of a dump, found nil")
  check.raises(function() linear.load("rillelin" .. string.pack("<I4", 7)) end,
    "the model has format 7, but this program reads format 1")
end)

-- scikit-learn 1.2.1 has 109 of 114, 446 of 455 and this area, whose bias is not under the penalty.
check.test("weights of the classes: balanced, as given, and none at all", function()
  local cancer = require("rille.csv").read "../../../examples/data/breast_cancer.csv"
  local all, target = cancer:drop { "target" }:to_matrix(), cancer:column "target"
  local train = all:slice(1, 455)
  local function scaled(part) return (part - train:mean(1)) / train:std(1) end
  local function fit(weight)
    return linear.Logistic.fit(scaled(train), target:slice(1, 455), { tolerance = 1e-10, class_weight = weight })
  end
  local m, rows, labels = fit "balanced", scaled(all:slice(456, 569)), target:slice(456, 569)
  check.eq({ m:score(rows, labels), m:score(scaled(train), target:slice(1, 455)) }, { 109 / 114, 446 / 455 })
  check.ok(math.abs(require("rille.metrics").roc_auc(labels, m:predict_proba(rows)) - 0.9986888111888113) < 1e-12)
  check.ok(fit { [0] = 1, [1] = 1 } == fit(nil) and fit { [0] = 3 } ~= fit(nil))
  check.ok(linear.load(m:dump()) == m)
  check.raises(function() fit { [2] = 1 } end, "linear.Logistic.fit: class_weight has 2, which is not in y")
  check.raises(function() fit { [0] = 0 } end,
    "linear.Logistic.fit: a weight of a class must be greater than 0")
end)

-- The solution of long double Newton steps (numpy); the scores are scikit-learn's, whose default leaves the intercept
-- out of the penalty.
check.test("a free intercept: the exact solution, and the folds of other programs", function()
  local csv, preprocess = require "rille.csv", require "rille.preprocess"
  local search = require "rille.search"
  local f = csv.read "../../../examples/data/breast_cancer.csv"
  local y = f:column "target"
  f = f:drop { "target" }
  local X = f:to_matrix()
  local X_train, y_train = X:slice(1, 455), y:slice(1, 455)
  local mean, std = X_train:mean(1), X_train:std(1)
  local m = linear.Logistic.fit((X_train - mean) / std, y_train, { intercept = "free" })
  local shares = m:predict_proba((X:slice(456, 569) - mean) / std):column(2)
  for i, want in ipairs { 0.30103368334267694, 0.6657485464275055, 0.9154824117856538 } do
    check.ok(math.abs(shares:get(i) - want) < 1e-12, shares:get(i))
  end
  check.ok(math.abs(m.intercepts:get(1) + 0.2981817873482443) < 1e-12)
  check.eq(m.fit_intercept, "free")
  check.ok(linear.load(m:dump()) == m)
  check.eq(linear.load(m:dump()).fit_intercept, "free")
  local chain = preprocess.chain { preprocess.scale {}, { linear.Logistic, intercept = "free" } }
  local function mean_of(options)
    options.model = chain
    return search.cross_validate(f, y, options).score
  end
  check.eq(mean_of { cv = 5 }, 0.9806862288464524)
  check.eq(mean_of { cv = 3 }, 0.975392184164114)
  check.eq(mean_of { cv = 5, stratify = false }, 0.9771774569166279)
  local three = linear.Logistic.fit({ { 0 }, { 1 }, { 5 }, { 6 }, { 10 }, { 11 } }, { 0, 0, 1, 1, 2, 2 },
    { intercept = "free", class_weight = "balanced", C = 10 })
  check.eq(three.coefficients.shape, { 3, 1 })
  check.raises(function() linear.Logistic.fit(X, y, { intercept = "fre" }) end,
    'intercept is "fre", expected true, false or "free"')
end)

check.done()
