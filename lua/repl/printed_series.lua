-- printed_series: the values of a metric that a step logged several times (step.series.NAME) as the prompt shows them.
--
--     60 values, steps 1 to 60: 2.02104 to 0.0257131
--     lowest 0.0131 at step 58, highest 2.02104 at step 1
--     █▅▃▂▁▁

local format = require "rille.base.format"
local sparkline = require "rille.show.sparkline"
local value_text = require "rille.base.value_text"

local printed_series = {}

local WIDE <const>, NARROW <const> = 60, 16     -- columns of the blocks

local function is_list(list, n)
  if type(list) ~= "table" or rawlen(list) ~= n or debug.getmetatable(list) then return false end
  for i = 1, n do if type(rawget(list, i)) ~= "number" then return false end end
  return true
end

local FIELDS <const> = { steps = true, values = true, times = true }

-- Is it { steps = numbers, values = numbers, times = numbers } and nothing else?
---@param v table without a metatable
---@return boolean
function printed_series.is(v)
  local values = rawget(v, "values")
  if type(values) ~= "table" then return false end
  for key in next, v do if not FIELDS[key] then return false end end
  local n = rawlen(values)
  return n > 0 and is_list(values, n) and is_list(rawget(v, "steps"), n)
end

-- The places of the lowest and the highest number; nil where none is finite.
local function ends_of(values)
  local low, high
  for i, v in ipairs(values) do
    if v - v == 0 then
      if not low or v < values[low] then low = i end
      if not high or v > values[high] then high = i end
    end
  end
  return low, high
end

---@param series { steps: number[], values: number[] }
---@param depth integer
---@param width integer
---@param printing Printing
---@return string
function printed_series.text(series, depth, width, printing)
  local steps, values, number = series.steps, series.values, value_text.number
  local n = #values
  local course = n == 1 and number(values[1]) or number(values[1]) .. " to " .. number(values[n])
  local blocks = printing.has_blocks and n > 1
  if depth > 1 then
    local text = string.format("series of %s: %s", format.count(n), course)
    return blocks and text .. " " .. printing.paint("cyan", sparkline(values, NARROW)) or text
  end
  if not printing.limits.screen then
    local lines = {}
    for i = 1, n do lines[i] = number(steps[i]) .. "\t" .. number(values[i], "%.17g") end
    return table.concat(lines, "\n")
  end
  local lines = { string.format("%s, %s: %s", format.plural(n, "value"), n == 1 and "step " .. number(steps[1])
    or string.format("steps %s to %s", number(steps[1]), number(steps[n])), course) }
  local low, high = ends_of(values)
  if low and n > 1 then
    lines[2] = printing.paint("grey", string.format("lowest %s at step %s, highest %s at step %s", number(values[low]),
      number(steps[low]), number(values[high]), number(steps[high])))
  end
  if blocks then lines[#lines + 1] = printing.paint("cyan", sparkline(values, math.min(WIDE, width))) end
  return table.concat(lines, "\n")
end

return printed_series
