-- rille.linear: linear regression, ridge, and logistic regression, by LAPACK and
-- liblinear.
--
--   local m = linear.Regression.fit(X, y, { ridge = 0.1 })
--   local c = linear.Logistic.fit(X, labels, { C = 10.0 })
--   m:predict(X_test)      m:score(X_test, y_test)      linear.load(m:dump())
--
-- A model is plain fields that tell how it was made, and the core that predicts:
--   Regression { ridge, rank, coefficients = vector, intercept, core }
--   Logistic   { C, tolerance, classes = { label, ... } ascending, dtype,
--                coefficients = matrix, intercepts = vector, core }
--   both       { n_features, fit_intercept }
-- Two classes have one row of coefficients, which speaks for the second; more
-- have a row each.  Changing a field changes nothing in the core; a model is a
-- value.  The format of a dump is in linear_predict.h.

local array = require "rille.array"
local libraries = require "rille.project.libraries"
local model_helpers = require "rille.learn.model_helpers"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"

-- The C part, opened when it is first needed: a script whose steps are all
-- cached does not pay for it.
local function core()
  local opened = require("rille.host.sys").module("linear", "liblinear-dev and liblapack-dev")
  core = function() return opened end
  return opened
end

---@class linear.Regression
---@field ridge number
---@field rank integer of the (centred) X; less than n_features when some depend on others
---@field coefficients table vector f64, one for each feature
---@field intercept number
---@field n_features integer
---@field fit_intercept boolean
local Regression = { __name = "linear.Regression" }

---@class linear.Logistic
---@field C number
---@field tolerance number
---@field classes (integer|number|boolean)[] the labels, ascending
---@field dtype string of the labels
---@field coefficients table matrix f64
---@field intercepts table vector f64
---@field n_features integer
---@field fit_intercept boolean|"free"
local Logistic = { __name = "linear.Logistic" }

local regression, logistic = {}, {}
Regression.__index, Logistic.__index = regression, logistic

local linear = { Regression = Regression, Logistic = Logistic }

local OF_REGRESSION = {
  ridge = { kind = "number", default = 0.0, at_least = 0 }, intercept = { kind = "boolean", default = true },
}
local OF_LOGISTIC = {
  C = { kind = "number", default = 1.0 }, tolerance = { kind = "number", default = 1e-4 },
  intercept = { kind = "boolean_or", other = "free", default = true },
}

local function new(made, names)
  local m = core().info(made)
  m.core = made
  if m.kind == "regression" then
    m.coefficients, m.intercept = array.from(m.coefficients[1], "f64"), m.intercepts[1]
    m.intercepts = nil
  else
    m.coefficients, m.intercepts = array.from(m.coefficients, "f64"), array.from(m.intercepts, "f64")
  end
  local class = m.kind == "regression" and Regression or Logistic
  m.kind = nil
  return setmetatable(model_helpers.named(m, names), class)
end

-- Least squares; with a ridge, ridge * |coefficients|^2 is added to the squares.
-- Where several solutions are as good, the shortest.
---@param X table matrix of a numeric dtype, finite
---@param y table vector of numbers
---@param options? { ridge?: number, intercept?: boolean }
---   ridge 0.0; intercept true, which is never under the ridge
---@return linear.Regression
function Regression.fit(X, y, options, ...)
  errors.no_more("linear.Regression.fit", ...)
  errors.no_colon(X)
  local who = "linear.Regression.fit"
  libraries.note { "liblapack.so.3", "libblas.so.3" }
  local o = model_helpers.options(who, options, OF_REGRESSION)
  o.kind = "regression"
  return new(model_helpers.must(who, core().fit(model_helpers.matrix(who, X), model_helpers.numbers(who, y), o)))
end

