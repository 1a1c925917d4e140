-- rille.neighbors: classification by the k nearest rows.
--
--   local m = neighbors.fit(X, y, { n_neighbors = 5 })
--   m:predict(X_test)   m:predict_proba(X_test)   neighbors.load(m:dump())
--
-- A model is plain fields that tell how it was made, and the core that predicts:
--   { n_neighbors, weights, n_rows, n_features, classes = { label, ... } ascending, dtype, core }
-- It has all rows that it was fitted with.  Which rows are near and the format of a dump are in
-- neighbors.h.

local array = require "rille.array"
local model_helpers = require "rille.learn.model_helpers"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"

-- The C part, opened when it is first needed.
local function core()
  local opened = require("rille.host.sys").module("neighbors", "nothing more")
  core = function() return opened end
  return opened
end

---@class neighbors.Neighbors
---@field n_neighbors integer
---@field weights "uniform"|"distance"
---@field n_rows integer
---@field n_features integer
---@field classes (integer|number|boolean|string)[] the labels, ascending
---@field dtype string of the labels
local Neighbors = { __name = "neighbors.Neighbors" }
local methods = {}
Neighbors.__index = methods

local neighbors = { Neighbors = Neighbors }

local OPTIONS <const> = {
  n_neighbors = { kind = "count", from = 1, max = 0x7fffffff, default = 5 },
  weights = { kind = "choice", values = { "uniform", "distance" }, what = "a kind of weights", default = "uniform" },
}

local function new(made, names)
  local m = core().info(made)
  m.core = made
  return setmetatable(model_helpers.named(m, names), Neighbors)
end

-- Keeps the rows.
---@param X table matrix of a numeric dtype, finite; features of about one scale
---@param y table vector of labels: whole numbers, booleans or strings, at least two different ones
---@param options? { n_neighbors?: integer, weights?: "uniform"|"distance" }
---   n_neighbors 5; weights "uniform", or "distance": a near row counts as 1 / distance
---@return neighbors.Neighbors
function neighbors.fit(X, y, options, ...)
  errors.no_more("neighbors.fit", ...)
  errors.no_colon(X)
  local who = "neighbors.fit"
  local o = model_helpers.options(who, options, OPTIONS)
  local names
  X = model_helpers.matrix(who, X)
  y, names = model_helpers.labels(who, y)
  return new(model_helpers.must(who, core().fit(X, y, o)), names)
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return neighbors.Neighbors
function neighbors.load(bytes, ...)
  errors.no_more("neighbors.load", ...)
  return new(model_helpers.load("neighbors.load", core, bytes))
end

-- The labels of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector, or a list of strings
function methods:predict(X, ...)
  errors.check_self(self, Neighbors, "predict", ...)
  return model_helpers.predict("neighbors.predict", self, core(), X)
end

-- The share of each class among the nearest rows, by their weights, a column for each of m.classes.
---@param X table matrix
---@return table probabilities matrix f64
function methods:predict_proba(X, ...)
  errors.check_self(self, Neighbors, "predict_proba", ...)
  X = model_helpers.matrix("neighbors.predict_proba", X)
  local found = array.zeros({ #X, #self.classes }, "f64")
  model_helpers.must("neighbors.predict_proba", core().probabilities(self.core, X, found))
  return found
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function methods:score(X, y, ...)
  errors.check_self(self, Neighbors, "score", ...)
  return model_helpers.accuracy("neighbors.score", self, X, y)
end

-- All of the model, exactly: neighbors.load(m:dump()) predicts the same.
---@return string bytes
function methods:dump(...)
  errors.check_self(self, Neighbors, "dump", ...)
  return model_helpers.wrap(self, core().dump(self.core))
end

function Neighbors.__tostring(m)
  return string.format("neighbors.Neighbors(n_neighbors=%d, weights=%s, %d rows)", m.n_neighbors, m.weights, m.n_rows)
end

-- Equal when their dumps are.
function Neighbors.__eq(a, b)
  return getmetatable(a) == Neighbors and getmetatable(b) == Neighbors and a:dump() == b:dump()
end

model_helpers.strict(Neighbors, "n_neighbors weights n_rows n_features classes dtype core")

return origin.strict(neighbors)
