-- random: random numbers of the standard library, the same on every machine.
--
-- The generator is SplitMix64 (Steele, Lea and Flood 2014), its state the seed; a number
-- below n is a draw whose low bits, as many as n - 1 has, are below n (others are drawn
-- again); a list is shuffled from its end (Fisher and Yates).

local random = {}

-- A function that draws 64 bits.
---@param seed integer
---@return fun(): integer
function random.generator(seed)
  local state = seed
  return function()
    state = state + 0x9E3779B97F4A7C15
    local z = state
    z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    return z ~ (z >> 31)
  end
end

-- Shuffles the list in place.
---@param list any[]
---@param draw fun(): integer
---@return any[] the list
function random.shuffle(list, draw)
  local mask, j = 1
  while mask < #list - 1 do mask = mask << 1 | 1 end
  for i = #list, 2, -1 do
    if i - 1 <= mask >> 1 then mask = mask >> 1 end
    repeat j = draw() & mask until j < i
    list[i], list[j + 1] = list[j + 1], list[i]
  end
  return list
end

-- A whole number from 0 to n - 1.
---@param draw fun(): integer
---@param n integer
---@return integer
function random.below(draw, n)
  local mask, v = 0
  while mask < n - 1 do mask = mask << 1 | 1 end
  repeat v = draw() & mask until v < n
  return v
end

-- A number from 0 up to 1, without 1, of 53 bits.
---@param draw fun(): integer
---@return number
function random.fraction(draw) return (draw() >> 11) * 2.0 ^ -53 end

return random
