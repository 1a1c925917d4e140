-- rille.metrics: how good predictions are.
--
-- y is what is true, pred what was predicted: vectors (arrays) or lists of the
-- same length.  Labels are numbers, booleans or strings; 1 and 1.0 are one label.
-- They are listed in ascending order: false, true, numbers, strings.
--
-- As in scikit-learn a quotient whose divisor is 0 is 0.0: the precision of a
-- class that was never predicted, the recall of one that never occurs, the f1 of
-- one with neither.  r2 of a constant y is 1.0 when pred equals it, otherwise 0.0.
--
-- A report is { accuracy, n, classes = { { label, precision, recall, f1,
-- support }, ... }, macro = { precision, recall, f1 }, weighted = the same }.

local array = require "rille.array"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

local metrics = {}

-- ---- arguments ----

local function to_list(who, name, v)
  if array.is(v) then
    if v.ndim ~= 1 then errors.raise("%s: %s is %s, expected a vector", who, name, errors.describe(v)) end
    return v:totable()
  elseif type(v) ~= "table" or getmetatable(v) then
    errors.raise("%s: %s is %s, expected a vector or a list", who, name, errors.describe(v))
  end
  return v
end

local function pair(who, y, pred)
  y, pred = to_list(who, "y", y), to_list(who, "pred", pred)
  if #y ~= #pred then errors.raise("%s: y has %d values and pred has %d", who, #y, #pred) end
  if #y == 0 then errors.raise("%s: y and pred are empty", who) end
  return y, pred
end

local RANK = { boolean = 1, number = 2, string = 3 }

local function check_labels(who, name, list)
  for i = 1, #list do
    local v = list[i]
    if not RANK[type(v)] then
      errors.raise("%s: %s[%d] is %s, a label must be a number, a boolean or a string", who, name, i,
        errors.describe(v))
    elseif v ~= v then
      errors.raise("%s: %s[%d] is NaN", who, name, i)
    end
  end
end

local function label_pair(who, y, pred)
  y, pred = pair(who, y, pred)
  check_labels(who, "y", y)
  check_labels(who, "pred", pred)
  return y, pred
end

local function check_numbers(who, name, list)
  for i = 1, #list do
    local v = list[i]
    if type(v) ~= "number" or v ~= v or math.abs(v) == math.huge then
      errors.raise("%s: %s[%d] is %s, expected a finite number", who, name, i, errors.describe(v))
    end
  end
end

local function number_pair(who, y, pred)
  y, pred = pair(who, y, pred)
  check_numbers(who, "y", y)
  check_numbers(who, "pred", pred)
  return y, pred
end

-- ---- counts ----

local function before(a, b)
  if type(a) ~= type(b) then return RANK[type(a)] < RANK[type(b)] end
  if type(a) == "boolean" then return not a and b end
  return a < b
end

