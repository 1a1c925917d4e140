-- regression: how far predicted numbers are from the true ones.

local arguments = require "rille.metrics.arguments"
local errors = require "rille.base.errors"

local regression = {}

local function squared_error(y, pred)
  local sum = 0.0
  for i, v in ipairs(y) do sum = sum + (v + 0.0 - pred[i]) ^ 2 end
  return sum
end

-- The mean squared error.
---@param y table
---@param pred table
---@return number
function regression.mse(y, pred, ...)
  errors.no_more("metrics.mse", ...)
  y, pred = arguments.number_pair("metrics.mse", y, pred)
  return squared_error(y, pred) / #y
end

-- The root of the mean squared error.
---@param y table
---@param pred table
---@return number
function regression.rmse(y, pred, ...)
  errors.no_more("metrics.rmse", ...)
  y, pred = arguments.number_pair("metrics.rmse", y, pred)
  return math.sqrt(squared_error(y, pred) / #y)
end

-- The mean absolute error.
---@param y table
---@param pred table
---@return number
function regression.mae(y, pred, ...)
  errors.no_more("metrics.mae", ...)
  y, pred = arguments.number_pair("metrics.mae", y, pred)
  local sum = 0.0
  for i, v in ipairs(y) do sum = sum + math.abs(v + 0.0 - pred[i]) end
  return sum / #y
end

-- The share of the variance of y that pred explains; below 0 it is worse than
-- the mean of y.
---@param y table at least two values
---@param pred table
---@return number up to 1.0
function regression.r2(y, pred, ...)
  errors.no_more("metrics.r2", ...)
  y, pred = arguments.number_pair("metrics.r2", y, pred)
  if #y < 2 then errors.raise("metrics.r2: needs at least two values") end
  local first, shift, total = y[1] + 0.0, 0.0, 0.0
  for _, v in ipairs(y) do shift = shift + (v - first) end
  local mean = first + shift / #y        -- of a constant y exactly that
  for _, v in ipairs(y) do total = total + (v - mean) ^ 2 end
  local off = squared_error(y, pred)
  if total == 0 then return off == 0 and 1.0 or 0.0 end
  return 1 - off / total
end

-- The mean absolute error as a share of the true value, 0.1 for 10 %.
---@param y table none of them 0
---@param pred table
---@return number
function regression.mape(y, pred, ...)
  errors.no_more("metrics.mape", ...)
  y, pred = arguments.number_pair("metrics.mape", y, pred)
  local sum = 0.0
  for i, v in ipairs(y) do
    if v == 0 then errors.raise("metrics.mape: row %d of y is 0, which has no relative error; use metrics.mae", i) end
    sum = sum + math.abs((v + 0.0 - pred[i]) / v)
  end
  return sum / #y
end

return regression
