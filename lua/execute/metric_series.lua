-- metric_series: the values that a step gave to a metric one after the other, kept with the step run.
--
-- { [name] = { steps = { number... }, values = { number... }, times = { integer... } } }; times are milliseconds since
-- the step began.  Of a metric that is logged very often every second, fourth, ... value is kept, and the last one.

local metric_series = {}

local MOST <const> = 1000       -- values of one metric

---@class MetricSeries
---@field steps number[] as given, else 1, 2, 3...
---@field values number[]
---@field times integer[] milliseconds since the step began
---@field n integer? how many were logged
---@field stride integer? every how many-th is kept
---@field last { step: number, value: number, time: integer }? unless it is kept

local function halve(list)
  local kept = {}
  for k = 1, #list, 2 do kept[#kept + 1] = list[k] end
  return kept
end

local function put(one, step, value, time)
  local k = #one.values + 1
  one.steps[k], one.values[k], one.times[k] = step, value, time
end

-- Adds a value; the table is made when it is first wanted.
---@param all table<string, MetricSeries>?
---@param name string
---@param value number
---@param step number?
---@param seconds number? since the step began
---@return table<string, MetricSeries>
function metric_series.add(all, name, value, step, seconds)
  all = all or {}
  local one = all[name] or { steps = {}, values = {}, times = {}, n = 0, stride = 1 }
  all[name] = one
  step = step or one.n + 1
  local time = math.max((seconds or 0) * 1000 // 1 | 0, 0)
  if one.n % one.stride == 0 then
    one.last = nil
    put(one, step, value, time)
    if #one.values > MOST then
      one.steps, one.values, one.times, one.stride = halve(one.steps), halve(one.values), halve(one.times),
        2 * one.stride
    end
  else
    one.last = { step = step, value = value, time = time }
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
    if one.n > 1 then
      kept = kept or {}
      local made = { steps = { table.unpack(one.steps) }, values = { table.unpack(one.values) },
        times = { table.unpack(one.times) } }
      if one.last then put(made, one.last.step, one.last.value, one.last.time) end
      kept[name] = made
    end
  end
  return kept
end

return metric_series
