-- rille.pca: principal components: the directions in which rows differ most, by LAPACK.
--
--   local m = pca.fit(X, { n_components = 2 })
--   m:transform(X_new)   m:inverse(Z)   m.ratio   pca.load(m:dump())
--
-- A model is plain fields, by which it transforms:
--   { n_components, n_features, n_rows, standardise, mean = vector, scale = vector,
--     components = matrix, a row for each, variance = vector, ratio = vector }
-- A row x becomes (x - mean) / scale, times the components; scale is 1 unless the features are
-- standardised (standard deviation with ddof 0; 1 for a constant feature).  variance is that of the
-- rows along a component (ddof 1), ratio its share of all.  The number of each component that is
-- greatest by amount is positive, so that the sign is always the same.
--
-- A dump has little endian numbers, as of section.h: "rillepca", u32 version 1, then sections,
-- each with 4 characters of tag and a u64 of its bytes:
--     head  u32 components  u32 features  u32 standardise (0, 1)  u64 rows
--     mean  f64 [features]     scal  f64 [features], more than 0
--     comp  f64 [components][features]
--     vari  f64 [components]   rati  f64 [components]

local array = require "rille.array"
local errors = require "rille.base.errors"
local libraries = require "rille.project.libraries"
local model_helpers = require "rille.learn.model_helpers"
local origin = require "rille.host.origin"
local sections = require "rille.learn.sections"

-- The C part, opened when it is first needed.
local function core()
  local opened = require("rille.host.sys").module("pca", "liblapack-dev")
  core = function() return opened end
  return opened
end

---@class pca.PCA
---@field n_components integer
---@field n_features integer
---@field n_rows integer that it was fitted on
---@field standardise boolean
---@field mean table vector f64
---@field scale table vector f64
---@field components table matrix f64, components by features
---@field variance table vector f64
---@field ratio table vector f64, the shares of the variance
local PCA = { __name = "pca.PCA" }
local methods = {}
PCA.__index = methods

local pca = { PCA = PCA }

local function check_finite(who, X)
  if #X == 0 then return end
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
  check_finite(who, X)
  return X
end

local KNOWN <const> = { n_components = true, standardise = true }

-- standardise, and the number or share of components that is asked for.
---@return boolean standardise, number? n
local function read_options(who, given)
  if given ~= nil and type(given) ~= "table" then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(given))
  end
  given = given or {}
  errors.check_fields(who, given, KNOWN)
  local o = model_helpers.options(who, { standardise = given.standardise },
    { standardise = { kind = "boolean", default = false } })
  local n = given.n_components
  local whole = type(n) == "number" and math.tointeger(n)
  if n ~= nil and not (whole and whole >= 1 or math.type(n) == "float" and n > 0 and n < 1) then
    errors.raise("%s: n_components is %s, expected an integer from 1, or a share of the variance between 0 and 1", who,
      errors.describe(n))
  end
  return o.standardise, whole or n
end

