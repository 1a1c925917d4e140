-- rille.split: rows for training and rows for testing.
--
-- What is split is an array (along its first axis), a frame (its rows) or a
-- list.  Indices are 1-based; a fold is { train = indices, test = indices },
-- both i64 vectors, ascending.
--
-- Shuffling is the same on every machine (stdlib/learn/random.lua).

local array = require "rille.array"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local random = require "rille.learn.random"

local generator, shuffle = random.generator, random.shuffle

local split = {}

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
local function by_class(who, y)
  local classes, of = {}, {}
  local labels = array.is(y) and y:totable() or y
  for i = 1, #labels do
    local label = labels[i]
    if label == nil or label ~= label then
      errors.raise("%s: row %d of y is %s", who, i, label and "NaN" or "nil")
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
  local classes, train, test = by_class("split.train_test", y), {}, {}
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

local function check_count(who, name, v, least)
  local n = type(v) == "number" and math.tointeger(v)
  if not n or n < least then
    errors.raise("%s: %s is %s, expected an integer from %d", who, name, errors.describe(v), least)
  end
  return n
end

local function check_seed(who, seed)
  if seed ~= nil and not (type(seed) == "number" and math.tointeger(seed)) then
    errors.raise("%s: the seed is %s, expected an integer", who, errors.describe(seed))
  end
  return seed and generator(math.tointeger(seed))
end

-- Folds of what tests each row: of[row] is a fold, 1 to k.
local function folds_of(of, k)
  local folds = {}
  for i = 1, k do
    local train, test = {}, {}
    for row, fold in ipairs(of) do
      local rows = fold == i and test or train
      rows[#rows + 1] = row
    end
    folds[i] = { train = array.from(train, "i64"), test = array.from(test, "i64") }
  end
  return folds
end

-- k folds of n rows: each row is for testing in exactly one, and the first n % k
-- folds test one row more.  In order without a seed, shuffled with one.
---@param n integer rows
---@param k integer folds, 2 to n
---@param seed? integer
---@return { train: table, test: table }[] folds of i64 vectors, ascending
function split.k_fold(n, k, seed, ...)
  errors.no_more("split.k_fold", ...)
  local who = "split.k_fold"
  n, k = check_count(who, "n", n, 2), check_count(who, "k", k, 2)
  if k > n then errors.raise("split.k_fold: %d folds of %d rows", k, n) end
  local draw = check_seed(who, seed)
  local rows, of, last = range(n), {}, 0
  if draw then shuffle(rows, draw) end
  for i = 1, k do
    local first = last + 1
    last = last + n // k + (i <= n % k and 1 or 0)
    for at = first, last do of[rows[at]] = i end
  end
  return folds_of(of, k)
end

-- Which folds test the rows of each class: the sorted labels are dealt out in turn.
local function deal(classes, k)
  local dealt, at = {}, 0
  for c, rows in ipairs(classes) do
    local counts = {}
    for i = 1, k do counts[i] = 0 end
    for _ = 1, #rows do
      counts[at % k + 1] = counts[at % k + 1] + 1
      at = at + 1
    end
    local folds = {}
    for i = 1, k do
      for _ = 1, counts[i] do folds[#folds + 1] = i end
    end
    dealt[c] = folds
  end
  return dealt
end

-- k folds in which each class of y has about the share that it has in y: the rows of a class go to the folds in
-- order without a seed, shuffled with one.  Without a seed the folds are those of scikit-learn.
---@param y table vector or list of labels
---@param k integer folds, 2 to the rows of the rarest class
---@param seed? integer
---@return { train: table, test: table }[] folds of i64 vectors, ascending
function split.stratified_k_fold(y, k, seed, ...)
  errors.no_more("split.stratified_k_fold", ...)
  errors.no_colon(y)
  local who = "split.stratified_k_fold"
  if not (array.is(y) and y.ndim == 1) and (type(y) ~= "table" or getmetatable(y)) then
    errors.raise("%s: y is %s, expected a vector or a list of labels", who, errors.describe(y))
  end
  k = check_count(who, "k", k, 2)
  local draw = check_seed(who, seed)
  local classes, of = by_class(who, y), {}
  if #classes == 0 then errors.raise("%s: y has no rows", who) end
  for _, rows in ipairs(classes) do
    if #rows < k then
      errors.raise("%s: class %s has %d row%s, and %d folds need one each", who, tostring(rows.label), #rows,
        #rows == 1 and "" or "s", k)
    end
  end
  for c, folds in ipairs(deal(classes, k)) do
    if draw then shuffle(folds, draw) end
    for i, row in ipairs(classes[c]) do of[row] = folds[i] end
  end
  return folds_of(of, k)
end

return origin.strict(split)
