-- Chains: several transformers, and a model, as one value.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local damage = require "damage"
local frame = require "rille.frame"
local linear, svm, tree = require "rille.linear", require "rille.svm", require "rille.tree"
local preprocess = require "rille.preprocess"
local split = require "rille.split"

local cancer <const> = csv.read "../../../examples/data/breast_cancer.csv"
local mixed <const> = csv.read "mixed_train.csv"
local unseen <const> = csv.read "mixed_test.csv"
local X <const>, y <const> = cancer:drop { "target" }, cancer:column "target"
local GOOD <const> = { 0, 1, 0, 1, 1, 0, 1, 0 }

-- Everything, for a frame of any kinds of columns.
local function whole(model)
  return preprocess.chain { preprocess.impute { strategy = "median" },
    preprocess.impute { strategy = "most_frequent" }, preprocess.scale {}, preprocess.one_hot { unknown = "ignore" },
    model }
end

-- ---- a model at the end ----

local function right(chain, X_test, y_test) return math.floor(chain:score(X_test, y_test) * #y_test + 0.5) end

check.test("models on scaled figures are right as often as scikit-learn's", function()
  local X_train, X_test, y_train, y_test = split.train_test(X, y, { test_size = 0.2, shuffle = false })
  for model, want in pairs {
    [{ linear.Logistic, C = 1, tolerance = 1e-10 }] = { 112, 448 },
    [{ linear.Logistic, C = 0.01, tolerance = 1e-10 }] = { 112, 444 },
    [{ svm.SVC, C = 1, gamma = 1 / 30 }] = { 111, 448 }, [{ svm.SVC, kernel = "linear" }] = { 110, 449 },
    [{ tree, max_depth = 1 }] = { 102, 421 },
  } do
    local m = preprocess.chain { preprocess.scale {}, model }:fit(X_train, y_train)
    check.eq({ right(m, X_test, y_test), right(m, X_train, y_train) }, want, tostring(m))
  end
  local m = preprocess.chain { preprocess.scale {}, { linear.Logistic, tolerance = 1e-10 } }:fit(X_train, y_train)
  local p = m:predict_proba(X_test)
  for i, want in ipairs { 0.3046622661, 0.6681477552, 0.9153153510 } do
    check.ok(math.abs(p:get(i, 2) - want) < 1e-6, p:get(i, 2))
  end
end)

check.test("the chain is fitted anew in each fold, on the rows of the fold alone", function()
  local recipe, scores = preprocess.chain { preprocess.scale {}, { linear.Logistic, tolerance = 1e-10 } }, {}
  for i, fold in ipairs(split.k_fold(569, 5)) do
    local m = recipe:fit(X:take(fold.train), y:take(fold.train))
    check.eq(m.steps[1].fitted.plan[1].learned.center, X:take(fold.train):column "mean_radius":mean())
    scores[i] = right(m, X:take(fold.test), y:take(fold.test))
  end
  check.eq(scores, { 111, 109, 112, 112, 112 })
  check.eq(recipe.columns_out, nil)
end)

check.test("a chain with a model takes frames with missing cells, unseen categories and other columns", function()
  local m = whole({ linear.Logistic, C = 10 }):fit(mixed, GOOD)
  check.eq(m.columns_in, { "age", "city", "grade", "income" })
  check.eq(m.columns_out, { "age", "city_Basel", "city_Bern", "city_Chur", "grade_a", "grade_b", "grade_c", "income" })
  check.eq(m.classes, { 0, 1 })
  check.eq(#m:predict(unseen), 3)
  check.eq(m:predict_proba(unseen).shape, { 3, 2 })
  check.eq(m:transform(unseen).columns, m.columns_out)
end)

check.test("y may be the name of a column, which is then no column of X", function()
  local m = preprocess.chain { preprocess.scale {}, tree }:fit(cancer, "target")
  check.eq(#m.columns_in, 30)
  check.ok(m == preprocess.chain { preprocess.scale {}, tree }:fit(X, y))
  check.eq(m:score(cancer, "target"), 1.0)
end)

check.test("the target among the columns of X is an error", function()
  check.raises(function() preprocess.chain { tree }:fit(cancer, y) end,
    'column "target" of X is y itself; leave it out of X: f:drop { "target" }')
  local copy = cancer:with_column("target", cancer:column "target":copy())
  check.raises(function() preprocess.chain { tree }:fit(copy, y) end, "is y itself")
  check.raises(function() preprocess.chain { tree }:fit(copy, y:astype "f64") end, "is y itself")
  check.raises(function() preprocess.chain { tree }:fit(copy, y:totable()) end, "is y itself")
end)

check.test("what the model cannot take is an error that names column and row", function()
  check.raises(function() preprocess.chain { tree }:fit(mixed, GOOD) end,
    'preprocess.chain.fit: column "city" holds strings, and a matrix has numbers; encode it with one_hot or ordinal')
  check.raises(function() preprocess.chain { preprocess.one_hot { unknown = "ignore" }, tree }:fit(mixed, GOOD) end,
    'column "age", row 2: the value is missing, and the model takes none; impute it in the chain')
  check.raises(function() whole(tree):fit(mixed, { 1, 0 }) end, "X has 8 rows and y has 2")
  check.raises(function() whole(tree):predict(mixed) end,
    "preprocess.chain.predict: it is not fitted; fit gives one that is: local fitted = c:fit(X, y)")
end)

check.test("an error within a chain names the step", function()
  check.raises(function()
    preprocess.chain { preprocess.impute {}, preprocess.one_hot { "city" } }:fit(mixed)
  end, 'preprocess.chain.fit, step 2 (one_hot): column "city", row 4: the value is missing')
end)

check.test("`with` gives the chain with other options of its model, not fitted", function()
  local m = preprocess.chain { preprocess.scale {}, { tree, max_depth = 1 } }:fit(X, y)
  local deeper = m:with { max_depth = 3 }
  check.eq(deeper.columns_out, nil)
  check.eq(deeper:fit(X, y).model.max_depth, 3)
  check.eq(m.model.max_depth, 1)
end)

check.test("what a chain is made of is checked when it is made", function()
  check.raises(function() preprocess.chain { tree, preprocess.scale {} } end,
    "element 2 comes after the model; a model is the last")
  check.raises(function() preprocess.chain { preprocess.drop_missing, tree } end,
    "element 1 is a function, expected a transformer, or at the end a model such as tree or { svm.SVC, C = 10 }; "
      .. "drop_missing is called before fit")
  check.raises(function() preprocess.chain { preprocess.scale } end,
    "element 1 is a function, expected a transformer, or at the end a model such as tree or { svm.SVC, C = 10 }; "
      .. "call it: preprocess.scale {}")
  check.raises(function() preprocess.chain { linear } end, "; write linear.Logistic or linear.Regression")
  check.raises(function() preprocess.chain { { tree, 5 } } end,
    "the options of tree are named, as in { tree, seed = 1 }")
  check.raises(function() preprocess.chain { tree }:fit(X) end,
    "preprocess.chain.fit: y is nil, expected a vector, a list or the name of a column of X")
  check.raises(function() preprocess.chain { { max_depth = 3 } } end, "element 1 is a table")
  check.raises(function() preprocess.chain {} end, "it has no elements")
  check.raises(function() preprocess.chain { preprocess.scale {}, model = tree } end, 'unknown field "model"')
  check.raises(function() preprocess.chain { { tree, max_deep = 3 } }:fit(X, y) end, 'unknown field "max_deep"')
  check.raises(function() preprocess.chain { { tree, max_depth = {} } } end,
    "the model's option max_depth is a table, expected a number, a string or a boolean")
  check.raises(function() preprocess.chain { tree }:with { seed = print } end, "the model's option seed is a function")
end)

check.test("a chain in a chain is its steps", function()
  local inner = preprocess.chain { preprocess.impute {}, preprocess.scale {} }
  local outer = preprocess.chain { inner, tree }
  check.eq(#outer.steps, 2)
  check.ok(outer == preprocess.chain { preprocess.impute {}, preprocess.scale {}, tree })
end)

check.test("a chain's inverse undoes its steps from the last to the first; a step without one is named", function()
  local c = preprocess.chain { preprocess.ordinal {}, preprocess.scale {} }
  local f = frame.new { { "city", { "Bern", "Chur", "Bern" } }, { "n", { 1.0, 5.0, 9.0 } } }
  local made, fitted = c:fit_transform(f)
  local back = fitted:inverse(made)
  check.eq(back:column "city", { "Bern", "Chur", "Bern" })
  check.ok((back:column "n" - array.from { 1.0, 5.0, 9.0 }):abs():max() < 1e-12)
  check.raises(function() preprocess.chain { preprocess.impute {}, preprocess.scale {} }:fit(f):inverse(made) end,
    "impute has no inverse (step 1)")
end)

check.test("what a later step drops need not be there at transform", function()
  local c = preprocess.chain { preprocess.impute { strategy = "most_frequent" }, preprocess.one_hot { "city" },
    preprocess.drop "grade", preprocess.select { "income", "city_Bern" } }:fit(mixed)
  check.eq(c.columns_in, { "city", "income" })
  check.eq(c.columns_out, { "income", "city_Bern" })
  check.eq(c:transform(mixed:select { "income", "city" }):column "city_Bern":totable(),
    { 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0 })
end)

-- ---- dumps ----

local KINDS <const> = {
  preprocess.impute { "age", strategy = "median" }, preprocess.impute { "city", strategy = "constant", value = "?" },
  preprocess.scale { method = "min_max", range = { -1, 1 }, clip = true }, preprocess.scale { method = "robust" },
  preprocess.one_hot { unknown = "ignore" }, preprocess.ordinal { "grade", unknown = "other" },
  preprocess.ordinal { unknown = "ignore", categories = { grade = { "c", "b", "a" } } },
  preprocess.drop { "city" }, preprocess.select { 4, 1 }, preprocess.cast { "age", to = "string" },
  preprocess.clip { min = 30 }, preprocess.bins { "age", n = 3 }, preprocess.bins { "age", edges = { 30, 40 } },
  preprocess.chain { preprocess.impute {}, preprocess.scale {} }, whole(tree), whole({ svm.SVC, probability = true }),
  whole({ linear.Regression, ridge = 0.5 }),
}

check.test("a dump gives the same value, fitted or not, and the same bytes again", function()
  for _, t in ipairs(KINDS) do
    check.ok(preprocess.load(t:dump()) == t, tostring(t))
    local fitted = t:fit(mixed, getmetatable(t) == preprocess.ModelChain and GOOD or nil)
    local again = preprocess.load(fitted:dump())
    check.eq(again:dump(), fitted:dump())
    check.eq(tostring(again), tostring(fitted))
    check.eq(again.columns_out, fitted.columns_out)
    check.eq(frame.digest(again:transform(unseen)), frame.digest(fitted:transform(unseen)), tostring(t))
  end
end)

check.test("a loaded chain predicts the same, bit by bit", function()
  for _, model in ipairs { { tree, max_depth = 4 }, { svm.SVC, probability = true }, linear.Logistic } do
    local m = preprocess.chain { preprocess.scale {}, model }:fit(X, y)
    local again = preprocess.load(m:dump())
    check.eq(array.digest(again:predict_proba(X)), array.digest(m:predict_proba(X)))
    check.eq(array.digest(again:predict(X)), array.digest(m:predict(X)))
  end
end)

check.test("names and categories that are not UTF-8 are kept", function()
  local f = frame.new { { "na\xefve", { "\xff", "\xfe", "\xff" } } }
  local t = preprocess.one_hot {}:fit(f)
  check.ok(preprocess.load(t:dump()):transform(f) == t:transform(f))
end)

check.test("a damaged dump is refused, wherever it is damaged", function()
  local m = whole({ tree, max_depth = 2 }):fit(mixed, GOOD)
  damage.check(preprocess.load, "preprocess.load", m:dump(), function(v) v:predict(unseen) end)
  check.raises(function() preprocess.load(tree.fit({ { 1 }, { 2 } }, { 0, 1 }):dump()) end,
    "preprocess.load: the transformer is damaged (not a dump of a transformer)")
  check.raises(function() preprocess.load((m:dump():gsub("preprocess 1", "preprocess 7", 1))) end, "(version 7)")
end)

-- Somebody who can write a checksum can write any text: it is data all the same.
check.test("a dump with another text and its right digest is refused, or is a transformer", function()
  local hash = require "rille.host.hash"
  local function load_text(text)
    local rest = #text .. "\n" .. text
    return preprocess.load("rille.preprocess 1 " .. hash.hex(hash.sha256(rest)) .. "\n" .. rest)
  end
  for text, why in pairs {
    ['{"kind":"os.execute","which":{},"options":{}}'] = "damaged (kind)",
    ['{"kind":"scale","which":{},"options":{"method":"x"}}'] = "method is",
    ['{"kind":"scale","which":{},"options":{},"fitted":{"input":"frame","notes":[],"plan":[{"name":"x","kind":"number",'
      .. '"names":["x"],"learned":{"center":"1"}}]}}'] = "what was learned",
    ['{"steps":[],"estimator":{"name":"sys.remove","options":{}}}'] = "damaged (model sys.remove)",
    ['{"steps":[],"estimator":{"name":"csv","options":{}}}'] = "damaged (model csv)",
    ['{"steps":[7]}'] = "damaged (steps)", ['[]'] = "damaged (kind)", ["7"] = "damaged (text)", ["{"] = "damaged (",
  } do
    check.raises(function() load_text(text) end, why)
  end
end)

check.done()
