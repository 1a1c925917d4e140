---@meta rille.neighbors
-- Descriptions of `require "rille.neighbors"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.NeighborsModel: rille.Model
---@field n_neighbors integer
---@field weights "uniform"|"distance"
---@field n_rows integer

---@class rille.neighbors
local neighbors = {}
---@param X rille.Array
---@param y rille.Array
---@param options { n_neighbors?: integer, weights?: "uniform"|"distance" }?
---@return rille.NeighborsModel
function neighbors.fit(X, y, options) end
---@param bytes string
---@return rille.NeighborsModel
function neighbors.load(bytes) end

return neighbors
