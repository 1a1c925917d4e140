-- shares: the Shapley values of players that interact (run/blame/search.lua).
--
-- What a set of players does together beyond what its parts do is its interaction; split equally among them, the
-- interactions of a player and its own effect add up to its Shapley value.

local shares = {}

local ORDERS <const> = 64           -- orders that are drawn at most
local MOST <const> = 200            -- mixtures for them, where nothing is said of the budget

-- Calls visit(bits, players) for each set of the list but the empty one, smaller sets before larger ones.
local function each_set(list, visit)
  local n = #list
  for size = 1, n do
    for bits = 1, (1 << n) - 1 do
      local members = {}
      for i = 1, n do if bits & (1 << (i - 1)) ~= 0 then members[#members + 1] = i end end
      if #members == size then visit(bits, members) end
    end
  end
end

local function members_of(list, indices)
  local players = {}
  for k, i in ipairs(indices) do players[k] = list[i].members end
  return players
end

-- What all sets inside of one do beyond their parts.
local function sum_inside(own, bits)
  local sum = 0.0
  for inner, v in next, own do if inner & bits == inner and inner ~= bits then sum = sum + v end end
  return sum
end

-- Sets the share of each; nil where a mixture has no value, else the interactions.
---@param list rille.blame.effect[]
---@param value fun(players: integer[][]): number?
---@param v0 number without any
---@param tolerance number
---@return { players: integer[], value: number }[]?
function shares.exact(list, value, v0, tolerance)
  local own, found, failed = {}, {}, false
  local share = {}
  for i = 1, #list do share[i] = 0.0 end
  each_set(list, function(bits, indices)
    local v = not failed and value(members_of(list, indices))
    if not v then failed = true return end
    own[bits] = v - v0 - sum_inside(own, bits)
    for _, i in ipairs(indices) do share[i] = share[i] + own[bits] / #indices end
    if #indices > 1 and math.abs(own[bits]) > tolerance then
      found[#found + 1] = { players = indices, value = own[bits] }
    end
  end)
  if failed then return nil end
  for i, effect in ipairs(list) do effect.share = share[i] end
  for _, one in ipairs(found) do
    for k, i in ipairs(one.players) do one.players[k] = list[i] end
  end
  return found
end

-- A generator of numbers 1 .. n that depends on the seed alone.
local function dice(seed)
  local state = (seed * 2654435761 + 1013904223) & 0xffffffff
  return function(n)
    state = (state * 1664525 + 1013904223) & 0xffffffff
    return (state >> 8) % n + 1
  end
end

local function shuffled(n, roll)
  local order = {}
  for i = 1, n do order[i] = i end
  for i = n, 2, -1 do
    local k = roll(i)
    order[i], order[k] = order[k], order[i]
  end
  return order
end

-- Adds what each player adds in one order; false where a mixture failed.
local function follow(list, order, value, v0, tally)
  local players, before, steps = {}, v0, {}
  for k, i in ipairs(order) do
    players[k] = list[i].members
    local v = value(players)
    if not v then return false end
    steps[i], before = v - before, v
  end
  for i, step in ipairs(steps) do
    local one = tally[i]
    one.sum, one.n = one.sum + step, one.n + 1
    one.low, one.high = math.min(one.low, step), math.max(one.high, step)
  end
  return true
end

local function settle(list, tally)
  for i, effect in ipairs(list) do
    local one = tally[i]
    if one.n > 0 then effect.share, effect.low, effect.high = one.sum / one.n, one.low, one.high end
  end
end

-- Sets the share of each to its mean over orders that are drawn, within what is left of the budget.
---@param list rille.blame.effect[]
---@param value fun(players: integer[][]): number?
---@param game table
---@return integer n orders
function shares.drawn(list, value, game)
  local roll, tally, n = dice(game.seed), {}, 0
  for i = 1, #list do tally[i] = { sum = 0.0, n = 0, low = math.huge, high = -math.huge } end
  local last = math.min(game.budget, game.n_asked + MOST)
  for _ = 1, ORDERS do
    if game.n_asked + #list > last then break end
    if follow(list, shuffled(#list, roll), value, game.v0, tally) then n = n + 1 end
  end
  settle(list, tally)
  return n
end

return shares
