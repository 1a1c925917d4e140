-- rille.svm: support vector classification, by libsvm.
--
--   local m = svm.SVC.fit(X, y, { kernel = "rbf", gamma = 0.001 })
--   m:predict(X_test)      m:score(X_test, y_test)      svm.load(m:dump())
--
-- A model is plain fields that tell how it was made, and the core that predicts:
--   { kernel, C, gamma, degree, coef0, probability, seed, tolerance,
--     n_support, n_features, classes = { label, ... } ascending, dtype, core }
-- Changing a field changes nothing in the core; a model is a value.  The format
-- of a dump is in classifier.h.

local array = require "rille.array"
local libraries = require "rille.project.libraries"
local model_helpers = require "rille.learn.model_helpers"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"

-- The C part, opened when it is first needed: a script whose steps are all
-- cached does not pay for libsvm.
local function core()
  libraries.note { "libsvm.so.3" }
  local opened = require("rille.host.sys").module("svm", "libsvm-dev")
  core = function()
    libraries.note { "libsvm.so.3" }
    return opened
  end
  return opened
end

---@class svm.SVC
---@field kernel "rbf"|"linear"|"poly"|"sigmoid"
---@field C number
---@field gamma number the one given, or 1 / (features * variance of X)
---@field degree integer
---@field coef0 number
---@field probability boolean
---@field seed integer
---@field tolerance number
---@field n_support integer how many support vectors
---@field n_features integer
---@field classes (integer|number|boolean|string)[] the labels, ascending
---@field dtype string of the labels
local SVC = { __name = "svm.SVC" }
local methods = {}
SVC.__index = methods

local svm = { SVC = SVC }

local KERNELS = { "linear", "poly", "rbf", "sigmoid" }
-- gamma alone may be left out
local OPTIONS = {
  kernel = { kind = "choice", values = KERNELS, what = "a kernel", default = "rbf" },
  C = { kind = "number", default = 1.0 },
  gamma = { kind = "number" }, degree = { kind = "count", default = 3, max = 0x7fffffff },
  coef0 = { kind = "number", default = 0.0 }, probability = { kind = "boolean", default = false },
  seed = { kind = "count", default = 0, max = 0xffffffff }, tolerance = { kind = "number", default = 1e-3 },
}

local function new(made, names)
  local m = core().info(made)
  m.core = made
  return setmetatable(model_helpers.named(m, names), SVC)
end

-- Trains a classifier.  The same X, y and options give the same model, to the
-- byte of its dump.
---@param X table matrix of a numeric dtype, finite
---@param y table vector of labels: whole numbers, booleans or strings, at least two different ones
---@param options? { kernel?: string, C?: number, gamma?: number, degree?: integer, coef0?: number,
--- probability?: boolean, seed?: integer, tolerance?: number, class_weight?: "balanced"|table }
---   kernel "rbf" (default), "linear", "poly" or "sigmoid"; C 1.0; gamma
---   1 / (features * variance of X); degree 3 (poly); coef0 0.0 (poly, sigmoid);
---   probability false, with true predict_proba works and seed (0) matters;
---   tolerance 1e-3, where the training stops; class_weight nil, "balanced" or
---   { [label] = weight }, by which C is multiplied for the rows of a class
---@return svm.SVC
function SVC.fit(X, y, options, ...)
  errors.no_more("svm.SVC.fit", ...)
  errors.no_colon(X)
  local who = "svm.SVC.fit"
  local o, weights = model_helpers.weighted_options(who, options, OPTIONS)
  local names
  X = model_helpers.matrix(who, X)
  y, names = model_helpers.labels(who, y)
  o.class_weight = model_helpers.class_weight(who, weights, y, names)
  return new(model_helpers.must(who, core().fit(X, y, o)), names)
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return svm.SVC
function svm.load(bytes, ...)
  errors.no_more("svm.load", ...)
  return new(model_helpers.load("svm.load", core, bytes))
end

-- The labels of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector, or a list of strings
function methods:predict(X, ...)
  errors.check_self(self, SVC, "predict", ...)
  return model_helpers.predict("svm.SVC.predict", self, core(), X)
end

-- How likely each class is, a row for each row of X, a column for each of
-- m.classes.  Wants a model fitted with probability = true.  By libsvm's
-- estimate (Platt), which need not favour the class that predict gives.
---@param X table matrix
---@return table probabilities matrix f64
function methods:predict_proba(X, ...)
  errors.check_self(self, SVC, "predict_proba", ...)
  X = model_helpers.matrix("svm.SVC.predict_proba", X)
  local found = array.zeros({ #X, #self.classes }, "f64")
  model_helpers.must("svm.SVC.predict_proba", core().probabilities(self.core, X, found))
  return found
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function methods:score(X, y, ...)
  errors.check_self(self, SVC, "score", ...)
  return model_helpers.accuracy("svm.SVC.score", self, X, y)
end

-- All of the model, exactly: svm.load(m:dump()) predicts the same.
---@return string bytes
function methods:dump(...)
  errors.check_self(self, SVC, "dump", ...)
  return model_helpers.wrap(self, core().dump(self.core))
end

function SVC.__tostring(m)
  return string.format("svm.SVC(kernel=%s, C=%.6g, gamma=%.6g, %d support vectors)",
    m.kernel, m.C, m.gamma, m.n_support)
end

-- Equal when their dumps are.
function SVC.__eq(a, b)
  return getmetatable(a) == SVC and getmetatable(b) == SVC and a:dump() == b:dump()
end

model_helpers.strict(SVC, "kernel C gamma degree coef0 probability seed tolerance n_support n_features classes "
  .. "dtype core")

return origin.strict(svm)
