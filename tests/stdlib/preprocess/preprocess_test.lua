-- The figures are scikit-learn's, 1.2.1, to 1e-12.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local frame = require "rille.frame"
local preprocess = require "rille.preprocess"

local folder <const> = "../../../examples/data/"
local cancer <const> = csv.read(folder .. "breast_cancer.csv")
local wine <const> = csv.read(folder .. "wine.csv")
local mixed <const> = csv.read "mixed_train.csv"
local unseen <const> = csv.read "mixed_test.csv"
local THREE <const> = { "mean_radius", "mean_area", "worst_concavity" }

local function near(got, want, what)
  local limit = 1e-12 * math.max(math.abs(want), 1e-300)
  if not (got == want or math.abs(got - want) <= limit) then
    error(string.format("%s: got %.17g, want %.17g", what or "", got, want), 2)
  end
end

local function row(f, i, names)
  local list = {}
  for k, name in ipairs(names or f.columns) do list[k] = f:column(name)[i] or f:column(name):get(i) end
  return list
end

local function learned(t, name) return t.learned[name] end

-- ---- figures ----

check.test("imputers learn mean, median and the most frequent value, the smallest of ties", function()
  local values = {}
  for _, name in ipairs(THREE) do
    local list = cancer:column(name):totable()
    for i = 1, #list, 7 do list[i] = 0 / 0 end
    values[#values + 1] = { name, array.from(list) }
  end
  local holes = frame.new(values)
  for strategy, want in pairs {
    mean = { 14.163096509240246, 659.9511293634497, 0.2716448398357289 },
    median = { 13.21, 538.7, 0.2298 }, most_frequent = { 12.34, 512.2, 0.0 },
  } do
    local t = preprocess.impute { strategy = strategy }:fit(holes)
    local f = t:transform(holes)
    for i, name in ipairs(THREE) do
      near(learned(t, name).value, want[i], strategy .. " of " .. name)
      near(f:column(name):get(1), want[i])
      check.eq(f:column(name):get(2), holes:column(name):get(2))
    end
  end
end)

local SCALES <const> = {
  { 569, "mean_radius", 14.127291739894552, 3.520950760711062, 6.981, 28.11, 13.37, 4.08 },
  { 569, "mean_area", 654.8891036906855, 351.60475406323, 143.5, 2501, 551.1, 362.4 },
  { 569, "worst_concavity", 0.27218848330404216, 0.20844087461170602, 0, 1.252, 0.2267, 0.2684 },
  { 455, "mean_radius", 14.235347252747252, 3.4972809894224928, 6.981, 28.11, 13.46, 4.35 },
  { 455, "mean_area", 663.9457142857144, 347.40530217044494, 143.5, 2499, 559.2, 376.15 },
  { 455, "worst_concavity", 0.2784783010989011, 0.21182450779819295, 0, 1.252, 0.2318, 0.2795 },
}

check.test("scalers learn what they scale by", function()
  for _, want in ipairs(SCALES) do
    local rows = cancer:head(want[1])
    local standard = learned(preprocess.scale { want[2] }:fit(rows), want[2])
    near(standard.center, want[3])
    near(standard.scale, want[4])
    local min_max = learned(preprocess.scale { want[2], method = "min_max" }:fit(rows), want[2])
    near(min_max.center, want[5])
    near(min_max.scale, want[6] - want[5])
    local robust = learned(preprocess.scale { want[2], method = "robust" }:fit(rows), want[2])
    near(robust.center, want[7])
    near(robust.scale, want[8])
  end
end)

check.test("scaled rows are scikit-learn's", function()
  for method, want in pairs {
    standard = { 1.0970639814699807, 0.9843749048031144, 2.1095263465722556 },
    min_max = { 0.5210374366983765, 0.3637327677624602, 0.5686102236421725 },
    robust = { 1.1323529411764703, 1.2414459161147902, 1.8077496274217582 },
  } do
    local f = preprocess.scale { method = method }:fit_transform(cancer)
    for i, v in ipairs(row(f, 1, THREE)) do near(v, want[i], method) end
  end
  local f = preprocess.scale {}:fit_transform(cancer)
  local want = { -1.8084012451820475, -1.3477892383828953, -1.3058306525103973 }
  for i, v in ipairs(row(f, 569, THREE)) do near(v, want[i]) end
  near(preprocess.scale {}:fit_transform(cancer:drop { "target" }:to_matrix()):abs():sum(), 12728.763827804367)
end)

check.test("the wine is scaled by the same figures as elsewhere", function()
  for method, want in pairs {
    standard = { 13.000617977528083, 0.809542914528517, 746.8932584269663, 314.0216568419877 },
    robust = { 13.05, 1.315, 673.5, 484.5 },
  } do
    local t = preprocess.scale { "alcohol", "proline", method = method }:fit(wine)
    near(learned(t, "alcohol").center, want[1])
    near(learned(t, "alcohol").scale, want[2])
    near(learned(t, "proline").center, want[3])
    near(learned(t, "proline").scale, want[4])
  end
end)

check.test("a mixed table: missing cells, unseen categories, other columns in another order", function()
  local numbers = preprocess.select { "age", "income" }
  for strategy, want in pairs { mean = { 41.857142857142854, 5785.714285714285 }, median = { 39, 5100 },
    most_frequent = { 34, 5100 } } do
    local t = preprocess.impute { "age", "income", strategy = strategy }:fit(mixed)
    near(learned(t, "age").value, want[1])
    near(learned(t, "income").value, want[2])
  end
  local chain = preprocess.chain { numbers, preprocess.impute { strategy = "median" }, preprocess.scale {} }:fit(mixed)
  near(learned(chain.steps[3], "age").center, 41.5)
  near(learned(chain.steps[3], "income").center, 5700)
  near(learned(chain.steps[3], "age").scale, 10.18577439373168)
  near(learned(chain.steps[3], "income").scale, 1512.4483462254175)
  local f = chain:transform(unseen)
  for i, want in ipairs { { -0.1472642081021448, -0.39670776294437177 }, { -0.245440346836908, -0.6611796049072862 },
    { -1.22720173418454, 2.7769543406106023 } } do
    near(f:column "age":get(i), want[1])
    near(f:column "income":get(i), want[2])
  end
  for clip, want in pairs { [false] = { 0.02941176470588236, 1.2244897959183676 }, [true] = { 0.02941176470588236, 1 } }
  do
    local by = preprocess.chain { numbers, preprocess.impute { strategy = "median" },
      preprocess.scale { method = "min_max", clip = clip } }:fit(mixed):transform(unseen)
    near(by:column "age":get(3), want[1])
    near(by:column "income":get(3), want[2])
  end
  local cities = preprocess.one_hot { "city", unknown = "ignore" }:fit(mixed)
  check.eq(cities.columns_out, { "age", "city_Basel", "city_Bern", "city_Chur", "grade", "income" })
  f = cities:transform(unseen)
  check.eq(row(f, 1, { "city_Basel", "city_Bern", "city_Chur" }), { 0.0, 0.0, 0.0 })
  check.eq(row(f, 2, { "city_Basel", "city_Bern", "city_Chur" }), { 0.0, 1.0, 0.0 })
end)

-- ---- scale ----

check.test("a constant column becomes 0 by a scale of 1, and is noted", function()
  local f = frame.new { { "c", { 1, 1, 1 } }, { "tenth", { 0.1, 0.1, 0.1 } }, { "x", { 1, 2, 3 } } }
  for _, method in ipairs { "standard", "min_max", "robust" } do
    local made, t = preprocess.scale { method = method }:fit_transform(f)
    check.eq(made:column "c":totable(), { 0.0, 0.0, 0.0 })
    check.eq(made:column "tenth":totable(), { 0.0, 0.0, 0.0 })
    check.eq(learned(t, "c").scale, 1.0)
    check.eq(t.notes, { 'column "c" is constant (1): its scale is 1',
      'column "tenth" is constant (0.1): its scale is 1' })
    check.has(tostring(t), 'column "c" is constant (1)')
  end
  local half = preprocess.scale { method = "robust" }:fit(frame.new { { "x", { 0, 0, 0, 0, 0, 0, 0, 9 } } })
  check.eq(half.notes, { 'column "x" has quartiles that are equal: its scale is 1' })
end)

check.test("of many notes three are in the text of a transformer", function()
  local columns = {}
  for i = 1, 7 do columns[i] = { "c" .. i, { 5, 5 } } end
  check.eq(tostring(preprocess.scale {}:fit(frame.new(columns))),
    'preprocess.scale, 7 -> 7 columns; column "c1" is constant (5): its scale is 1; column "c2" is constant (5): its '
      .. 'scale is 1; column "c3" is constant (5): its scale is 1; and 4 other notes')
end)

check.test("missing values are left out of what is learned, and stay", function()
  local f = frame.new { { "x", { 1.0, 0 / 0, 3.0 } } }
  local made, t = preprocess.scale { method = "min_max", range = { -1, 1 } }:fit_transform(f)
  check.eq(made:column "x":totable(), { -1.0, 0 / 0, 1.0 })
  check.eq(t:inverse(made):column "x":totable(), { 1.0, 0 / 0, 3.0 })
end)

check.test("a scaler's inverse gives back what it was given", function()
  for _, options in ipairs { {}, { method = "robust" }, { method = "min_max" },
    { method = "min_max", range = { -3, 5 } } } do
    local made, t = preprocess.scale(options):fit_transform(cancer)
    local back = t:inverse(made)
    for _, name in ipairs(cancer.columns) do
      local most = cancer:column(name):astype "f64":abs():max()
      check.ok((back:column(name) - cancer:column(name)):abs():max() <= 1e-12 * math.max(1, most))
    end
  end
end)

-- ---- categories ----

check.test("a category that was not seen is an error with column, value and row, or what `unknown` says", function()
  check.raises(function() preprocess.one_hot { "city" }:fit(mixed):transform(unseen) end,
    'preprocess.one_hot.transform: column "city", row 1: "Genf" is not among the categories (Basel, Bern, Chur); '
      .. 'unknown = "ignore" or "other" allows it')
  check.raises(function() preprocess.ordinal { "city" }:fit(mixed):transform(unseen:rows(2, 3)) end,
    'column "city", row 2: the value is missing; unknown = "ignore" or "other" allows it')
  local other = preprocess.one_hot { "city", unknown = "other" }:fit(mixed)
  check.eq(other.columns_out, { "age", "city_Basel", "city_Bern", "city_Chur", "city_other", "grade", "income" })
  check.eq(other:transform(unseen):column "city_other":totable(), { 1.0, 0.0, 1.0 })
  check.eq(preprocess.ordinal { "city", unknown = "other" }:fit(mixed):transform(unseen):column "city":totable(),
    { 4.0, 2.0, 4.0 })
  check.eq(preprocess.ordinal { "city", unknown = "ignore" }:fit(mixed):transform(unseen):column "city":totable(),
    { 0 / 0, 2.0, 0 / 0 })
end)

check.test("numbers and booleans are categories too: 1 and 1.0 are one, named without a point", function()
  local f = frame.new { { "n", { 2, 1, 10 } }, { "b", { true, false, true } } }
  local t = preprocess.one_hot { "n", "b" }:fit(f)
  check.eq(t.columns_out, { "n_1", "n_2", "n_10", "b_false", "b_true" })
  local g = frame.new { { "b", { true } }, { "n", { 10.0 } } }
  check.eq(row(t:transform(g), 1), { 0.0, 0.0, 1.0, 0.0, 1.0 })
  check.ok(t:inverse(t:transform(f)) == frame.new { { "n", { 2.0, 1.0, 10.0 } }, { "b", { true, false, true } } })
end)

check.test("categories may be listed in their order", function()
  local f = frame.new { { "size", { "small", "large", "small" } } }
  local t = preprocess.ordinal { categories = { size = { "small", "middle", "large" } } }:fit(f)
  check.eq(t:transform(f):column "size":totable(), { 1.0, 3.0, 1.0 })
  check.ok(t:inverse(t:transform(f)) == f)
  check.raises(function() preprocess.ordinal { "size", categories = { colour = { "red" } } }:fit(f) end,
    'there is no column "colour"')
  check.raises(function() preprocess.ordinal { categories = { size = { "a", "a" } } } end, '"a" is there twice')
end)

check.test("one_hot's inverse is the category; where none is 1 it is missing", function()
  local t = preprocess.one_hot { "city", unknown = "ignore" }:fit(mixed)
  check.eq(t:inverse(t:transform(unseen)):column "city", { "", "Bern", "" })
end)

check.test("too many categories, and names that meet, are errors", function()
  local ids = {}
  for i = 1, 1001 do ids[i] = "id" .. i end
  check.raises(function() preprocess.one_hot {}:fit(frame.new { { "id", ids } }) end,
    'column "id" has 1001 categories, at most 1000 are allowed')
  check.raises(function()
    preprocess.one_hot { "c" }:fit(frame.new { { "c", { "x" } }, { "c_x", { 1 } } })
  end, 'two columns would be named "c_x"')
end)

-- ---- impute ----

check.test("a column without values is an error at fit, but for a constant", function()
  local f = frame.new { { "x", { 0 / 0, 0 / 0 } }, { "s", { "", "" } } }
  check.raises(function() preprocess.impute { "x" }:fit(f) end,
    'column "x" has no values; drop it, or put a value there')
  check.raises(function() preprocess.impute { strategy = "most_frequent" }:fit(f) end, "has no values")
  check.raises(function() preprocess.scale {}:fit(f) end, 'column "x" has no values')
  check.raises(function() preprocess.one_hot {}:fit(f) end, 'column "s" has no values')
  local made = preprocess.chain { preprocess.impute { strategy = "constant", value = 7 },
    preprocess.impute { strategy = "constant", value = "none" } }:fit(f):transform(f)
  check.ok(made == frame.new { { "x", { 7.0, 7.0 } }, { "s", { "none", "none" } } })
end)

check.test("the most frequent text is imputed, the smallest of ties", function()
  local f = frame.new { { "s", { "b", "", "a", "b", "a" } } }
  check.eq(preprocess.impute { strategy = "most_frequent" }:fit_transform(f):column "s", { "b", "a", "a", "b", "a" })
end)

-- ---- cast, clip, bins, drop, select ----

check.test("cast makes numbers, integers, booleans and texts; what is none is an error with its row", function()
  local f = frame.new { { "s", { "1", "2.5", "" } }, { "n", { 1.0, 0.0, 1.0 } }, { "t", { "x", "2", "3" } } }
  check.eq(preprocess.cast { "s", to = "number" }:fit_transform(f):column "s":totable(), { 1.0, 2.5, 0 / 0 })
  check.eq(preprocess.cast { "n", to = "integer" }:fit_transform(f):column "n".dtype, "i64")
  check.eq(preprocess.cast { "n", to = "boolean" }:fit_transform(f):column "n":totable(), { true, false, true })
  check.eq(preprocess.cast { "n", to = "string" }:fit_transform(f):column "n", { "1", "0", "1" })
  check.raises(function() preprocess.cast { "t", to = "number" }:fit_transform(f) end,
    'column "t", row 1: "x" is not a number')
  check.raises(function() preprocess.cast { "s", to = "integer" }:fit_transform(f) end,
    'column "s", row 2: "2.5" is not a whole number')
  check.raises(function() preprocess.cast { "s", to = "boolean" }:fit_transform(f:take { 1, 3 }) end,
    'column "s", row 2: the value is missing, and booleans cannot be; impute it before')
end)

check.test("clip keeps values within limits, and missing ones missing", function()
  local f = frame.new { { "x", { -5.0, 0 / 0, 0.5, 9.0 } } }
  check.eq(preprocess.clip { min = 0, max = 1 }:fit_transform(f):column "x":totable(), { 0.0, 0 / 0, 0.5, 1.0 })
  check.eq(preprocess.clip { max = 1 }:fit_transform(f):column "x":totable(), { -5.0, 0 / 0, 0.5, 1.0 })
end)

check.test("bins are numbered from 1; equal edges are one, and noted; outer bins are open", function()
  local f = frame.new { { "x", { 0, 1, 2, 3, 4, 5, 6, 7 } } }
  local t = preprocess.bins { n = 4 }:fit(f)
  check.eq(t:transform(f):column "x":totable(), { 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0 })
  check.eq(t:transform(frame.new { { "x", { -100, 100, 0 / 0 } } }):column "x":totable(), { 1.0, 4.0, 0 / 0 })
  check.eq(learned(preprocess.bins { n = 2, strategy = "uniform" }:fit(f), "x").edges, { 3.5 })
  check.eq(preprocess.bins { edges = { 2, 6 } }:fit_transform(f):column "x":totable(),
    { 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0 })
  local few = preprocess.bins { n = 4 }:fit(frame.new { { "x", { 0, 0, 0, 0, 0, 9 } } })
  check.eq(few.notes, { 'column "x" has 1 bin instead of 4: edges were equal' })
end)

-- The reference counts of drift's PSI: rows by the deciles of the first half.
check.test("deciles hold the rows that they hold elsewhere", function()
  local t = preprocess.bins { "mean_radius", n = 10 }:fit(cancer:head(284))
  local counts = {}
  for i = 1, 10 do counts[i] = 0 end
  for _, k in ipairs(t:transform(cancer:rows(285, 569)):column "mean_radius":totable()) do
    counts[k // 1 | 0] = counts[k // 1 | 0] + 1
  end
  check.eq(counts, { 34, 36, 42, 41, 24, 35, 17, 18, 9, 29 })
end)

check.test("drop leaves columns out, which may then be absent; select keeps some in its order", function()
  local t = preprocess.drop { "grade", "city" }:fit(mixed)
  check.eq(t.columns_out, { "age", "income" })
  check.eq(t:transform(mixed:select { "income", "age" }).columns, { "age", "income" })
  check.eq(preprocess.select { "income", "age" }:fit_transform(mixed).columns, { "income", "age" })
  check.eq(preprocess.drop { type = "string" }:fit_transform(mixed).columns, { "age", "income" })
  check.eq(preprocess.drop "age":fit_transform(mixed).columns, { "city", "grade", "income" })
end)

check.test("drop_missing takes rows of X and y together", function()
  local X, y = preprocess.drop_missing(mixed, { 1, 2, 3, 4, 5, 6, 7, 8 })
  check.eq({ X.n_rows, y }, { 4, { 1, 5, 6, 8 } })
  X, y = preprocess.drop_missing(mixed, array.arange(8), { "age" })
  check.eq({ X.n_rows, y:totable() }, { 7, { 1, 3, 4, 5, 6, 7, 8 } })
  local m, none = preprocess.drop_missing(array.from { { 1, 2 }, { 0 / 0, 3 }, { 4, 5 } })
  check.eq({ m:totable(), none }, { { { 1.0, 2.0 }, { 4.0, 5.0 } }, nil })
  check.raises(function() preprocess.drop_missing(mixed, { 1 }) end, "X has 8 rows and y has 1")
end)

-- ---- columns ----

check.test("a transformer that finds none of its columns changes nothing, and says so", function()
  local f = frame.new { { "s", { "a", "b" } } }
  local made, t = preprocess.scale {}:fit_transform(f)
  check.ok(made == f)
  check.eq(t.notes, { "scale found no column that it is for" })
end)

check.test("infinite values, and integers that no float holds, are errors that name the column", function()
  local f = frame.new { { "x", { 1.0, 1 / 0 } }, { "id", array.from({ 1, (1 << 60) + 1 }, "i64") } }
  check.raises(function() preprocess.scale { "x" }:fit(f) end, 'column "x", row 2: the value is infinite')
  check.raises(function() preprocess.scale { "id" }:fit(f) end, 'column "id" has integers past 2^53')
  check.eq(preprocess.cast { "id", to = "string" }:fit_transform(f):column "id", { "1", "1152921504606846977" })
end)

check.test("columns are chosen by name, number or type; a wrong name has a hint", function()
  check.eq(learned(preprocess.scale { columns = { "age" } }:fit(mixed), "income"), nil)
  check.ok(learned(preprocess.scale { 4 }:fit(mixed), "income"))
  check.ok(learned(preprocess.impute { type = "string", strategy = "most_frequent" }:fit(mixed), "city"))
  check.raises(function() preprocess.scale { "agee" }:fit(mixed) end, 'no column "agee"; did you mean "age"?')
  check.raises(function() preprocess.scale { "city" }:fit(mixed) end,
    'column "city" holds strings, expected numbers; make numbers of it by cast, one_hot or ordinal')
  check.raises(function() preprocess.impute { "city" }:fit(mixed) end,
    'column "city" holds strings, expected numbers; strategy = "most_frequent", or "constant" with a string as value')
  check.raises(function() preprocess.scale { metod = "robust" } end, 'unknown field "metod"; did you mean "method"?')
  check.raises(function() preprocess.scale { "age", type = "number" } end, "give columns or type, not both")
  check.raises(function() preprocess.drop("age", "city") end, 'write preprocess.drop { "a", "b" }')
  check.raises(function() preprocess.chain(preprocess.scale {}, preprocess.scale {}) end,
    "write preprocess.chain { a, b }")
  check.raises(function() preprocess.chain { preprocess.scale {} }:fit(mixed, "age") end,
    "write preprocess.chain { c, MODEL }:fit(X, y)")
  check.raises(function() preprocess.drop {} end, 'name the columns, as in drop { "a", "b" }')
end)

check.test("a column that is absent, or holds another kind, is an error that names it", function()
  local t = preprocess.scale { "age" }:fit(mixed)
  check.raises(function() t:transform(mixed:drop { "age" }) end, 'X has no column "age"')
  check.raises(function() t:transform(mixed:with_column("age", { "a", "b", "c", "d", "e", "f", "g", "h" })) end,
    'column "age", row 1: expected a number, got "a"')
  t = preprocess.one_hot { "city", unknown = "ignore" }:fit(mixed)
  check.raises(function() t:transform(mixed:with_column("city", { 1, 2, 3, 4, 5, 6, 7, 8 })) end,
    'column "city" holds numbers; at fit it held strings; '
      .. 'csv.read(path, { types = { city = "string" } }) reads strings')
end)

check.test("a column in which all is missing is of the kind that it had at fit", function()
  local t = preprocess.chain { preprocess.impute { strategy = "most_frequent" }, preprocess.one_hot {} }:fit(mixed)
  local one = frame.new { { "age", { "" } }, { "city", { 0 / 0 } }, { "grade", { "a" } }, { "income", { 1 } } }
  check.eq(row(t:transform(one), 1), { 34.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0 })
end)

check.test("a matrix is a table of x1, x2, ...: it comes back as a matrix", function()
  local m = array.from { { 1, 10 }, { 2, 20 }, { 3, 30 } }
  local t = preprocess.scale { 2, method = "min_max" }:fit(m)
  check.eq(t:transform(m):totable(), { { 1.0, 0.0 }, { 2.0, 0.5 }, { 3.0, 1.0 } })
  check.eq(t.columns_out, { "x1", "x2" })
  check.eq(preprocess.one_hot { "x1" }:fit(m).columns_out, { "x1_1", "x1_2", "x1_3", "x2" })
  check.raises(function() t:transform(array.from { { 1, 2, 3 } }) end, "X has 3 columns; at fit it had 2")
  check.raises(function() t:transform(mixed) end, "X is a frame; at fit it was a matrix")
  check.raises(function() preprocess.cast { 1, to = "string" }:fit_transform(m) end,
    "encode it with one_hot or ordinal")
end)

check.test("transform before fit says what to write; fit changes nothing of what it is called on", function()
  local t = preprocess.scale {}
  check.raises(function() t:transform(mixed) end,
    "it is not fitted; fit gives one that is: local fitted = scale:fit(X)")
  t:fit(mixed)
  check.eq(t.columns_out, nil)
  check.raises(function() preprocess.impute {}:inverse(mixed) end, "impute has no inverse")
end)

check.done()
