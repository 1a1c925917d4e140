---@meta rille.kmeans
-- Descriptions of `require "rille.kmeans"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.KMeansModel
---@field k integer
---@field inertia number the sum of the squared distances of the rows to their centres
---@field n_rounds integer
---@field centres rille.Array groups by features
---@field sizes integer[]
local KMeansModel = {}
---The group of each row, from 1.
---@param X rille.Array
---@return rille.Array
function KMeansModel:predict(X) end
---@return string bytes
function KMeansModel:dump() end

---@class rille.kmeans
local kmeans = {}
---@param X rille.Array
---@param options { k?: integer, tries?: integer, rounds?: integer, seed?: integer, centres?: rille.Array }?
---@return rille.KMeansModel
function kmeans.fit(X, options) end
---@param bytes string
---@return rille.KMeansModel
function kmeans.load(bytes) end

return kmeans
