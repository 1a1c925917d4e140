package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local damage = require "damage"
local kmeans = require "rille.kmeans"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local X = cancer:drop { "target" }:to_matrix()
local scaled = (X - X:mean(1)) / X:std(1)
local points = array.from { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 9, 9 }, { 10, 9 }, { 9, 10 } }

local function close(got, want)
  if not (math.abs(got - want) <= 1e-12 * math.max(1, math.abs(want))) then check.eq(got, want) end
end

-- Figures of scikit-learn 1.2.1, from the same first centres.
check.test("the breast cancer data falls into the groups that it has elsewhere", function()
  local m = kmeans.fit(scaled, { centres = scaled:take { 1, 569 } })
  close(m.inertia, 11595.461473962348)
  check.eq(m.sizes, { 189, 380 })
  m = kmeans.fit(X, { centres = X:take { 1, 569 } })
  close(m.inertia, 77943099.87829883)
  check.eq(m.sizes, { 131, 438 })
  close(m.centres:get(1, 1), 19.37992366412214)
  close(m.centres:get(2, 1), 12.556299086758)
end)

check.test("every row is in the group of its nearest centre, and centres are the means", function()
  for seed = 1, 5 do
    local rows = array.random({ 200, 3 }, seed)
    local m = kmeans.fit(rows, { k = 6, seed = seed, tries = 2 })
    local groups, sum, sizes = m:predict(rows):totable(), 0.0, { 0, 0, 0, 0, 0, 0 }
    for i, row in ipairs(rows:totable()) do
      local best, at = math.huge, nil
      for g, centre in ipairs(m.centres:totable()) do
        local d = 0
        for j = 1, 3 do d = d + (row[j] - centre[j]) ^ 2 end
        if d < best then best, at = d, g end
      end
      check.eq(groups[i], at)
      sum, sizes[at] = sum + best, sizes[at] + 1
    end
    close(m.inertia, sum)
    check.eq(m.sizes, sizes)
    for g = 1, 6 do
      local of = rows:take(array.from((function()
        local list = {}
        for i, group in ipairs(groups) do if group == g then list[#list + 1] = i end end
        return list
      end)(), "i64"))
      check.ok((of:mean(1) - m.centres:row(g)):abs():max() < 1e-12)
    end
  end
end)

check.test("groups that lie apart are found, and the seed alone decides", function()
  for seed = 0, 5 do
    local m = kmeans.fit(points, { k = 2, seed = seed })
    close(m.inertia, 2 * 4 / 3)
    local groups = m:predict(points):totable()
    check.eq({ groups[1] == groups[2], groups[1] == groups[4], groups[4] == groups[6] }, { true, false, true })
    check.ok(m == kmeans.fit(points, { k = 2, seed = seed }))
  end
  check.ok(kmeans.fit(X, { k = 5, tries = 10 }).inertia <= kmeans.fit(X, { k = 5, tries = 1 }).inertia)
end)

check.test("a group that has lost its rows takes another row; as many groups as rows", function()
  local m = kmeans.fit(points, { centres = { { 0, 0 }, { 100, 100 }, { 200, 200 } } })
  table.sort(m.sizes)
  check.ok(m.sizes[1] > 0, "an empty group")
  check.eq(kmeans.fit(points, { k = 6 }).inertia, 0.0)
  check.eq(kmeans.fit({ { 1 }, { 1 }, { 1 } }, { k = 3 }).inertia, 0.0)
end)

check.test("a loaded model is the one that was dumped; damage is an error or a model", function()
  local a = kmeans.fit(points, { k = 2, seed = 7 })
  local again = kmeans.load(a:dump())
  check.ok(again == a and again:dump() == a:dump())
  check.eq({ again.k, again.seed, again.sizes, again:predict(points) }, { 2, 7, a.sizes, a:predict(points) })
  check.eq(#a:predict(array.zeros { 0, 2 }), 0)
  check.eq(tostring(a), "kmeans.KMeans(k=2, inertia=2.66667, 2 features)")
  damage.check(kmeans.load, "kmeans.load", a:dump(), function(m)
    if m.n_features < 1000 then m:predict(array.zeros { 1, m.n_features }) end
  end)
end)

check.test("what has no groups is refused", function()
  local function refuses(message, ...)
    local arguments = table.pack(...)
    check.has(check.raises(function() kmeans.fit(table.unpack(arguments, 1, arguments.n)) end, message),
      "kmeans_test.lua:")
  end
  refuses("kmeans.fit: k is 7, and X has 6 rows", points, { k = 7 })
  refuses("kmeans.fit: X: row 2, column 1 is NaN", { { 1 }, { 0 / 0 } }, { k = 1 })
  refuses("centres has 1 features, and X has 2", points, { centres = { { 1 } } })
  refuses('unknown field "kk"', points, { kk = 2 })
  refuses("k is 0, expected an integer from 1", points, { k = 0 })
  check.raises(function() kmeans.fit(points, { k = 2 }):predict { { 1 } } end,
    "kmeans.predict: X has 1 features, but the model was fitted with 2")
end)

check.test("k and the number of centres are one", function()
  check.raises(function() kmeans.fit(points, { k = 3, centres = { { 1, 2 }, { 3, 4 } } }) end,
    "k is 3, and centres has 2 rows")
  check.eq(kmeans.fit(points, { k = 2, centres = { { 1, 2 }, { 3, 4 } } }).k, 2)
end)

check.done()
