-- blame_json: what rille blame --json prints.

local json = require "rille.json"
local value_text = require "rille.base.value_text"

local blame_json = {}

local function names_of(set)
  local names = {}
  for name in next, set do names[#names + 1] = name end
  table.sort(names)
  return json.array(names)
end

local function lines_of(lines)
  local list = {}
  for i, line in ipairs(lines or {}) do list[i] = line[1] .. line[2] end
  return json.array(list)
end

local function suspect_of(one)
  return { change = one.label, kind = one.kind, where = one.where, steps = names_of(one.steps),
    a = one.a, b = one.b, lines = lines_of(one.lines) }
end

local function members_of(session, effect)
  local list = {}
  for k, i in ipairs(effect.members) do list[k] = suspect_of(session.model.suspects[i]) end
  return json.array(list)
end

local function effects_of(session, found)
  local list, number = {}, {}
  for i, effect in ipairs(found.effects) do
    number[effect] = i
    list[i] = { changes = members_of(session, effect), from_good = effect.f, from_bad = effect.b, share = effect.share,
      low = effect.low, high = effect.high, interacts = effect.interacts, unresolved = effect.unresolved,
      note = effect.note }
  end
  return json.array(list), number
end

local function interactions_of(found, number)
  local list = {}
  for i, one in ipairs(found.interactions) do
    local effects = {}
    for k, effect in ipairs(one.players) do effects[k] = number[effect] end
    list[i] = { effects = json.array(effects), value = one.value }
  end
  return json.array(list)
end

local function head_of(session)
  local goal = session.goal
  local result = { good = session.good.run.name, bad = session.bad.run.name, pipeline = session.bad.run.pipeline,
    a = goal.a, b = goal.b }
  result[goal.kind] = goal.kind == "status" and (goal.step or json.null) or goal.step .. "." .. goal.name
  if goal.kind == "metric" then result.delta = goal.b - goal.a end
  return result
end

local function all_of(session, list)
  local made = {}
  for k, i in ipairs(list or {}) do made[k] = suspect_of(session.model.suspects[i]) end
  return json.array(made)
end

local function turns_of(session, found)
  local list = {}
  for k, turn in ipairs(found.turns) do
    list[k] = { changes = all_of(session, turn.members), alone = turn.alone, without = turn.without }
  end
  return json.array(list)
end

local NOTHING <const> = { effects = {}, interactions = {}, remainder = 0.0, mixtures = 0, steps_run = 0,
  stopped = false }

-- The result; without one there was nothing to explain.
---@param session rille.blame.session
---@param found (rille.blame.found|rille.blame.turned)?
---@return table
function blame_json.of(session, found)
  local result = head_of(session)
  found = found or NOTHING
  if found.turns then
    result.turns, result.enough, result.undo = turns_of(session, found), found.enough and all_of(session, found.enough),
      found.undo and all_of(session, found.undo)
  else
    local number
    result.effects, number = effects_of(session, found)
    result.interactions = interactions_of(found, number)
    result.without_effect, result.unexplained = all_of(session, found.dropped), found.remainder
    result.orders_drawn, result.noise = found.drawn, session.band
  end
  result.not_upstream = session.model and session.model.dropped or 0
  result.mixtures, result.step_runs, result.budget_spent = found.mixtures, found.steps_run, found.stopped
  return value_text.plain(result)
end

-- What a search would cost.
---@param session table
---@param cost rille.blame.estimate
---@return table
function blame_json.of_estimate(session, cost)
  local result, list = head_of(session), {}
  for i, one in ipairs(session.model.suspects) do list[i] = suspect_of(one) end
  result.changes, result.not_upstream = json.array(list), session.model.dropped
  result.mixtures, result.mixtures_for_two, result.step_runs = cost.mixtures, cost.two, cost.step_runs
  return value_text.plain(result)
end

return blame_json
