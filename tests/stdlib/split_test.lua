package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local split = require "rille.split"

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

local function matrix(n)
  local rows = {}
  for i = 1, n do rows[i] = { i, 10 * i } end
  return array.from(rows)
end

local function all(a, b)
  local list = table.move(b, 1, #b, #a + 1, table.move(a, 1, #a, 1, {}))
  table.sort(list)
  return list
end

check.test("unshuffled, the last rows are for testing, ceil(n * test_size) of them", function()
  local a, b, c, d = split.train_test(matrix(7), numbers(7), { test_size = 0.4, shuffle = false })
  check.eq(a:totable(), { { 1, 10 }, { 2, 20 }, { 3, 30 }, { 4, 40 } })
  check.eq(b:totable(), { { 5, 50 }, { 6, 60 }, { 7, 70 } })
  check.eq(c, { 1, 2, 3, 4 })
  check.eq(d, { 5, 6, 7 })
  local _, test = split.train_test(numbers(1797), numbers(1797), { test_size = 0.2, shuffle = false })
  check.eq(#test, 360)
end)

check.test("by default a quarter is for testing, in random order, rows kept together", function()
  local a, b, c, d = split.train_test(matrix(20), array.from(numbers(20)))
  check.eq({ #a, #b, #c, #d }, { 15, 5, 15, 5 })
  check.eq(a:column(1):totable(), c:totable())
  for i = 1, 5 do check.eq(b:get(i, 2), 10 * d:get(i)) end
  check.eq(all(c:totable(), d:totable()), numbers(20))
  check.ok(table.concat(c:totable(), " ") ~= table.concat(numbers(15), " "))
end)

check.test("a seed gives the same split on every machine", function()
  local a, b = split.train_test(numbers(10), numbers(10), { seed = 42, test_size = 0.3 })
  check.eq(table.concat(b, " ") .. " | " .. table.concat(a, " "), "1 9 10 | 2 7 8 5 3 4 6")
  local c, d = split.train_test(numbers(10), numbers(10), { seed = 43, test_size = 0.3 })
  check.ok(table.concat(c, " ") ~= table.concat(a, " "))
  check.eq(all(c, d), numbers(10))
end)

check.test("every order is as likely as another", function()
  local seen = {}
  for seed = 1, 6000 do
    local a, b = split.train_test(numbers(3), numbers(3), { seed = seed, test_size = 0.3 })
    local name = table.concat(a) .. table.concat(b)
    seen[name] = (seen[name] or 0) + 1
  end
  local orders = 0
  for _, n in pairs(seen) do
    orders = orders + 1
    check.ok(n > 850 and n < 1150, n)
  end
  check.eq(orders, 6)
end)

check.test("a stratified split keeps the proportions of the classes", function()
  local y = {}
  for i = 1, 100 do y[i] = i <= 60 and "a" or i <= 90 and "b" or "c" end
  local a, b, c, d = split.train_test(numbers(100), y, { test_size = 0.2, stratify = true })
  local n = { a = 0, b = 0, c = 0 }
  for _, label in ipairs(d) do n[label] = n[label] + 1 end
  check.eq(n, { a = 12, b = 6, c = 2 })
  check.eq(#c, 80)
  check.eq(all(a, b), numbers(100))
  for i, row in ipairs(b) do check.eq(d[i], y[row]) end
end)

check.test("what a stratified split cannot share evenly still adds up", function()
  local _, test = split.train_test(numbers(11), array.from { 0, 1, 0, 1, 2, 2, 0, 1, 2, 0, 1 },
    { test_size = 0.4, stratify = true })
  check.eq(#test, 5)
end)

check.test("lists of anything are split as they are", function()
  local a, b = split.train_test({ "w", "x", "y", "z" }, { 1, 2, 3, 4 }, { shuffle = false })
  check.eq(a, { "w", "x", "y" })
  check.eq(b, { "z" })
end)

check.test("a split that cannot be is refused", function()
  local function refuses(message, ...)
    local arguments = table.pack(...)
    local got = check.raises(function() split.train_test(table.unpack(arguments, 1, arguments.n)) end, message)
    check.has(got, "split_test.lua:")
  end
  refuses("X has 3 rows and y has 2", { 1, 2, 3 }, { 1, 2 })
  refuses("no rows", {}, {})
  refuses("1 row with test_size = 0.25", { 1 }, { 1 })
  refuses("between 0 and 1", { 1, 2 }, { 1, 2 }, { test_size = 1.5 })
  refuses("between 0 and 1", { 1, 2 }, { 1, 2 }, { test_size = 0 / 0 })
  refuses('did you mean "stratify"?', { 1, 2 }, { 1, 2 }, { startify = true })
  refuses("seed is 1.5, expected an integer", { 1, 2 }, { 1, 2 }, { seed = 1.5 })
  refuses('test_size is "a"', { 1, 2 }, { 1, 2 }, { test_size = "a" })
  refuses("needs shuffle = true", { 1, 2 }, { 1, 1 }, { stratify = true, shuffle = false })
  refuses("class b has only one row", { 1, 2, 3 }, { "a", "a", "b" }, { stratify = true })
  refuses("cannot hold one of each of the 3 classes", numbers(6), { 1, 1, 2, 2, 3, 3 }, { stratify = true })
  refuses('X is "abc"', "abc", { 1 })
  refuses("y is nil", { 1 }, nil)
  refuses("the options are", { 1, 2 }, { 1, 2 }, 0.5)
end)

check.test("folds test each row once, in order without a seed", function()
  local folds = split.k_fold(7, 3)
  check.eq(#folds, 3)
  check.eq(folds[1].test:totable(), { 1, 2, 3 })
  check.eq(folds[2].test:totable(), { 4, 5 })
  check.eq(folds[3].test:totable(), { 6, 7 })
  check.eq(folds[2].train:totable(), { 1, 2, 3, 6, 7 })
  check.eq(folds[1].test.dtype, "i64")
end)

check.test("folds with a seed are shuffled, ascending and the same again", function()
  local folds, again, seen = split.k_fold(50, 4, 9), split.k_fold(50, 4, 9), {}
  for i, fold in ipairs(folds) do
    local test, train = fold.test:totable(), fold.train:totable()
    check.eq(again[i].test:totable(), test)
    check.eq(all(train, test), numbers(50))
    for j = 2, #test do check.ok(test[j] > test[j - 1]) end
    seen = all(seen, test)
  end
  check.eq(seen, numbers(50))
  check.ok(folds[1].test:get(13) > 13)
end)

check.test("folds that cannot be are refused", function()
  check.raises(function() split.k_fold(3, 4) end, "4 folds of 3 rows")
  check.raises(function() split.k_fold(3, 1) end, "k is 1, expected an integer from 2")
  check.raises(function() split.k_fold(10, 2, "x") end, "the seed is")
end)

check.test("stratified folds are those of scikit-learn, and each class is dealt out evenly", function()
  local function tests(y, k, seed)
    local list = {}
    for i, fold in ipairs(split.stratified_k_fold(y, k, seed)) do list[i] = fold.test:totable() end
    return list
  end
  check.eq(tests({ 0, 0, 1, 1 }, 2), { { 1, 3 }, { 2, 4 } })
  check.eq(tests({ "b", "b", "a", "b", "a", "a", "b" }, 2), { { 1, 2, 3, 5 }, { 4, 6, 7 } })
  for seed = 1, 20 do
    local y = array.integers(0, 2, 61, seed)
    local labels, seen = y:totable(), {}
    local counts = { [0] = {}, {}, {} }
    for i, fold in ipairs(split.stratified_k_fold(y, 4, seed % 2 == 0 and seed or nil)) do
      check.eq(#fold.train + #fold.test, 61)
      check.ok(#fold.test == 15 or #fold.test == 16)
      for _, row in ipairs(fold.test:totable()) do
        check.eq(seen[row], nil)
        seen[row] = true
        counts[labels[row]][i] = (counts[labels[row]][i] or 0) + 1
      end
    end
    for label, of in pairs(counts) do
      check.ok(math.max(table.unpack(of)) - math.min(table.unpack(of)) <= 1, label .. ", seed " .. seed)
    end
  end
  local y = array.integers(0, 1, 30, 1)
  check.eq(tests(y, 3, 5), tests(y, 3, 5))
  check.raises(function() split.stratified_k_fold({ 1, 1, 2 }, 2) end, "class 2 has 1 row, and 2 folds need one each")
  check.raises(function() split.stratified_k_fold({}, 2) end, "y has no rows")
  check.raises(function() split.stratified_k_fold(3, 2) end, "y is 3, expected a vector or a list of labels")
end)

-- what split needs of a frame: its class's name, n_rows, rows and take
local Frame = { __name = "frame" }
Frame.__index = Frame
local function frame_of(list) return setmetatable({ list = list, n_rows = #list }, Frame) end
function Frame:rows(first, last) return frame_of(table.move(self.list, first, last, 1, {})) end
function Frame:take(indices)
  local list = {}
  for i, row in ipairs(indices:totable()) do list[i] = self.list[row] end
  return frame_of(list)
end

check.test("a frame is split by its rows", function()
  local f, y = frame_of { "a", "b", "c", "d" }, array.from { 1, 2, 3, 4 }
  local a, b = split.train_test(f, y, { shuffle = false })
  check.eq(a.list, { "a", "b", "c" })
  check.eq(b.list, { "d" })
  local c, d, e = split.train_test(f, y, { test_size = 0.5 })
  check.eq({ c.n_rows, d.n_rows }, { 2, 2 })
  for i, row in ipairs(e:totable()) do check.eq(c.list[i], f.list[row]) end
  check.eq(all(c.list, d.list), { "a", "b", "c", "d" })
end)

check.done()
