-- sparkline: numbers as a line of blocks: ▁▂▃▄▅▆▇█.

local BLOCKS <const> = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

local function is_finite(v) return v == v and v ~= math.huge and v ~= -math.huge end

-- The means of so many groups of the values; false where a group has no finite one.
local function grouped(values, most)
  local n = math.min(#values, most)
  local means = {}
  for k = 1, n do
    local sum, count = 0.0, 0
    for i = (k - 1) * #values // n + 1, k * #values // n do
      if is_finite(values[i]) then sum, count = sum + values[i], count + 1 end
    end
    means[k] = count > 0 and sum / count
  end
  return means
end

-- The values in at most so many columns; a blank where there is no finite value.
---@param values number[]
---@param most integer
---@param low number? the least value of the scale; else that of the values
---@param high number?
---@return string
return function(values, most, low, high)
  local means = grouped(values, most)
  low, high = low or math.huge, high or -math.huge
  for _, v in ipairs(means) do if v then low, high = math.min(low, v), math.max(high, v) end end
  for k, v in ipairs(means) do
    local height = v and (high > low and (v - low) / (high - low) or 0.5)
    means[k] = height and BLOCKS[math.min(#BLOCKS, math.floor(height * #BLOCKS) + 1)] or " "
  end
  return table.concat(means)
end
