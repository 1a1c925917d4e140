-- scoring: how good a fitted model is on rows that it has not seen.
--
-- A scoring is { name =, minimize =, score = function(model, X, y) -> number }, made of
--     nil                              the model's own score: m:score(X, y)
--     "roc_auc"                        a measure of rille.metrics
--     { "f1", positive = 1 }           the same, with its options
--     function(model, X, y)            what it returns
-- minimize says that less is better, as it is of errors and losses.

local errors = require "rille.base.errors"
local metrics = require "rille.metrics"
local suggest = require "rille.base.suggest"

local scoring = {}

-- What a measure is given: labels, probabilities or numbers; LESS are better when small.
local GIVEN <const> = {
  accuracy = "labels", balanced_accuracy = "labels", precision = "labels", recall = "labels", f1 = "labels",
  matthews = "labels",
  log_loss = "probabilities", brier = "probabilities", roc_auc = "probabilities", average_precision = "probabilities",
  r2 = "numbers", mse = "numbers", rmse = "numbers", mae = "numbers", mape = "numbers",
}
local LESS <const> = { log_loss = true, brier = true, mse = true, rmse = true, mae = true, mape = true }
local TAKES_OPTIONS <const> = { precision = true, recall = true, f1 = true }

local function method(model, name)
  local ok, f = pcall(function() return model[name] end)
  return ok and f ~= nil
end

local function need(model, name)
  if not method(model, name) then
    errors.raise("the model has no method %s, which the scoring needs", name)
  end
end

local function own_score(model, X, y)
  need(model, "score")
  return model:score(X, y)
end

local function by_labels(measure, options)
  return function(model, X, y)
    need(model, "predict")
    return measure(y, model:predict(X), options)
  end
end

local function by_probabilities(measure, options)
  return function(model, X, y)
    need(model, "predict_proba")
    local o = { classes = method(model, "classes") and model.classes or nil }
    for k, v in next, options or {} do o[k] = v end
    return measure(y, model:predict_proba(X), o)
  end
end

local function names()
  local list = {}
  for name in next, GIVEN do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function named(who, name, options)
  if not GIVEN[name] then
    local hint = suggest.hint(name, names())
    errors.raise("%s: scoring is %s%s", who, errors.describe(name),
      hint ~= "" and hint or ", expected a function or one of " .. table.concat(names(), ", "))
  end
  local given, measure = GIVEN[name], metrics[name]
  if options and given ~= "probabilities" and not TAKES_OPTIONS[name] then
    errors.raise("%s: scoring: %s takes no options", who, name)
  end
  return { name = name, minimize = LESS[name] or false,
    score = given == "probabilities" and by_probabilities(measure, options) or by_labels(measure, options) }
end

-- The scoring that a script gives.
---@param who string
---@param given nil|string|table|function
---@param minimize boolean?
function scoring.read(who, given, minimize)
  local made
  if given == nil then
    made = { name = "score", minimize = false, score = own_score }
  elseif type(given) == "function" then
    made = { name = "function", minimize = false, score = given }
  elseif type(given) == "table" and not getmetatable(given) and type(given[1]) == "string" then
    local options = {}
    for k, v in next, given do if k ~= 1 then options[k] = v end end
    made = named(who, given[1], next(options) and options)
  else
    made = named(who, given)
  end
  if minimize ~= nil then
    if type(minimize) ~= "boolean" then
      errors.raise("%s: minimize is %s, expected true or false", who, errors.describe(minimize))
    elseif type(given) ~= "function" and minimize ~= made.minimize then
      errors.raise("%s: minimize is for a scoring that is a function; %s is %s", who, made.name,
        made.minimize and "better when less" or "better when greater")
    end
    made.minimize = minimize
  end
  return made
end

return scoring
