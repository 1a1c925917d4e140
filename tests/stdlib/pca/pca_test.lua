package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local damage = require "damage"
local frame = require "rille.frame"
local linear = require "rille.linear"
local pca = require "rille.pca"
local preprocess = require "rille.preprocess"
local search = require "rille.search"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local y = cancer:column "target"
local f = cancer:drop { "target" }
local X = f:to_matrix()

local function close(got, want, within)
  if not (math.abs(got - want) <= (within or 1e-9) * math.max(1, math.abs(want))) then check.eq(got, want) end
end

local function place(name)
  for i, one in ipairs(f.columns) do if one == name then return i end end
end

-- Figures of scikit-learn 1.2.1.
check.test("the components of the breast cancer data are those that they are elsewhere", function()
  local m = pca.fit(X, { n_components = 3, standardise = true })
  for i, want in ipairs { 13.304990794374548, 5.701374603726139, 2.822910155006223 } do
    close(m.variance:get(i), want)
  end
  for i, want in ipairs { 0.44272025607526344, 0.18971182044033089, 0.09393163257431374 } do
    close(m.ratio:get(i), want)
  end
  for name, want in pairs { mean_radius = 0.2189024437000025, mean_area = 0.22099498538593998,
    worst_concavity = 0.2287675328150094 } do
    close(math.abs(m.components:get(1, place(name))), want)
  end
  m = pca.fit(X)
  for i, want in ipairs { 443782.6051465955, 7310.100061653376, 703.8337420062821 } do
    close(m.variance:get(i), want)
  end
  for i, want in ipairs { 0.9820446715106613, 0.01617648986351111, 0.001557510745015242 } do
    close(m.ratio:get(i), want)
  end
  check.eq(m.n_components, 30)
end)

check.test("the greatest loading of each component is positive; components are orthogonal", function()
  for _, standardise in ipairs { true, false } do
    local m = pca.fit(X, { standardise = standardise })
    for i = 1, m.n_components do
      local row = m.components:row(i)
      check.eq(row:max(), row:abs():max())
    end
    local product = m.components:dot(m.components:transpose())
    for i = 1, 30 do
      for j = 1, 30 do check.ok(math.abs(product:get(i, j) - (i == j and 1 or 0)) < 1e-9) end
    end
  end
end)

