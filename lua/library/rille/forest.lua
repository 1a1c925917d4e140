---@meta rille.forest
-- Descriptions of `require "rille.forest"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.ForestModel: rille.Model
---@field n_estimators integer
---@field max_features integer
---@field class_weight number[]?
local ForestModel = {}
---How much the splits by each feature lower the impurity: the mean over the trees, together 1.
---@return rille.Array
function ForestModel:importances() end

---@class rille.ForestOptions: rille.TreeOptions
---@field n_estimators integer? 100
---@field max_features "sqrt"|"log2"|"all"|integer|nil
---@field bootstrap boolean? true

---@class rille.forest
local forest = {}
---@param X rille.Array
---@param y rille.Array
---@param options rille.ForestOptions?
---@return rille.ForestModel
function forest.fit(X, y, options) end
---@param bytes string
---@return rille.ForestModel
function forest.load(bytes) end

return forest
