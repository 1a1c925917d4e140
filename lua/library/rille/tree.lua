---@meta rille.tree
-- Descriptions of `require "rille.tree"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.TreeModel: rille.Model
---@field n_leaves integer
---@field depth integer
---@field class_weight number[]?
local TreeModel = {}
---Returns the tree as text.
---@param options { names?: string[], depth?: integer }?
---@return string
function TreeModel:show(options) end

---How much the splits by each feature lower the impurity, as a share of all.
---@return rille.Array
function TreeModel:importances() end

---@class rille.TreeOptions
---@field criterion "gini"|"entropy"|nil
---@field max_depth integer?
---@field min_samples_leaf integer?
---@field min_samples_split integer?
---@field class_weight "balanced"|table<any, number>|nil
---@field seed integer?

---@class rille.tree
local tree = {}
---@param X rille.Array
---@param y rille.Array
---@param options rille.TreeOptions?
---@return rille.TreeModel
function tree.fit(X, y, options) end
---@param bytes string
---@return rille.TreeModel
function tree.load(bytes) end

return tree
