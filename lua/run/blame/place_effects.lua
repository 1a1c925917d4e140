-- place_effects: what a change of the text does to the steps, from reports of graphs (run/blame/probe.lua).

local json = require "rille.json"

local place_effects = {}

-- The ids of steps whose code, wires or values differ between two reports; true, which differ in the wiring.
---@param before table report
---@param now table report
---@return table<string, true> ids, boolean wired
function place_effects.differing(before, now)
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
---@param place table with its report
---@param none table report of GOOD
---@param all table report of BAD
---@return table<string, true>
function place_effects.foreign(place, none, all)
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

return place_effects
