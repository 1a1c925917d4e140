-- rille.preprocess: columns made ready for a model.
--
--   local prep = preprocess.chain {
--     preprocess.impute { strategy = "median" }, preprocess.one_hot { "city" }, preprocess.scale {},
--     { linear.Logistic, C = 10 },
--   }
--   local m = prep:fit(frame, y)         m:predict(other)      m:score(other, y2)      preprocess.load(m:dump())
--
-- What a call here gives says what is to be done; fit gives another value, which knows what it learned, and
-- transform uses that.  Columns are found by name; the number of rows never changes at transform.  The files:
-- transformer.lua has one way to change columns and its records, chain.lua several and a model, dump.lua their bytes.

local array = require "rille.array"
local chain = require "rille.preprocess.chain"
local columns = require "rille.preprocess.columns"
local dump = require "rille.preprocess.dump"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local origin = require "rille.host.origin"
local transformer = require "rille.preprocess.transformer"

local preprocess = { Transformer = transformer.Transformer, Chain = chain.Chain, ModelChain = chain.ModelChain }

-- A value where one is missing: strategy "mean", "median", "most_frequent" or "constant" with value =.
---@param options? table|string
---@return preprocess.Transformer
function preprocess.impute(options, ...)
  errors.no_more("preprocess.impute", ...)
  errors.no_colon(options)
  return transformer.new("impute", options)
end

-- Numbers of about one size: method "standard", "min_max" (range, clip) or "robust".
---@param options? table|string
---@return preprocess.Transformer
function preprocess.scale(options, ...)
  errors.no_more("preprocess.scale", ...)
  errors.no_colon(options)
  return transformer.new("scale", options)
end

-- A column of 0 and 1 for each category: NAME_VALUE.
---@param options? table|string
---@return preprocess.Transformer
function preprocess.one_hot(options, ...)
  errors.no_more("preprocess.one_hot", ...)
  errors.no_colon(options)
  return transformer.new("one_hot", options)
end

-- The number of the category, from 1.
---@param options? table|string
---@return preprocess.Transformer
function preprocess.ordinal(options, ...)
  errors.no_more("preprocess.ordinal", ...)
  errors.no_colon(options)
  return transformer.new("ordinal", options)
end

-- Numbers as their principal components, pca_1, pca_2, ...: n_components (a number, or a share of the variance),
-- standardise.
---@param options? table|string
---@return preprocess.Transformer
function preprocess.pca(options, ...)
  errors.no_more("preprocess.pca", ...)
  errors.no_colon(options)
  return transformer.new("pca", options)
end

-- Without these columns.
---@param options table|string
---@return preprocess.Transformer
function preprocess.drop(options, ...)
  errors.no_more("preprocess.drop", ...)
  errors.no_colon(options)
  return transformer.new("drop", options)
end

-- These columns alone, in this order.
---@param options table|string
---@return preprocess.Transformer
function preprocess.select(options, ...)
  errors.no_more("preprocess.select", ...)
  errors.no_colon(options)
  return transformer.new("select", options)
end

-- Columns of another type: to "number", "integer", "boolean" or "string".
---@param options table|string
---@return preprocess.Transformer
function preprocess.cast(options, ...)
  errors.no_more("preprocess.cast", ...)
  errors.no_colon(options)
  return transformer.new("cast", options)
end

-- Numbers no less than min and no more than max.
---@param options table|string
---@return preprocess.Transformer
function preprocess.clip(options, ...)
  errors.no_more("preprocess.clip", ...)
  errors.no_colon(options)
  return transformer.new("clip", options)
end

-- The number of the interval that a value is in, from 1: n = 10 by strategy "quantile" or "uniform", or edges.
---@param options? table|string
---@return preprocess.Transformer
function preprocess.bins(options, ...)
  errors.no_more("preprocess.bins", ...)
  errors.no_colon(options)
  return transformer.new("bins", options)
end

-- Transformers one after another; the last may be a model.
---@param list table
---@return preprocess.Chain|preprocess.ModelChain
function preprocess.chain(list, ...)
  errors.no_more("preprocess.chain", ...)
  errors.no_colon(list)
  return chain.new(list)
end

local function take(v, places)
  if array.is(v) or frame.is(v) then return v:take(places) end
  local list = {}
  for i, row in ipairs(places:totable()) do list[i] = v[row] end
  return list
end

-- The rows of X, and of y with them, in which no value of X is missing: before a fit.
---@generic T
---@param X T frame or matrix
---@param y? table vector or list of as many rows
---@param names? string[] the columns that count; all when absent
---@return T X, table? y
function preprocess.drop_missing(X, y, names, ...)
  errors.no_more("preprocess.drop_missing", ...)
  errors.no_colon(X)
  local who = "preprocess.drop_missing"
  local f = columns.frame(who, X)
  local is_list = type(y) == "table" and not getmetatable(y)
  if y ~= nil and not is_list and not (array.is(y) and y.ndim == 1) then
    errors.raise("%s: y is %s, expected a vector or a list", who, errors.describe(y))
  elseif y ~= nil and #y ~= f.n_rows then
    errors.raise("%s: X has %d rows and y has %d", who, f.n_rows, #y)
  end
  if type(names) == "string" then names = { names } end
  if names ~= nil and (type(names) ~= "table" or debug.getmetatable(names)) then
    errors.raise("%s: columns is %s, expected a list of names", who, errors.describe(names))
  end
  local present = array.ones(f.n_rows, "bool")
  for _, name in ipairs(columns.choose(who, f, { columns = names }, columns.ANY)) do
    present = present & f:is_missing(name):eq(false)
  end
  local places = array.arange(f.n_rows):take(present)
  if not frame.is(X) and not array.is(X) then X = array.from(X) end
  return take(X, places), y and take(y, places)
end

-- The transformer or chain of a dump; raises for other or damaged bytes.
---@param bytes string
---@return preprocess.Transformer|preprocess.Chain|preprocess.ModelChain
function preprocess.load(bytes, ...)
  errors.no_more("preprocess.load", ...)
  errors.no_colon(bytes)
  return dump.load(bytes)
end

-- Equal when their dumps are.
local function equal(a, b) return getmetatable(a) == getmetatable(b) and dump.bytes(a) == dump.bytes(b) end

-- All of a transformer or chain, exactly: preprocess.load(t:dump()) does the same.
local function add(class)
  class.__eq = equal
  function class.__index.dump(self, ...)
    errors.check_self(self, class, "dump", ...)
    return dump.bytes(self)
  end
end
add(transformer.Transformer)
add(chain.Chain)
add(chain.ModelChain)

return origin.strict(preprocess)
