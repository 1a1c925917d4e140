-- rille.tree: classification trees (CART).
--
--   local m = tree.fit(X, y, { max_depth = 8 })
--   m:predict(X_test)      m:score(X_test, y_test)      tree.load(m:dump())
--   print(m:show())
--
-- A model is plain fields that tell how it was made, and the core that predicts:
--   { criterion, max_depth, min_samples_leaf, min_samples_split, class_weight, seed,
--     n_leaves, n_nodes, depth, n_features, classes = { label, ... } ascending,
--     dtype, core }
-- Changing a field changes nothing in the core; a model is a value.  How a node
-- is split and the format of a dump are in tree.h.

local array = require "rille.array"
local model_helpers = require "rille.learn.model_helpers"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"

-- The C part, opened when it is first needed.
local function core()
  local opened = require("rille.host.sys").module("tree", "nothing more")
  core = function() return opened end
  return opened
end

---@class tree.Tree
---@field criterion "gini"|"entropy"
---@field max_depth integer?
---@field min_samples_leaf integer
---@field min_samples_split integer
---@field class_weight number[]? by class; nil: all weigh 1
---@field seed integer
---@field n_leaves integer
---@field n_nodes integer leaves and forks
---@field depth integer of the deepest leaf; 0 of a tree that is one leaf
---@field n_features integer
---@field classes (integer|number|boolean|string)[] the labels, ascending
---@field dtype string of the labels
local Tree = { __name = "tree.Tree" }
local methods = {}
Tree.__index = methods

local tree = { Tree = Tree }

local MANY <const> = 0x7fffffff
local OPTIONS = {
  criterion = { kind = "choice", values = { "gini", "entropy" }, what = "a criterion", default = "gini" },
  max_depth = { kind = "count", from = 1, max = MANY },
  min_samples_leaf = { kind = "count", from = 1, max = MANY, default = 1 },
  min_samples_split = { kind = "count", from = 2, max = MANY, default = 2 },
  seed = { kind = "count", default = 0, max = 0xffffffff },
}

local function new(made, names)
  local m = core().info(made)
  m.core = made
  return setmetatable(model_helpers.named(m, names), Tree)
end

-- Grows a classifier.  The same X, y and options give the same tree, to the byte
-- of its dump.
---@param X table matrix of a numeric dtype, finite
---@param y table vector of labels: whole numbers, booleans or strings, at least two different ones
---@param options? { criterion?: string, max_depth?: integer, min_samples_leaf?: integer,
--- min_samples_split?: integer, seed?: integer, class_weight?: "balanced"|table }
---   criterion "gini" (default) or "entropy"; max_depth: no limit; min_samples_leaf
---   1, the rows that each side of a split has at least; min_samples_split 2, the
---   rows of a node that is split; seed 0, which decides among equally good splits;
---   class_weight nil, "balanced" or { [label] = weight }
---@return tree.Tree
function tree.fit(X, y, options, ...)
  errors.no_more("tree.fit", ...)
  errors.no_colon(X)
  local who = "tree.fit"
  local o, weights = model_helpers.weighted_options(who, options, OPTIONS)
  local names
  X = model_helpers.matrix(who, X)
  y, names = model_helpers.labels(who, y)
  o.max_depth, o.class_weight = o.max_depth or 0, model_helpers.class_weight(who, weights, y, names)
  return new(model_helpers.must(who, core().fit(X, y, o)), names)
end

-- The model of a dump; raises for other or damaged bytes.
---@param bytes string
---@return tree.Tree
function tree.load(bytes, ...)
  errors.no_more("tree.load", ...)
  return new(model_helpers.load("tree.load", core, bytes))
end

-- The labels of the rows of X, in the dtype of the y it was fitted with.
---@param X table matrix
---@return table labels vector, or a list of strings
function methods:predict(X, ...)
  errors.check_self(self, Tree, "predict", ...)
  return model_helpers.predict("tree.predict", self, core(), X)
end