local function labels_of(y, pred)
  local labels, seen = {}, {}
  for _, list in ipairs { y, pred } do
    for _, v in ipairs(list) do
      if not seen[v] then
        seen[v] = true
        labels[#labels + 1] = v
      end
    end
  end
  table.sort(labels, before)
  return labels
end

-- For each label { label, hit, predicted, support }, in the order of labels_of.
local function count(y, pred)
  local counts, of = labels_of(y, pred), {}
  for i, label in ipairs(counts) do
    of[label] = { label = label, hit = 0, predicted = 0, support = 0 }
    counts[i] = of[label]
  end
  for i, truth in ipairs(y) do
    local t, p = of[truth], of[pred[i]]
    t.support = t.support + 1
    p.predicted = p.predicted + 1
    if t == p then t.hit = t.hit + 1 end
  end
  return counts
end

local function quotient(a, b) return b == 0 and 0.0 or a / b end

local scores = {}
function scores.precision(c) return quotient(c.hit, c.predicted) end
function scores.recall(c) return quotient(c.hit, c.support) end
function scores.f1(c) return quotient(2 * c.hit, c.predicted + c.support) end

-- ---- averages ----

local averages = {}

function averages.macro(_, counts, score)
  local sum = 0.0
  for _, c in ipairs(counts) do sum = sum + score(c) end
  return sum / #counts
end

function averages.weighted(_, counts, score)
  local sum, n = 0.0, 0
  for _, c in ipairs(counts) do
    sum, n = sum + score(c) * c.support, n + c.support
  end
  return sum / n
end

function averages.micro(_, counts, score)
  local all = { hit = 0, predicted = 0, support = 0 }
  for _, c in ipairs(counts) do
    for name, v in next, all do all[name] = v + c[name] end
  end
  return score(all)
end

-- The positive class when none is named: true or 1 where it is a label, otherwise the greater label.
local function default_positive(counts)
  local last = counts[#counts].label
  for _, c in ipairs(counts) do
    if c.label == 1 then return 1 end
  end
  if last == 0 then return 1 end
  return type(last) == "boolean" or last
end

-- Of the positive class alone.
function averages.binary(who, counts, score, positive)
  if #counts > 2 then
    errors.raise('%s: average = "binary" with %d classes; choose "macro", "micro" or "weighted"', who, #counts)
  end
  if positive == nil then positive = default_positive(counts) end
  for _, c in ipairs(counts) do
    if c.label == positive then return score(c) end
  end
  if #counts == 2 then
    errors.raise("%s: the positive class %s is neither in y nor in pred", who, tostring(positive))
  end
  return 0.0
end

local OPTIONS = { average = true, positive = true }
local AVERAGES = { "binary", "macro", "micro", "weighted" }

local function averaged(name, y, pred, options)
  local who = "metrics." .. name
  errors.no_colon(y, name)
  options = options or {}
  if type(options) ~= "table" then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(options))
  end
  errors.check_fields(who, options, OPTIONS)
  local average = options.average or (options.positive ~= nil and "binary" or "macro")
  if not averages[average] then
    errors.raise("%s: average is %s%s", who, errors.describe(average), suggest.hint(average, AVERAGES))
  elseif options.positive ~= nil and average ~= "binary" then
    errors.raise('%s: positive is for average = "binary", not for %q', who, average)
  end
  y, pred = label_pair(who, y, pred)
  return averages[average](who, count(y, pred), scores[name], options.positive)
end

-- ---- classification ----

-- The share of the predictions that are right, 0.0 to 1.0.
---@param y table
---@param pred table
---@return number
function metrics.accuracy(y, pred, ...)
  errors.no_more("metrics.accuracy", ...)
  y, pred = label_pair("metrics.accuracy", y, pred)
  local right = 0
  for i, v in ipairs(y) do
    if v == pred[i] then right = right + 1 end
  end
  return right / #y
end

-- Row i, column j: how many of labels[i] were predicted as labels[j].  With
-- labels given, pairs in which another one stands are left out.
---@param y table
---@param pred table
---@param labels? table vector or list
---@return table matrix i64
---@return (number|boolean|string)[] labels
function metrics.confusion_matrix(y, pred, labels, ...)
  errors.no_more("metrics.confusion_matrix", ...)
  local who = "metrics.confusion_matrix"
  y, pred = label_pair(who, y, pred)
  if labels ~= nil then
    labels = to_list(who, "labels", labels)
    check_labels(who, "labels", labels)
    if #labels == 0 then errors.raise("%s: labels is empty", who) end
  else
    labels = labels_of(y, pred)
  end
  local place, rows = {}, {}
  for i, label in ipairs(labels) do
    if place[label] then errors.raise("%s: labels has %s twice", who, tostring(label)) end
    place[label], rows[i] = i, {}
    for j = 1, #labels do rows[i][j] = 0 end
  end
  for i, truth in ipairs(y) do
    local row, j = rows[place[truth]], place[pred[i]]
    if row and j then row[j] = row[j] + 1 end
  end
  return array.from(rows, "i64"), labels
end

-- Of what was predicted as a class, the share that is of it.  average is "macro"
-- (the mean over the classes), "weighted" (the mean by how often a class is in
-- y), "micro" (all classes counted together) or "binary" (the class positive
-- alone: when not given, 1 or true, or else the greater label).  It is "macro" unless positive is given.
---@param y table
---@param pred table
---@param options? { average?: "macro"|"micro"|"binary"|"weighted", positive?: number|boolean|string }
---@return number 0.0 to 1.0
function metrics.precision(y, pred, options, ...)
  errors.no_more("metrics.precision", ...)
  return averaged("precision", y, pred, options)
end

-- Of what is of a class, the share that was predicted as it.
---@param y table
---@param pred table
---@param options? { average?: "macro"|"micro"|"binary"|"weighted", positive?: number|boolean|string }
---@return number 0.0 to 1.0
function metrics.recall(y, pred, options, ...)
  errors.no_more("metrics.recall", ...)
  return averaged("recall", y, pred, options)
end

-- The harmonic mean of precision and recall.
---@param y table
---@param pred table
---@param options? { average?: "macro"|"micro"|"binary"|"weighted", positive?: number|boolean|string }
---@return number 0.0 to 1.0
function metrics.f1(y, pred, options, ...)
  errors.no_more("metrics.f1", ...)
  return averaged("f1", y, pred, options)
end

local Report = { __name = "metrics.report", __index = {} }
errors.strict(Report, "n classes macro weighted accuracy")

-- Precision, recall and f1 of every class; tostring makes a table of it.
---@param y table
---@param pred table
---@return table report its shape stands above
function metrics.report(y, pred, ...)
  errors.no_more("metrics.report", ...)
  y, pred = label_pair("metrics.report", y, pred)
  local counts, hits = count(y, pred), 0
  local report = { n = #y, classes = {}, macro = {}, weighted = {} }
  for i, c in ipairs(counts) do
    report.classes[i] = { label = c.label, support = c.support }
    hits = hits + c.hit
    for name, score in next, scores do report.classes[i][name] = score(c) end
  end
  for name, score in next, scores do
    report.macro[name] = averages.macro(nil, counts, score)
    report.weighted[name] = averages.weighted(nil, counts, score)
  end
  report.accuracy = hits / #y
  return setmetatable(report, Report)
end

function Report.__tostring(r)
  local width = #"weighted"
  for _, c in ipairs(r.classes) do width = math.max(width, #tostring(c.label)) end
  local function line(name, c, support)
    return string.format("%-" .. width .. "s  %9.4f  %6.4f  %6.4f  %7d", name, c.precision, c.recall, c.f1, support)
  end
  local lines = { string.rep(" ", width) .. "  precision  recall      f1  support" }
  for _, c in ipairs(r.classes) do lines[#lines + 1] = line(tostring(c.label), c, c.support) end
  lines[#lines + 1] = line("macro", r.macro, r.n)
  lines[#lines + 1] = line("weighted", r.weighted, r.n)
  lines[#lines + 1] = string.format("accuracy %.4f", r.accuracy)
  return table.concat(lines, "\n")
end

-- ---- regression ----

local function squared_error(y, pred)
  local sum = 0.0
  for i, v in ipairs(y) do sum = sum + (v + 0.0 - pred[i]) ^ 2 end
  return sum
end

-- The mean squared error.
---@param y table
---@param pred table
---@return number
function metrics.mse(y, pred, ...)
  errors.no_more("metrics.mse", ...)
  y, pred = number_pair("metrics.mse", y, pred)
  return squared_error(y, pred) / #y
end

-- The root of the mean squared error.
---@param y table
---@param pred table
---@return number
function metrics.rmse(y, pred, ...)
  errors.no_more("metrics.rmse", ...)
  y, pred = number_pair("metrics.rmse", y, pred)
  return math.sqrt(squared_error(y, pred) / #y)
end

-- The mean absolute error.
---@param y table
---@param pred table
---@return number
function metrics.mae(y, pred, ...)
  errors.no_more("metrics.mae", ...)
  y, pred = number_pair("metrics.mae", y, pred)
  local sum = 0.0
  for i, v in ipairs(y) do sum = sum + math.abs(v + 0.0 - pred[i]) end
  return sum / #y
end

-- The share of the variance of y that pred explains; below 0 it is worse than
-- the mean of y.
---@param y table at least two values
---@param pred table
---@return number up to 1.0
function metrics.r2(y, pred, ...)
  errors.no_more("metrics.r2", ...)
  y, pred = number_pair("metrics.r2", y, pred)
  if #y < 2 then errors.raise("metrics.r2: needs at least two values") end
  local first, shift, total = y[1] + 0.0, 0.0, 0.0
  for _, v in ipairs(y) do shift = shift + (v - first) end
  local mean = first + shift / #y        -- of a constant y exactly that
  for _, v in ipairs(y) do total = total + (v - mean) ^ 2 end
  local off = squared_error(y, pred)
  if total == 0 then return off == 0 and 1.0 or 0.0 end
  return 1 - off / total
end

return origin.strict(metrics)
