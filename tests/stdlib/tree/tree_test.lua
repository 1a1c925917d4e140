package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local damage = require "damage"
local split = require "rille.split"
local tree = require "rille.tree"

local digits = csv.read "../../../examples/data/digits.csv"
local X_train, X_test, y_train, y_test =
  split.train_test(digits:drop { "label" }:to_matrix(), digits:column "label", { test_size = 0.2, shuffle = false })

local points = array.from { { 0.0, 0.0 }, { 1.0, 0.0 }, { 0.0, 1.0 }, { 4.0, 4.0 }, { 5.0, 4.0 }, { 4.0, 5.0 },
  { 4.5, 4.4 } }
local sides = array.from { 3, 3, 3, 8, 8, 8, 3 }

-- ---- what grows ----

-- Leaves and depths are scikit-learn's; it gets 282 to 289 of 360 over its seeds.
check.test("the digits are recognised about as well as elsewhere, by a tree of the same size", function()
  for seed = 0, 4 do
    local m = tree.fit(X_train, y_train, { seed = seed })
    check.eq({ m.n_leaves, m.depth, m.n_nodes }, { 134, 15, 267 })
    check.eq(m:score(X_train, y_train), 1.0)
    local right = m:score(X_test, y_test) * 360
    check.ok(right >= 281 and right <= 292, "seed " .. seed .. ": " .. right)
  end
  for options, want in pairs {
    [{ max_depth = 5 }] = { 27, 5 }, [{ min_samples_leaf = 5 }] = { 77, 11 }, [{ criterion = "entropy" }] = { 113, 10 },
    [{ criterion = "entropy", max_depth = 5 }] = { 31, 5 },
    [{ criterion = "entropy", min_samples_leaf = 5 }] = { 71, 9 },
  } do
    local m = tree.fit(X_train, y_train, options)
    check.eq({ m.n_leaves, m.depth }, want)
  end
end)

check.test("a threshold is halfway between two values, and what equals it goes left", function()
  local m = tree.fit({ { 1.0 }, { 4.0 } }, { 0, 1 })
  check.eq(m:show(), "x1 <= 2.5  ->  0  (1 row)\nx1 >  2.5  ->  1  (1 row)")
  check.eq(m:predict({ { 2.5 }, { 2.6 } }):totable(), { 0, 1 })
  local a = 1.0
  local b = a + 2.0 ^ -52                             -- nothing is between them
  check.eq(tree.fit({ { a }, { b } }, { 0, 1 }):predict({ { a }, { b } }):totable(), { 0, 1 })
  check.eq(tree.fit({ { -1e308 }, { 1e308 } }, { 0, 1 }):predict({ { -1e308 }, { 1e308 } }):totable(), { 0, 1 })
end)

check.test("a split that gains nothing is made where the next one may: exclusive or", function()
  local X, y = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }, { 0, 1, 1, 0 }
  local m = tree.fit(X, y)
  check.eq({ m:score(X, y), m.depth, m.n_leaves }, { 1.0, 2, 4 })
end)

check.test("limits hold: depth, rows of a leaf, rows of a node that is split", function()
  check.eq(tree.fit(X_train, y_train, { max_depth = 1 }).n_leaves, 2)
  local fewest = math.huge
  for n in tree.fit(X_train, y_train, { min_samples_leaf = 20 }):show():gmatch "(%d+) rows?%)" do
    fewest = math.min(fewest, tonumber(n))
  end
  check.ok(fewest >= 20 and fewest < 40, fewest)
  check.eq(tree.fit(points, sides, { min_samples_leaf = 4 }).n_leaves, 1)
  check.eq(tree.fit(points, sides, { min_samples_split = 8 }).n_leaves, 1)
  check.eq(tree.fit(points, sides, { min_samples_split = 7 }).n_leaves, 2)
end)

