-- delta: which suspects turn the outcome of GOOD into that of BAD, by delta debugging from both ends (Zeller 1999).
-- Nothing here runs a mixture.
--
-- The answer of a mixture has a class: "good" and "bad" are the outcomes of the runs, any other outcome is "other"; and
-- a key, equal for equal outcomes.

local game_of = require "rille.run.blame.game"
local halve = require "rille.run.blame.halve"

local delta = {}

local FEW <const> = 8               -- suspects that are not halved first

---@class rille.blame.turn of a suspect
---@field members integer[]
---@field alone string class with this one alone as in BAD
---@field without string class with all but this one as in BAD

---@class rille.blame.turned
---@field enough integer[]? with these alone the outcome is BAD's; none of them can be left out
---@field undo integer[]? with all but these the outcome is GOOD's; none of them can be left out
---@field turns rille.blame.turn[]
---@field dropped integer[] suspects that change nothing
---@field stopped boolean the budget was spent

local function chunks(list, n)
  local parts, from = {}, 1
  for k = 1, n do
    local last = #list * k // n
    parts[k] = table.move(list, from, last, 1, {})
    from = last + 1
  end
  return parts
end

local function rest_of(parts, left_out)
  local rest = {}
  for k, part in ipairs(parts) do if k ~= left_out then table.move(part, 1, #part, #rest + 1, rest) end end
  return rest
end

-- One part for which the test holds, or all but one; and in how many parts that is split next.
local function reduce(list, n, holds)
  local parts = chunks(list, n)
  for _, part in ipairs(parts) do
    if #part > 0 and #part < #list and holds(part) then return part, 2 end
  end
  for k = 1, n > 2 and n or 0 do
    local rest = rest_of(parts, k)
    if #rest < #list and holds(rest) then return rest, math.max(n - 1, 2) end
  end
end

-- A part of the list for which the test holds, and of which no element can be left out.
---@param list integer[] the test holds for it
---@param holds fun(part: integer[]): boolean
---@return integer[]
function delta.minimal(list, holds)
  local n = 2
  while #list > 1 do
    local smaller, parts = reduce(list, n, holds)
    if smaller then list, n = smaller, math.min(parts, #smaller)
    elseif n < #list then n = math.min(2 * n, #list)
    else break end
    n = math.max(n, 2)
  end
  return list
end

local function sorted(list)
  table.sort(list)
  return list
end

-- The suspects that matter: of many, those that halving leaves, if they alone make all the difference.
local function candidates(game, found)
  local players, everything = {}, {}
  for i = 1, game.n do players[i], everything[i] = { i }, i end
  if game.n <= FEW then return everything end
  local kept = {}
  for _, player in ipairs(halve.survivors(game, players, found.dropped)) do kept[#kept + 1] = player[1] end
  if game:with({ kept }).class == "bad" and game:without({ kept }).class == "good" then return kept end
  found.dropped = {}
  return everything
end

local function find(game, found)
  local list = candidates(game, found)
  found.enough = sorted(delta.minimal(list, function(part) return game:with({ part }).class == "bad" end))
  found.undo = sorted(delta.minimal(list, function(part) return game:without({ part }).class == "good" end))
  local seen = {}
  for _, part in ipairs { found.enough, found.undo } do
    for _, i in ipairs(part) do
      if not seen[i] then
        seen[i] = true
        found.turns[#found.turns + 1] = { members = { i }, alone = game:with({ { i } }).class,
          without = game:without({ { i } }).class }
      end
    end
  end
end

-- Finds out.
---@param n integer suspects
---@param ask fun(set: table<integer, true>): { ok: boolean, class: string, key: string? }
---@param none { class: string }
---@param all { class: string }
---@param options { budget: integer? }?
---@return rille.blame.turned found, integer n_mixtures
function delta.run(n, ask, none, all, options)
  local game = game_of.new(n, ask, none, all, options)
  local found = { turns = {}, dropped = {}, stopped = false }
  found.stopped = not game:guard(find, found)
  return found, game.n_asked
end

return delta
