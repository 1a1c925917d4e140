---@meta rille.xgboost
-- Descriptions of `require "rille.xgboost"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.XgboostOptions
---@field n_estimators integer? 100 rounds
---@field learning_rate number? 0.3
---@field max_depth integer? 6
---@field min_child_weight number? 1
---@field gamma number? 0, the least gain of a split
---@field lambda number? 1
---@field alpha number? 0
---@field subsample number? 1, a share of the rows for each tree
---@field colsample number? 1, a share of the features for each tree
---@field tree_method "exact"|"hist"|"approx"|nil
---@field max_bin integer? 256
---@field base_score number? 0.5
---@field seed integer? 0
---@field nthread integer? 1
---@field class_weight "balanced"|table<any, number>|nil of a classifier

---@class rille.XgboostClassifierModel: rille.Model
---@field objective "logistic"|"softmax"
---@field n_estimators integer
---@field n_nodes integer
---@field learning_rate number
---@field max_depth integer
---@field class_weight number[]?
local ClassifierModel = {}
---How much the splits by each feature are worth, together 1: by their mean gain, or another kind.
---@param kind "gain"|"total_gain"|"weight"|"cover"|"total_cover"|nil
---@return rille.Array
function ClassifierModel:importances(kind) end

---@class rille.XgboostRegressorModel
---@field n_estimators integer
---@field n_nodes integer
---@field n_features integer
local RegressorModel = {}
---@param X rille.Array
---@return rille.Array
function RegressorModel:predict(X) end
---@param X rille.Array
---@param y rille.Array
---@return number R^2
function RegressorModel:score(X, y) end
---@param kind "gain"|"total_gain"|"weight"|"cover"|"total_cover"|nil
---@return rille.Array
function RegressorModel:importances(kind) end
---@return string bytes
function RegressorModel:dump() end

---@class rille.XgboostClassifier
local Classifier = {}
---Trains a classifier; the same data, options and library give the same model.
---@param X rille.Array NaN is missing
---@param y rille.Array
---@param options rille.XgboostOptions?
---@return rille.XgboostClassifierModel
function Classifier.fit(X, y, options) end

---@class rille.XgboostRegressor
local Regressor = {}
---@param X rille.Array NaN is missing
---@param y rille.Array
---@param options rille.XgboostOptions?
---@return rille.XgboostRegressorModel
function Regressor.fit(X, y, options) end

---@class rille.xgboost
---@field Classifier rille.XgboostClassifier
---@field Regressor rille.XgboostRegressor
local xgboost = {}
---@param bytes string
---@return rille.XgboostClassifierModel|rille.XgboostRegressorModel
function xgboost.load(bytes) end

return xgboost
