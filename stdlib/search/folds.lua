-- folds: the data of a search, and its parts for training and testing.
--
-- X is an array (along its first axis) or a frame, y an array or a list.

local array = require "rille.array"
local errors = require "rille.base.errors"
local model_helpers = require "rille.learn.model_helpers"
local split = require "rille.split"

local folds = {}

local function is_frame(v)
  local meta = debug.getmetatable(v)
  return type(v) == "table" and type(meta) == "table" and rawget(meta, "__name") == "frame"
end

-- X and y as what has rows.
---@return table X, table y, integer n
function folds.data(who, X, y)
  if not is_frame(X) then X = model_helpers.matrix(who, X) end
  if not (array.is(y) and y.ndim == 1) and (type(y) ~= "table" or getmetatable(y)) then
    errors.raise("%s: y is %s, expected a vector or a list", who, errors.describe(y))
  end
  if #X ~= #y then errors.raise("%s: X has %d rows and y has %d", who, #X, #y) end
  if #X < 2 then errors.raise("%s: X has %d row%s, and a fold needs two", who, #X, #X == 1 and "" or "s") end
  return X, y, #X
end

-- The rows at these places, an i64 vector.
function folds.take(v, places)
  if array.is(v) or is_frame(v) then return v:take(places) end
  local list = {}
  for i, row in ipairs(places:totable()) do list[i] = v[row] end
  return list
end

local LABELS <const> = { i64 = true, i32 = true, u8 = true, bool = true }

-- Does y have labels, each at least k times?
---@return boolean
function folds.has_classes(y, k)
  if array.is(y) and not LABELS[y.dtype] then return false end
  local counts = {}
  for _, label in ipairs(array.is(y) and y:totable() or y) do
    if math.type(label) == "float" then return false end
    counts[label] = (counts[label] or 0) + 1
  end
  for _, n in next, counts do if n < k then return false end end
  return true
end

-- Raises for a row that is twice in the fold: the model would be measured on what it has seen.
local function check_rows(who, i, fold)
  local seen = {}
  for _, part in ipairs { "train", "test" } do
    for _, row in ipairs(fold[part]:totable()) do
      if part == "train" then
        seen[row] = seen[row] or part
      elseif seen[row] then
        errors.raise("%s: cv[%d]: row %d is %s", who, i, row,
          seen[row] == "train" and "in train and in test" or "twice in test")
      else
        seen[row] = part
      end
    end
  end
end

-- Lists of rows as vectors.
local function as_vectors(list)
  local made = {}
  for i, fold in ipairs(list) do
    made[i] = fold
    if type(fold) == "table" and not getmetatable(fold) then
      made[i] = {}
      for part, places in next, fold do
        local is_list = type(places) == "table" and not getmetatable(places) and math.type(places[1]) == "integer"
        local ok, rows = pcall(array.from, places, "i64")
        made[i][part] = is_list and ok and rows or places
      end
    end
  end
  return made
end

local function check_given(who, given, n)
  local list = as_vectors(given)
  if #list == 0 then errors.raise("%s: cv is an empty list, expected a number of folds, or folds", who) end
  for i, fold in ipairs(list) do
    for _, part in ipairs { "train", "test" } do
      local places = type(fold) == "table" and fold[part]
      if not (array.is(places) and places.ndim == 1 and #places > 0) then
        errors.raise("%s: cv[%d].%s is %s, expected a vector of rows, as split.k_fold gives them", who, i, part,
          errors.describe(places or nil))
      elseif places:min() < 1 or places:max() > n then
        errors.raise("%s: cv[%d].%s has rows beyond the %d of X", who, i, part, n)
      end
    end
    check_rows(who, i, fold)
  end
  return list
end

-- The folds: { { train =, test = }, ... }.
---@param who string
---@param y table
---@param n integer rows
---@param options { cv: integer|table[], stratify: boolean?, shuffle: boolean, seed: integer }
function folds.make(who, y, n, options)
  local k = options.cv
  if type(k) == "table" then return check_given(who, k, n) end
  if k > n then errors.raise("%s: cv is %d, and X has %d rows", who, k, n) end
  local seed = options.shuffle and options.seed or nil
  local stratify = options.stratify
  if stratify == nil then stratify = folds.has_classes(y, k) end
  if stratify then return split.stratified_k_fold(y, k, seed) end
  return split.k_fold(n, k, seed)
end

return folds
