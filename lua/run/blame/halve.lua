-- halve: of many suspects, those that change what enters the step that is asked for (run/blame/search.lua).
--
-- A group is looked at in two surroundings: with what is outside of it as in GOOD as far as possible (low), and as
-- in BAD as far as possible (high).  Half of it is switched in each: at the low end the first half is turned to BAD, at
-- the high end the first half is turned back to GOOD.  Where the key stays the same the half changed nothing there.  A
-- half that changes nothing in either surrounding is dropped; of an active group at least one half is active.

local halve = {}

local function add(set, members)
  local made = {}
  for i in next, set do made[i] = true end
  for _, player in ipairs(members) do for _, i in ipairs(player) do made[i] = true end end
  return made
end

-- The key of a mixture; one that fails differs from all others.
local function key_of(game, set)
  local answer = game:ask(set)
  return answer.ok and answer.key or answer
end

local function split(group)
  local half = (#group + 1) // 2
  return table.move(group, 1, half, 1, {}), table.move(group, half + 1, #group, 1, {})
end

-- Does the group change the key in these surroundings?
local function is_active(game, surroundings, group)
  return key_of(game, surroundings) ~= key_of(game, add(surroundings, group))
end

-- Adds the players of an active group that are active to `kept`, the others to `dropped`.
local function look(game, group, low, high, kept, dropped)
  if #group == 1 then
    kept[#kept + 1] = group[1]
    return
  end
  local first, second = split(group)
  local low_1, high_2 = add(low, first), add(high, second)
  -- where the whole group changes nothing, neither half is asked for
  local in_low, in_high = is_active(game, low, group), is_active(game, high, group)
  local active_1 = in_low and is_active(game, low, first) or in_high and is_active(game, high_2, first)
  local active_2 = in_low and is_active(game, low_1, second) or in_high and is_active(game, high, second)
  for _, one in ipairs { { first, low, high_2, active_1 }, { second, low_1, high, active_2 } } do
    if one[4] then look(game, one[1], one[2], one[3], kept, dropped)
    else
      for _, player in ipairs(one[1]) do table.move(player, 1, #player, #dropped + 1, dropped) end
    end
  end
end

-- The players that are active; the suspects of the others are added to a list as they are found.
---@param game table
---@param players integer[][]
---@param dropped integer[]
---@return integer[][] kept
function halve.survivors(game, players, dropped)
  local kept = {}
  if is_active(game, {}, players) then look(game, players, {}, {}, kept, dropped)
  else for _, player in ipairs(players) do table.move(player, 1, #player, #dropped + 1, dropped) end end
  return kept
end

return halve
