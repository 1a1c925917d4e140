---@meta rille.split
-- Descriptions of `require "rille.split"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.split
local split = {}
---@param X rille.Array
---@param y rille.Array
---@param options { test_size?: number, shuffle?: boolean, seed?: integer, stratify?: boolean }?
---@return rille.Array X_train, rille.Array X_test, rille.Array y_train, rille.Array y_test
function split.train_test(X, y, options) end
---@param n integer
---@param k integer
---@param seed integer?
---@return table[]
function split.k_fold(n, k, seed) end
---Each class of y has about the share in every fold that it has in y.
---@param y rille.Array|table
---@param k integer
---@param seed integer?
---@return table[]
function split.stratified_k_fold(y, k, seed) end

return split
