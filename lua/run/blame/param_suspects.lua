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
