-- rille.xgboost: gradient boosted trees, by libxgboost.
--
--   local m = xgboost.Classifier.fit(X, y, { n_estimators = 50, max_depth = 3 })
--   local r = xgboost.Regressor.fit(X, numbers, { learning_rate = 0.1 })
--   m:predict(X_test)   m:predict_proba(X_test)   m:importances()   xgboost.load(m:dump())
--
-- A model is plain fields that tell how it was made, and the core that predicts:
--   { objective, n_estimators, n_features, n_nodes, tree_method, learning_rate, max_depth, ... ,
--     of a classifier classes = { label, ... } ascending, dtype, class_weight, core }
-- The library is needed to fit alone, and opened by the first fit; a step that fits depends on
-- its file (libraries.lua).  A model is data, in the form of boost.h, and predicts by rille's
-- own code, to the bit as the library does: each fit compares the two.

local array = require "rille.array"
local booster_text = require "rille.xgboost.booster_text"
local errors = require "rille.base.errors"
local libraries = require "rille.project.libraries"
local model_helpers = require "rille.learn.model_helpers"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local LIBRARY <const>, PACKAGE <const> = "libxgboost.so.0", "libxgboost0"

-- The C part, opened when it is first needed.
local function core()
  local opened = sys.module("xgboost", "nothing more")
  core = function() return opened end
  return opened
end

---@class xgboost.Classifier
---@field objective "logistic"|"softmax"
---@field n_estimators integer rounds
---@field n_features integer
---@field n_nodes integer of all trees
---@field tree_method "exact"|"hist"|"approx"
---@field learning_rate number
---@field max_depth integer?
---@field min_child_weight number
---@field gamma number
---@field lambda number
---@field alpha number
---@field subsample number
---@field colsample number
---@field max_bin integer
---@field base_score number
---@field seed integer
---@field class_weight number[]? by class; nil: all weigh 1
---@field classes (integer|number|boolean)[] the labels, ascending
---@field dtype string of the labels
local Classifier = { __name = "xgboost.Classifier" }

---@class xgboost.Regressor
local Regressor = { __name = "xgboost.Regressor" }

local classifier, regressor = {}, {}
Classifier.__index, Regressor.__index = classifier, regressor

local xgboost = { Classifier = Classifier, Regressor = Regressor }

local MANY <const> = 0x7ffffffe
local function share() return { kind = "number", default = 1.0, at_least = 0, most = 1 } end
local function amount(default) return { kind = "number", default = default, at_least = 0 } end
local OPTIONS <const> = {
  n_estimators = { kind = "count", from = 1, max = 1000000, default = 100 },
  learning_rate = amount(0.3),
  max_depth = { kind = "count", from = 1, max = 64, default = 6 },
  min_child_weight = amount(1.0), gamma = amount(0.0), lambda = amount(1.0), alpha = amount(0.0),
  subsample = share(), colsample = share(),
  tree_method = { kind = "choice", values = { "exact", "hist", "approx" }, what = "a tree method", default = "exact" },
  max_bin = { kind = "count", from = 2, max = MANY, default = 256 },
  base_score = { kind = "number", default = 0.5 },
  seed = { kind = "count", default = 0, max = MANY },
  nthread = { kind = "count", from = 1, max = 1024, default = 1 },
}

-- What libxgboost calls them, where that differs.
local THEIRS <const> = { colsample = "colsample_bytree" }
local NOT_THEIRS <const> = { n_estimators = true }

local function read_options(who, given)
  local o, weights = model_helpers.weighted_options(who, given, OPTIONS)
  for name, known in next, OPTIONS do
    if known.most and not (o[name] > 0 and o[name] <= known.most) then
      errors.raise("%s: %s is %.14g, expected a number above 0, at most %d", who, name, o[name], known.most)
    end
  end
  return o, weights
end

-- ---- fit ----

-- Where the library is; the step depends on that.
local function library(who)
  local path = sys.library(LIBRARY)
  libraries.note { LIBRARY }
  if path then return path end
  errors.raise("%s: %s is not installed (Debian: apt-get install %s)", who, LIBRARY, PACKAGE)
end

