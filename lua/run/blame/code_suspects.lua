-- code_suspects: which places in the code of two runs change what (run/blame/suspects.lua).
--
-- Each place in which the texts differ is loaded alone over GOOD's text.  The fingerprints and the wires of the steps
-- then tell what it changes.
--
--     neutral   nothing (a comment, a function that nobody calls yet): as in BAD in every mixture
--     unneeded  it breaks GOOD, but BAD is the same without it (a function that is gone): as in GOOD in every mixture
--     active    steps: a suspect; several that change parts of one thing are one
--     failing   nothing loads with it alone: it is joined with what it needs

local mixed_text = require "rille.run.blame.mixed_text"
local place_effects = require "rille.run.blame.place_effects"
local probe = require "rille.run.blame.probe"
local suspect_text = require "rille.run.blame.suspect_text"

local code_suspects = {}

local join, differing = mixed_text.join, place_effects.differing

local function hunks_of(places)
  local on = {}
  for _, place in ipairs(places) do for _, hunk in ipairs(place.hunks) do on[hunk] = true end end
  return on
end

-- Looks at each place alone: those that change nothing, those that do, and those without which nothing loads.
local function sort_places(model, places, none)
  local neutral, active, failing = {}, {}, {}
  for _, place in ipairs(places) do
    local report = probe.hunks(model, hunks_of { place })
    if not report.ok then failing[#failing + 1] = place
    else
      place.ids, place.wired = differing(none, report)
      place.report = report
      local list = next(place.ids) and active or neutral
      list[#list + 1] = place
    end
  end
  return neutral, active, failing
end

-- Places that change nothing one by one change nothing together, or they are one place that does.
local function settle_neutral(model, neutral, active, none)
  if #neutral < 2 then return end
  local report = probe.hunks(model, {})
  local ids, wired = {}, true
  if report.ok then ids, wired = differing(none, report) end
  if report.ok and not next(ids) then return end
  model.neutral = {}
  local one = neutral[1]
  for i = 2, #neutral do join(one, neutral[i]) end
  one.ids, one.wired, one.report = report.ok and ids or probe.ids(none), wired, report.ok and report or nil
  active[#active + 1] = one
end

-- Looks again at the places that matter, with those that do not as in BAD: they may have lacked one of these.
local function look_again(model, active, failing, none)
  if not next(model.neutral) then return active, failing end
  local places = table.move(failing, 1, #failing, #active + 1, table.move(active, 1, #active, 1, {}))
  local neutral
  neutral, active, failing = sort_places(model, places, none)
  for hunk in next, hunks_of(neutral) do model.neutral[hunk] = true end
  return active, failing
end

-- Takes out the places without which BAD is the same; they are as in GOOD from here on.
local function take_unneeded(model, list, all, is_candidate)
  local kept = {}
  for _, place in ipairs(list) do
    local hunks = is_candidate(place) and hunks_of { place }
    local report = hunks and probe.without(model, hunks)
    if report and report.ok and not next((differing(all, report))) then
      for hunk in next, hunks do model.unneeded[hunk] = true end
    else
      kept[#kept + 1] = place
    end
  end
  return kept
end

-- The active and the failing places that are left when those that only break GOOD are as in GOOD.
local function without_unneeded(model, active, failing, none, all)
  for _, place in ipairs(active) do place.foreign = place_effects.foreign(place, none, all) end
  local kept_active = take_unneeded(model, active, all, function(place) return next(place.foreign) ~= nil end)
  local kept_failing = take_unneeded(model, failing, all, function() return true end)
  if not next(model.unneeded) then return active, failing end
  local report = probe.without(model, {})
  if report.ok and not next((differing(all, report))) then return look_again(model, kept_active, kept_failing, none) end
  model.unneeded = {}
  return active, failing
end

-- Adds a failing place to the first that it works with; false: to none.
local function try_pairs(model, place, others)
  for _, other in ipairs(others) do
    local report = probe.hunks(model, hunks_of { place, other })
    if report.ok then
      join(other, place)
      return other, report
    end
  end
end

-- Places that fail alone, with the neutral ones, then with one other, else all together.
local function settle_failing(model, failing, active, none)
  local rest
  for _, place in ipairs(failing) do
    local report = probe.hunks(model, hunks_of { place })
    local with = place
    if report.ok then active[#active + 1] = place
    else
      with, report = try_pairs(model, place, active)
    end
    if with then
      with.ids, with.wired = differing(none, report)
      with.report = report
    elseif rest then join(rest, place)
    else rest = place end
  end
  if not rest then return end
  local report = probe.hunks(model, hunks_of { rest })
  rest.ids, rest.wired = probe.ids(none), true
  if report.ok then
    rest.ids, rest.wired = differing(none, report)
    rest.report = report
  end
  active[#active + 1] = rest
end

local function shares_one(x, y)
  for name in next, x do if y[name] then return true end end
  return false
end

-- Joins places that change parts of one thing, as a new name of a function and its callers do.
local function join_parts(active)
  local groups = {}
  for _, place in ipairs(active) do
    local kept = {}
    for _, group in ipairs(groups) do
      if shares_one(group.foreign, place.foreign) then
        join(group, place)
        for name in next, place.foreign do group.foreign[name] = true end
        place, group.is_joined = group, true
      else kept[#kept + 1] = group end
    end
    kept[#kept + 1] = place
    groups = kept
  end
  return groups
end

-- Looks again at what was joined: together it may change nothing.
local function settle_joined(model, groups, none)
  local kept = {}
  for _, place in ipairs(groups) do
    local report = place.is_joined and probe.hunks(model, hunks_of { place })
    if report and report.ok then
      place.ids, place.wired = differing(none, report)
      place.report = report
    end
    if next(place.ids) then kept[#kept + 1] = place
    else for _, hunk in ipairs(place.hunks) do model.neutral[hunk] = true end end
  end
  return kept
end

---@param model rille.blame.model
---@param places table[] of run/blame/mixed_text.lua
---@param none table report of GOOD
---@param all table report of BAD
---@return table[] suspects
function code_suspects.find(model, places, none, all)
  local neutral, active, failing = sort_places(model, places, none)
  model.neutral = hunks_of(neutral)
  settle_neutral(model, neutral, active, none)
  active, failing = look_again(model, active, failing, none)
  active, failing = without_unneeded(model, active, failing, none, all)
  settle_failing(model, failing, active, none)
  for _, place in ipairs(active) do place.foreign = place_effects.foreign(place, none, all) end
  local list = {}
  for i, place in ipairs(settle_joined(model, join_parts(active), none)) do
    list[i] = { kind = "code", steps = place.ids, hunks = place.hunks, place = place }
    suspect_text.of_code(list[i], place, none, place.report or all)
  end
  return list
end

return code_suspects
