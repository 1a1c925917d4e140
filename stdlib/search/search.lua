-- rille.search: which parameters make the best model, by cross-validation.
--
--   local found = search.grid(X, y, { model = svm.SVC, params = { C = { 1, 10, 100 } }, cv = 5 })
--   found.params.C   found.score   found.model:predict(X_new)   print(found.trials)
--
-- What a search gives is data, which a step can return as t.table:
--     { params = { NAME = value }, score, std, scoring = name, trial = its number,
--       trials = frame, a row for each candidate, the best first, model = fitted on all rows }
-- The options that all have:
--     model      what has fit: svm.SVC, tree, a chain of rille.preprocess, or a
--                function(X, y, params) -> model
--     scoring    scoring.lua; without one the model's own score
--     minimize   is less better?  for a scoring that is a function
--     cv         5 folds; or the folds, { { train = rows, test = rows }, ... }
--     stratify   the default: when y has labels, each at least cv times
--     shuffle    false: folds in the order of the rows
--     seed       0; of shuffled folds, and of what is drawn
-- Over steps, each candidate cached and recorded by itself: candidates in define, trial in a
-- step that is mapped over them, select in one that has the list of trials.

local errors = require "rille.base.errors"
local folds = require "rille.search.folds"
local halving = require "rille.search.halving"
local model_helpers = require "rille.learn.model_helpers"
local origin = require "rille.host.origin"
local read_scoring = require("rille.search.scoring").read
local space = require "rille.search.space"
local trials = require "rille.search.trials"

local search = {}

-- ---- distributions ----

-- A number from low to high.
---@param low number
---@param high number
---@return table
function search.uniform(low, high, ...)
  errors.no_more("search.uniform", ...)
  errors.no_colon(low)
  return { uniform = { low, high } }
end

-- A number from low to high, each order of magnitude as likely as another.
---@param low number greater than 0
---@param high number
---@return table
function search.log_uniform(low, high, ...)
  errors.no_more("search.log_uniform", ...)
  errors.no_colon(low)
  return { log_uniform = { low, high } }
end

-- A whole number from low to high, both included.
---@param low integer
---@param high integer
---@return table
function search.integer(low, high, ...)
  errors.no_more("search.integer", ...)
  errors.no_colon(low)
  return { integer = { low, high } }
end

-- One of the values.
---@param values any[]
---@return table
function search.choice(values, ...)
  errors.no_more("search.choice", ...)
  errors.no_colon(values)
  return { choice = values }
end

-- start, start + step, ... below stop.
---@param start number
---@param stop number not included
---@param step? number 1
---@return table
function search.range(start, stop, step, ...)
  errors.no_more("search.range", ...)
  errors.no_colon(start)
  return { range = { start = start, ["end"] = stop, step = step } }
end

-- ---- options ----

local MANY <const> = 0x7fffffff
local COUNTS <const> = {
  cv = { kind = "count", from = 2, max = MANY, default = 5 },
  seed = { kind = "count", max = math.maxinteger, default = 0 },
  n = { kind = "count", from = 1, max = 1000000 }, factor = { kind = "count", from = 2, max = MANY, default = 3 },
  min_rows = { kind = "count", from = 2, max = MANY },
  stratify = { kind = "boolean" }, shuffle = { kind = "boolean", default = false },
  refit = { kind = "boolean", default = true },
}
local COMMON <const> = { "model", "scoring", "minimize", "cv", "stratify", "shuffle", "seed" }

-- The options given, checked; model, params, scoring and minimize as they are.
local function read_options(who, given, own)
  if type(given) ~= "table" or getmetatable(given) or origin.is_strict(given) then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(given))
  end
  local allowed, plain, known = {}, {}, {}
  for _, list in ipairs { COMMON, own } do
    for _, name in ipairs(list) do allowed[name], known[name] = true, COUNTS[name] end
  end
  errors.check_fields(who, given, allowed)
  for name in next, known do plain[name] = given[name] end
  if type(plain.cv) == "table" then plain.cv, known.cv = nil, nil end
  local options = model_helpers.options(who, plain, known)
  options.cv = options.cv or given.cv
  if allowed.params then options.params = given.params == nil and {} or given.params end
  return options
end

-- What trials.run wants.
local function make_plan(who, X, y, given, options)
  local n
  X, y, n = folds.data(who, X, y)
  trials.check_data(who, given.model, X, y)
  return { X = X, y = y, fit = trials.fitter(who, given.model), scoring = read_scoring(who, given.scoring,
    given.minimize), folds = folds.make(who, y, n, options) }
end

local function finish(who, plan, list, options)
  local result = trials.result(who, list)
  return options.refit and trials.refit(who, result, plan) or result
end

-- ---- searches ----

-- Tries all candidates.
---@param X table matrix or frame
---@param y table vector or list
---@param options table model, params = the space (space.lua), scoring, cv, stratify, shuffle, seed, refit
---@return table
function search.grid(X, y, options, ...)
  errors.no_more("search.grid", ...)
  errors.no_colon(X)
  local who = "search.grid"
  local o = read_options(who, options, { "params", "refit" })
  local plan = make_plan(who, X, y, options, o)
  return finish(who, plan, trials.run(plan, space.grid(who, space.read(who, o.params))), o)
end