local function parameters(o, objective, n_classes)
  local list = { { "verbosity", "0" }, { "booster", "gbtree" } }
  for name in next, OPTIONS do
    if not NOT_THEIRS[name] then
      local v = o[name]
      list[#list + 1] = { THEIRS[name] or name, math.type(v) == "float" and string.format("%.17g", v) or tostring(v) }
    end
  end
  list[#list + 1] = { "objective", objective == "squared" and "reg:squarederror"
    or objective == "softmax" and "multi:softprob" or "binary:logistic" }
  if objective == "softmax" then list[#list + 1] = { "num_class", tostring(n_classes) } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local function new(made, names)
  local m = core().info(made)
  m.core = made
  return setmetatable(model_helpers.named(m, names), m.objective == "squared" and Regressor or Classifier)
end

-- The model of the trees that the library has grown.
local function take(who, trainer, made)
  local must = model_helpers.must
  local text = must(who, core().text(trainer))
  local ok, bytes = pcall(booster_text.dump, text, made)
  if not ok then errors.raise("%s: %s", who, bytes) end
  local model = must(who, core().load(bytes))
  must(who, core().compare(trainer, model))
  return new(model, made.names)
end

local function fit(who, X, y, o, weights, is_classifier, names)
  local must = model_helpers.must
  local path = library(who)
  local trainer = must(who, core().train(path, X, y,
    { classes = is_classifier, class_weight = weights, nthread = o.nthread }))
  local _ <close> = setmetatable({}, { __close = function() core().finish(trainer) end })
  local facts = core().facts(trainer)
  local objective = not is_classifier and "squared" or #facts.classes == 2 and "logistic" or "softmax"
  if objective == "logistic" and not (o.base_score > 0 and o.base_score < 1) then
    errors.raise("%s: base_score is %.14g, expected a number between 0 and 1", who, o.base_score)
  end
  for _, pair in ipairs(parameters(o, objective, facts.classes and #facts.classes)) do
    must(who, core().set(trainer, pair[1], pair[2]))
  end
  for n = 0, o.n_estimators - 1 do must(who, core().round(trainer, n)) end
  return take(who, trainer, { objective = objective, n_features = X.shape[2], rounds = o.n_estimators, options = o,
    classes = facts.classes, dtype = facts.dtype, weights = weights, names = names })
end

-- Trains a classifier.  The same X, y and options give the same model, to the byte of its dump,
-- with any number of threads.
---@param X table matrix of a numeric dtype; NaN is missing
---@param y table vector of labels: whole numbers, booleans or strings, at least two different ones
---@param options? { n_estimators?: integer, learning_rate?: number, max_depth?: integer,
--- min_child_weight?: number, gamma?: number, lambda?: number, alpha?: number, subsample?: number,
--- colsample?: number, tree_method?: string, max_bin?: integer, base_score?: number, seed?: integer,
--- nthread?: integer, class_weight?: "balanced"|table }
---   n_estimators 100 rounds; learning_rate 0.3; max_depth 6; min_child_weight 1, gamma 0, lambda 1,
---   alpha 0; subsample 1 of the rows and colsample 1 of the features for each tree; tree_method
---   "exact", "hist" or "approx" (max_bin 256); base_score 0.5; seed 0; nthread 1; class_weight nil,
---   "balanced" or { [label] = weight }
---@return xgboost.Classifier
function Classifier.fit(X, y, options, ...)
  errors.no_more("xgboost.Classifier.fit", ...)
  errors.no_colon(X)
  local who = "xgboost.Classifier.fit"
  local o, weights = read_options(who, options)
  local names
  X = model_helpers.matrix(who, X)
  y, names = model_helpers.labels(who, y)
  return fit(who, X, y, o, model_helpers.class_weight(who, weights, y, names), true, names)
end

-- Trains a regression, by squared errors.
---@param X table matrix of a numeric dtype; NaN is missing
---@param y table vector of numbers
---@param options? table as of Classifier.fit, without class_weight
---@return xgboost.Regressor
function Regressor.fit(X, y, options, ...)
  errors.no_more("xgboost.Regressor.fit", ...)
  errors.no_colon(X)
  local who = "xgboost.Regressor.fit"
  local o, weights = read_options(who, options)
  if weights ~= nil then errors.raise("%s: class_weight is for a classifier", who) end
  return fit(who, model_helpers.matrix(who, X), model_helpers.numbers(who, y), o, nil, false)
end

-- The model of a dump, of either class; raises for other or damaged bytes.
---@param bytes string
---@return xgboost.Classifier|xgboost.Regressor
function xgboost.load(bytes, ...)
  errors.no_more("xgboost.load", ...)
  return new(model_helpers.load("xgboost.load", core, bytes))
end

-- ---- predict ----

-- The labels of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector
function classifier:predict(X, ...)
  errors.check_self(self, Classifier, "predict", ...)
  return model_helpers.predict("xgboost.Classifier.predict", self, core(), X)
end

---@param X table matrix
---@return table numbers vector f64
function regressor:predict(X, ...)
  errors.check_self(self, Regressor, "predict", ...)
  local who = "xgboost.Regressor.predict"
  X = model_helpers.matrix(who, X)
  local found = array.zeros({ #X }, "f64")
  model_helpers.must(who, core().predict(self.core, X, found))
  return found
end

-- How likely each class is, a row for each row of X, a column for each of m.classes.
---@param X table matrix
---@return table probabilities matrix f64
function classifier:predict_proba(X, ...)
  errors.check_self(self, Classifier, "predict_proba", ...)
  local who = "xgboost.Classifier.predict_proba"
  X = model_helpers.matrix(who, X)
  local found = array.zeros({ #X, #self.classes }, "f64")
  model_helpers.must(who, core().probabilities(self.core, X, found))
  return found
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function classifier:score(X, y, ...)
  errors.check_self(self, Classifier, "score", ...)
  return model_helpers.accuracy("xgboost.Classifier.score", self, X, y)
end

-- R^2: the share of the variance of y that is explained, at most 1.0.
---@param X table matrix, at least one row
---@param y table vector of numbers
---@return number
function regressor:score(X, y, ...)
  errors.check_self(self, Regressor, "score", ...)
  return model_helpers.r2("xgboost.Regressor.score", self, X, y)
end

local KINDS <const> = { "gain", "total_gain", "weight", "cover", "total_cover" }

-- A share of each feature, together 1, or all 0 without a split.
local function importances(who, self, kind)
  local known = kind == nil
  for _, name in ipairs(KINDS) do known = known or kind == name end
  if not known then
    errors.raise("%s: the kind is %s, expected %s%s", who, errors.describe(kind), table.concat(KINDS, ", "),
      suggest.hint(kind, KINDS))
  end
  local found = array.zeros(self.n_features)
  model_helpers.must(who, core().importances(self.core, found, kind))
  return found
end

-- How much the splits by each feature are worth, as a share of all: by their mean "gain" (default),
-- "total_gain", number ("weight"), mean "cover" or "total_cover".
---@param kind? string
---@return table vector f64
function classifier:importances(kind, ...)
  errors.check_self(self, Classifier, "importances", ...)
  return importances("xgboost.Classifier.importances", self, kind)
end

---@param kind? string
---@return table vector f64
function regressor:importances(kind, ...)
  errors.check_self(self, Regressor, "importances", ...)
  return importances("xgboost.Regressor.importances", self, kind)
end

-- ---- dumps ----

-- All of the model, exactly: xgboost.load(m:dump()) predicts the same.
---@return string bytes
function classifier:dump(...)
  errors.check_self(self, Classifier, "dump", ...)
  return model_helpers.wrap(self, core().dump(self.core))
end
function regressor:dump(...)
  errors.check_self(self, Regressor, "dump", ...)
  return core().dump(self.core)
end

function Classifier.__tostring(m)
  return string.format("xgboost.Classifier(%d trees, depth %d, learning_rate=%.6g, %d features, %d classes)",
    m.objective == "softmax" and m.n_estimators * #m.classes or m.n_estimators, m.max_depth, m.learning_rate,
    m.n_features, #m.classes)
end

function Regressor.__tostring(m)
  return string.format("xgboost.Regressor(%d trees, depth %d, learning_rate=%.6g, %d features)", m.n_estimators,
    m.max_depth, m.learning_rate, m.n_features)
end

-- Equal when their dumps are.
local function equal(a, b) return getmetatable(a) == getmetatable(b) and a:dump() == b:dump() end
Classifier.__eq, Regressor.__eq = equal, equal

local FIELDS <const> = "objective n_estimators n_features n_nodes tree_method learning_rate max_depth "
  .. "min_child_weight gamma lambda alpha subsample colsample max_bin base_score seed core"
model_helpers.strict(Classifier, FIELDS .. " class_weight classes dtype")
model_helpers.strict(Regressor, FIELDS)

return origin.strict(xgboost)
