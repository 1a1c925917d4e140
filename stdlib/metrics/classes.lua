-- classes: how good predicted labels are.

local array = require "rille.array"
local arguments = require "rille.metrics.arguments"
local counts = require "rille.metrics.counts"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local classes = {}

local function quotient(a, b) return b == 0 and 0.0 or a / b end

local scores = {}
function scores.precision(c) return quotient(c.hit, c.predicted) end
function scores.recall(c) return quotient(c.hit, c.support) end
function scores.f1(c) return quotient(2 * c.hit, c.predicted + c.support) end

-- ---- averages ----

local averages = {}

function averages.macro(_, counted, score)
  local sum = 0.0
  for _, c in ipairs(counted) do sum = sum + score(c) end
  return sum / #counted
end

function averages.weighted(_, counted, score)
  local sum, n = 0.0, 0
  for _, c in ipairs(counted) do
    sum, n = sum + score(c) * c.support, n + c.support
  end
  return sum / n
end

function averages.micro(_, counted, score)
  local all = { hit = 0, predicted = 0, support = 0 }
  for _, c in ipairs(counted) do
    for name, v in next, all do all[name] = v + c[name] end
  end
  return score(all)
end

-- Of the positive class alone.
function averages.binary(who, counted, score, positive)
  if #counted > 2 then
    errors.raise('%s: average = "binary" with %d classes; choose "macro", "micro" or "weighted"', who, #counted)
  end
  if positive == nil then
    local labels = {}
    for i, c in ipairs(counted) do labels[i] = c.label end
    positive = counts.positive(labels)
  end
  for _, c in ipairs(counted) do
    if c.label == positive then return score(c) end
  end
  if #counted == 2 then
    errors.raise("%s: the positive class %s is neither in y nor in pred", who, tostring(positive))
  end
  return 0.0
end

local OPTIONS = { average = true, positive = true }
local AVERAGES = { "binary", "macro", "micro", "weighted" }

local function averaged(name, y, pred, options)
  local who = "metrics." .. name
  errors.no_colon(y, name)
  options = arguments.options(who, options, OPTIONS)
  local average = options.average or (options.positive ~= nil and "binary" or "macro")
  if not averages[average] then
    errors.raise("%s: average is %s%s", who, errors.describe(average), suggest.hint(average, AVERAGES))
  elseif options.positive ~= nil and average ~= "binary" then
    errors.raise('%s: positive is for average = "binary", not for %q', who, average)
  end
  y, pred = arguments.label_pair(who, y, pred)
  return averages[average](who, counts.of(y, pred), scores[name], options.positive)
end

-- ---- classification ----

-- The share of the predictions that are right, 0.0 to 1.0.
---@param y table
---@param pred table
---@return number
function classes.accuracy(y, pred, ...)
  errors.no_more("metrics.accuracy", ...)
  y, pred = arguments.label_pair("metrics.accuracy", y, pred)
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
function classes.confusion_matrix(y, pred, labels, ...)
  errors.no_more("metrics.confusion_matrix", ...)
  local who = "metrics.confusion_matrix"
  y, pred = arguments.label_pair(who, y, pred)
  if labels ~= nil then
    labels = arguments.list(who, "labels", labels)
    arguments.check_labels(who, "labels", labels)
    if #labels == 0 then errors.raise("%s: labels is empty", who) end
  else
    labels = counts.labels(y, pred)
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
function classes.precision(y, pred, options, ...)
  errors.no_more("metrics.precision", ...)
  return averaged("precision", y, pred, options)
end

-- Of what is of a class, the share that was predicted as it.
---@param y table
---@param pred table
---@param options? { average?: "macro"|"micro"|"binary"|"weighted", positive?: number|boolean|string }
---@return number 0.0 to 1.0
function classes.recall(y, pred, options, ...)
  errors.no_more("metrics.recall", ...)
  return averaged("recall", y, pred, options)
end

-- The harmonic mean of precision and recall.
---@param y table
---@param pred table
---@param options? { average?: "macro"|"micro"|"binary"|"weighted", positive?: number|boolean|string }
---@return number 0.0 to 1.0
function classes.f1(y, pred, options, ...)
  errors.no_more("metrics.f1", ...)
  return averaged("f1", y, pred, options)
end

local Report = { __name = "metrics.report", __index = {} }
errors.strict(Report, "n classes macro weighted accuracy")

-- Precision, recall and f1 of every class; tostring makes a table of it.
---@param y table
---@param pred table
---@return table report its shape stands above
function classes.report(y, pred, ...)
  errors.no_more("metrics.report", ...)
  y, pred = arguments.label_pair("metrics.report", y, pred)
  local counted, hits = counts.of(y, pred), 0
  local report = { n = #y, classes = {}, macro = {}, weighted = {} }
  for i, c in ipairs(counted) do
    report.classes[i] = { label = c.label, support = c.support }
    hits = hits + c.hit
    for name, score in next, scores do report.classes[i][name] = score(c) end
  end
  for name, score in next, scores do
    report.macro[name] = averages.macro(nil, counted, score)
    report.weighted[name] = averages.weighted(nil, counted, score)
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

-- ---- of all classes together ----

-- The mean of the recalls of the classes in y: the accuracy if every class had as many rows.
---@param y table
---@param pred table
---@return number 0.0 to 1.0
function classes.balanced_accuracy(y, pred, ...)
  errors.no_more("metrics.balanced_accuracy", ...)
  y, pred = arguments.label_pair("metrics.balanced_accuracy", y, pred)
  local sum, n = 0.0, 0
  for _, c in ipairs(counts.of(y, pred)) do
    if c.support > 0 then sum, n = sum + scores.recall(c), n + 1 end
  end
  return sum / n
end

-- Matthews' correlation of y and pred, for any number of classes: 1.0 is right everywhere, 0.0 as good as chance,
-- and as in scikit-learn 0.0 where y or pred is of one class.
---@param y table
---@param pred table
---@return number -1.0 to 1.0
function classes.matthews(y, pred, ...)
  errors.no_more("metrics.matthews", ...)
  y, pred = arguments.label_pair("metrics.matthews", y, pred)
  local n, hits, both, predicted, support = #y + 0.0, 0.0, 0.0, 0.0, 0.0
  for _, c in ipairs(counts.of(y, pred)) do
    hits, both = hits + c.hit, both + c.predicted * (c.support + 0.0)
    predicted, support = predicted + c.predicted ^ 2, support + c.support ^ 2
  end
  return quotient(hits * n - both, math.sqrt(n * n - predicted) * math.sqrt(n * n - support))
end

return classes
