-- code_suspects: which places in the code of two runs change what (run/blame/suspects.lua).
--
-- Each place in which the texts differ is loaded alone over GOOD's text.  The fingerprints, the wires and the values of
-- the steps then tell what it changes: nothing (a comment), a function that some steps share, the wiring.

local json = require "rille.json"
local mixed_text = require "rille.run.blame.mixed_text"
local probe = require "rille.run.blame.probe"
local suspect_text = require "rille.run.blame.suspect_text"

local code_suspects = {}

local join = mixed_text.join

-- Effects of places --------------------------------------------------------------------------

-- The ids of steps whose code, wires or values differ between two reports; true, which differ in the wiring.
local function differing(before, now)
  local ids, wired = {}, false
  for id, one in next, now.by_id do
    local was = before.by_id[id]
    if not was then ids[id], wired = true, true
    elseif was.code ~= one.code or was.wires ~= one.wires or was.opaque ~= one.opaque then
      ids[id], wired = true, wired or was.wires ~= one.wires
    end
  end
  for id in next, before.by_id do if not now.by_id[id] then ids[id], wired = true, true end end
  return ids, wired
end

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
  rest.ids, rest.wired = {}, true
  for id in next, none.by_id do rest.ids[id] = true end
  active[#active + 1] = rest
end

-- What a report has of functions and values: the digest of each by "id path".
local function leaves_of(report)
  if report.leaf_digests then return report.leaf_digests end
  local map = {}
  for id, node in next, report.by_id do
    for _, leaf in ipairs(node.leaves ~= "" and json.unpack(node.leaves).leaves or {}) do
      if leaf.kind ~= "alias" then map[id .. " " .. leaf.path] = leaf.digest end
    end
  end
  report.leaf_digests = map
  return map
end

-- What a place alone makes of functions and values that is neither as in GOOD nor as in BAD: it is a part of a change.
local function foreign_of(place, none, all)
  local foreign = {}
  if not place.report then return foreign end
  local now, a, b = leaves_of(place.report), leaves_of(none), leaves_of(all)
  for _, map in ipairs { now, a } do
    for name in next, map do
      if now[name] ~= a[name] and now[name] ~= b[name] then foreign[name] = true end
    end
  end
  return foreign
end

local function shares_one(x, y)
  for name in next, x do if y[name] then return true end end
  return false
end

-- Joins places that change parts of one thing, as a new name of a function and its callers do.
local function join_parts(active, none, all)
  local groups = {}
  for _, place in ipairs(active) do
    place.foreign = foreign_of(place, none, all)
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
  settle_failing(model, failing, active, none)
  local list = {}
  for i, place in ipairs(settle_joined(model, join_parts(active, none, all), none)) do
    list[i] = { kind = "code", steps = place.ids, hunks = place.hunks, place = place }
    suspect_text.of_code(list[i], place, none, place.report or all)
  end
  return list
end

return code_suspects