check.test("transform gives columns of the variances, and inverse gives the rows back", function()
  local m = pca.fit(X, { standardise = true })
  local Z = m:transform(X)
  for i = 1, 3 do close(Z:column(i):var(1) * 569 / 568, m.variance:get(i)) end
  check.ok((m:inverse(Z) - X):abs():max() < 1e-8)
  local two = pca.fit(X, { n_components = 2, standardise = true })
  check.eq({ #two:transform(X), two:transform(X).shape[2], two:inverse(two:transform(X)).shape[2] }, { 569, 2, 30 })
  check.eq(pca.fit(X, { n_components = 0.95, standardise = true }).n_components, 10)
  check.eq(#m:transform(array.zeros { 0, 30 }), 0)
end)

check.test("more features than rows, constant features, whole numbers", function()
  local m = pca.fit({ { 1, 2, 5 }, { 2, 4, 5 } }, { standardise = true })
  check.eq({ m.n_components, m.scale:get(3) }, { 2, 1.0 })
  close(m.ratio:get(1), 1)
  check.eq(pca.fit(array.from { { 1, 2 }, { 3, 5 }, { 4, 4 } }).n_features, 2)
end)

check.test("a loaded model is the one that was dumped; damage is an error or a model", function()
  local m = pca.fit(X, { n_components = 2, standardise = true })
  local again = pca.load(m:dump())
  check.ok(again == m and again:dump() == m:dump())
  check.ok(again:transform(X) == m:transform(X))
  check.eq(tostring(m), "pca.PCA(2 of 30 components, 0.6324 of the variance)")
  local small = pca.fit { { 1, 2 }, { 3, 5 }, { 4, 4 } }
  damage.check(pca.load, "pca.load", small:dump(), function(one)
    if one.n_features < 1000 then one:transform(array.zeros { 1, one.n_features }) end
  end)
end)

check.test("what has no components is refused", function()
  check.raises(function() pca.fit { { 1, 2 } } end, "pca.fit: X has 1 row, expected at least two")
  check.raises(function() pca.fit { { 1e200, 1 }, { -1e200, 2 } } end, "X: its numbers are too large; scale them")
  check.raises(function() pca.fit { { 1, 2 }, { 1, 2 } } end, "X: all rows are the same")
  check.raises(function() pca.fit { { 1, 2 }, { 0 / 0, 2 } } end, "row 2, column 1 is NaN")
  check.raises(function() pca.fit(X, { n_components = 31 }) end, "n_components is 31, and X has 30 components")
  check.raises(function() pca.fit(X, { n_components = 1.5 }) end, "n_components is 1.5, expected an integer from 1")
  check.raises(function() pca.fit(X, { standardize = true }) end, 'did you mean "standardise"')
  check.raises(function() pca.fit(X):transform { { 1 } } end, "X has 1 features, but the model was fitted with 30")
end)

check.test("pca in a chain is fitted in each fold, dumped and loaded, with other columns beside", function()
  local spec = preprocess.pca { n_components = 2, standardise = true }
  local t = spec:fit(f)
  check.eq(t.columns_out, { "pca_1", "pca_2" })
  local m = pca.fit(X, { n_components = 2, standardise = true })
  local got = t:transform(f):to_matrix()
  check.ok((got - m:transform(X)):abs():max() < 1e-9)
  check.ok(preprocess.load(t:dump()) == t)
  check.ok((t:inverse(t:transform(f)):to_matrix() - m:inverse(m:transform(X))):abs():max() < 1e-8)
  local backwards = {}
  for i, name in ipairs(f.columns) do backwards[#f.columns + 1 - i] = name end
  check.ok((t:transform(f:select(backwards)):to_matrix() - got):abs():max() < 1e-9)
  local some = frame.new { { "g", { "a", "b", "a", "b" } }, { "p", { 1, 2, 3, 5 } }, { "q", { 2, 1, 0, 7 } },
    { "r", { 1, 1, 2, 2 } } }
  local part = preprocess.pca { "p", "r", n_components = 1 }:fit(some)
  check.eq(part.columns_out, { "g", "pca_1", "q" })
  check.eq(preprocess.load(part:dump()):transform(some).columns, { "g", "pca_1", "q" })
  local chain = preprocess.chain { preprocess.scale {}, preprocess.pca { n_components = 5 }, linear.Logistic }
  local result = search.cross_validate(f, y, { model = chain, cv = 5 })
  check.ok(result.score > 0.95, result.score)
  local fitted = chain:fit(f, y)
  check.ok(preprocess.load(fitted:dump()) == fitted)
  check.eq(preprocess.load(fitted:dump()):predict(f), fitted:predict(f))
  local dropped = preprocess.chain { preprocess.pca { "p", "r", n_components = 1 }, preprocess.drop { "g" } }:fit(some)
  check.eq(dropped.columns_out, { "pca_1", "q" })
  check.eq(dropped:transform(some:drop { "g" }).columns, { "pca_1", "q" })
end)

check.test("a missing value or a text is refused before pca", function()
  local holes = frame.new { { "a", { 1, 0 / 0, 3 } }, { "b", { 1, 2, 3 } } }
  check.raises(function() preprocess.pca {}:fit(holes) end, 'column "a", row 2: the value is missing; impute it before')
  check.raises(function() preprocess.pca { "s" }:fit(frame.new { { "s", { "x", "y" } } }) end,
    'column "s" holds strings, expected numbers')
  check.raises(function() preprocess.pca { n_components = 4 }:fit(frame.new { { "b", { 1, 2, 3 } } }) end,
    "n_components is 4, and X has 1 components")
end)

check.done()
