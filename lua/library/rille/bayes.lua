---@meta rille.bayes
-- Descriptions of `require "rille.bayes"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.BayesModel: rille.Model
---@field priors rille.Array
---@field means rille.Array classes by features
---@field variances rille.Array
---@field epsilon number what was added to each variance

---@class rille.bayes
local bayes = {}
---@param X rille.Array
---@param y rille.Array
---@param options { smoothing?: number }?
---@return rille.BayesModel
function bayes.fit(X, y, options) end
---@param bytes string
---@return rille.BayesModel
function bayes.load(bytes) end

return bayes
