---@meta rille.pca
-- Descriptions of `require "rille.pca"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.PcaModel
---@field n_components integer
---@field n_features integer
---@field n_rows integer
---@field standardise boolean
---@field mean rille.Array
---@field scale rille.Array
---@field components rille.Array a row for each component
---@field variance rille.Array
---@field ratio rille.Array shares of the variance
local PcaModel = {}
---The components of the rows, a column for each.
---@param X rille.Array
---@return rille.Array
function PcaModel:transform(X) end
---Rows of which these are the components.
---@param Z rille.Array
---@return rille.Array
function PcaModel:inverse(Z) end
---@return string bytes
function PcaModel:dump() end

---@class rille.pca
local pca = {}
---Finds the directions in which rows differ most.
---@param X rille.Array
---@param options { n_components: number?, standardise: boolean? }?
---@return rille.PcaModel
function pca.fit(X, options) end
---@param bytes string
---@return rille.PcaModel
function pca.load(bytes) end

return pca
