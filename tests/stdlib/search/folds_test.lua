-- The data and the folds of a search, and spaces at the limits of numbers.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local frame = require "rille.frame"
local preprocess = require "rille.preprocess"
local search = require "rille.search"
local tree = require "rille.tree"

local X = array.random({ 60, 2 }, 1)
local list = {}
for i = 1, 60 do list[i] = i % 2 end
local y = array.from(list, "i64")

local function refused(options, text)
  options.model = options.model or tree
  check.has(check.raises(function() search.grid(X, y, options) end, text), "folds_test.lua:")
end

check.test("folds are vectors or lists of rows; none, or a row in train and in test, is refused", function()
  local folds = { { train = { 1, 2, 3, 4 }, test = { 5, 6 } }, { train = { 5, 6, 7, 8 }, test = { 1, 2 } } }
  check.eq(#search.cross_validate(X, y, { model = tree, cv = folds }).scores, 2)
  local vectors = { { train = array.from { 1, 2, 3, 4 }, test = array.from { 5, 6 } },
    { train = array.from { 5, 6, 7, 8 }, test = array.from { 1, 2 } } }
  check.eq(search.cross_validate(X, y, { model = tree, cv = folds }).scores,
    search.cross_validate(X, y, { model = tree, cv = vectors }).scores)
  refused({ cv = {} }, "cv is an empty list")
  refused({ cv = { { train = { 1, 2, 3 }, test = { 3, 4 } } } }, "cv[1]: row 3 is in train and in test")
  refused({ cv = { { train = { 1, 2, 3 }, test = { 4, 4 } } } }, "cv[1]: row 4 is twice in test")
  refused({ cv = { { train = { 1, 2, 3 }, test = { 61 } } } }, "rows beyond the 60 of X")
  refused({ cv = { { train = { 1, 2, 3 } } } }, "cv[1].test is nil, expected a vector of rows")
end)

check.test("a column that is y in a fold by chance is no target; one that is y in all rows is", function()
  local almost = list[1] == 1 and table.move(list, 1, 60, 1, {})
  almost[1] = 1 - almost[1]
  local f = frame.new { { "x", X:column(1) }, { "b", almost } }
  local chain = preprocess.chain { preprocess.scale { "x" }, tree }
  local found = search.grid(f, y, { model = chain, cv = 5, params = { max_depth = { 1, 2 } } })
  check.ok(found.score > 0.95, found.score)
  local same = frame.new { { "x", X:column(1) }, { "b", list } }
  check.raises(function() search.grid(same, y, { model = chain, cv = 5 }) end, 'column "b" of X is y itself')
  check.raises(function() chain:fit(same, y) end, 'column "b" of X is y itself')
  local texts = {}
  for i, v in ipairs(list) do texts[i] = tostring(v) end
  local as_text = preprocess.chain { preprocess.one_hot { "b" }, tree }
  check.raises(function() as_text:fit(frame.new { { "x", X:column(1) }, { "b", texts } }, y) end,
    'column "b" of X is y itself')
end)

check.test("trials that are not measured alike are not compared", function()
  local function trial(minimize, cv)
    return search.trial(X, y, { model = tree, cv = cv, minimize = minimize, scoring = function() return 1.0 end })
  end
  check.raises(function() search.select { trial(nil, 3), trial(true, 3) } end,
    "trial 2 is better when less and trial 1 when greater")
  check.raises(function() search.select { trial(nil, 3), trial(nil, 4) } end, "trial 2 has 4 folds and trial 1 has 3")
end)

check.test("weights of classes are searched, and stand in a chain", function()
  local weights = { "balanced", { [0] = 1, [1] = 5 } }
  local found = search.grid(X, y, { model = tree, cv = 3, params = { class_weight = weights, max_depth = { 2 } } })
  check.eq(found.trials.n_rows, 2)
  check.has(table.concat(found.trials:column "class_weight", " "), "{ [0] = 1, [1] = 5 }")
  local chain = preprocess.chain { preprocess.scale {}, { tree, class_weight = { [0] = 5 } } }
  local m = chain:fit(X, y)
  check.eq(m.model.class_weight, { 5.0, 1.0 })
  check.ok(preprocess.load(m:dump()) == m)
  check.has(tostring(chain), "class_weight={ [0] = 5 }")
  check.eq(search.grid(X, y, { model = chain, cv = 3, params = { class_weight = weights } }).trials.n_rows, 2)
end)

check.test("in spaces of more candidates than can be counted each parameter is uniform", function()
  local space = {}
  local values = {}
  for i = 1, 100 do values[i] = i end
  for _, name in ipairs { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" } do space[name] = values end
  local candidates = search.candidates(space, { n = 2000, seed = 1 })
  for name in pairs(space) do
    local sum, low = 0, 0
    for _, one in ipairs(candidates) do
      sum, low = sum + one[name], low + (one[name] <= 10 and 1 or 0)
    end
    check.ok(math.abs(sum / 2000 - 50.5) < 3, name .. " has the mean " .. sum / 2000)
    check.ok(low > 140 and low < 260, name .. ": " .. low)
  end
  check.raises(function() search.candidates(space) end, "the grid has more than 1000000 candidates")
end)

check.test("spaces at the limits of numbers", function()
  for _, one in ipairs(search.candidates({ a = search.uniform(-1e308, 1e308) }, { n = 20, seed = 3 })) do
    check.ok(one.a >= -1e308 and one.a <= 1e308)
  end
  check.raises(function() search.candidates({ a = search.integer(math.mininteger, math.maxinteger) }, { n = 4 }) end,
    "at most 2^52 values")
  check.raises(function() search.candidates { a = search.range(0, 1e300) } end, "more than 2^52 values")
  check.raises(function() search.grid(X, y, { model = tree, scoring = "report" }) end,
    'scoring is "report", expected a function or one of accuracy, average_precision')
end)

check.done()
