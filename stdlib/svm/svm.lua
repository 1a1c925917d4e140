-- rille.svm: support vector classification, by libsvm.
--
--   local m = svm.SVC.fit(X, y, { kernel = "rbf", gamma = 0.001 })
--   m:predict(X_test)      m:score(X_test, y_test)      svm.load(m:dump())
--
-- A model is plain fields that tell how it was made, and the core that predicts:
--   { kernel, C, gamma, degree, coef0, probability, seed, tolerance,
--     n_support, n_features, classes = { label, ... } ascending, dtype, core }
-- Changing a field changes nothing in the core; a model is a value.  The format
-- of a dump is in model.h.

local array = require "rille.array"
local mistake = require "rille.mistake"
local suggest = require "rille.suggest"

-- The C part, opened when it is first needed: a script whose steps are all
-- cached does not pay for libsvm.
local function core()
  local opened = require("rille.host.sys").module("svm", "libsvm-dev")
  core = function() return opened end
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
---@field classes (integer|number|boolean)[] the labels, ascending
---@field dtype string of the labels
local SVC = { __name = "svm.SVC" }
local methods = {}
SVC.__index = methods

local svm = { SVC = SVC }

local KERNELS = { "linear", "poly", "rbf", "sigmoid" }
local DEFAULTS = {
  kernel = "rbf", C = 1.0, degree = 3, coef0 = 0.0, probability = false, seed = 0, tolerance = 1e-3,
}
-- what an option must be; gamma alone may be left out
local OPTIONS = {
  kernel = "kernel", C = "number", gamma = "number", degree = "count", coef0 = "number",
  probability = "boolean", seed = "count", tolerance = "number",
}
local MAX_COUNT = { degree = 0x7fffffff, seed = 0xffffffff }

local checks = {}

function checks.kernel(v)
  for _, name in ipairs(KERNELS) do
    if v == name then return v end
  end
  return nil, "a kernel" .. suggest.hint(v, KERNELS)
end

function checks.number(v)
  if type(v) == "number" and v == v and math.abs(v) < math.huge then return v + 0.0 end
  return nil, "a finite number"
end

function checks.boolean(v)
  if type(v) == "boolean" then return v end
  return nil, "true or false"
end

function checks.count(v, name)
  local n = type(v) == "number" and math.tointeger(v)
  if n and n >= 0 and n <= MAX_COUNT[name] then return n end
  return nil, "an integer from 0 to " .. MAX_COUNT[name]
end

local function read_options(given)
  if given ~= nil and type(given) ~= "table" then
    mistake.raise("svm.SVC.fit: the options are %s, expected a table", mistake.describe(given))
  end
  given = given or {}
  mistake.check_fields("svm.SVC.fit", given, OPTIONS)
  local options = {}
  for name, kind in next, OPTIONS do
    local v = given[name]
    if v == nil then v = DEFAULTS[name] end
    if v ~= nil then
      local value, expected = checks[kind](v, name)
      if value == nil then
        mistake.raise("svm.SVC.fit: %s is %s, expected %s", name, mistake.describe(v), expected)
      end
      options[name] = value
    end
  end
  return options
end

-- The array that v is, or that a (nested) list of numbers makes.
local function to_array(who, name, v, expected)
  if array.is(v) then return v end
  if type(v) ~= "table" or getmetatable(v) then
    mistake.raise("%s: %s is %s, expected %s", who, name, mistake.describe(v), expected)
  end
  local ok, made = pcall(array.from, v)
  if not ok then
    mistake.raise("%s: %s: %s", who, name, tostring(made):match "^.-:%d+: (.*)$" or tostring(made))
  end
  return made
end

local function to_matrix(who, v)
  local X = to_array(who, "X", v, "a matrix (an array, rows by features)")
  if X.ndim ~= 2 then
    mistake.raise("%s: X is %s, expected a matrix (rows by features)", who, mistake.describe(X))
  end
  return X
end

local function to_vector(who, v)
  local y = to_array(who, "y", v, "a vector of labels (an array)")
  if y.ndim ~= 1 then mistake.raise("%s: y is %s, expected a vector of labels", who, mistake.describe(y)) end
  return y
end

-- What a call of the core gave, its failure as the user's mistake.
local function must(who, value, message)
  if value == nil then mistake.raise("%s: %s", who, message) end
  return value
end

local function new(made)
  local m = core().info(made)
  m.core = made
  return setmetatable(m, SVC)
end

-- Trains a classifier.  The same X, y and options give the same model, to the
-- byte of its dump.
---@param X table matrix of a numeric dtype, finite
---@param y table vector of labels: whole numbers or booleans, at least two different ones
---@param options? { kernel?: string, C?: number, gamma?: number, degree?: integer, coef0?: number, probability?: boolean, seed?: integer, tolerance?: number }
---   kernel "rbf" (default), "linear", "poly" or "sigmoid"; C 1.0; gamma
---   1 / (features * variance of X); degree 3 (poly); coef0 0.0 (poly, sigmoid);
---   probability false, with true predict_proba works and seed (0) matters;
---   tolerance 1e-3, where the training stops
---@return svm.SVC
function SVC.fit(X, y, options)
  local who = "svm.SVC.fit"
  local checked = read_options(options)
  return new(must(who, core().fit(to_matrix(who, X), to_vector(who, y), checked)))
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return svm.SVC
function svm.load(bytes)
  if type(bytes) ~= "string" then
    mistake.raise("svm.load: expected the bytes of a dump, found %s", mistake.describe(bytes))
  end
  return new(must("svm.load", core().load(bytes)))
end

-- The labels of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector
function methods:predict(X)
  X = to_matrix("svm.SVC.predict", X)
  local labels = array.zeros({ #X }, self.dtype)
  must("svm.SVC.predict", core().predict(self.core, X, labels))
  return labels
end

-- How likely each class is, a row for each row of X, a column for each of
-- m.classes.  Wants a model fitted with probability = true.  By libsvm's
-- estimate (Platt), which need not favour the class that predict gives.
---@param X table matrix
---@return table probabilities matrix f64
function methods:predict_proba(X)
  X = to_matrix("svm.SVC.predict_proba", X)
  local found = array.zeros({ #X, #self.classes }, "f64")
  must("svm.SVC.predict_proba", core().probabilities(self.core, X, found))
  return found
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function methods:score(X, y)
  local who = "svm.SVC.score"
  X, y = to_matrix(who, X), to_vector(who, y)
  if #X ~= #y then mistake.raise("%s: X has %d rows and y has %d", who, #X, #y) end
  if #X == 0 then mistake.raise("%s: X has no rows", who) end
  local labels = array.zeros({ #X }, self.dtype)
  must(who, core().predict(self.core, X, labels))
  local right, wanted = 0, y:totable()
  for i, label in ipairs(labels:totable()) do
    if label == wanted[i] then right = right + 1 end
  end
  return right / #X
end

-- All of the model, exactly: svm.load(m:dump()) predicts the same.
---@return string bytes
function methods:dump() return core().dump(self.core) end

function SVC.__tostring(m)
  return string.format("svm.SVC(kernel=%s, C=%.6g, gamma=%.6g, %d support vectors)",
    m.kernel, m.C, m.gamma, m.n_support)
end

-- Equal when their dumps are.
function SVC.__eq(a, b)
  return getmetatable(a) == SVC and getmetatable(b) == SVC and a:dump() == b:dump()
end

return svm
