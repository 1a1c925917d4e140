-- record_suspects: changes that no text and no parameter shows (run/blame/suspects.lua): values that are inputs, which
-- are given by their digests, and steps that cannot run again as they ran, because a file that they read has changed
-- or because they give something else each time.  What such a step made is taken from the records: it is switched as a
-- whole, together with all that is upstream of it.

local errors = require "rille.base.errors"
local suspect_text = require "rille.run.blame.suspect_text"

local record_suspects = {}

-- Values -------------------------------------------------------------------------------------

-- The digest that a run recorded of a value: of "port" or of "port[n]".
local function digest_in(step, name)
  local port, n = name:match "^(.*)%[(%d+)%]$"
  local list = step and step.inputs[port or name]
  return list and list[tonumber(n or 1)]
end

-- Values of steps whose digests are not those of the script today, or differ between the runs; of equal changes one
-- suspect.
---@param model rille.blame.model
---@param none table report of GOOD
---@param all table report of BAD
---@return table[] suspects
function record_suspects.values(model, none, all)
  local list, by = {}, {}
  for _, id in ipairs(model.bad.order) do
    local x, y = none.by_id[id], all.by_id[id]
    for name, built in next, x and y and y.literals or {} do
      local a, b = digest_in(model.good.steps[id], name), digest_in(model.bad.steps[id], name)
      local value = { id = id, port = name, a = a, b = b }
      if a and b and a ~= b then
        local one = by[a .. b]
        if not one then
          one = { kind = "value", steps = {}, literals = {}, label = suspect_text.of_value(id, name, x, y) }
          by[a .. b], list[#list + 1] = one, one
        end
        one.steps[id], one.literals[#one.literals + 1] = true, value
      elseif a and b and (a ~= x.literals[name] or b ~= built) then
        model.literals[#model.literals + 1] = value
      end
    end
  end
  table.sort(list, function(one, other) return one.label < other.label end)
  return list
end

-- Steps --------------------------------------------------------------------------------------

-- The ids of a step and of all that it needs in one of two reports.
local function closure(id, none, all)
  local set, stack = { [id] = true }, { id }
  while stack[1] do
    local at = table.remove(stack)
    for _, report in ipairs { none, all } do
      for source in next, report.by_id[at] and report.by_id[at].sources or {} do
        if not set[source] then set[source], stack[#stack + 1] = true, source end
      end
    end
  end
  return set
end

local function is_upstream_of(suspect, set)
  for id in next, suspect.steps do if set[id] then return true end end
  return false
end

-- The names of files, variables and the like that a step read and that differ between the runs.
local function differing_reads(was, is)
  local names = {}
  for key, one in next, is.reads do
    local before = was.reads[key]
    if before and before.digest ~= one.digest and one.kind ~= "value" and one.kind ~= "write" then
      names[#names + 1] = (one.kind == "env" and "variable " or one.kind .. " ") .. one.name
    end
  end
  table.sort(names)
  return names
end

-- Why a step cannot run again as it ran, or nil: { text, changed }, the latter when that is a change between the runs.
local function obstacle_of(id, model, none, all)
  local was, is = model.good.steps[id], model.bad.steps[id]
  local x, y = none.by_id[id], all.by_id[id]
  -- of a map its items read; a branch reads nothing
  if x.dynamic or y.dynamic then return nil end
  local names = differing_reads(was, is)
  if names[1] then return { text = table.concat(names, ", ") } end
  if x.stale or y.stale then return { text = id .. ": " .. (x.stale or y.stale) } end
  local function is_other(run, step, node) return step.code and not run.is_older and step.code ~= node.code end
  if is_other(model.good, was, x) or is_other(model.bad, is, y) then
    return { text = id .. ": its code cannot be built again" }
  end
end

local function same_outputs(was, is)
  for name, digest in next, is.outputs do if was.outputs[name] ~= digest then return false end end
  return true
end

local function pins_of(id, model) return { a = model.good.steps[id].outputs, b = model.bad.steps[id].outputs } end

-- Puts all that a suspect switches into another one.
local function absorb(into, one)
  for _, field in ipairs { "hunks", "forced", "literals" } do
    for _, part in ipairs(one[field] or {}) do
      into[field] = into[field] or {}
      into[field][#into[field] + 1] = part
    end
  end
  for _, field in ipairs { "params", "pinned", "steps" } do
    for name, v in next, one[field] or {} do
      into[field] = into[field] or {}
      into[field][name] = v
    end
  end
  into.lines = into.lines or one.lines
end

-- Merges the suspects of the list that are upstream of the step into one that switches what it made.
local function merge(list, id, set, text, pins)
  local kept, made = {}, { kind = "recorded", name = id, steps = { [id] = true }, pinned = { [id] = pins },
    labels = { text }, note = "switched by recorded outputs" }
  for _, one in ipairs(list) do
    if is_upstream_of(one, set) then
      absorb(made, one)
      for _, label in ipairs(one.labels or { one.label }) do
        if label ~= text then made.labels[#made.labels + 1] = label end
      end
    else
      kept[#kept + 1] = one
    end
  end
  made.label = table.concat(made.labels, " + ")
  kept[#kept + 1] = made
  return kept
end

local function has_suspect(list, set)
  for _, one in ipairs(list) do if is_upstream_of(one, set) then return true end end
  return false
end

-- Is the step one of both runs, and needed?
local function is_in_both(id, model, none, all)
  local x, y = none.by_id[id], all.by_id[id]
  return model.good.steps[id] and x and y and (x.upstream or y.upstream) or false
end

-- Can a step be pinned: both runs have what it made, it is no map, and no branch depends on it?
local function may_be_pinned(id, model, none, all)
  local x, y = none.by_id[id], all.by_id[id]
  return not (x.dynamic or y.dynamic or x.condition or y.condition)
    and next(model.good.steps[id].outputs) ~= nil and next(model.bad.steps[id].outputs) ~= nil
end

local function refuse(id, obstacle)
  errors.at(nil, 'step "%s" cannot run in a mixture, as it reads what is not the same in both runs and now (%s), and '
    .. "what it made cannot stand in for it: a branch or a map depends on it, or it made nothing", id, obstacle.text)
end

-- Deals with one step; the list of suspects afterwards.
local function look_at(list, id, model, none, all)
  local was, is = model.good.steps[id], model.bad.steps[id]
  local set, obstacle, pins = closure(id, none, all), obstacle_of(id, model, none, all), pins_of(id, model)
  local free = not has_suspect(list, set)
  if not may_be_pinned(id, model, none, all) then
    if obstacle and model.kind ~= "status" then refuse(id, obstacle) end
    return list
  end
  if not obstacle and not (free and not (was.reusable and is.reusable)) then return list end
  if free and same_outputs(was, is) then
    model.pinned[id] = pins
    return list
  end
  return merge(list, id, set, obstacle and obstacle.text or id .. " result", pins)
end

-- Merges what cannot be separated, and pins what cannot run again.
---@param model rille.blame.model
---@param list table[] suspects
---@param none table report of GOOD
---@param all table report of BAD
---@return table[] suspects
function record_suspects.pin(model, list, none, all)
  for _, id in ipairs(model.bad.order) do
    if id ~= model.of and is_in_both(id, model, none, all) then list = look_at(list, id, model, none, all) end
  end
  return list
end

-- Why the step that is asked for cannot run in a mixture, or nil.
---@param model rille.blame.model
---@param none table report of GOOD
---@param all table report of BAD
---@return string?
function record_suspects.target_obstacle(model, none, all)
  local id = model.of
  if not (id and none.by_id[id] and all.by_id[id]) then return nil end
  local obstacle = obstacle_of(id, model, none, all)
  return obstacle and obstacle.text
end

return record_suspects
