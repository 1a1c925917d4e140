-- halving: many candidates on few rows, the better ones on more.
--
-- Each round has the best of the one before, one in `factor`, on `factor` times as many rows;
-- the last one has all rows.  There are as many rounds as leave at most `factor` candidates
-- for the last, but the first has at least min_rows rows.  The rows of a round are the first
-- of one random order, so that each round has those of the one before; where y has labels,
-- each class has its share of them.

local array = require "rille.array"
local errors = require "rille.base.errors"
local folds = require "rille.search.folds"
local random = require "rille.learn.random"
local trials = require "rille.search.trials"

local halving = {}

-- The rows of each class; all rows as one where y has no labels.
local function by_class(y, k)
  local n = #y
  if not folds.has_classes(y, k) then
    local all = {}
    for i = 1, n do all[i] = i end
    return { all }
  end
  local classes, of = {}, {}
  for i, label in ipairs(array.is(y) and y:totable() or y) do
    if not of[label] then
      of[label] = {}
      classes[#classes + 1] = of[label]
    end
    table.insert(of[label], i)
  end
  return classes
end

-- All rows in random order, each class spread evenly over it.
local function spread(y, k, seed)
  local bits, list = random.generator(seed), {}
  for c, rows in ipairs(by_class(y, k)) do
    for i, row in ipairs(random.shuffle(rows, bits)) do
      list[#list + 1] = { row = row, at = (i - 0.5) / #rows, class = c }
    end
  end
  table.sort(list, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.class < b.class
  end)
  for i, one in ipairs(list) do list[i] = one.row end
  return list
end

local function n_rounds(n_candidates, n_rows, options)
  local rounds, n, rows, factor = 1, n_candidates, n_rows, options.factor
  while n > factor and rows // factor >= options.min_rows do
    rounds, n, rows = rounds + 1, math.ceil(n / factor), rows // factor
  end
  return rounds
end

-- The plan of a search on the first rows of the order.
local function part_of(who, plan, order, rows, options)
  if rows == #order then return plan end
  local places = table.move(order, 1, rows, 1, {})
  table.sort(places)
  places = array.from(places, "i64")
  local y = folds.take(plan.y, places)
  return { X = folds.take(plan.X, places), y = y, fit = plan.fit, scoring = plan.scoring,
    folds = folds.make(who, y, rows, options) }
end

-- The trial of each candidate in its last round, with round and rows.
---@param who string
---@param plan table as trials.run has it
---@param candidates table[]
---@param options { factor: integer, min_rows: integer, cv: integer, seed: integer }
---@return table[]
function halving.run(who, plan, candidates, options)
  local n_rows = #plan.y
  if options.min_rows > n_rows then
    errors.raise("%s: min_rows is %d, and X has %d rows", who, options.min_rows, n_rows)
  end
  local order = spread(plan.y, options.cv, options.seed)
  local last, left = {}, {}
  for i = 1, #candidates do left[i] = i end
  local rounds = n_rounds(#candidates, n_rows, options)
  for round = 1, rounds do
    local rows, chosen = n_rows // options.factor ^ (rounds - round) // 1 | 0, {}
    for i, place in ipairs(left) do chosen[i] = candidates[place] end
    local list = trials.run(part_of(who, plan, order, rows, options), chosen)
    trials.check_any(who, list)
    for i, place in ipairs(left) do
      list[i].round, list[i].rows = round, rows
      last[place] = list[i]
    end
    local best, further = trials.order(list), {}
    for i = 1, math.ceil(#left / options.factor) do
      if list[best[i]].score then further[#further + 1] = left[best[i]] end
    end
    table.sort(further)
    left = further
  end
  return last
end

return halving
