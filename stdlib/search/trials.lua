-- trials: candidates, tried on folds, and ranked.
--
-- A trial is data:
--     { params = { NAME = value }, scoring = name, minimize = true or nil,
--       scores = { of each fold }, score = their mean, std = their standard deviation }
-- or, of a candidate that failed, without the last three and with
--     error = "fold 2: why"
-- They are ranked by score: of equal ones the first trial is better, and
-- those that failed come last.  Of successive halving it has round and rows, its last ones:
-- who came further is better.

local array = require "rille.array"
local errors = require "rille.base.errors"
local folds = require "rille.search.folds"
local frame = require "rille.frame"
local model_helpers = require "rille.learn.model_helpers"
local internal_error = require "rille.base.internal_error"

local trials = {}

-- ---- models ----

local function copy(v)
  if type(v) ~= "table" or getmetatable(v) then return v end
  local made = {}
  for k, x in next, v do made[k] = copy(x) end
  return made
end

-- The module of chains, where the model is one.
local function chains(model)
  local chain = package.loaded["rille.preprocess.chain"]
  return chain and debug.getmetatable(model) == chain.ModelChain and chain or nil
end

local function fit_by_method(model)
  local chain = chains(model)
  return function(X, y, params)
    local one = next(params) ~= nil and model:with(params) or model
    if chain then return chain.fit_part(one, X, y) end
    return one:fit(X, y)
  end
end

-- Raises where X has what the model must not see: in the folds it is not asked again.
function trials.check_data(who, given, X, y)
  local chain = given ~= nil and chains(given)
  if chain then chain.check_data(who, X, y) end
end

local function has_method(v, name)
  local ok, f = pcall(function() return v[name] end)
  return ok and type(f) == "function"
end

-- fit(X, y, params) -> a fitted model, of what a script gives as a model: such a function, what has one as its field
-- fit (svm.SVC, tree), or a value with methods fit and with (a chain of rille.preprocess).
---@param who string
---@param given any
---@return function
function trials.fitter(who, given)
  if type(given) == "function" then return given end
  if type(given) == "table" then
    local fit = rawget(given, "fit")
    if type(fit) == "function" then return fit end
  end
  if given ~= nil and debug.getmetatable(given) and has_method(given, "fit") then return fit_by_method(given) end
  errors.raise("%s: model is %s, expected what has fit, such as svm.SVC or tree, or a function(X, y, params)", who,
    errors.describe(given))
end

-- A fitted model, or nil and why there is none.
---@param at string? the position of the script, which the reason leaves out
local function attempt(at, f, ...)
  local ok, value = internal_error.call(f, ...)
  if ok then return value end
  if internal_error.is(value) then error(value, 0) end
  local text = tostring(value)
  if at and text:sub(1, #at + 2) == at .. ": " then text = text:sub(#at + 3) end
  return nil, text:match "^[^\n]*"
end

-- ---- tries ----

local function score_of(at, plan, parts, params)
  local model, why = attempt(at, plan.fit, parts.X_train, parts.y_train, copy(params))
  if why then return nil, why end
  if model == nil then return nil, "fit returned nil, expected a model" end
  local score
  score, why = attempt(at, plan.scoring.score, model, parts.X_test, parts.y_test)
  if why then return nil, why end
  if type(score) ~= "number" then return nil, "the score is " .. errors.describe(score) .. ", expected a number" end
  if score ~= score then return nil, "the score is NaN" end
  if math.abs(score) == math.huge then return nil, "the score is infinite" end
  return score + 0.0
end

local function mean_of(list)
  local sum = 0.0
  for _, v in ipairs(list) do sum = sum + v end
  return sum / #list
end

local function finish(trial)
  if trial.error then
    trial.scores = nil
    return
  end
  trial.score = mean_of(trial.scores)
  local squares = {}
  for i, v in ipairs(trial.scores) do squares[i] = (v - trial.score) ^ 2 end
  trial.std = math.sqrt(mean_of(squares))
end

-- Tries each candidate on each fold; the rows of a fold are taken once for all.
---@param plan { X: table, y: table, folds: table[], fit: function, scoring: table }
---@param candidates table[]
---@return table[] trials
function trials.run(plan, candidates)
  local list, at = {}, errors.where()
  for i, params in ipairs(candidates) do
    list[i] = { params = copy(params), scores = {}, scoring = plan.scoring.name,
      minimize = plan.scoring.minimize or nil }
  end
  for k, fold in ipairs(plan.folds) do
    local parts = { X_train = folds.take(plan.X, fold.train), y_train = folds.take(plan.y, fold.train),
      X_test = folds.take(plan.X, fold.test), y_test = folds.take(plan.y, fold.test) }
    for _, trial in ipairs(list) do
      if not trial.error then
        local score, why = score_of(at, plan, parts, trial.params)
        trial.scores[k] = score
        if why then trial.error = "fold " .. k .. ": " .. why end
      end
    end
  end
  for _, trial in ipairs(list) do finish(trial) end
  return list
end

-- ---- ranks ----

local function better(a, b)
  if a.trial.score and b.trial.score then
    local in_a, in_b = a.trial.round or 1, b.trial.round or 1
    if in_a ~= in_b then return in_a > in_b end
    if a.trial.score ~= b.trial.score then
      return (a.trial.score > b.trial.score) ~= (a.trial.minimize == true)
    end
  elseif a.trial.score or b.trial.score then
    return a.trial.score ~= nil
  end
  return a.place < b.place
end

-- The places of the trials from the best to the worst.
---@param list table[]
---@return integer[]
function trials.order(list)
  local ranked, places = {}, {}
  for i, trial in ipairs(list) do ranked[i] = { trial = trial, place = i } end
  table.sort(ranked, better)
  for i, one in ipairs(ranked) do places[i] = one.place end
  return places
end

-- "C = 10, kernel = \"rbf\""
function trials.params_text(params)
  local names, parts = {}, {}
  for name in next, params do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local v = params[name]
    parts[i] = name .. " = " .. (type(v) == "table" and model_helpers.text(v) or errors.describe(v))
  end
  return #parts > 0 and table.concat(parts, ", ") or "no parameters"
end

-- Raises when no candidate has a score.
function trials.check_any(who, list)
  if #list == 0 then errors.raise("%s: there are no trials", who) end
  for _, trial in ipairs(list) do if trial.score then return end end
  errors.raise("%s: %s failed; %s: %s", who, #list == 1 and "the only candidate" or "all " .. #list .. " candidates",
    #list == 1 and "with " .. trials.params_text(list[1].params) or "the first, with "
    .. trials.params_text(list[1].params), list[1].error)
end

-- ---- as a frame ----

local FIXED <const> = { rank = "param_rank", trial = "param_trial", score = "param_score", std = "param_std",
  error = "param_error", round = "param_round", rows = "param_rows" }

local function param_names(list)
  local seen, names = {}, {}
  for _, trial in ipairs(list) do
    for name in next, trial.params do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names)
  return names
