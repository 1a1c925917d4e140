-- extent: the lowest and the highest of what a plot shows, on both axes.

local extent = {}

local function widen(list, low, high)
  for _, v in ipairs(list) do
    if v == v then
      if v < low then low = v end
      if v > high then high = v end
    end
  end
  return low, high
end

---@param plot rille.plot
---@return number x_low
---@return number x_high
---@return number y_low
---@return number y_high
function extent.of(plot)
  if plot.bins then
    local most = 1
    for _, bin in ipairs(plot.bins) do most = math.max(most, bin.count) end
    return plot.bins[1].from, plot.bins[#plot.bins].to, 0, most
  end
  local x_low, x_high, y_low, y_high = math.huge, -math.huge, math.huge, -math.huge
  for _, one in ipairs(plot.series) do
    x_low, x_high = widen(one.x, x_low, x_high)
    y_low, y_high = widen(one.y, y_low, y_high)
  end
  return x_low, x_high, y_low, y_high
end

return extent
