---@meta rille.preprocess
-- Descriptions of `require "rille.preprocess"` for editors; this file never runs.  Reference: rille help preprocess.

---@class rille.Transformer
---@field kind string
---@field columns_in string[] of a fitted one: the columns that transform needs
---@field columns_out string[] of a fitted one: the columns that transform returns
---@field learned table<string, table> of a fitted one: what it learned of a column, such as { center =, scale = }
---@field notes string[] of a fitted one: what it noticed, such as a constant column
---@field signature rille.Signature? of a fitted one: what it was fitted on
local Transformer = {}
---Returns the transformer with what it learned of X.
---@param X rille.Frame|rille.Array
---@return rille.Transformer
function Transformer:fit(X) end
---Returns X changed: the same rows, the columns of columns_out.
---@generic T
---@param X T
---@return T
function Transformer:transform(X) end
---@generic T
---@param X T
---@return T changed, rille.Transformer fitted
function Transformer:fit_transform(X) end
---@generic T
---@param X T
---@return T
function Transformer:inverse(X) end
---@return string bytes
function Transformer:dump() end

---@class rille.Chain: rille.Transformer
---@field steps rille.Transformer[]

---A chain that ends in a model.
---@class rille.ModelChain
---@field steps rille.Transformer[]
---@field model rille.Model the fitted model
---@field classes any[] labels, ascending
---@field columns_in string[]
---@field columns_out string[]
---@field notes string[]
---@field signature rille.Signature?
local ModelChain = {}
---@param X rille.Frame|rille.Array
---@param y rille.Array|any[]|string a vector or list, or the name of the column of X
---@return rille.ModelChain
function ModelChain:fit(X, y) end
---Returns the chain, not fitted, with other options of its model.
---@param options table<string, any>
---@return rille.ModelChain
function ModelChain:with(options) end
---@param X rille.Frame|rille.Array
---@return rille.Array
function ModelChain:predict(X) end
---@param X rille.Frame|rille.Array
---@return rille.Array
function ModelChain:predict_proba(X) end
---@param X rille.Frame|rille.Array
---@param y rille.Array|any[]|string
---@return number
function ModelChain:score(X, y) end
---What the model is given for X.
---@generic T
---@param X T
---@return T
function ModelChain:transform(X) end
---@return string bytes
function ModelChain:dump() end

---The list part names the columns, as `columns` does.
---@class rille.ColumnOptions
---@field [integer] string|integer
---@field columns (string|integer)[]?
---@field type "number"|"boolean"|"string"|"date"|nil

---@class rille.ImputeOptions: rille.ColumnOptions
---@field strategy "mean"|"median"|"most_frequent"|"constant"|nil
---@field value number|string|nil

---@class rille.ScaleOptions: rille.ColumnOptions
---@field method "standard"|"min_max"|"robust"|nil
---@field range number[]? { low, high } of min_max
---@field clip boolean? of min_max

---@class rille.CategoryOptions: rille.ColumnOptions
---@field unknown "error"|"ignore"|"other"|nil
---@field categories table<string, any[]>? by column, in their order
---@field max_categories integer?

---@class rille.CastOptions: rille.ColumnOptions
---@field to "number"|"integer"|"boolean"|"string"

---@class rille.ClipOptions: rille.ColumnOptions
---@field min number?
---@field max number?

---@class rille.BinOptions: rille.ColumnOptions
---@field n integer?
---@field strategy "quantile"|"uniform"|nil
---@field edges number[]?

---@class rille.preprocess
local preprocess = {}
---Puts a value where one is missing.
---@param options rille.ImputeOptions|string|nil
---@return rille.Transformer
function preprocess.impute(options) end
---@param options rille.ScaleOptions|string|nil
---@return rille.Transformer
function preprocess.scale(options) end
---Makes a column of 0 and 1 for each category.
---@param options rille.CategoryOptions|string|nil
---@return rille.Transformer
function preprocess.one_hot(options) end
---Makes the number of the category, from 1.
---@param options rille.CategoryOptions|string|nil
---@return rille.Transformer
function preprocess.ordinal(options) end
---@param options rille.ColumnOptions|string
---@return rille.Transformer
function preprocess.drop(options) end
---@param options rille.ColumnOptions|string
---@return rille.Transformer
function preprocess.select(options) end
---@param options rille.CastOptions|string
---@return rille.Transformer
function preprocess.cast(options) end
---@param options rille.ClipOptions|string
---@return rille.Transformer
function preprocess.clip(options) end
---Makes the number of the interval that a value is in, from 1.
---@param options rille.BinOptions|string|nil
---@return rille.Transformer
function preprocess.bins(options) end

---Numbers as their principal components.
---@param options table|string|nil columns, n_components, standardise
---@return rille.Transformer
function preprocess.pca(options) end
---Transformers one after another; the last may be a model, such as tree or { svm.SVC, C = 10 }.
---@param list table
---@return rille.Chain|rille.ModelChain
function preprocess.chain(list) end
---Returns the rows of X, and of y, in which X has no missing value.
---@generic T, U
---@param X T
---@param y U?
---@param columns string[]? all when absent
---@return T X, U y
function preprocess.drop_missing(X, y, columns) end
---@param bytes string
---@return rille.Transformer|rille.Chain|rille.ModelChain
function preprocess.load(bytes) end

return preprocess
