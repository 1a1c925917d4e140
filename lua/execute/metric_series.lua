-- metric_series: the values that a step gave to a metric one after the other, kept with the step run.
--
-- { [name] = { steps = { number... }, values = { number... } } }; of a metric that is logged very often every second,
-- fourth, ... value is kept.

local metric_series = {}

local MOST <const> = 1000       -- values of one metric

---@class MetricSeries
---@field steps number[] as given, else 1, 2, 3...
---@field values number[]
---@field n integer? how many were logged
---@field stride integer? every how many-th is kept

local function halve(list)
  local kept = {}
  for k = 1, #list, 2 do kept[#kept + 1] = list[k] end
  return kept
end

-- Adds a value; the table is made when it is first wanted.
---@param all table<string, MetricSeries>?
---@param name string
---@param value number
---@param step number?
---@return table<string, MetricSeries>
function metric_series.add(all, name, value, step)
  all = all or {}
  local one = all[name] or { steps = {}, values = {}, n = 0, stride = 1 }
  all[name] = one
  if one.n % one.stride == 0 then
    one.steps[#one.steps + 1], one.values[#one.values + 1] = step or one.n + 1, value
    if #one.values > MOST then
      one.steps, one.values, one.stride = halve(one.steps), halve(one.values), 2 * one.stride
    end
  end
  one.n = one.n + 1
  return all
end

-- The series for the record, or nil: one value alone is none.
---@param all table<string, MetricSeries>?
---@return table<string, MetricSeries>?
function metric_series.recorded(all)
  local kept
  for name, one in next, all or {} do
    if #one.values > 1 then
      kept = kept or {}
      kept[name] = { steps = one.steps, values = one.values }
    end
  end
  return kept
end

return metric_series
