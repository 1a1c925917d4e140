-- game: the mixtures that a search asks for, each once, within a budget.  Nothing here runs a mixture.
--
-- A player is what is switched at once: a list of suspects.

local internal_error = require "rille.base.internal_error"

local game = {}

local SPENT <const> = {}

---@class rille.blame.game
---@field n integer suspects
---@field n_asked integer mixtures so far, without both ends
---@field budget number
---@field seed integer
---@field v0 number?, v1 number? values of both ends
local Game = {}
Game.__index = Game

local function name_of(set)
  local list = {}
  for i in next, set do list[#list + 1] = i end
  table.sort(list)
  return table.concat(list, ",")
end

-- The answer of the mixture of a set of suspects.
---@param set table<integer, true>
---@return rille.blame.answer
function Game:ask(set)
  local name = name_of(set)
  local answer = self.memo[name]
  if answer then return answer end
  if self.n_asked >= self.budget then error(SPENT, 0) end
  self.n_asked = self.n_asked + 1
  answer = self.answer_of(set)
  self.memo[name] = answer
  return answer
end

-- The suspects of players.
local function union(...)
  local set = {}
  for _, players in ipairs { ... } do
    for _, player in ipairs(players) do for _, i in ipairs(player) do set[i] = true end end
  end
  return set
end

local function without(n, players)
  local out, set = union(players), {}
  for i = 1, n do if not out[i] then set[i] = true end end
  return set
end

-- The answer with these players alone as in BAD; with these alone as in GOOD.
function Game:with(players) return self:ask(union(players)) end
function Game:without(players) return self:ask(without(self.n, players)) end

-- Calls f(self, ...): false where the budget was spent meanwhile.
---@param f function
---@return boolean
function Game:guard(f, ...)
  local ok, err = internal_error.call(f, self, ...)
  if not ok and err ~= SPENT then error(err, 0) end
  return ok
end

-- A game of n suspects.
---@param n integer
---@param ask fun(set: table<integer, true>): rille.blame.answer
---@param none rille.blame.answer of GOOD
---@param all rille.blame.answer of BAD
---@param options { budget: integer?, seed: integer? }?
---@return rille.blame.game
function game.new(n, ask, none, all, options)
  options = options or {}
  local whole = {}
  for i = 1, n do whole[i] = true end
  return setmetatable({ n = n, answer_of = ask, memo = { [""] = none, [name_of(whole)] = all }, n_asked = 0,
    budget = options.budget or math.huge, seed = options.seed or 1, v0 = none.value, v1 = all.value }, Game)
end

game.union, game.name_of = union, name_of

return game