-- Trains a classifier: for more than two classes each against the rest.
---@param X table matrix of a numeric dtype, finite; features of about one scale train faster
---@param y table vector of labels: whole numbers, booleans or strings, at least two different ones
---@param options? { C?: number, tolerance?: number, intercept?: boolean|"free", class_weight?: "balanced"|table }
---   C 1.0, larger fits closer; tolerance 1e-4, where the training stops;
---   intercept true, under the penalty as liblinear has it, or "free" of it: then the solution is
---   exact, whatever the tolerance; class_weight nil, "balanced" or { [label] = weight }, by
---   which C is multiplied for the rows of a class
---@return linear.Logistic
function Logistic.fit(X, y, options, ...)
  errors.no_more("linear.Logistic.fit", ...)
  errors.no_colon(X)
  local who = "linear.Logistic.fit"
  libraries.note { "liblinear.so.4", "libblas.so.3" }
  local o, weights = model_helpers.weighted_options(who, options, OF_LOGISTIC)
  local names
  X = model_helpers.matrix(who, X)
  y, names = model_helpers.labels(who, y)
  o.kind, o.class_weight = "logistic", model_helpers.class_weight(who, weights, y, names)
  return new(model_helpers.must(who, core().fit(X, y, o)), names)
end

-- The model of a dump, of either class; raises for other or damaged bytes.
---@param bytes string
---@return linear.Regression|linear.Logistic
function linear.load(bytes, ...)
  errors.no_more("linear.load", ...)
  return new(model_helpers.load("linear.load", core, bytes))
end

---@param X table matrix
---@return table numbers vector f64
function regression:predict(X, ...)
  errors.check_self(self, Regression, "predict", ...)
  local who = "linear.Regression.predict"
  X = model_helpers.matrix(who, X)
  local found = array.zeros({ #X }, "f64")
  model_helpers.must(who, core().predict(self.core, X, found))
  return found
end

-- The labels of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector
function logistic:predict(X, ...)
  errors.check_self(self, Logistic, "predict", ...)
  return model_helpers.predict("linear.Logistic.predict", self, core(), X)
end

-- How likely each class is, a row for each row of X, a column for each of m.classes.
---@param X table matrix
---@return table probabilities matrix f64
function logistic:predict_proba(X, ...)
  errors.check_self(self, Logistic, "predict_proba", ...)
  local who = "linear.Logistic.predict_proba"
  X = model_helpers.matrix(who, X)
  local found = array.zeros({ #X, #self.classes }, "f64")
  model_helpers.must(who, core().probabilities(self.core, X, found))
  return found
end

-- R^2: the share of the variance of y that is explained, at most 1.0.
---@param X table matrix, at least one row
---@param y table vector of numbers
---@return number
function regression:score(X, y, ...)
  errors.check_self(self, Regression, "score", ...)
  return model_helpers.r2("linear.Regression.score", self, X, y)
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function logistic:score(X, y, ...)
  errors.check_self(self, Logistic, "score", ...)
  return model_helpers.accuracy("linear.Logistic.score", self, X, y)
end

-- All of the model, exactly: linear.load(m:dump()) predicts the same.
---@return string bytes
function regression:dump(...)
  errors.check_self(self, Regression, "dump", ...)
  return core().dump(self.core)
end
function logistic:dump(...)
  errors.check_self(self, Logistic, "dump", ...)
  return model_helpers.wrap(self, core().dump(self.core))
end

function Regression.__tostring(m)
  return string.format("linear.Regression(ridge=%.6g, %d features)", m.ridge, m.n_features)
end

function Logistic.__tostring(m)
  return string.format("linear.Logistic(C=%.6g, %d features, %d classes)", m.C, m.n_features, #m.classes)
end

-- Equal when their dumps are.
local function equal(a, b)
  return getmetatable(a) == getmetatable(b) and a:dump() == b:dump()
end
Regression.__eq, Logistic.__eq = equal, equal

model_helpers.strict(Regression, "ridge rank coefficients intercept n_features fit_intercept core")
model_helpers.strict(Logistic, "C tolerance classes dtype coefficients intercepts n_features fit_intercept core")

return origin.strict(linear)
