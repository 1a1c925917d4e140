-- Signatures: what a model wants to be given.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local frame = require "rille.frame"
local preprocess = require "rille.preprocess"
local signature = require "rille.learn.signature"
local linear, tree, forest = require "rille.linear", require "rille.tree", require "rille.forest"
local neighbors, bayes, kmeans = require "rille.neighbors", require "rille.bayes", require "rille.kmeans"
local svm, xgboost = require "rille.svm", require "rille.xgboost"

local mixed <const> = csv.read "../preprocess/mixed_train.csv"
local GOOD <const> = { 0, 1, 0, 1, 1, 0, 1, 0 }

local function infer(f) return signature.infer("test", f) end

check.test("a frame's has names, types, missing cells, categories and ranges", function()
  check.eq(infer(mixed), { input = "frame", columns = {
    { name = "age", dtype = "f64", missing = true, min = 28.0, max = 62.0 },
    { name = "city", dtype = "string", missing = true, categories = { "Basel", "Bern", "Chur" } },
    { name = "grade", dtype = "string", missing = true, categories = { "a", "b", "c" } },
    { name = "income", dtype = "f64", missing = true, min = 3900.0, max = 8800.0 } } })
  local f = frame.new { { "n", { 3, 1 } }, { "ok", { true, false } }, { "day", frame.dates { "", "2026-01-02" } } }
  check.eq(infer(f).columns, { { name = "n", dtype = "i64", missing = false, min = 1, max = 3 },
    { name = "ok", dtype = "bool", missing = false },
    { name = "day", dtype = "date", missing = true, example = "2026-01-02" } })
end)

