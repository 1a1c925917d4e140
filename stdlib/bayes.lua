-- rille.bayes: Gaussian naive Bayes: in each class each feature is normal, apart from the others.
--
--   local m = bayes.fit(X, y)
--   m:predict(X_test)   m:predict_proba(X_test)   bayes.load(m:dump())
--
-- A model is plain fields, by which it predicts:
--   { smoothing, epsilon, classes = { label, ... } ascending, dtype, n_features,
--     priors = vector, means = matrix, variances = matrix: a row for each class }
-- As in scikit-learn epsilon, smoothing times the largest variance of a feature, is added to
-- all variances.
--
-- A dump has little endian numbers, as of section.h: "rillebay", u32 version 1, then sections,
-- each with 4 characters of tag and a u64 of its bytes:
--     head  u32 label dtype (its place in DTYPES, from 0)  u32 classes  u32 features
--           f64 smoothing  f64 epsilon
--     clas  i64 for each class, strictly ascending
--     prio  f64 for each class        mean  f64 [classes][features]
--     vari  f64 [classes][features], more than 0
-- The same data and options give the same bytes.

local array = require "rille.array"
local named_labels = require "rille.learn.named_labels"
local model_helpers = require "rille.learn.model_helpers"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local sections = require "rille.learn.sections"

---@class bayes.Bayes
---@field smoothing number
---@field epsilon number what was added to each variance
---@field classes (integer|number|boolean)[] the labels, ascending
---@field dtype string of the labels
---@field n_features integer
---@field priors table vector f64: the share of each class
---@field means table matrix f64, classes by features
---@field variances table matrix f64
local Bayes = { __name = "bayes.Bayes" }
local methods = {}
Bayes.__index = methods

local bayes = { Bayes = Bayes }

local OPTIONS <const> = { smoothing = { kind = "number", default = 1e-9, at_least = 0 } }
local DTYPES <const> = { "bool", "u8", "i32", "i64", "f32", "f64" }

-- ---- data ----

