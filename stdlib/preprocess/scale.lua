-- scale: numbers of about one size.  What is learned of a column is { center =, scale = }; a value becomes
--
--     (value - center) / scale                             standard, robust
--     (value - center) / scale * (high - low) + low        min_max, range = { low, high }
--
--     standard   the mean and the standard deviation (of the rows at hand: ddof 0)
--     min_max    the minimum and the distance to the maximum
--     robust     the median and the distance between the quartiles
--
-- Missing values are left out at fit and stay missing.  A column whose scale would be 0 has 1.

local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local values = require "rille.preprocess.values"

local METHODS <const> = { "standard", "min_max", "robust" }
local NUMBERS <const> = { number = true }

local scale = {
  name = "scale",
  hint = { string = "make numbers of it by cast, one_hot or ordinal", boolean = "make numbers of it by cast" },
  options = {
    method = { kind = "choice", values = METHODS, what = "a method", default = "standard" },
    range = { kind = "range" },
    clip = { kind = "boolean", default = false },
  },
}

function scale.check(who, o)
  if o.method == "min_max" then
    o.range = o.range or { 0.0, 1.0 }
  elseif o.range or o.clip then
    errors.raise('%s: %s is for method = "min_max", not for "%s"', who, o.range and "range" or "clip", o.method)
  end
end

function scale.kinds() return NUMBERS end

local measure = {}

function measure.standard(v)
  if v:min() == v:max() then return v:min(), 0.0 end
  local mean, std = v:mean(), v:std()
  -- where values differ by little more than the mean is rounded by, that is taken out of the deviation
  local off = v - mean
  local rest = off:mean()
  if rest * rest > 1e-13 * std * std then std = math.sqrt((off * off):mean() - rest * rest) end
  return mean, std
end
function measure.min_max(v) return v:min(), v:max() - v:min() end
function measure.robust(v) return v:quantile(0.5), v:quantile(0.75) - v:quantile(0.25) end

function scale.learn(who, name, c, o)
  local v = columns.values(who, name, c)
  local center, by = measure[o.method](v)
  if by == math.huge or by ~= by then
    errors.raise('%s: column "%s" has values too large to be scaled: %s', who, name, values.text(v:abs():max()))
  end
  if by > 0 then return { center = center, scale = by } end
  local why = v:min() == v:max() and string.format("is constant (%s)", values.text(v:min()))
    or o.method == "robust" and "has quartiles that are equal" or "varies too little"
  return { center = center, scale = 1.0 }, string.format('column "%s" %s: its scale is 1', name, why)
end

local function within(c, low, high)
  c = c:lt(low):where(low, c)
  return c:gt(high):where(high, c)
end

function scale.apply(who, name, c, learned, o)
  c = (columns.floats(who, name, c) - learned.center) / learned.scale
  local low, high = 0.0, 1.0
  if o.range then low, high = o.range[1], o.range[2] end
  if low ~= 0.0 or high ~= 1.0 then c = c * (high - low) + low end
  return { o.clip and within(c, low, high) or c }
end

function scale.invert(who, name, list, learned, o)
  local c = columns.floats(who, name, list[1])
  if o.range then c = (c - o.range[1]) / (o.range[2] - o.range[1]) end
  return c * learned.scale + learned.center
end

return scale
