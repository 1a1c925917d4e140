-- rille.split: rows for training and rows for testing.
--
-- What is split is an array (along its first axis), a frame (its rows) or a
-- list.  Indices are 1-based; a fold is { train = indices, test = indices },
-- both i64 vectors, ascending.
--
-- Shuffling is the same on every machine: the generator is SplitMix64 (Steele,
-- Lea and Flood 2014), its state the seed; a number below n is a draw whose low
-- bits, as many as n - 1 has, are below n (others are drawn again); a list is
-- shuffled from its end (Fisher and Yates).

local array = require "rille.array"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"

local split = {}

-- ---- random numbers ----

local function generator(seed)
  local state = seed
  return function()
    state = state + 0x9E3779B97F4A7C15
    local z = state
    z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    return z ~ (z >> 31)
  end
end

local function shuffle(list, draw)
  local mask, j = 1
  while mask < #list - 1 do mask = mask << 1 | 1 end
  for i = #list, 2, -1 do
    if i - 1 <= mask >> 1 then mask = mask >> 1 end
    repeat j = draw() & mask until j < i
    list[i], list[j + 1] = list[j + 1], list[i]
  end
  return list
end

local function range(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

-- ---- what can be split ----

local function is_frame(v)
  local meta = debug.getmetatable(v)
  return type(v) == "table" and type(meta) == "table" and rawget(meta, "__name") == "frame"
end

local function count(name, v)
  if array.is(v) then return #v end
  if is_frame(v) then return v.n_rows end
  if type(v) == "table" and not getmetatable(v) then return #v end
  errors.raise("split.train_test: %s is %s, expected an array, a frame or a list", name, errors.describe(v))
end

local function part(v, first, last)
  if array.is(v) then return v:slice(first, last) end
  if is_frame(v) then return v:rows(first, last) end
  return table.move(v, first, last, 1, {})
end

local function take(v, indices)
  if array.is(v) or is_frame(v) then return v:take(array.from(indices, "i64")) end
  local list = {}
  for i, row in ipairs(indices) do list[i] = v[row] end
  return list
end

-- ---- options ----

local OPTIONS = { test_size = "number", shuffle = "boolean", seed = "integer", stratify = "boolean" }

local function read_options(given)
  local options = { test_size = 0.25, shuffle = true, seed = 0, stratify = false }
  if given == nil then return options end
  if type(given) ~= "table" then
    errors.raise("split.train_test: the options are %s, expected a table", errors.describe(given))
  end
  errors.check_fields("split.train_test", given, OPTIONS)
  for name, kind in next, OPTIONS do
    local v = given[name]
    if v ~= nil then
      if kind == "integer" then v = type(v) == "number" and math.tointeger(v) or nil
      elseif type(v) ~= kind then v = nil end
      if v == nil then
        errors.raise("split.train_test: %s is %s, expected %s %s", name, errors.describe(given[name]),
          kind == "integer" and "an" or "a", kind)
      end
      options[name] = v
    end
  end
  return options
end

local function test_rows(n, test_size)
  if not (test_size > 0 and test_size < 1) then
    errors.raise("split.train_test: test_size is %s, expected a fraction between 0 and 1", test_size)
  end
  local n_test = math.ceil(n * test_size)
  if n_test >= n then
    errors.raise("split.train_test: %d row%s with test_size = %s would leave no rows for training", n,
      n == 1 and "" or "s", test_size)
  end
  return n_test
end

-- ---- stratified ----

-- The rows of each class, classes in the order in which they appear.
local function by_class(y)
  local classes, of = {}, {}
  local labels = array.is(y) and y:totable() or y
  for i = 1, #labels do
    local label = labels[i]
    if label == nil or label ~= label then
      errors.raise("split.train_test: row %d of y is %s", i, label and "NaN" or "nil")
    end
    if not of[label] then
      of[label] = { label = label }
      classes[#classes + 1] = of[label]
    end
    table.insert(of[label], i)
  end
  return classes
end

-- Shares n_test among the classes as their sizes have it; what is left over goes
-- to the largest remainders, the earlier class first.
local function allot(classes, n, n_test)
  local left, order = n_test, {}
  for i, rows in ipairs(classes) do
    local product = #rows * n_test
    rows.n_test = product // n
    left = left - rows.n_test
    order[i] = { rows = rows, remainder = product % n, place = i }
  end
  table.sort(order, function(a, b)
    if a.remainder ~= b.remainder then return a.remainder > b.remainder end
    return a.place < b.place
  end)
  for i = 1, left do order[i].rows.n_test = order[i].rows.n_test + 1 end
end

local function check_classes(classes, n_train, n_test)
  for _, rows in ipairs(classes) do
    if #rows < 2 then
      errors.raise("split.train_test: class %s has only one row; a stratified split needs two of each",
        tostring(rows.label))
    end
  end
  if math.min(n_train, n_test) < #classes then
    errors.raise("split.train_test: %d rows cannot hold one of each of the %d classes",
      math.min(n_train, n_test), #classes)
  end
end

local function stratified(y, n, n_test, draw)
  local classes, train, test = by_class(y), {}, {}
  check_classes(classes, n - n_test, n_test)
  allot(classes, n, n_test)
  for _, rows in ipairs(classes) do
    shuffle(rows, draw)
    table.move(rows, 1, rows.n_test, #test + 1, test)
    table.move(rows, rows.n_test + 1, #rows, #train + 1, train)
  end
  return shuffle(train, draw), shuffle(test, draw)
end

local function shuffled(n, n_test, draw)
  local rows = shuffle(range(n), draw)
  return table.move(rows, n_test + 1, n, 1, {}), table.move(rows, 1, n_test, 1, {})
end

-- ---- the module ----

-- Splits the rows of X, and y with them: ceil(n * test_size) rows for testing,
-- chosen at random, or the last ones when not shuffled (parts of an array are
-- then views).  Stratified, both parts have the classes of y in the proportion
-- in which y has them.
---@generic T, U
---@param X T array, frame or list, n rows
---@param y U array or list, n labels
---@param options? { test_size?: number, shuffle?: boolean, seed?: integer, stratify?: boolean }
---   test_size 0.25, shuffle true, seed 0, stratify false
---@return T X_train
---@return T X_test
---@return U y_train
---@return U y_test
function split.train_test(X, y, options, ...)
  errors.no_more("split.train_test", ...)
  errors.no_colon(X)
  local o = read_options(options)
  local n, n_labels = count("X", X), count("y", y)
  if n ~= n_labels then errors.raise("split.train_test: X has %d rows and y has %d", n, n_labels) end
  if n == 0 then errors.raise("split.train_test: X has no rows") end
  local n_test = test_rows(n, o.test_size)
  if not o.shuffle then
    if o.stratify then errors.raise("split.train_test: stratify = true needs shuffle = true") end
    local n_train = n - n_test
    return part(X, 1, n_train), part(X, n_train + 1, n), part(y, 1, n_train), part(y, n_train + 1, n)
  end
  local draw = generator(o.seed)
  local train, test
  if o.stratify then train, test = stratified(y, n, n_test, draw)
  else train, test = shuffled(n, n_test, draw) end
  return take(X, train), take(X, test), take(y, train), take(y, test)
end

local function check_count(name, v, least)
  local n = type(v) == "number" and math.tointeger(v)
  if not n or n < least then
    errors.raise("split.k_fold: %s is %s, expected an integer from %d", name, errors.describe(v), least)
  end
  return n
end

-- k folds of n rows: each row is for testing in exactly one, and the first n % k
-- folds test one row more.  In order without a seed, shuffled with one.
---@param n integer rows
---@param k integer folds, 2 to n
---@param seed? integer
---@return { train: table, test: table }[] folds of i64 vectors, ascending
function split.k_fold(n, k, seed, ...)
  errors.no_more("split.k_fold", ...)
  n, k = check_count("n", n, 2), check_count("k", k, 2)
  if k > n then errors.raise("split.k_fold: %d folds of %d rows", k, n) end
  if seed ~= nil and not (type(seed) == "number" and math.tointeger(seed)) then
    errors.raise("split.k_fold: the seed is %s, expected an integer", errors.describe(seed))
  end
  local rows, folds, last = range(n), {}, 0
  if seed then shuffle(rows, generator(math.tointeger(seed))) end
  for i = 1, k do
    local first = last + 1
    last = last + n // k + (i <= n % k and 1 or 0)
    local test = table.move(rows, first, last, 1, {})
    local train = table.move(rows, 1, first - 1, 1, {})
    table.move(rows, last + 1, n, first, train)
    table.sort(train)
    table.sort(test)
    folds[i] = { train = array.from(train, "i64"), test = array.from(test, "i64") }
  end
  return folds
end

return origin.strict(split)
