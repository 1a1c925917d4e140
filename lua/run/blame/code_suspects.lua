-- code_suspects: which places in the code of two runs change what (run/blame/suspects.lua).
--
-- Each place in which the texts differ is loaded alone over GOOD's text.  The fingerprints, the wires and the values of
-- the steps then tell what it changes: nothing (a comment), a function that some steps share, the wiring.

local json = require "rille.json"
local probe = require "rille.run.blame.probe"
local suspect_text = require "rille.run.blame.suspect_text"

local code_suspects = {}

-- Effects of places --------------------------------------------------------------------------

-- The ids of steps whose code, wires or values differ between two reports; true, which differ in the wiring.
local function differing(before, now)
  local ids, wired = {}, false
  for id, one in next, now.by_id do
    local was = before.by_id[id]
    if not was then ids[id], wired = true, true
    elseif was.code ~= one.code or was.wires ~= one.wires then
      ids[id], wired = true, wired or was.wires ~= one.wires
    elseif json.pack(was.literals) ~= json.pack(one.literals) then ids[id] = true end
  end
  for id in next, before.by_id do if not now.by_id[id] then ids[id], wired = true, true end end
  return ids, wired
end

local function hunks_of(places)
  local on = {}
  for _, place in ipairs(places) do for _, hunk in ipairs(place.hunks) do on[hunk] = true end end
  return on
end

-- Two places, one of which does not work without the other, as one.
local function join(x, y)
  x.parts = x.parts or { { file = x.file, hunks = table.move(x.hunks, 1, #x.hunks, 1, {}) } }
  x.parts[#x.parts + 1] = { file = y.file, hunks = y.hunks }
  x.hunks = table.move(y.hunks, 1, #y.hunks, #x.hunks + 1, table.move(x.hunks, 1, #x.hunks, 1, {}))
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
    if with then with.ids, with.wired, with.report = differing(none, report), nil, report
    elseif rest then join(rest, place)
    else rest = place end
  end
  if not rest then return end
  rest.ids, rest.wired = {}, true
  for id in next, none.by_id do rest.ids[id] = true end
  active[#active + 1] = rest
end

-- Places that change a step which both runs have alike cancel each other there: they are one.
local function join_cancelling(active, none, all)
  local same, kept, first = differing(none, all), {}, nil
  for _, place in ipairs(active) do
    local cancels = false
    for id in next, place.ids do cancels = cancels or all.by_id[id] ~= nil and not same[id] end
    if not cancels then kept[#kept + 1] = place
    elseif first then
      join(first, place)
      for id in next, place.ids do first.ids[id] = true end
    else
      first = place
      kept[#kept + 1] = place
    end
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
  settle_failing(model, failing, active, none)
  local list = {}
  for i, place in ipairs(join_cancelling(active, none, all)) do
    list[i] = { kind = "code", steps = place.ids, hunks = place.hunks, place = place }
    suspect_text.of_code(list[i], place, none, place.report or all)
  end
  return list
end

return code_suspects
