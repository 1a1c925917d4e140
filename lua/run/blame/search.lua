-- search: which of n suspects moved a number, found by asking for mixtures of them.  Nothing here runs a mixture.
--
-- ask(set) gives the answer of the mixture in which the suspects of the set { [i] = true } are as in BAD:
-- { ok, value, key }; key stands for all that enters the step that makes the number, so that equal keys mean that a
-- suspect changed nothing there, while an equal value may be two effects that cancel.
--
-- A player is what is switched at once: one suspect, or several that only work together.
--
--     many suspects    halve.lua leaves those that change something
--     each player      f from the GOOD end, b from the BAD end
--     f = b and the f add up       additive: the share of each is f
--     else those with f <> b       up to 4: all their mixtures, exact Shapley values; more: drawn orders

local game_of = require "rille.run.blame.game"
local halve = require "rille.run.blame.halve"
local shares = require "rille.run.blame.shares"

local search = {}

local FEW <const> = 8               -- suspects that are asked for one by one
local EXACT <const> = 4             -- interacting players whose mixtures are all asked for

---@class rille.blame.answer
---@field ok boolean
---@field value number?
---@field key string?

---@class rille.blame.effect of a player
---@field members integer[] suspects
---@field f number? from GOOD
---@field b number? from BAD
---@field share number?
---@field low number?, high number? the least and the most that drawn orders gave
---@field interacts boolean
---@field unresolved boolean its mixtures failed

---@class rille.blame.found
---@field effects rille.blame.effect[]
---@field dropped integer[] suspects that change nothing that enters the step
---@field interactions { players: integer[], value: number }[]
---@field drawn integer? orders that were drawn
---@field remainder number what the shares leave unexplained
---@field stopped boolean the budget was spent

-- Both ends ----------------------------------------------------------------------------------

-- Fills in f and b; false: a mixture failed.
local function measure(game, effect)
  local alone, others = game:with({ effect.members }).value, game:without({ effect.members }).value
  effect.f = alone and alone - game.v0
  effect.b = others and game.v1 - others
  effect.share = effect.f and effect.b and effect.f
  return effect.f ~= nil and effect.b ~= nil
end

-- An effect of several players as one.
local function joined_of(effects)
  local members = {}
  for _, effect in ipairs(effects) do table.move(effect.members, 1, #effect.members, #members + 1, members) end
  return { members = members, interacts = false, unresolved = false }
end

-- The failing players with the first of the others that make them work, or nil; only those of them that are needed.
local function with_others(game, failing, effects)
  local taken, n = table.move(failing, 1, #failing, 1, {}), 0
  repeat
    n = n + 1
    taken[#taken + 1] = effects[n]
  until n > #effects or measure(game, joined_of(taken))
  if n > #effects then return nil end
  for k = #taken - 1, #failing + 1, -1 do
    local fewer = table.move(taken, 1, #taken, 1, {})
    table.remove(fewer, k)
    if measure(game, joined_of(fewer)) then taken = fewer end
  end
  return taken
end

-- Puts the effect of some players in the place of theirs.
local function replace(game, effects, taken)
  local one, gone = joined_of(taken), {}
  measure(game, one)
  for _, effect in ipairs(taken) do gone[effect] = true end
  for k = #effects, 1, -1 do if gone[effects[k]] then table.remove(effects, k) end end
  effects[#effects + 1] = one
end

-- Failing players become one player: alone, with one of the others, or with several that make their mixtures work.
local function join_failing(game, effects, failing)
  if #failing > 1 and measure(game, joined_of(failing)) then return replace(game, effects, failing) end
  for _, effect in ipairs(effects) do
    local both = table.move(failing, 1, #failing, 1, {})
    both[#both + 1] = effect
    if measure(game, joined_of(both)) then return replace(game, effects, both) end
  end
  local taken = with_others(game, failing, effects)
  if taken then return replace(game, effects, taken) end
  local one = joined_of(failing)
  one.unresolved = true
  effects[#effects + 1] = one
end

-- Adds the effects of players from both ends.
local function measure_all(game, effects, players)
  local failing = {}
  for _, members in ipairs(players) do
    local effect = { members = members, interacts = false, unresolved = false }
    local list = measure(game, effect) and effects or failing
    list[#list + 1] = effect
  end
  if failing[1] then join_failing(game, effects, failing) end
end

-- Shares -------------------------------------------------------------------------------------

local function is_same(game, a, b) return math.abs(a - b) <= game.tolerance end

-- The effects that interact: those with f <> b; where these do not account for it, all that work.
local function interacting(game, effects)
  local list, working, sum = {}, {}, 0.0
  for _, effect in ipairs(effects) do
    if not effect.unresolved then
      working[#working + 1] = effect
      sum = sum + effect.f
      if not is_same(game, effect.f, effect.b) then list[#list + 1] = effect end
    end
  end
  if #list == 0 and is_same(game, sum, game.v1 - game.v0) then return {} end
  return #list < 2 and working or list
end

local function share_out(game, found)
  local list = interacting(game, found.effects)
  if #list < 2 then return end
  for _, effect in ipairs(list) do effect.interacts = true end
  local function value(players) return game:with(players).value end
  local exact = #list <= EXACT and shares.exact(list, value, game.v0, game.tolerance)
  if exact then found.interactions = exact
  else found.drawn = shares.drawn(list, value, game) end
end

local function sum_up(game, found)
  local sum = 0.0
  for _, effect in ipairs(found.effects) do sum = sum + (effect.share or 0.0) end
  local rest = game.v1 - game.v0 - sum
  found.remainder = math.abs(rest) <= 8 * game.tolerance and 0.0 or rest
end

local function explain(game, found)
  local players = {}
  for i = 1, game.n do players[i] = { i } end
  if game.n > FEW then players = halve.survivors(game, players, found.dropped) end
  measure_all(game, found.effects, players)
  share_out(game, found)
end

-- Finds out.  options = { budget, seed, tolerance }.
---@param n integer
---@param ask fun(set: table<integer, true>): rille.blame.answer
---@param none rille.blame.answer of GOOD
---@param all rille.blame.answer of BAD
---@param options table?
---@return rille.blame.found, integer n_mixtures
function search.run(n, ask, none, all, options)
  local game = game_of.new(n, ask, none, all, options)
  local scale = math.max(math.abs(game.v0), math.abs(game.v1), math.abs(game.v1 - game.v0))
  game.tolerance = math.max(options and options.tolerance or 0.0, 1e-12 * scale)
  local found = { effects = {}, dropped = {}, interactions = {}, stopped = false }
  found.stopped = not game:guard(explain, found)
  sum_up(game, found)
  return found, game.n_asked
end

return search
