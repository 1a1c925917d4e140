package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local svm = require "rille.svm"
local split = require "rille.split"

-- ---- data ----

local function read_digits()
  local X, y = {}, {}
  for line in io.lines "../../../examples/data/digits.csv" do
    if not line:find "p0" then
      local row = {}
      for v in line:gmatch "%d+" do row[#row + 1] = math.tointeger(v) end
      y[#y + 1] = table.remove(row)
      X[#X + 1] = row
    end
  end
  return array.from(X, "f64"), array.from(y)
end

local X, y = read_digits()
local X_train, X_test, y_train, y_test = split.train_test(X, y, { test_size = 0.2, shuffle = false })

-- two classes that a line parts, and one point on the wrong side
local points = array.from { { 0.0, 0.0 }, { 1.0, 0.0 }, { 0.0, 1.0 }, { 4.0, 4.0 }, { 5.0, 4.0 }, { 4.0, 5.0 },
  { 4.5, 4.4 } }
local sides = array.from { 3, 3, 3, 8, 8, 8, 3 }

local function fit(options) return svm.SVC.fit(points, sides, options) end

local function right(m) return math.tointeger(m:score(X_test, y_test) * #y_test + 0.0) end

local digits = svm.SVC.fit(X_train, y_train, { gamma = 0.001 })

-- ---- what it finds ----

check.test("the digits are recognised as libsvm elsewhere does", function()
  check.eq({ #y_train, #y_test }, { 1437, 360 })
  check.eq(digits.n_support, 695)
  check.eq(digits:score(X_test, y_test), 345 / 360)
  check.eq(svm.SVC.fit(X_train, y_train, { gamma = 0.0001 }):score(X_test, y_test), 332 / 360)
  check.eq(svm.SVC.fit(X_train, y_train, { gamma = 0.01, C = 1 }):score(X_test, y_test), 257 / 360)
end)

check.test("a model tells how it was made", function()
  check.eq(getmetatable(digits), svm.SVC)
  check.eq(svm.SVC.__name, "svm.SVC")
  check.eq({ digits.kernel, digits.C, digits.gamma, digits.degree, digits.coef0 }, { "rbf", 1.0, 0.001, 3, 0.0 })
  check.eq({ digits.n_features, digits.dtype, digits.probability }, { 64, "i64", false })
  check.eq(digits.classes, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })
  check.eq(tostring(digits), "svm.SVC(kernel=rbf, C=1, gamma=0.001, 695 support vectors)")
  check.eq(type(getmetatable(digits).__index.predict), "function")
end)

check.test("gamma is by default 1 / (features * variance of X)", function()
  check.eq(svm.SVC.fit({ { 0.0, 2.0 }, { 2.0, 0.0 } }, { 0, 1 }).gamma, 0.5)
  check.eq(svm.SVC.fit({ { 3.0 }, { 3.0 } }, { 0, 1 }).gamma, 1.0)
end)

check.test("predictions have the dtype of the labels", function()
  for dtype, labels in pairs { u8 = { 3, 250 }, i32 = { -7, 9 }, i64 = { 1 << 60, -(1 << 60) }, f32 = { 0.0, 1.0 },
    f64 = { -1.0, 2.0 ^ 53 } } do
    local mine = array.from({ labels[1], labels[2], labels[2] }, dtype)
    local m = svm.SVC.fit({ { 0 }, { 5 }, { 6 } }, mine, { kernel = "linear", C = 10 })
    check.eq(m:predict({ { 0 }, { 6 } }).dtype, dtype)
    check.eq(m:predict({ { 0 }, { 6 } }):totable(), labels)
    check.eq(svm.load(m:dump()):predict({ { 0 }, { 6 } }):totable(), labels)
  end
end)

check.test("labels may be booleans", function()
  local m = svm.SVC.fit({ { 0 }, { 1 }, { 8 }, { 9 } }, array.from({ true, true, false, false }, "bool"),
    { kernel = "linear" })
  check.eq(m.classes, { false, true })
  check.eq(m:predict({ { 0 }, { 9 } }):totable(), { true, false })
end)

check.test("every numeric dtype of X, and views of it, give the same model", function()
  local whole = { { 0, 1 }, { 1, 0 }, { 7, 8 }, { 8, 7 } }
  local want = svm.SVC.fit(array.from(whole, "f64"), { 0, 0, 1, 1 }):dump()
  for _, dtype in ipairs { "u8", "i32", "i64", "f32" } do
    check.ok(svm.SVC.fit(array.from(whole, dtype), { 0, 0, 1, 1 }):dump() == want, dtype)
  end
  local wide = array.from { { 0, 1, 7, 8 }, { 1, 0, 8, 7 } }
  check.ok(svm.SVC.fit(wide:transpose(), { 0, 0, 1, 1 }):dump() == want)
end)

check.test("every kernel trains and survives its dump", function()
  for _, kernel in ipairs { "linear", "poly", "rbf", "sigmoid" } do
    local m = fit { kernel = kernel, coef0 = 0.5, degree = 2 }
    local again = svm.load(m:dump())
    check.eq(again.kernel, kernel)
    check.eq({ again.coef0, again.degree }, { 0.5, 2 })
    check.eq(again:predict(points), m:predict(points))
  end
end)

check.test("the order in which the classes come decides nothing", function()
  local order = array.from { 7, 4, 1, 5, 2, 6, 3 }
  local m = svm.SVC.fit(points:take(order), sides:take(order))
  check.eq(m.classes, { 3, 8 })
  check.eq(m:predict(points), fit():predict(points))
end)

check.test("a prediction for no rows is empty", function()
  check.eq(#fit():predict(array.zeros { 0, 2 }), 0)
end)

-- ---- dumps ----

check.test("the same training gives the same bytes", function()
  check.ok(svm.SVC.fit(X_train, y_train, { gamma = 0.001 }):dump() == digits:dump())
  check.ok(fit { C = 1 }:dump() == fit { C = 1.0 }:dump())
  check.ok(fit { C = 1 }:dump() ~= fit { C = 2 }:dump())
end)

check.test("a loaded model is the one that was dumped, to the bit", function()
  local again = svm.load(digits:dump())
  check.ok(again:dump() == digits:dump())
  check.ok(again == digits)
  check.ok(again ~= fit())
  check.eq(again:predict(X_test), digits:predict(X_test))
  check.eq(right(again), 345)
  check.eq(tostring(again), tostring(digits))
end)

check.test("a model outlives what it was trained on", function()
  local m
  do
    local mine, labels = array.from(X_train:totable()), array.from(y_train:totable())
    m = svm.SVC.fit(mine, labels, { gamma = 0.001 })
    for i = 1, #mine, 7 do mine:set(i, 20, 1e6) end
  end
  collectgarbage()
  collectgarbage()
  local junk = array.full({ 1437, 64 }, 1e9)
  check.eq(m:score(X_test, y_test), 345 / 360)
  check.ok(m:dump() == digits:dump())
  check.eq(#junk, 1437)
end)

check.test("probabilities add up to 1 and depend on the seed alone", function()
  local Xs, ys = X:slice(1, 200), y:slice(1, 200)
  local m = svm.SVC.fit(Xs, ys, { gamma = 0.001, probability = true, seed = 5 })
  local p = m:predict_proba(X:slice(201, 210))
  check.eq(p.shape, { 10, 10 })
  for _, row in ipairs(p:totable()) do
    local sum = 0
    for _, v in ipairs(row) do sum = sum + v end
    check.ok(math.abs(sum - 1) < 1e-12)
  end
  local again = svm.SVC.fit(Xs, ys, { gamma = 0.001, probability = true, seed = 5 })
  check.ok(again:dump() == m:dump())
  check.eq(svm.load(m:dump()):predict_proba(X:slice(201, 210)), p)
  check.ok(svm.SVC.fit(Xs, ys, { gamma = 0.001, probability = true, seed = 6 }):predict_proba(X:slice(201, 210)) ~= p)
  check.raises(function() fit():predict_proba(points) end,
    "svm.SVC.predict_proba: the model was fitted without probability = true")
end)

-- ---- mistakes ----

local function refuses(message, ...)
  local arguments = table.pack(...)
  local got = check.raises(function() svm.SVC.fit(table.unpack(arguments, 1, arguments.n)) end, "svm.SVC.fit: "
    .. message)
  check.has(got, "svm_test.lua:")
end

check.test("an option that is none is named, with what was meant", function()
  refuses('unknown field "gama"; did you mean "gamma"?', points, sides, { gama = 1 })
  refuses('kernel is "rbff", expected a kernel; did you mean "rbf"?', points, sides, { kernel = "rbff" })
  refuses("kernel is 3", points, sides, { kernel = 3 })
  refuses('C is "1"', points, sides, { C = "1" })
  refuses("gamma is nan", points, sides, { gamma = 0 / 0 })
  refuses("C is inf", points, sides, { C = math.huge })
  refuses("degree is 2.5", points, sides, { degree = 2.5 })
  refuses("degree is -1", points, sides, { degree = -1 })
  refuses("seed is 4294967296", points, sides, { seed = 1 << 32 })
  refuses("probability is 1, expected true or false", points, sides, { probability = 1 })
  refuses("the options are", points, sides, "rbf")
end)

check.test("what libsvm refuses is said in its words", function()
  refuses("C <= 0", points, sides, { C = 0 })
  refuses("gamma < 0", points, sides, { gamma = -1 })
  refuses("eps <= 0", points, sides, { tolerance = 0 })
end)

check.test("data that cannot be trained on are refused", function()
  refuses("X has 7 rows and y has 2", points, { 1, 2 })
  refuses("X is a vector of 7, expected a matrix", sides, sides)
  refuses("y is an array of 7 x 2, expected a vector", points, points)
  refuses('X is "abc"', "abc", sides)
  refuses("y is nil", points, nil)
  refuses("X: it has no rows", array.zeros { 0, 2 }, array.zeros { 0 })
  refuses("X: it has no features", array.zeros { 2, 0 }, { 1, 2 })
  refuses("X: row 2, column 1 is NaN", { { 0.0, 1.0 }, { 0 / 0, 1.0 } }, { 1, 2 })
  refuses("X: row 1, column 2 is infinite", { { 0.0, math.huge }, { 0.0, 1.0 } }, { 1, 2 })
  refuses("y: row 2 is NaN", { { 0 }, { 1 } }, { 1.0, 0 / 0 })
  refuses("y: row 2 is 0.5; a class must be an integer", { { 0 }, { 1 } }, { 1.0, 0.5 })
  refuses("y: all rows are of class 4; at least two classes are needed", { { 0 }, { 1 } }, { 4, 4 })
  refuses("no finite solution was found", { { 1e200 }, { -1e200 }, { 1e199 } }, { 1, 2, 1 }, { kernel = "poly" })
end)

check.test("predicting checks its rows", function()
  local m = fit()
  check.raises(function() m:predict { { 1, 2, 3 } } end,
    "svm.SVC.predict: X has 3 features, but the model was fitted with 2")
  check.raises(function() m:predict { { 1.0, 0 / 0 } } end, "svm.SVC.predict: X: row 1, column 2 is NaN")
  check.raises(function() m:predict(sides) end, "expected a matrix")
  check.raises(function() m:score(points, { 1, 2 }) end, "svm.SVC.score: X has 7 rows and y has 2")
  check.raises(function() m:score(array.zeros { 0, 2 }, array.zeros { 0 }) end, "X has no rows")
end)

-- ---- damage ----

-- Loads, or raises a message of ours; a model that comes out is used.
local function survives(bytes)
  local ok, m = pcall(svm.load, bytes)
  if not ok then
    check.has(m, "svm.load: ")
    return false
  end
  m:predict(array.zeros { 1, m.n_features })
  if m.probability then m:predict_proba(array.ones { 1, m.n_features }) end
  check.eq(#m:dump(), #bytes)
  return true
end

check.test("no truncated dump is loaded", function()
  for _, m in ipairs { fit(), fit { probability = true } } do
    local bytes = m:dump()
    for n = 0, #bytes - 1 do check.ok(not survives(bytes:sub(1, n)), n) end
    check.ok(not survives(bytes .. "\0"))
  end
  local bytes = digits:dump()
  for n = 0, #bytes - 1, 977 do check.ok(not survives(bytes:sub(1, n)), n) end
end)

check.test("a dump with changed bytes is an error or a model, never a crash", function()
  local state = 1
  local function draw(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
  for _, bytes in ipairs { fit():dump(), fit({ probability = true }):dump() } do
    for _ = 1, 500 do
      local at = draw(#bytes)
      survives(bytes:sub(1, at - 1) .. string.char(draw(256) - 1) .. bytes:sub(at + 1))
    end
    for at = 1, 80 do                                -- the head, where the sizes are
      for _, byte in ipairs { 0, 1, 127, 128, 255 } do
        survives(bytes:sub(1, at - 1) .. string.char(byte) .. bytes:sub(at + 1))
      end
    end
  end
end)

check.test("other bytes, other formats and other values are refused", function()
  check.raises(function() svm.load "" end, "these bytes are not a model")
  check.raises(function() svm.load(("x"):rep(500)) end, "these bytes are not a model")
  check.raises(function() svm.load(nil) end, "expected the bytes of a dump, found nil")
  check.raises(function() svm.load("rillesvm" .. string.pack("<I4", 7)) end,
    "the model has format 7, but this program reads format 1")
  local bytes = fit():dump()
  local huge = bytes:sub(1, 80) .. ("\xfe\xff\xff\x7f"):rep(2) .. bytes:sub(89)
  check.raises(function() svm.load(huge) end, "the model is damaged (head)")
end)

check.test("a C part that is not there is named, with what to install", function()
  local sys = require "rille.host.sys"
  check.raises(function() sys.module("nothing", "libnothing-dev") end,
    "nothing.so is missing; install libnothing-dev (Debian) and run make")
  check.raises(function() sys.module("../x", "y") end, "lower-case letters")
end)

check.test("weights of the classes: a heavy one is predicted more often", function()
  local X, y = {}, {}
  for i = 1, 40 do X[i], y[i] = { i % 10, i // 10 }, i % 7 < 3 and 5 or 9 end
  local function count(weight)
    return svm.SVC.fit(X, y, { class_weight = weight, gamma = 0.01 }):predict(X):eq(5):sum()
  end
  check.eq({ count { [5] = 100 }, count { [9] = 100 } }, { 40, 0 })
  check.ok(svm.SVC.fit(X, y, { class_weight = { [5] = 1, [9] = 1 } }) == svm.SVC.fit(X, y))
  local m = svm.SVC.fit(X, y, { class_weight = "balanced", probability = true })
  check.ok(svm.load(m:dump()) == m)
  check.raises(function() count "balance" end, 'class_weight is "balance", expected "balanced"')
  check.raises(function() count { [5] = 0 } end, "svm.SVC.fit: a weight of a class must be greater than 0")
end)

check.done()
