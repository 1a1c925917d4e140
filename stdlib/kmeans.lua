-- rille.kmeans: k-means: groups of rows around centres.
--
--   local m = kmeans.fit(X, { k = 3 })
--   m:predict(X_new)   m.centres   m.inertia   kmeans.load(m:dump())
--
-- A model is plain fields, by which it predicts:
--   { k, seed, inertia = sum of the squared distances of the rows to their centres, n_rounds,
--     n_features, centres = matrix, a row for each group, sizes = { rows of each group } }
-- Groups are numbered from 1.  From the first centres on, each row goes to the nearest centre
-- (the first of equals), and each centre to the mean of its rows, until no row changes its
-- group (Lloyd).  A group that has lost all rows takes the row that is farthest from its
-- centre.  The first centres are drawn (k-means++), several times; the best is kept.
--
-- A dump has little endian numbers, as of section.h: "rillekme", u32 version 1, then sections,
-- each with 4 characters of tag and a u64 of its bytes:
--     head  u32 k  u32 features  u32 seed  u32 rounds  f64 inertia
--     size  u64 for each group        cent  f64 [k][features]

local array = require "rille.array"
local model_helpers = require "rille.learn.model_helpers"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local random = require "rille.learn.random"
local sections = require "rille.learn.sections"

---@class kmeans.KMeans
---@field k integer
---@field seed integer
---@field inertia number
---@field n_rounds integer
---@field n_features integer
---@field centres table matrix f64, k by features
---@field sizes integer[] the rows of each group
local KMeans = { __name = "kmeans.KMeans" }
local methods = {}
KMeans.__index = methods

local kmeans = { KMeans = KMeans }

local MANY <const> = 0x7fffffff
local OPTIONS <const> = {
  k = { kind = "count", from = 1, max = MANY, default = 8 },
  tries = { kind = "count", from = 1, max = MANY, default = 10 },
  rounds = { kind = "count", from = 1, max = MANY, default = 300 },
  seed = { kind = "count", max = 0xffffffff, default = 0 },
}
local FIELDS <const> = { centres = true, k = true, tries = true, rounds = true, seed = true }

-- ---- distances ----

-- The C part, opened when it is first needed.
local function core()
  local opened = require("rille.host.sys").module("neighbors", "nothing more")
  core = function() return opened end
  return opened
end

