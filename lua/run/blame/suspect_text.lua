-- suspect_text: how suspects are called.

local diff = require "rille.base.diff"
local format = require "rille.base.format"
local json = require "rille.json"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local suspect_text = {}

local SHORT <const> = 24            -- columns of a value

local function short(v)
  if v == nil then return "(none)" end
  if math.type(v) == "float" then
    local text = value_text.number(v, "%.14g")
    return text:find "[.einf]" and text or text .. ".0"
  end
  if type(v) == "string" then return text_width.shorten(string.format("%q", v):gsub("\\\n", "\\n"), SHORT) end
  return text_width.shorten(value_text.text(v), SHORT)
end

-- "0.001 -> 0.01"
---@param a any
---@param b any
---@return string
function suspect_text.change(a, b) return short(a) .. " -> " .. short(b) end

-- Of a parameter of one step, or of several with the same change.
---@param group table { ids, step, name, a, b }
---@return string label, string name
function suspect_text.of_step_param(group)
  local whose = #group.ids == 1 and group.ids[1] or group.step
  local name = whose .. "." .. group.name
  local more = #group.ids > 1 and string.format(" (%s)", format.plural(#group.ids, "step")) or ""
  return string.format("%s %s%s", name, suspect_text.change(group.a, group.b), more), name
end

-- Of a value that is an input of a step.
---@param id string
---@param name string of the port
---@param x table its node in GOOD
---@param y table its node in BAD
---@return string
function suspect_text.of_value(id, name, x, y)
  local a, b = x.values[name], y.values[name]
  if a and b and a ~= b then return a .. " -> " .. b end
  return b or a or id .. " input " .. name
end

-- Code ---------------------------------------------------------------------------------------

local function code_of(node) return node and node.leaves ~= "" and json.unpack(node.leaves) or {} end
local function leaves_of(node) return code_of(node).leaves or {} end

local function last_part(path) return path:match ": (.*)$" or path end

-- The leaves of a step that differ between two reports: { leaf, was, own }.
local function changed_leaves(before, now)
  local old, list = {}, {}
  local a, b = leaves_of(before), leaves_of(now)
  for _, leaf in ipairs(a) do old[leaf.path] = leaf end
  if a[1] and b[1] then old[b[1].path] = a[1] end
  for i, leaf in ipairs(b) do
    local was = old[leaf.path]
    if leaf.kind ~= "alias" and (not was or was.digest ~= leaf.digest) then
      list[#list + 1] = { leaf = leaf, was = was, own = i == 1 }
    end
  end
  return list
end

local function label_of_leaf(change, step)
  local leaf, name = change.leaf, last_part(change.leaf.path)
  if change.own then return step .. " code", step end
  if leaf.text and change.was and change.was.text then
    return name .. " " .. change.was.text .. " -> " .. leaf.text, name
  end
  return (leaf.kind == "function" and "function " or "") .. name, name
end

local PARTS <const> = { { "command", "%s command" }, { "save", "materializer of %s" }, { "ports", "ports of %s" },
  { "version", "version of %s" } }

-- Adds what differs between the code of a step then and now beside its functions and values.
local function add_parts(add, was, is, step)
  for _, part in ipairs(PARTS) do
    if was[part[1]] ~= is[part[1]] then add(string.format(part[2], step), step) end
  end
end

-- The names of what a place changes, in the order of the steps, each once.
local function labels_of(ids, before, now)
  local labels, seen, order, first = {}, {}, {}, nil
  local function add(label, name)
    first = first or name
    if not seen[label] then seen[label], labels[#labels + 1] = true, label end
  end
  for id in next, ids do order[#order + 1] = id end
  table.sort(order)
  for _, id in ipairs(order) do
    local was, is = before.by_id[id], now.by_id[id]
    if was and is and was.code ~= is.code and not seen[was.code .. is.code] then
      seen[was.code .. is.code] = true
      add_parts(add, code_of(was), code_of(is), is.step)
      for _, change in ipairs(changed_leaves(was, is)) do add(label_of_leaf(change, is.step)) end
    end
  end
  return labels, first
end

-- The lines that a place changes.
---@param place table of run/blame/mixed_text.lua
---@return table[] lines
function suspect_text.lines(place)
  local lines = {}
  for _, one in ipairs(place.parts or { place }) do
    local a, b = diff.lines_of(one.file.a or ""), diff.lines_of(one.file.b or "")
    for _, hunk in ipairs(one.hunks) do
      for i = hunk.a + 1, hunk.a + hunk.n do lines[#lines + 1] = { "-", a[i] } end
      for i = hunk.b + 1, hunk.b + hunk.m do lines[#lines + 1] = { "+", b[i] } end
    end
  end
  return lines
end

-- Where a place is: ":LINE" of the main script, or "FILE:LINE".
---@param place table
---@return string
function suspect_text.where(place)
  if place.file.main then return ":" .. place.b end
  return place.file.path .. ":" .. place.b
end

-- The ids of steps that only one of two reports has.
local function only_in(report, other)
  local ids = {}
  for id in next, report.by_id do if not other.by_id[id] then ids[#ids + 1] = id end end
  table.sort(ids)
  return ids
end

-- "wiring", and the steps that came and went.
local function wiring_label(before, now)
  local parts, gone, new = {}, only_in(before, now), only_in(now, before)
  if #gone == 1 and #new == 1 then return string.format("step %s -> %s", gone[1], new[1]) end
  for _, one in ipairs { { new, "added" }, { gone, "removed" } } do
    local ids = one[1]
    if ids[1] then
      parts[#parts + 1] = (ids[3] and string.format("%s and %d more", ids[1], #ids - 1) or table.concat(ids, ", "))
        .. " " .. one[2]
    end
  end
  return parts[1] and "wiring: " .. table.concat(parts, ", ") or "wiring"
end

-- Names a suspect after what it changes.
---@param suspect table
---@param place table of run/blame/mixed_text.lua
---@param before table report of GOOD
---@param now table report with the place
function suspect_text.of_code(suspect, place, before, now)
  local labels, name = labels_of(suspect.steps, before, now)
  if place.wired then table.insert(labels, 1, wiring_label(before, now))
  elseif not labels[1] then labels[1] = "code" end
  local shown = labels[1]
  if labels[2] then shown = shown .. (labels[3] and string.format(" and %d more", #labels - 1) or ", " .. labels[2]) end
  suspect.name = #labels == 1 and name or nil
  suspect.label, suspect.where, suspect.lines = shown, suspect_text.where(place), suspect_text.lines(place)
end

return suspect_text
