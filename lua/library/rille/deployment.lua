---@meta rille.deployment
-- Descriptions of `require "rille.deployment"` for editors; this file never runs.  Reference: rille help deployments.

---@class rille.DeploymentAnswer
---@field by "deployment"|"memory"
---@field version integer? of the model that answered
---@field probabilities (rille.Array|number[][])? with { proba = true }: rows by classes
---@field classes any[]?
---@field why string? why it was not the deployment

---@class rille.Deployment
---@field name string
---@field model string?
---@field alive boolean does its server run?
---@field url string? of the server
---@field version integer? that it serves
---@field stage string? that this version has now
local Deployment = {}
---What the server predicts for the rows; nil and why where it does not answer.
---@param rows rille.Frame|rille.Array|table[]
---@param options { proba?: boolean }?
---@return (rille.Array|any[])? predictions a vector for a frame and a matrix, else a list
---@return rille.DeploymentAnswer|string answer
function Deployment:predict(rows, options) end
---The same; where the server does not answer, fallback(rows).
---@param fallback fun(rows: any): any
---@param rows rille.Frame|rille.Array|table[]
---@param options { proba?: boolean }?
---@return any predictions
---@return rille.DeploymentAnswer answer
function Deployment:predict_or(fallback, rows, options) end
---Ends its server; not in a step.
---@return boolean? stopped
---@return string? why
function Deployment:stop() end
---@return string bytes
function Deployment:dump() end

---@class rille.deployment
local deployment = {}
---A deployment by its name, whether it runs or not.
---@param name string
---@param model string?
---@return rille.Deployment
function deployment.named(name, model) end
---@param bytes string
---@return rille.Deployment
function deployment.load(bytes) end

return deployment
