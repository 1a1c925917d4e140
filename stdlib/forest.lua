-- rille.forest: random forests: many trees (rille.tree), each grown from other rows and features.
--
--   local m = forest.fit(X, y, { n_estimators = 200 })
--   m:predict(X_test)   m:predict_proba(X_test)   m:importances()   forest.load(m:dump())
--
-- A model is plain fields that tell how it was made, and the core that predicts:
--   { n_estimators, max_features = how many, bootstrap, criterion, max_depth, min_samples_leaf,
--     min_samples_split, class_weight, seed, n_features, classes = { label, ... } ascending,
--     dtype, core }
-- Changing a field changes nothing in the core; a model is a value.  How a forest grows and
-- the format of a dump are in tree/forest.h.

local array = require "rille.array"
local model_helpers = require "rille.learn.model_helpers"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

-- The C part, opened when it is first needed.
local function core()
  local opened = require("rille.host.sys").module("tree", "nothing more").forest
  core = function() return opened end
  return opened
end

---@class forest.Forest
---@field n_estimators integer trees
---@field max_features integer that a node looks at
---@field bootstrap boolean
---@field criterion "gini"|"entropy"
---@field max_depth integer?
---@field min_samples_leaf integer
---@field min_samples_split integer
---@field class_weight number[]? by class; nil: all weigh 1
---@field seed integer
---@field n_features integer
---@field classes (integer|number|boolean|string)[] the labels, ascending
---@field dtype string of the labels
local Forest = { __name = "forest.Forest" }
local methods = {}
Forest.__index = methods

local forest = { Forest = Forest }

local MANY <const> = 0x7fffffff
local OPTIONS <const> = {
  n_estimators = { kind = "count", from = 1, max = 1000000, default = 100 },
  bootstrap = { kind = "boolean", default = true },
  criterion = { kind = "choice", values = { "gini", "entropy" }, what = "a criterion", default = "gini" },
  max_depth = { kind = "count", from = 1, max = MANY },
  min_samples_leaf = { kind = "count", from = 1, max = MANY, default = 1 },
  min_samples_split = { kind = "count", from = 2, max = MANY, default = 2 },
  seed = { kind = "count", default = 0, max = 0xffffffff },
}
local FIELDS <const> = { class_weight = true, max_features = true }
for name in next, OPTIONS do FIELDS[name] = true end

local FEATURES <const> = { "sqrt", "log2", "all" }

-- How many features a node looks at.
local function n_features(who, given, n)
  if given == nil or given == "sqrt" then return math.max(1, math.floor(math.sqrt(n))) end
  if given == "all" then return n end
  if given == "log2" then
    local k = 0
    while 2 << k <= n do k = k + 1 end
    return math.max(1, k)
  end
  local k = type(given) == "number" and math.tointeger(given)
  if k and k >= 1 and k <= n then return k end
  errors.raise('%s: max_features is %s, expected "sqrt", "log2", "all" or an integer from 1 to %d%s', who,
    errors.describe(given), n, suggest.hint(given, FEATURES))
end

local function new(made, names)
  local m = core().info(made)
  m.core = made
  return setmetatable(model_helpers.named(m, names), Forest)
end

local function read_options(who, given)
  if type(given) == "table" then errors.check_fields(who, given, FIELDS) end
  if type(given) ~= "table" then return model_helpers.options(who, given, OPTIONS) end
  local plain = {}
  for name in next, OPTIONS do plain[name] = given[name] end
  return model_helpers.options(who, plain, OPTIONS)
end

-- Grows a classifier.  The same X, y and options give the same forest, to the byte of its dump.
---@param X table matrix of a numeric dtype, finite
---@param y table vector of labels: whole numbers, booleans or strings, at least two different ones
---@param options? { n_estimators?: integer, max_features?: "sqrt"|"log2"|"all"|integer, bootstrap?: boolean,
--- criterion?: string, max_depth?: integer, min_samples_leaf?: integer, min_samples_split?: integer,
--- class_weight?: "balanced"|table, seed?: integer }
---   n_estimators 100 trees; max_features "sqrt", that each node looks at; bootstrap true: each tree has rows
---   drawn with replacement; class_weight nil, "balanced" or { [label] = weight }; the others as of tree.fit
---@return forest.Forest
function forest.fit(X, y, options, ...)
  errors.no_more("forest.fit", ...)
  errors.no_colon(X)
  local who = "forest.fit"
  local o = read_options(who, options)
  local names
  X = model_helpers.matrix(who, X)
  y, names = model_helpers.labels(who, y)
  local given = options or {}
  o.max_depth = o.max_depth or 0
  o.class_weight = model_helpers.class_weight(who, given.class_weight, y, names)
  o.max_features = n_features(who, given.max_features, X.shape[2])
  return new(model_helpers.must(who, core().fit(X, y, o)), names)
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return forest.Forest
function forest.load(bytes, ...)
  errors.no_more("forest.load", ...)
  return new(model_helpers.load("forest.load", core, bytes))
end

-- The most likely class of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector, or a list of strings
function methods:predict(X, ...)
  errors.check_self(self, Forest, "predict", ...)
  return model_helpers.predict("forest.predict", self, core(), X)
end

-- The mean over the trees of the share of each class in the leaf of each row of X, a column for each of m.classes.
---@param X table matrix
---@return table probabilities matrix f64
function methods:predict_proba(X, ...)
  errors.check_self(self, Forest, "predict_proba", ...)
  X = model_helpers.matrix("forest.predict_proba", X)
  local found = array.zeros({ #X, #self.classes }, "f64")
  model_helpers.must("forest.predict_proba", core().probabilities(self.core, X, found))
  return found
end

-- How much the splits by each feature lower the impurity: the mean over the trees, together 1.
---@return table vector f64
function methods:importances(...)
  errors.check_self(self, Forest, "importances", ...)
  local found = array.zeros(self.n_features)
  core().importances(self.core, found)
  return found
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function methods:score(X, y, ...)
  errors.check_self(self, Forest, "score", ...)
  return model_helpers.accuracy("forest.score", self, X, y)
end

-- All of the model, exactly: forest.load(m:dump()) predicts the same.
---@return string bytes
function methods:dump(...)
  errors.check_self(self, Forest, "dump", ...)
  return model_helpers.wrap(self, core().dump(self.core))
end

function Forest.__tostring(m)
  return string.format("forest.Forest(%d trees, criterion=%s, %d features, %d classes)", m.n_estimators, m.criterion,
    m.n_features, #m.classes)
end

-- Equal when their dumps are.
function Forest.__eq(a, b)
  return getmetatable(a) == Forest and getmetatable(b) == Forest and a:dump() == b:dump()
end

model_helpers.strict(Forest, "n_estimators max_features bootstrap criterion max_depth min_samples_leaf "
  .. "min_samples_split class_weight seed n_features classes dtype core")

return origin.strict(forest)
