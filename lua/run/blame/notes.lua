-- notes: what a suspect did beside moving the metric: which inputs of the step that is asked for it changes.
--
-- An input that also reaches the step through another of its inputs is data that the metric is measured on, as a test
-- set that is split from what a model is trained with.  A change of it makes two values of a metric hard to compare,
-- so it is told.

local notes = {}

-- The inputs of the target, by name, whose digests differ between two reports.
local function changed_ports(before, now)
  local was, changed = {}, {}
  for _, one in ipairs(before.given or {}) do was[one.port] = one.digests end
  for _, one in ipairs(now.given or {}) do
    if was[one.port] ~= one.digests then changed[#changed + 1] = one.port end
  end
  return changed
end

-- Does the step `id` come from the step `from`?
local function comes_from(wires, id, from, seen)
  if seen[id] then return false end
  seen[id] = true
  for source in next, wires[id] or {} do
    if source == from or comes_from(wires, source, from, seen) then return true end
  end
  return false
end

-- Which inputs of the target the metric is measured on.
---@param report table of a mixture
---@param wires table<string, table<string, true>> by id: the steps that a step takes something from
---@return table<string, true>
function notes.measured_on(report, wires)
  local set = {}
  for _, one in ipairs(report.given or {}) do
    for _, other in ipairs(report.given) do
      if one.from and other.from and one.from ~= other.from and comes_from(wires, other.from, one.from, {}) then
        set[one.port] = true
      end
    end
  end
  return set
end

-- The outputs of the suspect's steps that came out otherwise, as "step.output".
local function changed_outputs(suspect, before, now)
  local n, outputs = 0, {}
  for id in next, suspect.steps do
    local was, is = before.steps[id], now.steps[id]
    for name, digest in next, was and is and is.outputs or {} do
      n = n + 1
      outputs[n] = name
      if was.outputs[name] ~= digest then return nil end
    end
  end
  return n > 0 and outputs or nil
end

-- Why a mixture failed.
---@param report table?
---@return string?
function notes.failure(report)
  if not report then return nil end
  if report.ok then return "the metric is missing or not finite" end
  return (report.failed and report.failed .. ": " or "") .. (report.text or "")
end

-- How many items each map has in a report.
local function items_of(report)
  local counts, names = {}, {}
  for id in next, report.steps do
    local map = id:match "^(.*)%[%d+%]$"
    if map then
      if not counts[map] then names[#names + 1] = map end
      counts[map] = (counts[map] or 0) + 1
    end
  end
  table.sort(names)
  return counts, names
end

-- "work 3 -> 4 items" where a map has others.
local function changed_items(before, now)
  local was, is, names = items_of(before), items_of(now)
  for _, map in ipairs(names) do
    if was[map] and was[map] ~= is[map] then return string.format("%s %d -> %d items", map, was[map], is[map]) end
  end
end

-- The note on a suspect, from a report in which it alone is as in BAD.
---@param suspect table
---@param before table report of GOOD
---@param now table
---@param measured table<string, true>
---@param target string id of the step that is asked for
---@param moved boolean it moved the metric
---@return string?
function notes.of(suspect, before, now, measured, target, moved)
  local same = not moved and changed_outputs(suspect, before, now)
  if same then
    return #same == 1 and same[1] .. " bytes identical" or "outputs identical"
  end
  local changed, data, others = changed_ports(before, now), {}, 0
  for _, port in ipairs(changed) do
    if measured[port] then data[#data + 1] = port else others = others + 1 end
  end
  if data[1] then
    return string.format("%schanges %s", others > 0 and "also " or "", table.concat(data, ", "))
  end
  local items = changed_items(before, now)
  if items then return items end
  if #changed == 0 and before.key ~= now.key then return nil end
  return #changed == 0 and "changes nothing that enters " .. target or nil
end

return notes
