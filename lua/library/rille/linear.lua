---@meta rille.linear
-- Descriptions of `require "rille.linear"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.LinearModel: rille.Model
---@field coefficients rille.Array
---@field intercept number of a regression
---@field intercepts rille.Array of a classifier
---@field rank integer

---@class rille.LogisticOptions
---@field C number?
---@field tolerance number?
---@field intercept boolean|"free"|nil
---@field class_weight "balanced"|table<any, number>|nil

---@class rille.RegressionOptions
---@field ridge number?
---@field intercept boolean?

---@class rille.linear
---@field Logistic { fit: fun(X: rille.Array, y: rille.Array, options: rille.LogisticOptions?): rille.LinearModel }
---@field Regression { fit: fun(X: rille.Array, y: rille.Array, options: rille.RegressionOptions?): rille.LinearModel }
local linear = {}
---@param bytes string
---@return rille.LinearModel
function linear.load(bytes) end

return linear
