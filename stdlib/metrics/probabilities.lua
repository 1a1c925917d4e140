-- probabilities: how good predicted probabilities and scores are.
--
-- What was predicted is a vector, the probability or score of the positive class, or a matrix
-- as predict_proba gives it: a column for each class, ascending.  The classes are the labels
-- in y, or options.classes, where y may lack some: m.classes.  The positive class is
-- options.positive; when not given, 1 or true, or else the greater label.

local array = require "rille.array"
local arguments = require "rille.metrics.arguments"
local counts = require "rille.metrics.counts"
local errors = require "rille.base.errors"
local libraries = require "rille.project.libraries"

local probabilities = {}

local OPTIONS <const> = { positive = true, classes = true }
local ALIKE <const> = 1e-6                      -- how far the sum of a row of probabilities may be from 1

-- ---- what was predicted ----

local function is_matrix(v)
  if array.is(v) then return v.ndim == 2 end
  return type(v) == "table" and type(v[1]) == "table"
end

local function matrix_rows(who, p)
  if array.is(p) then return p:totable() end
  local ok, m = pcall(array.from, p)
  if not ok or m.ndim ~= 2 then errors.raise("%s: pred is %s, expected rows of numbers", who, errors.describe(p)) end
  return m:totable()
end

local function class_list(who, y, given)
  if given == nil then return counts.labels(y) end
  local list = arguments.list(who, "classes", given)
  arguments.check_labels(who, "classes", list)
  local known = {}
  for _, label in ipairs(list) do known[label] = true end
  for i, label in ipairs(y) do
    if not known[label] then errors.raise("%s: row %d of y is %s, which is not in classes", who, i, tostring(label)) end
  end
  return list
end

