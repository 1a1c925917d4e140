-- booster_text: the trees of libxgboost's JSON as the bytes that boost.h describes.
--
--   booster_text.dump(text, made)     made = { objective =, n_features =, options =, classes =, dtype =, weights = }
--
-- Of the trees the nodes that are reached count, parents before children, left before right: what
-- pruning has left behind is not in the bytes.

local json = require "rille.json"
local sections = require "rille.learn.sections"

local booster_text = {}

local OBJECTIVES <const> = { logistic = 0, softmax = 1, squared = 2 }
local METHODS <const> = { exact = 0, hist = 1, approx = 2 }
local DTYPES <const> = { bool = 0, u8 = 1, i32 = 2, i64 = 3, f32 = 4, f64 = 5 }
local MISSING_LEFT <const> = 1 << 31

local function unknown(what) error("this version of xgboost has models of another form (" .. what .. ")", 0) end

local function field(t, ...)
  for _, name in ipairs { ... } do
    t = type(t) == "table" and t[name]
    if t == nil or t == false then unknown(name) end
  end
  return t
end

-- The bytes of a tree's nodes, and how many.
local function nodes(tree)
  local left, right, missing = field(tree, "left_children"), field(tree, "right_children"), field(tree, "default_left")
  local feature, value = field(tree, "split_indices"), field(tree, "split_conditions")
  local gain, cover = field(tree, "loss_changes"), field(tree, "sum_hessian")
  local kinds = tree.split_type or {}
  local parts, rights, todo, n = {}, {}, { { at = 1 } }, 0
  while #todo > 0 do
    local one = table.remove(todo)
    local at = one.at
    n = n + 1
    if one.parent then rights[one.parent] = n - 1 end
    if kinds[at] and kinds[at] ~= 0 then unknown "categories" end
    parts[n] = at
    if left[at] ~= -1 then
      todo[#todo + 1] = { at = right[at] + 1, parent = n }
      todo[#todo + 1] = { at = left[at] + 1 }
    end
  end
  for i = 1, n do
    local at, is_leaf = parts[i], not rights[i]
    local way = (missing[at] == true or missing[at] == 1) and MISSING_LEFT or 0
    parts[i] = string.pack("<I4I4fff", rights[i] or 0, is_leaf and 0 or feature[at] | way, value[at],
      is_leaf and 0 or gain[at], cover[at])
  end
  return table.concat(parts), n
end

-- The margin that rows begin at, in f32.
local function base_margin(made)
  local score = string.unpack("<f", string.pack("<f", made.options.base_score))
  if made.objective ~= "logistic" then return score end
  local odds = string.unpack("<f", string.pack("<f", string.unpack("<f", string.pack("<f", 1 / score)) - 1))
  return string.unpack("<f", string.pack("<f", -math.log(odds)))
end

local function labels(classes)
  local parts = {}
  for i, label in ipairs(classes) do
    parts[i] = string.pack("<i8", type(label) == "boolean" and (label and 1 or 0) or math.tointeger(label))
  end
  return table.concat(parts)
end

local function options(o)
  return string.pack("<I4I4I4I4dddddddd", o.max_depth, o.max_bin, o.seed, METHODS[o.tree_method], o.learning_rate,
    o.min_child_weight, o.gamma, o.lambda, o.alpha, o.subsample, o.colsample, o.base_score)
end

-- The dump of the model that libxgboost has made.
---@param text string
---@param made table
---@return string bytes
function booster_text.dump(text, made)
  local model = field(json.decode(text), "learner", "gradient_booster", "model")
  local trees, groups = field(model, "trees"), field(model, "tree_info")
  local n_groups = made.objective == "softmax" and #made.classes or 1
  local sizes, parts, total = {}, {}, 0
  for t, tree in ipairs(trees) do
    if groups[t] ~= (t - 1) % n_groups then unknown "tree_info" end
    local n
    parts[t], n = nodes(tree)
    sizes[t], total = string.pack("<I4", n), total + n
  end
  if #trees ~= made.rounds * n_groups then unknown "trees" end
  local classes, weights = made.classes or {}, made.weights or {}
  return sections.dump("rillexgb",
    { "head", string.pack("<I4I4I4I4I4I4I4d", OBJECTIVES[made.objective], made.n_features, made.rounds,
      made.dtype and DTYPES[made.dtype] or 0, #classes, total, #weights, base_margin(made)) },
    { "opts", options(made.options) }, { "clas", labels(classes) }, { "weig", sections.reals(weights) },
    { "size", table.concat(sizes) }, { "node", table.concat(parts) })
end

return booster_text