check.test("rows that are alike in all but their class end in one leaf, the lower label winning a tie", function()
  local m = tree.fit({ { 1 }, { 1 }, { 1 }, { 1 } }, { 9, 4, 9, 4 })
  check.eq({ m.n_leaves, m.depth }, { 1, 0 })
  check.eq(m:predict({ { 5 } }):totable(), { 4 })
  check.eq(m:predict_proba({ { 5 } }):totable(), { { 0.5, 0.5 } })
  check.eq(m:show(), "4  (2 of 4 rows)")
end)

check.test("a tree may be as deep as it has rows", function()
  local n = 3000
  local y = array.arange(1, n) % 2
  local m = tree.fit(array.arange(1, n):reshape { n, 1 }, y)
  check.eq(m.n_leaves, n)
  check.ok(m.depth > 10)
  check.eq(tree.load(m:dump()).depth, m.depth)
  check.eq(m:score(array.arange(1, n):reshape { n, 1 }, y), 1.0)
end)

check.test("predictions have the dtype of the labels", function()
  for dtype, labels in pairs { u8 = { 3, 250 }, i32 = { -7, 9 }, i64 = { -(1 << 60), 1 << 60 }, f32 = { 0.0, 1.0 },
    bool = { false, true } } do
    local m = tree.load(tree.fit({ { 0 }, { 5 } }, array.from(labels, dtype)):dump())
    check.eq(m:predict({ { 0 }, { 6 } }).dtype, dtype)
    check.eq(m:predict({ { 0 }, { 6 } }):totable(), labels)
    check.eq(m.classes, labels)
  end
end)

check.test("probabilities are the shares in the leaf", function()
  local m = tree.fit(points, sides, { max_depth = 1 })
  check.eq(m.classes, { 3, 8 })
  check.eq(m:predict_proba({ { 0.0, 0.0 }, { 5.0, 5.0 } }):totable(), { { 1.0, 0.0 }, { 0.25, 0.75 } })
end)

check.test("every numeric dtype of X, and views of it, give the same tree", function()
  local whole = { { 0, 1 }, { 1, 0 }, { 7, 8 }, { 8, 7 } }
  local want = tree.fit(array.from(whole, "f64"), { 0, 0, 1, 2 }):dump()
  for _, dtype in ipairs { "u8", "i32", "i64", "f32" } do
    check.ok(tree.fit(array.from(whole, dtype), { 0, 0, 1, 2 }):dump() == want, dtype)
  end
  check.ok(tree.fit(array.from({ { 0, 1, 7, 8 }, { 1, 0, 8, 7 } }):transpose(), { 0, 0, 1, 2 }):dump() == want)
end)

check.test("the tree as text: names of features, and only the first tests", function()
  local m = tree.fit(points, sides)
  check.eq(m:show { names = { "width", "height" }, depth = 1 }:match "^(%a+) <= [%d.]+  %->  3  %(3 rows%)\n" ~= nil,
    true)
  check.has(m:show { depth = 1 }, "8  (3 of 4 rows)  ...")
  check.eq(m:show { depth = 0 }, "3  (4 of 7 rows)  ...")
  check.eq(select(2, m:show():gsub("%->", "")), m.n_leaves)
  check.raises(function() m:show { names = { "a" } } end, "tree.show: names is a list of 1, expected a list of 2 names")
  check.raises(function() m:show { name = {} } end, 'unknown field "name"; did you mean "names"?')
end)

-- ---- weights of classes ----

check.test("weights of the classes count in splits, majorities and shares", function()
  local X, y = { { 1 }, { 1 }, { 1 }, { 2 } }, { 0, 0, 1, 1 }
  check.eq(tree.fit(X, y):predict { { 1 } }:totable(), { 0 })
  local m = tree.fit(X, y, { class_weight = { [1] = 3 } })
  check.eq({ m.class_weight, m:predict { { 1 } }:totable() }, { { 1.0, 3.0 }, { 1 } })
  check.eq(m:predict_proba({ { 1 } }):totable(), { { 2 / 5, 3 / 5 } })
  m = tree.fit({ { 1 }, { 1 }, { 1 }, { 1 } }, { 7, 7, 7, 9 }, { class_weight = "balanced" })
  check.eq({ m.class_weight, m:predict_proba({ { 1 } }):totable() }, { { 2 / 3, 2.0 }, { { 0.5, 0.5 } } })
  check.eq(tree.fit(X, array.from { false, false, true, true }, { class_weight = { [true] = 3 } }).class_weight,
    { 1.0, 3.0 })
  check.eq(tree.fit(X, y, { class_weight = { [0] = 0 } }):predict { { 1 }, { 2 } }:totable(), { 1, 1 })
end)

