-- compare_series: the courses of metrics of two step runs (execute/metric_series.lua).

local compare_series = {}

-- Where both have a value at the same step: the largest difference, { step, delta }; nil where there is none.
local function largest(a, b)
  local at, found = {}, nil
  for k, step in ipairs(a.steps) do at[step] = a.values[k] end
  for k, step in ipairs(b.steps) do
    local delta = at[step] and b.values[k] - at[step]
    -- not a number is larger than any other
    if delta and delta ~= 0 and (not found or math.abs(delta) > math.abs(found.delta)) then
      found = { step = step, delta = delta }
    end
  end
  return found
end

local function is_same_list(a, b)
  if #a ~= #b then return false end
  for k = 1, #a do if a[k] ~= b[k] and (a[k] == a[k] or b[k] == b[k]) then return false end end
  return true
end

local function plain(one) return one and { steps = one.steps, values = one.values } end

-- Those that differ, by name: { { name, a, b = { steps, values }, largest = { step, delta } }... }; a or b is absent
-- where a run has none.
---@param a table<string, MetricSeries>
---@param b table<string, MetricSeries>
---@return table[]
function compare_series.differing(a, b)
  local names, list = {}, {}
  for name in next, a do names[#names + 1] = name end
  for name in next, b do if not a[name] then names[#names + 1] = name end end
  table.sort(names)
  for _, name in ipairs(names) do
    local x, y = a[name], b[name]
    if not x or not y or not is_same_list(x.values, y.values) or not is_same_list(x.steps, y.steps) then
      list[#list + 1] = { name = name, a = plain(x), b = plain(y), largest = x and y and largest(x, y) or nil }
    end
  end
  return list
end

return compare_series