check.test("more than a hundred strings are no categories, infinite numbers no range", function()
  local texts, numbers = {}, {}
  for i = 1, 101 do texts[i], numbers[i] = "t" .. i, i == 7 and 1 / 0 or i end
  check.eq(infer(frame.new { { "t", texts }, { "x", numbers } }).columns,
    { { name = "t", dtype = "string", missing = false, example = "t1" },
      { name = "x", dtype = "f64", missing = false } })
  texts[101] = "t1"
  check.eq(#infer(frame.new { { "t", texts } }).columns[1].categories, 100)
end)

check.test("a matrix gives width and dtype", function()
  check.eq(infer(array.zeros({ 2, 3 }, "u8")), { input = "array", width = 3, dtype = "u8", missing = false })
  check.eq(infer(array.from { { 1.0, 0 / 0 } }).missing, true)
  check.raises(function() infer(7) end, "found 7, expected a frame or a matrix")
end)

-- ---- what is fitted knows it ----

local function columns_of(chain)
  local list = {}
  for i, c in ipairs(chain:fit(mixed, GOOD).signature.columns) do list[i] = c.name .. (c.missing and "?" or "") end
  return table.concat(list, " ")
end

check.test("a chain knows the raw columns that it wants, and for which of them it fills missing values", function()
  local function chain(...) return columns_of(preprocess.chain { ... }) end
  local all = preprocess.impute { "age", "income" }
  check.eq(chain(all, preprocess.one_hot { unknown = "ignore" }, tree), "age? city? grade? income?")
  check.eq(chain(all, preprocess.impute { "grade", strategy = "constant", value = "none" }, preprocess.one_hot {
    "grade" }, preprocess.one_hot { "city", unknown = "other" }, tree), "age? city? grade? income?")
  check.eq(chain(preprocess.impute { "age" }, preprocess.select { "age", "income" }, preprocess.scale {},
    preprocess.impute { "income" }, tree), "age? income?")
  check.eq(chain(preprocess.drop { "city", "income" }, preprocess.ordinal { unknown = "other" },
    preprocess.bins { "age", n = 2 }, preprocess.impute {}, tree), "age? grade?")
  -- a model that takes missing values
  check.eq(chain(preprocess.drop "city", preprocess.ordinal { unknown = "ignore" }, preprocess.scale {},
    xgboost.Classifier), "age? grade? income?")
  check.eq(chain(preprocess.select { "grade", "age" }, preprocess.one_hot { unknown = "other" }, preprocess.impute {},
    preprocess.pca { n_components = 1 }, tree), "grade? age?")
  local ordinal = preprocess.chain { preprocess.select { "grade" }, preprocess.ordinal { unknown = "ignore" } }
  check.eq(ordinal:fit(mixed).signature.columns[1].missing, false)
end)

check.test("texts that no step reads are in no signature", function()
  local columns = preprocess.scale { "age" }:fit(mixed).signature.columns
  check.eq({ columns[1].max, columns[2].name, columns[2].categories }, { 62.0, "city", nil })
  check.eq(preprocess.one_hot { "city", unknown = "ignore" }:fit(mixed).signature.columns[2].categories,
    { "Basel", "Bern", "Chur" })
end)

check.test("it stays in the dump, and a dump without one loads", function()
  local m = preprocess.chain { preprocess.impute {}, preprocess.one_hot { unknown = "ignore" }, tree }:fit(mixed, GOOD)
  local again = preprocess.load(m:dump())
  check.eq(again.signature, m.signature)
  check.ok(again == m)
  local scale = preprocess.scale { "age" }:fit(mixed)
  check.eq(preprocess.load(scale:dump()).signature, scale.signature)
  check.eq(preprocess.scale {}.signature, nil)
  -- as an older program wrote it
  m.fitted.signature = nil
  check.eq(preprocess.load(m:dump()).signature, nil)
  check.eq(#preprocess.load(m:dump()):predict(mixed), 8)
  m.fitted.signature = { input = "frame", columns = { { name = 1 } } }
  check.raises(function() preprocess.load(m:dump()) end, "the transformer is damaged (signature)")
end)

check.test("the target is in no signature", function()
  local f = mixed:with_column("good", array.from(GOOD))
  local m = preprocess.chain { preprocess.impute {}, preprocess.one_hot { unknown = "ignore" }, tree }:fit(f, "good")
  check.eq(#m.signature.columns, 4)
  for _, c in ipairs(m.signature.columns) do check.ok(c.name ~= "good") end
end)

check.test("a chain of a matrix has its width and dtype", function()
  local X = array.from({ { 1, 2 }, { 3, 4 }, { 5, 7 } }, "i32")
  local function of(...) return preprocess.chain { ... }:fit(X, { 0, 1, 1 }).signature end
  check.eq(of(preprocess.scale {}, tree), { input = "array", width = 2, dtype = "i32", missing = false })
  check.eq(of(preprocess.impute {}, tree).missing, true)
end)

check.test("every model of the standard library knows its width, also when it is loaded again", function()
  local X, y = array.from { { 1.0, 2.0 }, { 2.0, 1.0 }, { 4.0, 5.0 }, { 5.0, 4.0 } }, { 0, 0, 1, 1 }
  for _, pair in ipairs { { svm.SVC.fit(X, y), svm.load }, { linear.Logistic.fit(X, y), linear.load },
    { linear.Regression.fit(X, y), linear.load }, { tree.fit(X, y), tree.load }, { forest.fit(X, y), forest.load },
    { neighbors.fit(X, y, { n_neighbors = 2 }), neighbors.load }, { bayes.fit(X, y), bayes.load },
    { kmeans.fit(X, { k = 2 }), kmeans.load }, { xgboost.Classifier.fit(X, y), xgboost.load, true } } do
    local want = { input = "array", width = 2, dtype = "f64", missing = pair[3] or false }
    check.eq(signature.of(pair[1]), want, tostring(pair[1]))
    check.eq(signature.of(pair[2](pair[1]:dump())), want, tostring(pair[1]))
  end
  check.eq(signature.of "x", nil)
  check.eq(signature.of {}, nil)
end)

-- ---- what a script gives ----

check.test("a script gives data or a signature; another table is refused", function()
  local function given(v) return signature.given("ctx.model:log_signature", v) end
  check.eq(given(mixed), infer(mixed))
  check.eq(given { input = "array", width = 3 }, { input = "array", width = 3, dtype = "f64", missing = false })
  local own = { input = "frame", columns = { { name = "a", dtype = "i64", missing = false } } }
  check.eq(given(own), own)
  for _, wrong in ipairs { { input = "array" }, { input = "frame", columns = {} }, {}, 3,
    { input = "frame", columns = { { name = "a", dtype = "complex", missing = false } } },
    { input = "frame", columns = { own.columns[1], own.columns[1] } } } do
    check.raises(function() given(wrong) end, "ctx.model:log_signature: found ")
  end
end)

check.test("as text", function()
  check.eq(signature.text(infer(mixed)), "4 columns")
  check.eq(signature.text { input = "array", width = 1, dtype = "f64" }, "a matrix of 1 column, f64")
  check.eq(signature.seen_text(infer(mixed).columns[1]), "28 to 62")
  check.eq(signature.seen_text { categories = { "a", "b", "c", "d", "e", "f" } }, "a, b, c, d, e, and 1 other")
end)

check.done()