check.test("a weight of 2 is every row of the class twice", function()
  for _, criterion in ipairs { "gini", "entropy" } do
    local twice_X, twice_y = {}, {}
    local some_X, some_y = X_train:slice(1, 150):totable(), (y_train:slice(1, 150) % 2):totable()
    for i, row in ipairs(some_X) do
      for _ = 1, some_y[i] == 1 and 2 or 1 do twice_X[#twice_X + 1], twice_y[#twice_y + 1] = row, some_y[i] end
    end
    for seed = 0, 5 do
      local weighted = tree.fit(some_X, some_y, { class_weight = { [1] = 2 }, criterion = criterion, seed = seed,
        max_depth = 3 })
      local twice = tree.fit(twice_X, twice_y, { criterion = criterion, seed = seed, max_depth = 3 })
      local a, b = weighted:predict_proba(X_test), twice:predict_proba(X_test)
      check.ok((a - b):abs():max() < 1e-12, criterion .. " " .. seed)
      check.ok((weighted:importances() - twice:importances()):abs():max() < 1e-9)
    end
  end
end)

check.test("a tree with weights is dumped with them, one without as before", function()
  local m = tree.fit(points, sides, { class_weight = "balanced", seed = 2 })
  local again = tree.load(m:dump())
  check.ok(again == m and again:dump() == m:dump())
  check.eq(again.class_weight, m.class_weight)
  check.eq(again:predict_proba(points):totable(), m:predict_proba(points):totable())
  check.eq({ m:dump():byte(9), tree.fit(points, sides):dump():byte(9) }, { 2, 1 })
  local at = m:dump():find("wght", 1, true) + 12
  for _, v in ipairs { -1.0, 0 / 0, math.huge } do
    check.raises(function() tree.load(m:dump():sub(1, at - 1) .. string.pack("<d", v) .. m:dump():sub(at + 8)) end,
      "the model is damaged (wght)")
  end
end)

check.test("importances are shares of the features", function()
  check.eq(tree.fit({ { 1, 5 }, { 2, 5 } }, { 0, 1 }):importances():totable(), { 1.0, 0.0 })
  check.eq(tree.fit({ { 1 }, { 1 } }, { 0, 1 }):importances():totable(), { 0.0 })
  local m = tree.fit({ { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }, { 0, 1, 2, 3 })
  local first, second = table.unpack(m:importances():totable())
  check.ok(math.abs(first + second - 1) < 1e-15 and math.min(first, second) > 0.3)
end)

-- ---- dumps ----

check.test("the same data, options and seed give the same bytes, and a loaded tree is the one that was dumped",
  function()
  local a, b = tree.fit(X_train, y_train, { seed = 3 }), tree.fit(X_train, y_train, { seed = 3 })
  check.ok(a:dump() == b:dump() and a == b)
  check.ok(tree.fit(X_train, y_train, { seed = 4 }) ~= a)
  local again = tree.load(a:dump())
  check.ok(again == a and again:dump() == a:dump())
  check.eq(again:predict(X_test), a:predict(X_test))
  check.eq({ again.n_leaves, again.depth, again.seed, again.criterion }, { 134, 15, 3, "gini" })
  check.eq({ again.max_depth, tree.load(tree.fit(points, sides, { max_depth = 2 }):dump()).max_depth }, { nil, 2 })
  check.eq(tostring(again), "tree.Tree(criterion=gini, 134 leaves, depth 15)")
end)

check.test("a damaged dump is an error or a tree, never a crash", function()
  for _, bytes in ipairs { tree.fit(points, sides):dump(),
    tree.fit(points, sides, { class_weight = "balanced" }):dump(),
    tree.fit(X_train:slice(1, 60), y_train:slice(1, 60)):dump() } do
    damage.check(tree.load, "tree.load", bytes, function(m)
      if m.n_features < 1000 then                    -- a dump has a place for any number
        m:predict(array.zeros { 1, m.n_features })
        m:predict_proba(array.ones { 1, m.n_features })
      end
      m:show()
    end)
  end
end)

check.test("a dump whose nodes are no tree, or whose counts do not add up, is refused", function()
  local bytes = tree.fit({ { 0 }, { 5 } }, { 1, 2 }):dump()        -- three nodes
  local node = bytes:find("node", 1, true) + 12
  local function with(at, v) return bytes:sub(1, at - 1) .. string.pack("<I4", v) .. bytes:sub(at + 4) end
  for _, right in ipairs { 0, 1, 3 } do
    check.raises(function() tree.load(with(node + 4, right)) end, "the model is damaged (node)")
  end
  check.raises(function() tree.load(with(node, 1)) end, "the model is damaged (node)")
  check.raises(function() tree.load(with(node, 0xffffffff)) end, "the model is damaged (node)")
  local rows = bytes:find("rows", 1, true) + 12
  check.raises(function() tree.load(with(rows, 7)) end, "the model is damaged (rows)")
  check.raises(function() tree.load(with(rows + 8, 0)) end, "the model is damaged (rows)")
  check.raises(function() tree.load "rilletre" end, "these bytes are not a model")
  check.raises(function() tree.load("rilletre" .. string.pack("<I4", 3)) end,
    "the model has format 3, but this program reads format 2")
  check.raises(function() tree.load {} end, "tree.load: expected the bytes of a dump, found a table")
end)

-- ---- mistakes ----

local function refuses(message, ...)
  local arguments = table.pack(...)
  check.has(check.raises(function() tree.fit(table.unpack(arguments, 1, arguments.n)) end, "tree.fit: " .. message),
    "tree_test.lua:")
end

check.test("options and data that no tree grows from are refused", function()
  refuses('unknown field "depth"', points, sides, { depth = 1 })
  refuses('criterion is "ginni", expected a criterion; did you mean "gini"?', points, sides,
    { criterion = "ginni" })
  refuses("max_depth is 0, expected an integer from 1 to 2147483647", points, sides, { max_depth = 0 })
  refuses("min_samples_leaf is 0.5", points, sides, { min_samples_leaf = 0.5 })
  refuses("min_samples_split is 1, expected an integer from 2", points, sides, { min_samples_split = 1 })
  refuses('class_weight is 3, expected "balanced" or { [label] = weight }', points, sides, { class_weight = 3 })
  refuses("class_weight of 8 is -1, expected a number from 0", points, sides, { class_weight = { [8] = -1 } })
  refuses("class_weight has 4, which is not in y", points, sides, { class_weight = { [4] = 1 } })
  refuses("a weight of a class must be greater than 0", points, sides, { class_weight = { [3] = 0, [8] = 0 } })
  refuses("seed is -1", points, sides, { seed = -1 })
  refuses("X: row 2, column 1 is NaN", { { 0.0 }, { 0 / 0 } }, { 1, 2 })
  refuses("X: row 1, column 1 is infinite", { { math.huge }, { 0.0 } }, { 1, 2 })
  refuses("X has 7 rows and y has 2", points, { 1, 2 })
  refuses("y: all rows are of class 4", { { 0 }, { 1 } }, { 4, 4 })
  refuses("y: row 1 is 0.5; a class must be an integer", { { 0 }, { 1 } }, { 0.5, 1.0 })
  check.raises(function() tree.fit(points, sides):predict { { 1 } } end,
    "tree.predict: X has 1 features, but the model was fitted with 2")
  check.raises(function() tree.fit(points, sides):score(points, { 1 }) end, "tree.score: X has 7 rows and y has 1")
end)

check.done()
