-- tracked: what experiment trackers write of a step (run/observers.lua has its shape): points of metrics, parameters.

local value_text = require "rille.base.value_text"

local tracked = {}

---@class rille.tracked.point
---@field step integer
---@field value number
---@field time number seconds since 1970

-- Others count in integers: a step of another kind becomes its place in the series.
local function whole(step, k) return math.tointeger(step) or k end

-- The points of a metric, in the order in which they were logged; one value alone is at step 0.
---@param step table
---@param name string of the metric
---@return rille.tracked.point[]
function tracked.points(step, name)
  local series, points = step.series[name], {}
  local began = step.started or 0
  if not series then
    local value = tonumber(step.metrics[name])
    return { value and { step = 0, value = value, time = began + (step.took or step.seconds or 0) } }
  end
  local is_whole = true
  for _, at in ipairs(series.steps) do is_whole = is_whole and math.tointeger(at) ~= nil end
  for k, value in ipairs(series.values) do
    -- series of stores before version 4 have no times
    local after = series.times and series.times[k] / 1000 or 0
    points[k] = { step = is_whole and whole(series.steps[k]) or k, value = tonumber(value) or 0 / 0,
      time = began + after }
  end
  return points
end

-- The names of the metrics of a step that are numbers, sorted.
---@param step table
---@return string[]
function tracked.metrics(step)
  local names, seen = {}, {}
  for _, from in ipairs { step.metrics, step.series } do
    for name, v in next, from do
      if not seen[name] and (type(v) == "table" or tonumber(v)) then names[#names + 1], seen[name] = name, true end
    end
  end
  table.sort(names)
  return names
end

-- The text with \\xHH in place of bytes that are not UTF-8.
---@param text string
---@return string
function tracked.utf8(text)
  if utf8.len(text) then return text end
  return (text:gsub("[\128-\255]", function(char) return string.format("\\x%02x", char:byte()) end))
end

-- A parameter as text: a string as it is, other values as JSON has them.
---@param v any
---@return string
function tracked.text(v) return type(v) == "string" and v or value_text.text(v) end

local function sorted(map)
  local names = {}
  for name in next, map or {} do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- { name, text } of the parameters of a run, or of a step with what it logged.  What a step logged under the name of a
-- parameter that has another value is NAME.logged.
---@param params table<string, any>
---@param logged table<string, any>?
---@return { [1]: string, [2]: string }[]
function tracked.params(params, logged)
  local list = {}
  for _, name in ipairs(sorted(params)) do list[#list + 1] = { name, tracked.text(params[name]) } end
  for _, name in ipairs(sorted(logged)) do
    local text = tracked.text(logged[name])
    if params[name] == nil then list[#list + 1] = { name, text }
    elseif tracked.text(params[name]) ~= text then list[#list + 1] = { name .. ".logged", text } end
  end
  return list
end

return tracked
