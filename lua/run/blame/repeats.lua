-- repeats: a mixture several times, with other random numbers each time (rille blame --repeat K).

local repeats = {}

-- The answer of a mixture as the mean of several: spread is the distance between the least and the most.  One that
-- fails makes all fail.
---@param times integer
---@param once fun(salt: integer?): rille.blame.answer
---@return rille.blame.answer
function repeats.mean(times, once)
  local first, sum, low, high, keys = nil, 0.0, math.huge, -math.huge, {}
  for k = 1, times do
    local answer = once(k > 1 and k or nil)
    if not answer.ok then return answer end
    first = first or answer
    sum, low, high = sum + answer.value, math.min(low, answer.value), math.max(high, answer.value)
    keys[k] = answer.key or ""
  end
  return { ok = true, value = sum / times, spread = high - low, key = table.concat(keys, " "), report = first.report }
end

return repeats
