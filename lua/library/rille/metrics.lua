---@meta rille.metrics
-- Descriptions of `require "rille.metrics"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.metrics
local metrics = {}
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.accuracy(y, predicted) end
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.precision(y, predicted, ...) end
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.recall(y, predicted, ...) end
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.f1(y, predicted, ...) end
---@param y rille.Array
---@param predicted rille.Array
---@return any
function metrics.confusion_matrix(y, predicted) end
---@param y rille.Array
---@param predicted rille.Array
---@return any
function metrics.report(y, predicted) end
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.mse(y, predicted) end
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.rmse(y, predicted) end
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.mae(y, predicted) end
---@param y rille.Array
---@param predicted rille.Array
---@return number
function metrics.r2(y, predicted) end

return metrics
