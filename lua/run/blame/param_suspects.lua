-- param_suspects: which parameters differ between two runs (run/blame/suspects.lua): those of the pipeline, and those
-- of steps that neither the script nor the parameters of the pipeline explain (--set STEP.NAME, a configuration, an
-- edit of what define gives).

local json = require "rille.json"
local probe = require "rille.run.blame.probe"
local suspect_text = require "rille.run.blame.suspect_text"

local param_suspects = {}

local function same(a, b) return a == b or json.pack(a) == json.pack(b) end

local function sorted_names(...)
  local seen, list = {}, {}
  for _, t in ipairs { ... } do
    for name in next, t do if not seen[name] then seen[name], list[#list + 1] = true, name end end
  end
  table.sort(list)
  return list
end

local function differing_params(before, now)
  local ids = {}
  for id, one in next, now.by_id do
    local was = before.by_id[id]
    if not was or was.params ~= one.params or was.wires ~= one.wires or was.code ~= one.code
      or was.opaque ~= one.opaque or json.pack(was.literals) ~= json.pack(one.literals) then ids[id] = true end
  end
  for id in next, before.by_id do if not now.by_id[id] then ids[id] = true end end
  return ids
end

-- Parameters of the pipeline that both runs have.
local function pipeline_params(model, none)
  local list = {}
  for _, name in ipairs(sorted_names(model.good.params)) do
    local a, b = model.good.params[name], model.bad.params[name]
    if b ~= nil and not same(a, b) then
      local report = probe.params(model, { [name] = true })
      list[#list + 1] = { kind = "parameter", params = { [name] = true },
        label = name .. " " .. suspect_text.change(a, b), name = name, a = a, b = b,
        steps = report.ok and differing_params(none, report) or probe.ids(none) }
    end
  end
  return list
end

-- Is the value what a report has, where it has the step?
local function explained(report, id, name, v)
  local node = report.by_id[id]
  return node == nil or node.opaque_params[name] ~= nil or same(node.param_values[name], v)
end

-- Adds a parameter of a step to the group with the same change.
local function add_forced(groups, step, name, a, b)
  local id = table.concat({ step.step, name, json.pack { a }, json.pack { b } }, "\0")
  local group = groups.by[id]
  if not group then
    group = { ids = {}, name = name, step = step.step, a = a, b = b }
    groups.by[id], groups[#groups + 1] = group, group
  end
  group.ids[#group.ids + 1] = step.id
end

-- What the records say of parameters of steps that the script and the parameters of the pipeline do not explain.
local function forced_params(model, none, all, by_params)
  local groups = { by = {} }
  for _, id in ipairs(model.bad.order) do
    local was, is = model.good.steps[id], model.bad.steps[id]
    for _, name in ipairs(sorted_names(was and was.params or {}, is.params)) do
      local b = is.params[name]
      local a = b
      if was and was.row and is.row then a = was.params[name] end
      if a ~= nil and b ~= nil then
        local fits = explained(none, id, name, a) and explained(all, id, name, b)
        if not (fits and (same(a, b) or explained(by_params, id, name, b))) then add_forced(groups, is, name, a, b) end
      end
    end
  end
  return groups
end

local function step_params(model, none, all)
  local names = {}
  for name in next, model.good.params do names[name] = true end
  local by_params = probe.params(model, names)
  local list = {}
  for _, group in ipairs(forced_params(model, none, all, by_params.ok and by_params or none)) do
    if same(group.a, group.b) then model.forced[#model.forced + 1] = group
    else
      local steps = {}
      for _, id in ipairs(group.ids) do steps[id] = true end
      local label, name = suspect_text.of_step_param(group)
      list[#list + 1] = { kind = "step parameter", forced = { group }, steps = steps, label = label, name = name,
        a = group.a, b = group.b }
    end
  end
  return list
end

-- Does a place alone give the values of BAD to the parameters of a suspect?
local function makes(place, suspect)
  for _, group in ipairs(place.report and suspect.forced or {}) do
    for _, id in ipairs(group.ids) do
      local node = place.report.by_id[id]
      if not node or not same(node.param_values[group.name], group.b) then return false end
    end
  end
  return place.report ~= nil
end

-- The place that changes a parameter of a step, or nil.
local function place_of(places, suspect)
  for _, place in ipairs(places) do if makes(place, suspect) then return place end end
end

local function absorb(into, one)
  into.forced[#into.forced + 1] = one.forced[1]
  for id in next, one.steps do into.steps[id] = true end
  local n = 0
  for _ in next, into.steps do n = n + 1 end
  local group = into.forced[1]
  into.name, into.a, into.b = group.step .. "." .. group.name, nil, nil
  into.label = string.format("%s of %d steps", into.name, n)
end

-- Joins the suspects of one parameter that one place changes; the places with their suspects.
local function join_by_place(list, places)
  local kept, by, of_place = {}, {}, {}
  for _, one in ipairs(list) do
    local place = one.kind == "step parameter" and place_of(places, one)
    local id = place and table.concat({ place.b, place.file.path, one.forced[1].step, one.forced[1].name }, "\0")
    if id and by[id] then absorb(by[id], one) else kept[#kept + 1] = one end
    if id and not by[id] then
      by[id], one.where, one.lines = one, suspect_text.where(place), suspect_text.lines(place)
      of_place[place] = of_place[place] or {}
      table.insert(of_place[place], one)
    end
  end
  return kept, of_place
end

-- Are the values of GOOD those of its script?
local function is_of_script(suspect, none)
  for _, group in ipairs(suspect.forced) do
    for _, id in ipairs(group.ids) do if not explained(none, id, group.name, group.a) then return false end end
  end
  return true
end

-- One line that changes a parameter of many steps is one suspect; where it changes nothing else, the line is switched,
-- so that steps that only one run has get the parameter that the line gives them.
---@param model rille.blame.model
---@param list table[] suspects
---@param places table[] of run/blame/mixed_text.lua, with their reports
---@param none table report of GOOD
---@return table[] suspects
function param_suspects.by_place(model, list, places, none)
  local kept, of_place = join_by_place(list, places)
  for place, own in next, of_place do
    local one, is_neutral = own[1], true
    for _, hunk in ipairs(place.hunks) do is_neutral = is_neutral and model.neutral[hunk] or false end
    if #own == 1 and is_neutral and is_of_script(one, none) then
      one.hunks, one.forced = place.hunks, nil
      for _, hunk in ipairs(place.hunks) do model.neutral[hunk] = nil end
    end
  end
  return kept
end

---@param model rille.blame.model
---@param none table report of GOOD
---@param all table report of BAD
---@return table[] suspects
function param_suspects.find(model, none, all)
  local list = pipeline_params(model, none)
  for _, one in ipairs(step_params(model, none, all)) do list[#list + 1] = one end
  return list
end

return param_suspects