-- The nearest centre of each row, from 1, and the square of its distance.
local function nearest(X, centres)
  local groups, squares = array.zeros(#X, "i64"), array.zeros(#X)
  model_helpers.must("kmeans", core().nearest(X, centres, groups, squares))
  return groups, squares
end

-- The squares of the distances of all rows to a row.
local function squares_to(X, row)
  local _, squares = nearest(X, X:slice(row, row))
  return squares
end

-- ---- fit ----

-- A row by its share of the weights.
local function draw_row(weights, bits)
  local list, at, sum = weights:totable(), random.fraction(bits) * weights:sum(), 0.0
  for i, w in ipairs(list) do
    sum = sum + w
    if at < sum then return i end
  end
  return random.below(bits, #list) + 1
end

-- k rows, each far from those before (k-means++).
local function first_centres(X, k, bits)
  local rows = { random.below(bits, #X) + 1 }
  local far = squares_to(X, rows[1])
  while #rows < k do
    local row = draw_row(far, bits)
    rows[#rows + 1] = row
    local d = squares_to(X, row)
    far = d:lt(far):where(d, far)
  end
  return X:take(array.from(rows, "i64"))
end

-- The rows of each group.
local function members(groups, k)
  local rows = {}
  for i = 1, k do rows[i] = {} end
  for row, group in ipairs(groups:totable()) do table.insert(rows[group], row) end
  return rows
end

-- Gives each group without rows the row that is farthest from its centre, and is not alone there.
local function fill_empty(rows, distances)
  for group, list in ipairs(rows) do
    while #list == 0 do
      local row = distances:argmax()
      distances:set(row, -1.0)
      for _, other in ipairs(rows) do
        for i, one in ipairs(other) do
          if one == row and #other > 1 then
            table.remove(other, i)
            list[1] = row
          end
        end
      end
    end
    rows[group] = list
  end
end

local function means(X, rows)
  local made = {}
  for i, list in ipairs(rows) do made[i] = X:take(array.from(list, "i64")):mean(1):reshape(1, X.shape[2]) end
  return array.concat(made, 1)
end

-- From these centres until nothing changes.
local function run(X, centres, most)
  local before, n = nil, 0
  repeat
    local groups, distances = nearest(X, centres)
    if before and before:eq(groups):all() or n == most then
      local sizes = {}
      for i, list in ipairs(members(groups, #centres)) do sizes[i] = #list end
      return { centres = centres, inertia = distances:sum(), n_rounds = n, sizes = sizes }
    end
    local rows = members(groups, #centres)
    fill_empty(rows, distances:copy())
    centres, before, n = means(X, rows), groups, n + 1
  until false
end

local function check_finite(who, X)
  local bad = (X * 0):ne(0)
  if #X == 0 or not bad:any() then return end
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

local function read_options(who, given)
  if given ~= nil and type(given) ~= "table" then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(given))
  end
  given = given or {}
  errors.check_fields(who, given, FIELDS)
  local plain = {}
  for name in next, OPTIONS do plain[name] = given[name] end
  return model_helpers.options(who, plain, OPTIONS), given.centres
end

-- The centres that a script gives.
local function given_centres(who, v, X)
  local centres = matrix(who .. ": centres", v)
  if centres.shape[2] ~= X.shape[2] then
    errors.raise("%s: centres has %d features, and X has %d", who, centres.shape[2], X.shape[2])
  end
  return centres
end

-- Finds the groups.  The same X and options give the same model, to the byte of its dump.
---@param X table matrix of a numeric dtype, finite; features of about one scale
---@param options? { k?: integer, tries?: integer, rounds?: integer, seed?: integer, centres?: table }
---   k 8 groups; tries 10, with other first centres; rounds 300 at most; centres: the first ones, a matrix
---@return kmeans.KMeans
function kmeans.fit(X, options, ...)
  errors.no_more("kmeans.fit", ...)
  errors.no_colon(X)
  local who = "kmeans.fit"
  local o, given = read_options(who, options)
  X = matrix(who, X)
  local centres = given ~= nil and given_centres(who, given, X) or nil
  local k, best = centres and #centres or o.k, nil
  if centres and options.k ~= nil and o.k ~= k then
    errors.raise("%s: k is %d, and centres has %d rows", who, o.k, k)
  end
  if k < 1 or k > #X then errors.raise("%s: k is %d, and X has %d rows", who, k, #X) end
  local bits = random.generator(o.seed)
  for _ = 1, centres and 1 or o.tries do
    local found = run(X, centres or first_centres(X, k, bits), o.rounds)
    if not best or found.inertia < best.inertia then best = found end
  end
  best.k, best.seed, best.n_features = k, o.seed, X.shape[2]
  return setmetatable(best, KMeans)
end

-- ---- predict ----

-- The group of each row of X, from 1.
---@param X table matrix
---@return table groups vector i64
function methods:predict(X, ...)
  errors.check_self(self, KMeans, "predict", ...)
  X = matrix("kmeans.predict", X)
  if X.shape[2] ~= self.n_features then
    errors.raise("kmeans.predict: X has %d features, but the model was fitted with %d", X.shape[2], self.n_features)
  end
  if #X == 0 then return array.zeros(0, "i64") end
  return (nearest(X, self.centres))
end

-- ---- dumps ----

-- All of the model, exactly: kmeans.load(m:dump()) predicts the same.
---@return string bytes
function methods:dump(...)
  errors.check_self(self, KMeans, "dump", ...)
  local sizes = {}
  for i, n in ipairs(self.sizes) do sizes[i] = string.pack("<I8", n) end
  return sections.dump("rillekme",
    { "head", string.pack("<I4I4I4I4d", self.k, self.n_features, self.seed, self.n_rounds, self.inertia) },
    { "size", table.concat(sizes) }, { "cent", sections.reals(self.centres) })
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return kmeans.KMeans
function kmeans.load(bytes, ...)
  errors.no_more("kmeans.load", ...)
  local m, reader = { sizes = {} }, sections.open("kmeans.load", "rillekme", bytes)
  m.k, m.n_features, m.seed, m.n_rounds, m.inertia = string.unpack("<I4I4I4I4d", reader:take("head", 24))
  if m.k < 1 or m.n_features < 1 or m.k * m.n_features * 8 > #bytes or m.inertia ~= m.inertia
    or m.inertia < 0 or m.inertia == math.huge then reader:damaged "head" end
  local sizes = reader:take("size", 8 * m.k)
  for i = 1, m.k do
    m.sizes[i] = string.unpack("<I8", sizes, 8 * i - 7)
    if m.sizes[i] < 0 then reader:damaged "size" end
  end
  m.centres = reader:reals("cent", m.k * m.n_features):reshape(m.k, m.n_features)
  reader:close()
  return setmetatable(m, KMeans)
end

function KMeans.__tostring(m)
  return string.format("kmeans.KMeans(k=%d, inertia=%.6g, %d features)", m.k, m.inertia, m.n_features)
end

-- Equal when their dumps are.
function KMeans.__eq(a, b)
  return getmetatable(a) == KMeans and getmetatable(b) == KMeans and a:dump() == b:dump()
end

model_helpers.strict(KMeans, "k seed inertia n_rounds n_features centres sizes")

return origin.strict(kmeans)
