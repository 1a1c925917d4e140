---@meta rille.search
-- Descriptions of `require "rille.search"` for editors; this file never runs.  Reference: rille help search.

---@class rille.SearchOptions
---@field model any svm.SVC, tree, a chain of rille.preprocess, or a function(X, y, params) that returns a model
---@field params table? the space: { NAME = { value, ... } or a distribution }, or a list of spaces
---@field scoring (string|table|function)? "roc_auc", { "f1", positive = 1 } or function(model, X, y)
---@field minimize boolean? for a scoring that is a function: less is better
---@field cv (integer|table[])? 5 folds, or the folds, as split.k_fold gives them
---@field stratify boolean? by default when y has labels, each at least cv times
---@field shuffle boolean? false
---@field seed integer? 0
---@field refit boolean? true: found.model is fitted on all rows
---@field n integer? how many candidates are drawn; random: 10
---@field factor integer? halving: 3
---@field min_rows integer? halving: 10 * cv

---@class rille.Trial
---@field params table
---@field scoring string
---@field scores number[]? of each fold
---@field score number? their mean
---@field std number?
---@field error string? why there is no score

---@class rille.Found
---@field params table of the best candidate
---@field score number
---@field std number
---@field scoring string
---@field trial integer its number
---@field trials rille.Frame a row for each candidate, the best first
---@field model any? fitted on all rows

---@class rille.search
local search = {}
---Tries all candidates of the space.
---@param X rille.Array|rille.Frame
---@param y rille.Array|table
---@param options rille.SearchOptions
---@return rille.Found
function search.grid(X, y, options) end
---Tries n candidates drawn at random.
---@param X rille.Array|rille.Frame
---@param y rille.Array|table
---@param options rille.SearchOptions
---@return rille.Found
function search.random(X, y, options) end
---Tries candidates on few rows, and the best of them on more.
---@param X rille.Array|rille.Frame
---@param y rille.Array|table
---@param options rille.SearchOptions
---@return rille.Found
function search.halving(X, y, options) end
---Tries one candidate; when a fold fails, the trial has the reason.
---@param X rille.Array|rille.Frame
---@param y rille.Array|table
---@param options rille.SearchOptions
---@return rille.Trial
function search.trial(X, y, options) end
---Tries one candidate; a fold that fails is an error.
---@param X rille.Array|rille.Frame
---@param y rille.Array|table
---@param options rille.SearchOptions
---@return rille.Trial
function search.cross_validate(X, y, options) end
---The candidates of a space, for step:map.
---@param params table
---@param options { n?: integer, seed?: integer }?
---@return table[]
function search.candidates(params, options) end
---The best of a list of trials.
---@param list rille.Trial[]
---@param options { X: any, y: any, model: any }? to fit the best on all rows
---@return rille.Found
function search.select(list, options) end
---@param low number
---@param high number
---@return table
function search.uniform(low, high) end
---@param low number
---@param high number
---@return table
function search.log_uniform(low, high) end
---Whole numbers, both ends included.
---@param low integer
---@param high integer
---@return table
function search.integer(low, high) end
---@param values any[]
---@return table
function search.choice(values) end
---start, start + step, ... below stop.
---@param start number
---@param stop number
---@param step number?
---@return table
function search.range(start, stop, step) end

return search