-- The share of each class in the leaf of each row of X, a column for each of
-- m.classes.
---@param X table matrix
---@return table probabilities matrix f64
function methods:predict_proba(X, ...)
  errors.check_self(self, Tree, "predict_proba", ...)
  X = model_helpers.matrix("tree.predict_proba", X)
  local found = array.zeros({ #X, #self.classes }, "f64")
  model_helpers.must("tree.predict_proba", core().probabilities(self.core, X, found))
  return found
end

-- How much the splits by each feature lower the impurity, as a share of all: together 1, or all 0 without a split.
---@return table vector f64
function methods:importances(...)
  errors.check_self(self, Tree, "importances", ...)
  local found = array.zeros(self.n_features)
  core().importances(self.core, found)
  return found
end

-- The share of the rows of X whose label is predicted, 0.0 to 1.0.
---@param X table matrix, at least one row
---@param y table vector of labels
---@return number accuracy
function methods:score(X, y, ...)
  errors.check_self(self, Tree, "score", ...)
  return model_helpers.accuracy("tree.score", self, X, y)
end

-- All of the model, exactly: tree.load(m:dump()) predicts the same.
---@return string bytes
function methods:dump(...)
  errors.check_self(self, Tree, "dump", ...)
  return model_helpers.wrap(self, core().dump(self.core))
end

-- ---- as text ----

local function sum(counts)
  local n = 0
  for _, v in ipairs(counts) do n = n + v end
  return n
end

-- "0  (36 of 40 rows)"
local function leaf_text(m, majority, counts)
  local n = sum(counts)
  local most = counts[majority]
  local of = most < n and most .. " of " or ""
  return string.format("%s  (%s%d row%s)", m.classes[majority], of, n, n == 1 and "" or "s")
end

local SHOW = { names = true, depth = true }

local function read_show(m, options)
  local who = "tree.show"
  if options ~= nil and type(options) ~= "table" then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(options))
  end
  options = options or {}
  errors.check_fields(who, options, SHOW)
  local names = options.names
  if names ~= nil and (type(names) ~= "table" or #names ~= m.n_features) then
    errors.raise("%s: names is %s, expected a list of %d names", who,
      type(names) == "table" and "a list of " .. #names or errors.describe(names), m.n_features)
  end
  if options.depth ~= nil and not math.tointeger(options.depth) then
    errors.raise("%s: depth is %s, expected an integer", who, errors.describe(options.depth))
  end
  return names or {}, options.depth or math.huge
end

-- The tree as text, a line for each test and leaf.
---@param options? { names?: string[], depth?: integer }
---   names of the features, else x1, x2, ...; depth: how many tests to follow
---@return string
function methods:show(options, ...)
  errors.check_self(self, Tree, "show", ...)
  local names, deepest = read_show(self, options)
  local lines, todo = {}, { { node = 1, lead = "", depth = 0 } }
  while #todo > 0 do
    local at = table.remove(todo)
    local feature, threshold, right, majority, counts = core().node(self.core, at.node)
    if at.test then lines[#lines + 1] = at.lead .. at.test end
    local lead = at.test and at.lead .. "  " or at.lead
    if not feature or at.depth >= deepest then
      local text = leaf_text(self, majority, counts) .. (feature and "  ..." or "")
      if at.test then lines[#lines] = lines[#lines] .. "  ->  " .. text else lines[1] = text end
    else
      local name = names[feature] or "x" .. feature
      local more, less = string.format("%s >  %.6g", name, threshold), string.format("%s <= %.6g", name, threshold)
      todo[#todo + 1] = { node = right, lead = lead, depth = at.depth + 1, test = more }
      todo[#todo + 1] = { node = at.node + 1, lead = lead, depth = at.depth + 1, test = less }
    end
  end
  return table.concat(lines, "\n")
end

function Tree.__tostring(m)
  return string.format("tree.Tree(criterion=%s, %d leaves, depth %d)", m.criterion, m.n_leaves, m.depth)
end

-- Equal when their dumps are.
function Tree.__eq(a, b)
  return getmetatable(a) == Tree and getmetatable(b) == Tree and a:dump() == b:dump()
end

model_helpers.strict(Tree, "criterion max_depth min_samples_leaf min_samples_split class_weight seed n_leaves "
  .. "n_nodes depth n_features classes dtype core")

return origin.strict(tree)
