---@meta rille.svm
-- Descriptions of `require "rille.svm"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.Model
---@field classes any[] labels, ascending
local Model = {}
---@param X rille.Array
---@return rille.Array|string[] a list where the labels are strings
function Model:predict(X) end
---@param X rille.Array
---@return rille.Array
function Model:predict_proba(X) end
---@param X rille.Array
---@param y rille.Array|any[]
---@return number
function Model:score(X, y) end
---@return string bytes
function Model:dump() end

---@class rille.SvcOptions
---@field kernel "rbf"|"linear"|"poly"|"sigmoid"|nil
---@field C number?
---@field gamma number?
---@field degree integer?
---@field coef0 number?
---@field tolerance number?
---@field probability boolean?
---@field class_weight "balanced"|table<any, number>|nil
---@field seed integer?

---@class rille.svm
---@field SVC { fit: fun(X: rille.Array, y: rille.Array, options: rille.SvcOptions?): rille.Model }
local svm = {}
---@param bytes string
---@return rille.Model
function svm.load(bytes) end

return svm