local function check_finite(who, X)
  local bad = (X * 0):ne(0)
  if not bad:any() then return end
  local place = bad:reshape(#X * X.shape[2]):astype "i64":argmax() - 1
  local i, j = place // X.shape[2] + 1, place % X.shape[2] + 1
  local v = X:get(i, j)
  errors.raise("%s: X: row %d, column %d is %s", who, i, j, v ~= v and "NaN" or "infinite")
end

local function matrix(who, v)
  local X = model_helpers.matrix(who, v):astype "f64"
  if X.shape[2] == 0 then errors.raise("%s: X: it has no features", who) end
  if #X > 0 then check_finite(who, X) end
  return X
end

-- The labels of y, ascending, and the rows of each.
local function classes_of(who, y)
  local rows, labels = {}, {}
  for i, label in ipairs(y:totable()) do
    if label ~= label then errors.raise("%s: y: row %d is NaN", who, i) end
    if type(label) == "number" and not math.tointeger(label) then
      errors.raise("%s: y: row %d is %.14g; a class must be an integer", who, i, label)
    end
    if not rows[label] then
      rows[label] = {}
      labels[#labels + 1] = label
    end
    table.insert(rows[label], i)
  end
  table.sort(labels, function(a, b)
    if type(a) == "boolean" then return not a and b end
    return a < b
  end)
  if #labels < 2 then
    errors.raise("%s: y: %s; at least two classes are needed", who,
      #labels == 0 and "it has no rows" or "all rows are of class " .. tostring(labels[1]))
  end
  return labels, rows
end

-- Vectors as the rows of a matrix.
local function stack(vectors)
  local made = {}
  for i, v in ipairs(vectors) do made[i] = v:reshape(1, #v) end
  return array.concat(made, 1)
end

-- Takes the means and variances of the features in each class.
---@param X table matrix of a numeric dtype, finite
---@param y table vector of labels: whole numbers, booleans or strings, at least two different ones
---@param options? { smoothing?: number }
---   smoothing 1e-9: this share of the largest variance of a feature is added to all
---@return bayes.Bayes
function bayes.fit(X, y, options, ...)
  errors.no_more("bayes.fit", ...)
  errors.no_colon(X)
  local who = "bayes.fit"
  local o = model_helpers.options(who, options, OPTIONS)
  local names
  X = matrix(who, X)
  y, names = model_helpers.labels(who, y)
  if #X ~= #y then errors.raise("%s: X has %d rows and y has %d", who, #X, #y) end
  local labels, rows = classes_of(who, y)
  local epsilon = o.smoothing * X:var(1, 0):max()
  local priors, means, variances = {}, {}, {}
  for k, label in ipairs(labels) do
    local of = X:take(array.from(rows[label], "i64"))
    priors[k], means[k], variances[k] = #of / #X, of:mean(1), of:var(1, 0) + epsilon
  end
  local spread = stack(variances)
  if not spread:gt(0):all() then
    errors.raise(o.smoothing > 0 and "%s: X: all features are constant"
      or "%s: a feature is constant in a class; smoothing must be greater than 0", who)
  elseif spread:max() == math.huge then
    errors.raise("%s: X: its values are too large; scale them", who)
  end
  local m = { smoothing = o.smoothing, epsilon = epsilon, classes = labels, dtype = y.dtype,
    n_features = X.shape[2], priors = array.from(priors, "f64"), means = stack(means), variances = spread }
  return setmetatable(model_helpers.named(m, names), Bayes)
end

-- ---- predict ----

-- The logarithm of prior times density, a column for each class.
local function log_joint(who, m, X)
  X = matrix(who, X)
  if X.shape[2] ~= m.n_features then
    errors.raise("%s: X has %d features, but the model was fitted with %d", who, X.shape[2], m.n_features)
  end
  local columns = {}
  for k = 1, #m.classes do
    local variance = m.variances:row(k)
    local base = math.log(m.priors:get(k)) - 0.5 * (variance * (2 * math.pi)):log():sum()
    local squares = X - m.means:row(k)
    columns[k] = (base - (squares * squares / variance):sum(2) * 0.5):reshape(#X, 1)
  end
  local joint = model_helpers.must(who, array.concat(columns, 2))
  local lost = #joint > 0 and joint:max(2):eq(-math.huge)
  if lost and lost:any() then
    errors.raise("%s: X: row %d is too far from all classes: its densities are 0", who, lost:astype "i64":argmax())
  end
  return joint
end

-- The most likely class of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector
function methods:predict(X, ...)
  errors.check_self(self, Bayes, "predict", ...)
  local joint = log_joint("bayes.predict", self, X)
  local is_named = self.dtype == "string"
  local labels = is_named and array.arange(#self.classes) - 1 or array.from(self.classes, self.dtype)
  return named_labels.decode(self, #joint == 0 and labels:slice(1, 0) or labels:take(joint:argmax(2)))
end

-- How likely each class is, a row for each row of X, a column for each of m.classes.
---@param X table matrix
---@return table probabilities matrix f64
function methods:predict_proba(X, ...)
  errors.check_self(self, Bayes, "predict_proba", ...)
  local joint = log_joint("bayes.predict_proba", self, X)
  if #joint == 0 then return joint end
  local shares = (joint - joint:max(2):reshape(#joint, 1)):exp()
  return shares / shares:sum(2):reshape(#joint, 1)
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function methods:score(X, y, ...)
  errors.check_self(self, Bayes, "score", ...)
  return model_helpers.accuracy("bayes.score", self, X, y)
end

-- ---- dumps ----

local function place_of(dtype)
  for i, name in ipairs(DTYPES) do if name == dtype then return i - 1 end end
end

-- All of the model, exactly: bayes.load(m:dump()) predicts the same.
---@return string bytes
function methods:dump(...)
  errors.check_self(self, Bayes, "dump", ...)
  local labels = {}
  for i, label in ipairs(self.classes) do
    if self.dtype == "string" then label = i - 1 end
    labels[i] = string.pack("<i8", type(label) == "boolean" and (label and 1 or 0) or math.tointeger(label))
  end
  return named_labels.wrap(self, sections.dump("rillebay",
    { "head", string.pack("<I4I4I4dd", place_of(named_labels.core_dtype(self)), #self.classes, self.n_features,
      self.smoothing, self.epsilon) },
    { "clas", table.concat(labels) }, { "prio", sections.reals(self.priors) }, { "mean", sections.reals(self.means) },
    { "vari", sections.reals(self.variances) }))
end

local function read_labels(bytes, n, dtype)
  local labels, before = {}, nil
  for i = 1, n do
    local v = string.unpack("<i8", bytes, 8 * i - 7)
    if before and v <= before then return nil end
    before, labels[i] = v, v
  end
  local ok, made = pcall(function() return array.from(labels, "i64"):astype(dtype) end)
  return ok and made:astype "i64":eq(array.from(labels, "i64")):all() and made:totable() or nil
end

local function read_model(who, bytes)
  local reader = sections.open(who, "rillebay", bytes)
  local m, place, k = {}
  place, k, m.n_features, m.smoothing, m.epsilon = string.unpack("<I4I4I4dd", reader:take("head", 28))
  m.dtype = DTYPES[place + 1]
  local n = k * m.n_features
  if not m.dtype or k < 2 or m.n_features < 1 or n * 8 > #bytes or not (m.smoothing >= 0 and m.epsilon >= 0)
    or m.smoothing == math.huge or m.epsilon == math.huge then reader:damaged "head" end
  m.classes = read_labels(reader:take("clas", 8 * k), k, m.dtype) or reader:damaged "clas"
  m.priors = reader:reals("prio", k)
  if not (m.priors:gt(0):all() and m.priors:le(1):all()) then reader:damaged "prio" end
  m.means = reader:reals("mean", n):reshape(k, m.n_features)
  m.variances = reader:reals("vari", n, 2.0 ^ -1074):reshape(k, m.n_features)
  reader:close()
  return setmetatable(m, Bayes)
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return bayes.Bayes
function bayes.load(bytes, ...)
  errors.no_more("bayes.load", ...)
  local who = "bayes.load"
  if type(bytes) ~= "string" then
    errors.raise("%s: expected the bytes of a dump, found %s", who, errors.describe(bytes))
  end
  local names
  bytes, names = named_labels.unwrap(who, bytes)
  local m = read_model(who, bytes)
  named_labels.check_core(who, m, names)
  return named_labels.name(m, names)
end

function Bayes.__tostring(m)
  return string.format("bayes.Bayes(%d features, %d classes)", m.n_features, #m.classes)
end

-- Equal when their dumps are.
function Bayes.__eq(a, b)
  return getmetatable(a) == Bayes and getmetatable(b) == Bayes and a:dump() == b:dump()
end

model_helpers.strict(Bayes, "smoothing epsilon classes dtype n_features priors means variances")

return origin.strict(bayes)