-- How many components: those asked for, or as many as explain the share.
local function count(who, n, ratio)
  if n == nil then return #ratio end
  if math.type(n) == "integer" then
    if n <= #ratio then return n end
    errors.raise("%s: n_components is %d, and X has %d components", who, n, #ratio)
  end
  local sum = 0.0
  for i, share in ipairs(ratio:totable()) do
    sum = sum + share
    if sum >= n then return i end
  end
  return #ratio
end

-- The standard deviations, 1 for a constant feature.
local function scales(X)
  local constant = X:max(1):eq(X:min(1))
  local made = X:std(1)
  return (constant | made:eq(0)):where(1.0, made)
end

local function decompose(who, centred)
  local n, p = #centred, centred.shape[2]
  local components, values = array.zeros { math.min(n, p), p }, array.zeros(math.min(n, p))
  libraries.note { "liblapack.so.3", "libblas.so.3" }
  model_helpers.must(who, core().decompose(centred, components, values))
  return components, values
end

-- Finds the components.  The same X and options give the same model.
---@param X table matrix of a numeric dtype, finite, at least two rows
---@param options? { n_components?: number, standardise?: boolean }
---   n_components: all, or how many, or a share of the variance, as 0.95; standardise false, with
---   true features count alike whatever their scale
---@return pca.PCA
function pca.fit(X, options, ...)
  errors.no_more("pca.fit", ...)
  errors.no_colon(X)
  local who = "pca.fit"
  local standardise, n = read_options(who, options)
  X = matrix(who, X)
  if #X < 2 then errors.raise("%s: X has %d row%s, expected at least two", who, #X, #X == 1 and "" or "s") end
  local mean = X:mean(1)
  local scale = standardise and scales(X) or array.ones(X.shape[2])
  local components, values = decompose(who, ((X - mean) / scale):copy())
  local variance = values * values / (#X - 1)
  local all = variance:sum()
  if all == math.huge then errors.raise("%s: X: its numbers are too large; scale them", who) end
  if all == 0 then errors.raise("%s: X: all rows are the same", who) end
  local ratio = variance / all
  local k = count(who, n, ratio)
  return setmetatable({ n_components = k, n_features = X.shape[2], n_rows = #X, standardise = standardise, mean = mean,
    scale = scale, components = components:slice(1, k):copy(), variance = variance:slice(1, k):copy(),
    ratio = ratio:slice(1, k):copy() }, PCA)
end

-- ---- use ----

-- The components of the rows of X, a column for each.
---@param X table matrix
---@return table matrix f64
function methods:transform(X, ...)
  errors.check_self(self, PCA, "transform", ...)
  X = matrix("pca.transform", X)
  if X.shape[2] ~= self.n_features then
    errors.raise("pca.transform: X has %d features, but the model was fitted with %d", X.shape[2], self.n_features)
  end
  if #X == 0 then return array.zeros { 0, self.n_components } end
  return ((X - self.mean) / self.scale):dot(self.components:transpose())
end

-- Rows of which these are the components, as near as the kept ones tell.
---@param Z table matrix, a column for each component
---@return table matrix f64
function methods:inverse(Z, ...)
  errors.check_self(self, PCA, "inverse", ...)
  Z = matrix("pca.inverse", Z)
  if Z.shape[2] ~= self.n_components then
    errors.raise("pca.inverse: Z has %d columns, expected %d, one for each component", Z.shape[2], self.n_components)
  end
  if #Z == 0 then return array.zeros { 0, self.n_features } end
  return Z:dot(self.components) * self.scale + self.mean
end

-- ---- dumps ----

-- All of the model, exactly: pca.load(m:dump()) transforms the same.
---@return string bytes
function methods:dump(...)
  errors.check_self(self, PCA, "dump", ...)
  return sections.dump("rillepca",
    { "head", string.pack("<I4I4I4I8", self.n_components, self.n_features, self.standardise and 1 or 0, self.n_rows) },
    { "mean", sections.reals(self.mean) }, { "scal", sections.reals(self.scale) },
    { "comp", sections.reals(self.components) }, { "vari", sections.reals(self.variance) },
    { "rati", sections.reals(self.ratio) })
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return pca.PCA
function pca.load(bytes, ...)
  errors.no_more("pca.load", ...)
  local reader = sections.open("pca.load", "rillepca", bytes)
  local k, p, standardise, rows = string.unpack("<I4I4I4I8", reader:take("head", 20))
  if k < 1 or p < 1 or k > p or k * p * 8 > #bytes or standardise > 1 or rows < 2 then reader:damaged "head" end
  local m = { n_components = k, n_features = p, n_rows = rows, standardise = standardise == 1 }
  m.mean, m.scale = reader:reals("mean", p), reader:reals("scal", p, 2.0 ^ -1074)
  m.components = reader:reals("comp", k * p):reshape(k, p)
  m.variance, m.ratio = reader:reals("vari", k, 0), reader:reals("rati", k, 0)
  reader:close()
  return setmetatable(m, PCA)
end

function PCA.__tostring(m)
  return string.format("pca.PCA(%d of %d components, %.4g of the variance)", m.n_components, m.n_features,
    m.ratio:sum())
end

-- Equal when their dumps are.
function PCA.__eq(a, b) return getmetatable(a) == PCA and getmetatable(b) == PCA and a:dump() == b:dump() end

model_helpers.strict(PCA, "n_components n_features n_rows standardise mean scale components variance ratio")

return origin.strict(pca)