end

-- What a column holds of a parameter whose values have not one kind.
local function as_text(v)
  if v == nil then return "" end
  if type(v) == "string" then return v end
  return type(v) == "table" and model_helpers.text(v) or tostring(v)
end

-- The values of a parameter as a column: numbers (NaN where there is none), booleans, or texts.
local function param_column(list, name)
  local kinds, n, values = {}, 0, {}
  for i, trial in ipairs(list) do
    local v = trial.params[name]
    local kind = v == nil and "nil" or math.type(v) or type(v)
    if not kinds[kind] then kinds[kind], n = true, n + 1 end
    values[i] = v
  end
  if n == 1 and kinds.integer then return array.from(values, "i64") end
  if n == 1 and kinds.boolean then return array.from(values, "bool") end
  if not (kinds.string or kinds.boolean or kinds.table) then
    for i = 1, #list do values[i] = values[i] == nil and 0 / 0 or values[i] + 0.0 end
    return array.from(values, "f64")
  end
  for i = 1, #list do values[i] = as_text(values[i]) end
  return values
end

local function add(columns, in_order, name, value)
  local values = {}
  for rank, trial in ipairs(in_order) do values[rank] = value(trial, rank) end
  columns[#columns + 1] = { name, values }
end

local function add_params(columns, in_order)
  for _, name in ipairs(param_names(in_order)) do
    local column = FIXED[name] or name:find "^fold_%d+$" and "param_" .. name or name
    columns[#columns + 1] = { column, param_column(in_order, name) }
  end
end

local function add_scores(columns, in_order)
  local n_folds = 0
  for _, trial in ipairs(in_order) do n_folds = math.max(n_folds, #(trial.scores or {})) end
  add(columns, in_order, "std", function(trial) return trial.std or 0 / 0 end)
  for k = 1, n_folds do
    add(columns, in_order, "fold_" .. k, function(trial) return trial.scores and trial.scores[k] or 0 / 0 end)
  end
  add(columns, in_order, "error", function(trial) return trial.error or "" end)
end

-- A row for each trial, the best first.
---@param list table[]
---@param places integer[] of trials.order
---@return frame
function trials.frame(list, places)
  local in_order, columns = {}, {}
  for rank, place in ipairs(places) do in_order[rank] = list[place] end
  add(columns, in_order, "rank", function(_, rank) return rank end)
  add(columns, in_order, "trial", function(_, rank) return places[rank] end)
  add(columns, in_order, "score", function(trial) return trial.score or 0 / 0 end)
  if in_order[1].round then
    add(columns, in_order, "round", function(trial) return trial.round end)
    add(columns, in_order, "rows", function(trial) return trial.rows end)
  end
  add_params(columns, in_order)
  add_scores(columns, in_order)
  return frame.new(columns)
end

-- ---- what a search gives ----

-- { params, score, std, scoring, trial, trials } of the best.
---@param who string
---@param list table[]
function trials.result(who, list)
  trials.check_any(who, list)
  local places = trials.order(list)
  local best = list[places[1]]
  return { params = copy(best.params), score = best.score, std = best.std, scoring = best.scoring, trial = places[1],
    trials = trials.frame(list, places) }
end

-- Adds the model of the best parameters, fitted on all rows.
function trials.refit(who, result, plan)
  local model, why = attempt(errors.where(), plan.fit, plan.X, plan.y, copy(result.params))
  if model == nil then
    errors.raise("%s: the best candidate, with %s, failed on all rows: %s", who, trials.params_text(result.params),
      why or "fit returned nil")
  end
  result.model = model
  return result
end

return trials