local function check_rows(who, rows, classes)
  for i, row in ipairs(rows) do
    if #row ~= #classes then
      errors.raise("%s: pred has %d columns and y has %d classes%s", who, #row, #classes,
        #row > #classes and "; name all of them: classes = m.classes" or "")
    end
    arguments.check_numbers(who, "row " .. i .. " of pred", row)
  end
end

-- { y =, n =, classes =, positive =, rows = a list for each row, or list = a score for each }.
local function read(who, y, pred, options)
  errors.no_colon(y, who:match "[%w_]+$")
  options = arguments.options(who, options, OPTIONS)
  y = arguments.list(who, "y", y)
  local of_classes = is_matrix(pred)
  pred = of_classes and matrix_rows(who, pred) or arguments.list(who, "pred", pred)
  if #y ~= #pred then errors.raise("%s: y has %d values and pred has %d", who, #y, #pred) end
  if #y == 0 then errors.raise("%s: y and pred are empty", who) end
  arguments.check_labels(who, "y", y)
  local classes = class_list(who, y, options.classes)
  local read_in = { y = y, n = #y, classes = classes, positive = options.positive }
  if read_in.positive == nil then read_in.positive = counts.positive(classes) end
  if of_classes then
    check_rows(who, pred, classes)
    read_in.rows = pred
  else
    arguments.check_numbers(who, "pred", pred)
    if #classes > 2 then
      errors.raise("%s: y has %d classes, and pred is a vector; expected a matrix, a column for each class", who,
        #classes)
    end
    read_in.list = pred
  end
  return read_in
end

-- The score of the positive class of each row.
local function positive_scores(who, r)
  if r.list then return r.list end
  if #r.classes > 2 then
    errors.raise("%s: y has %d classes, expected two", who, #r.classes)
  end
  local place
  for k, label in ipairs(r.classes) do if label == r.positive then place = k end end
  if not place then errors.raise("%s: the positive class %s is not in y", who, tostring(r.positive)) end
  local list = {}
  for i, row in ipairs(r.rows) do list[i] = row[place] end
  return list
end

-- ---- probabilities ----

local function check_probability(who, i, p)
  if p < 0 or p > 1 then errors.raise("%s: row %d of pred has %.6g, expected probabilities from 0 to 1", who, i, p) end
end

-- How much too little each row gives its own class: -ln of its probability, which is held between 2^-52 and
-- 1 - 2^-52, as scikit-learn does.
local EPSILON <const> = 2.0 ^ -52

local function held(p) return math.max(EPSILON, math.min(1 - EPSILON, p)) end

local function loss_of_rows(who, r)
  local place, sum = {}, 0.0
  for k, label in ipairs(r.classes) do place[label] = k end
  for i, row in ipairs(r.rows) do
    local total, all = 0.0, 0.0
    for _, p in ipairs(row) do
      check_probability(who, i, p)
      total, all = total + p, all + held(p)
    end
    if math.abs(total - 1) > ALIKE then
      errors.raise("%s: row %d of pred has the sum %.6g, expected 1", who, i, total)
    end
    sum = sum - math.log(held(row[place[r.y[i]]]) / all)
  end
  return sum / r.n
end

-- The mean of -ln(probability of the true class); smaller is better.
---@param y table
---@param pred table vector, or matrix with a column for each class
---@param options? { positive?: number|boolean|string, classes?: table }
---@return number
function probabilities.log_loss(y, pred, options, ...)
  errors.no_more("metrics.log_loss", ...)
  local who = "metrics.log_loss"
  local r = read(who, y, pred, options)
  libraries.note_math()
  if r.rows then return loss_of_rows(who, r) end
  local sum = 0.0
  for i, p in ipairs(r.list) do
    check_probability(who, i, p)
    p = held(p)
    sum = sum - math.log(r.y[i] == r.positive and p or 1 - p)
  end
  return sum / r.n
end

-- The mean squared difference of the probability of the positive class and what is true, 1 or 0; smaller is better.
---@param y table of at most two classes
---@param pred table vector, or matrix with a column for each class
---@param options? { positive?: number|boolean|string, classes?: table }
---@return number 0.0 to 1.0
function probabilities.brier(y, pred, options, ...)
  errors.no_more("metrics.brier", ...)
  local who = "metrics.brier"
  local r = read(who, y, pred, options)
  local sum = 0.0
  for i, p in ipairs(positive_scores(who, r)) do
    check_probability(who, i, p)
    sum = sum + (p - (r.y[i] == r.positive and 1 or 0)) ^ 2
  end
  return sum / r.n
end

-- ---- ranking ----

-- Counts at each different score from the highest down: { score =, hits = rows of the class with at least that
-- score, false_hits = rows of others }.
local function steps(y, list, positive)
  local order = array.from(list, "f64"):argsort():totable()
  local made, hits, false_hits = {}, 0, 0
  for i = #order, 1, -1 do
    local row = order[i]
    if y[row] == positive then hits = hits + 1 else false_hits = false_hits + 1 end
    if i == 1 or list[order[i - 1]] ~= list[row] then
      made[#made + 1] = { score = list[row] + 0.0, hits = hits, false_hits = false_hits }
    end
  end
  return made, hits, false_hits
end

local function only_one(who, y)
  errors.raise("%s: y has only class %s; rows of two classes are needed", who, tostring(y[1]))
end

local function area(who, y, list, positive)
  local made, n_hits, n_false = steps(y, list, positive)
  if n_hits == 0 or n_false == 0 then
    if #counts.labels(y) == 1 then only_one(who, y) end
    errors.raise("%s: no row of y is of class %s", who, tostring(positive))
  end
  local twice, hits, false_hits = 0, 0, 0
  for _, s in ipairs(made) do
    twice = twice + (s.false_hits - false_hits) * (s.hits + hits)
    hits, false_hits = s.hits, s.false_hits
  end
  return twice / (2.0 * n_hits * n_false)
end

local function precision_area(who, y, list, positive)
  local made, n_hits = steps(y, list, positive)
  if n_hits == 0 then errors.raise("%s: no row of y is of class %s", who, tostring(positive)) end
  local sum, hits = 0.0, 0
  for _, s in ipairs(made) do
    sum = sum + (s.hits - hits) / n_hits * (s.hits / (s.hits + s.false_hits))
    hits = s.hits
  end
  return sum
end

-- Of the positive class, or the mean over the classes of a matrix with more than two.
local function over_classes(who, y, pred, options, measure)
  local r = read(who, y, pred, options)
  if r.list or #r.classes <= 2 then return measure(who, r.y, positive_scores(who, r), r.positive) end
  local sum = 0.0
  for k, label in ipairs(r.classes) do
    local list = {}
    for i, row in ipairs(r.rows) do list[i] = row[k] end
    sum = sum + measure(who, r.y, list, label)
  end
  return sum / #r.classes
end

-- The area under the ROC curve: how likely a row of the positive class has a higher score than one of the other,
-- equal scores counting half.  Of more than two classes the mean of each against the rest.
---@param y table
---@param pred table vector, or matrix with a column for each class
---@param options? { positive?: number|boolean|string, classes?: table }
---@return number 0.0 to 1.0
function probabilities.roc_auc(y, pred, options, ...)
  errors.no_more("metrics.roc_auc", ...)
  return over_classes("metrics.roc_auc", y, pred, options, area)
end

-- The mean precision over the steps of the recall, without interpolation; of more than two classes the mean.
---@param y table
---@param pred table vector, or matrix with a column for each class
---@param options? { positive?: number|boolean|string, classes?: table }
---@return number 0.0 to 1.0
function probabilities.average_precision(y, pred, options, ...)
  errors.no_more("metrics.average_precision", ...)
  return over_classes("metrics.average_precision", y, pred, options, precision_area)
end

local function curve(who, y, pred, options)
  local r = read(who, y, pred, options)
  local made, n_hits, n_false = steps(r.y, positive_scores(who, r), r.positive)
  if n_hits == 0 then errors.raise("%s: no row of y is of class %s", who, tostring(r.positive)) end
  return made, n_hits, n_false, r.y
end

-- The ROC curve, a row for each different score from the highest down: rows with at least the threshold are
-- called positive, fpr is the share of the others among them, tpr that of the positive class.
---@param y table of two classes
---@param pred table vector, or matrix with two columns
---@param options? { positive?: number|boolean|string, classes?: table }
---@return frame threshold, fpr, tpr
function probabilities.roc_curve(y, pred, options, ...)
  errors.no_more("metrics.roc_curve", ...)
  local made, n_hits, n_false, labels = curve("metrics.roc_curve", y, pred, options)
  if n_false == 0 then only_one("metrics.roc_curve", labels) end
  local threshold, fpr, tpr = { math.huge }, { 0.0 }, { 0.0 }
  for i, s in ipairs(made) do
    threshold[i + 1], fpr[i + 1], tpr[i + 1] = s.score, s.false_hits / n_false, s.hits / n_hits
  end
  return require("rille.frame").new { { "threshold", threshold }, { "fpr", fpr }, { "tpr", tpr } }
end

-- Precision and recall for each different score as the threshold, ascending; the last row, above all scores, has
-- precision 1 and recall 0.
---@param y table of two classes
---@param pred table vector, or matrix with two columns
---@param options? { positive?: number|boolean|string, classes?: table }
---@return frame threshold, precision, recall
function probabilities.precision_recall_curve(y, pred, options, ...)
  errors.no_more("metrics.precision_recall_curve", ...)
  local made, n_hits = curve("metrics.precision_recall_curve", y, pred, options)
  local n = #made
  local threshold, precision, recall = { [n + 1] = math.huge }, { [n + 1] = 1.0 }, { [n + 1] = 0.0 }
  for i, s in ipairs(made) do
    local at = n + 1 - i
    threshold[at], precision[at], recall[at] = s.score, s.hits / (s.hits + s.false_hits), s.hits / n_hits
  end
  return require("rille.frame").new { { "threshold", threshold }, { "precision", precision }, { "recall", recall } }
end

return probabilities