-- Tries n candidates that are drawn at random.  More of them begin with the same.
---@param X table matrix or frame
---@param y table vector or list
---@param options table as of grid, and n = 10 candidates
---@return table
function search.random(X, y, options, ...)
  errors.no_more("search.random", ...)
  errors.no_colon(X)
  local who = "search.random"
  local o = read_options(who, options, { "params", "refit", "n" })
  local plan = make_plan(who, X, y, options, o)
  return finish(who, plan, trials.run(plan, space.random(space.read(who, o.params), o.n or 10, o.seed)), o)
end

-- Tries candidates on few rows, and the best of them on more (halving.lua).
---@param X table matrix or frame
---@param y table vector or list
---@param options table as of grid; n candidates that are drawn, without it the grid; factor = 3;
--- min_rows = 10 * cv
---@return table trials also have round and rows
function search.halving(X, y, options, ...)
  errors.no_more("search.halving", ...)
  errors.no_colon(X)
  local who = "search.halving"
  local o = read_options(who, options, { "params", "refit", "n", "factor", "min_rows" })
  if type(o.cv) == "table" then errors.raise("%s: cv is a list of folds, expected their number", who) end
  local plan, spaces = make_plan(who, X, y, options, o), space.read(who, o.params)
  o.min_rows = o.min_rows or math.min(10 * o.cv, #plan.y)
  local candidates = o.n and space.random(spaces, o.n, o.seed) or space.grid(who, spaces)
  return finish(who, plan, halving.run(who, plan, candidates, o), o)
end

-- ---- one candidate ----

local function one_trial(who, X, y, options)
  local o = read_options(who, options, { "params" })
  if type(o.params) ~= "table" or getmetatable(o.params) then
    errors.raise("%s: params is %s, expected { NAME = value }", who, errors.describe(o.params))
  end
  return trials.run(make_plan(who, X, y, options, o), { o.params })[1]
end

-- The trial of one set of parameters: { params, scores = { of each fold }, score = their mean, std, scoring }, or
-- with error = why instead, when a fold failed.
---@param X table matrix or frame
---@param y table vector or list
---@param options table as of grid, params = { NAME = value }
---@return table
function search.trial(X, y, options, ...)
  errors.no_more("search.trial", ...)
  errors.no_colon(X)
  return one_trial("search.trial", X, y, options)
end

-- The same; a fold that fails is an error that names it.
---@param X table matrix or frame
---@param y table vector or list
---@param options table
---@return table
function search.cross_validate(X, y, options, ...)
  errors.no_more("search.cross_validate", ...)
  errors.no_colon(X)
  local trial = one_trial("search.cross_validate", X, y, options)
  if trial.error then errors.raise("search.cross_validate: %s", trial.error) end
  return trial
end

-- ---- over steps ----

-- The candidates of a space: all of them, or n that are drawn at random.
---@param params table the space
---@param options? { n?: integer, seed?: integer }
---@return table[] { { NAME = value }, ... }
function search.candidates(params, options, ...)
  errors.no_more("search.candidates", ...)
  errors.no_colon(params)
  local who = "search.candidates"
  local o = model_helpers.options(who, options, { n = COUNTS.n, seed = COUNTS.seed })
  local spaces = space.read(who, params)
  return o.n and space.random(spaces, o.n, o.seed) or space.grid(who, spaces)
end

local function check_trial(who, i, v, first)
  local is_trial = type(v) == "table" and not getmetatable(v) and type(v.params) == "table"
    and (type(v.score) == "number" or type(v.error) == "string")
  if not is_trial then
    errors.raise("%s: element %d is %s, expected a trial, as search.trial gives it", who, i, errors.describe(v))
  elseif v.scoring ~= first.scoring then
    errors.raise("%s: trial %d is by %s and trial 1 by %s", who, i, tostring(v.scoring), tostring(first.scoring))
  elseif (v.minimize or false) ~= (first.minimize or false) then
    errors.raise("%s: trial %d is better when %s and trial 1 when %s", who, i, v.minimize and "less" or "greater",
      first.minimize and "less" or "greater")
  end
end

-- Scores are means of as many folds.
local function check_folds(who, list)
  local first
  for i, v in ipairs(list) do
    if type(v.scores) == "table" then
      first = first or i
      if #v.scores ~= #list[first].scores then
        errors.raise("%s: trial %d has %d folds and trial %d has %d", who, i, #v.scores, first, #list[first].scores)
      end
    end
  end
end

-- The best of a list of trials; with X, y and model also the model of its parameters, fitted on all rows.
---@param list table[] of search.trial
---@param options? { X: table, y: table, model: any }
---@return table as of grid
function search.select(list, options, ...)
  errors.no_more("search.select", ...)
  errors.no_colon(list)
  local who = "search.select"
  if type(list) ~= "table" or getmetatable(list) then
    errors.raise("%s: found %s, expected a list of trials", who, errors.describe(list))
  end
  for i, v in ipairs(list) do check_trial(who, i, v, list[1]) end
  check_folds(who, list)
  local result = trials.result(who, list)
  if options == nil then return result end
  if type(options) ~= "table" or getmetatable(options) then
    errors.raise("%s: the options are %s, expected { X =, y =, model = }", who, errors.describe(options))
  end
  errors.check_fields(who, options, { X = true, y = true, model = true })
  local X, y = folds.data(who, options.X, options.y)
  trials.check_data(who, options.model, X, y)
  return trials.refit(who, result, { X = X, y = y, fit = trials.fitter(who, options.model) })
end

return origin.strict(search)
