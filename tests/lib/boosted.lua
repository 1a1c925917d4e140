-- boosted.lua -- models of rille.xgboost that no library has made: a tree of one split and a leaf.

local booster_text = require "rille.xgboost.booster_text"
local xgboost = require "rille.xgboost"

local TREES <const> = [[{ "learner": { "gradient_booster": { "model": { "tree_info": [0, 0], "trees": [
  { "left_children": [1, -1, -1], "right_children": [2, -1, -1], "default_left": [1, 0, 0], "split_indices": [1, 0, 0],
    "split_conditions": [1.5, -0.5, 0.25], "loss_changes": [2.5, 0, 0], "sum_hessian": [3, 1, 2] },
  { "left_children": [-1], "right_children": [-1], "default_left": [0], "split_indices": [0],
    "split_conditions": [0.125], "loss_changes": [0], "sum_hessian": [3] } ] } } } }]]

local OPTIONS <const> = { max_depth = 6, max_bin = 256, seed = 7, tree_method = "exact", learning_rate = 0.3,
  min_child_weight = 1.0, gamma = 0.0, lambda = 1.0, alpha = 0.0, subsample = 1.0, colsample = 1.0, base_score = 0.5 }

local boosted = {}

---@param objective "logistic"|"squared"
function boosted.model(objective)
  local is_classifier = objective == "logistic"
  return xgboost.load(booster_text.dump(TREES, { objective = objective, n_features = 2, rounds = 2, options = OPTIONS,
    classes = is_classifier and { 0, 1 } or nil, dtype = is_classifier and "i64" or nil }))
end

return boosted
