-- model_version: finds the version of a model that a script or a command names: by number (3, "3", "v3"), by its own
-- name, by stage, by tag, or as "latest".

local errors = require "rille.base.errors"
local project = require "rille.project"
local stages = require "rille.project.stages"
local suggest = require "rille.base.suggest"

local model_version = {}

local answer = project.answer

-- The number that a reference is, or nil.
---@param which any
---@return integer?
function model_version.number(which)
  if type(which) == "string" then which = which:match "^v?(%d+)$" end
  return math.tointeger(tonumber(which))
end

local function model_names()
  local names = {}
  for i, one in ipairs(answer(project.meta:models()) or {}) do names[i] = one.name end
  return names
end

-- The row of the model; raises where there is none.
---@param name string
---@return table row
function model_version.model(name)
  local row = project.meta and answer(project.meta:model(name))
  if row then return row end
  local names = project.meta and model_names() or {}
  errors.raise('there is no model "%s"%s', tostring(name),
    names[1] and suggest.hint(name, names) or "; a run of a pipeline with that model makes it")
end

local function has_tag(row, tag)
  for one in (row.tags or ""):gmatch "[^,]+" do if one:match "^%s*(.*)$" == tag then return true end end
  return false
end

-- The last of the versions for which f is true.
local function newest(list, f)
  for i = #list, 1, -1 do if f(list[i]) then return list[i] end end
end

local function of_stage(model, list, stage)
  if stage == "archived" then
    errors.raise('model "%s": several versions may be archived; name one by its number', model)
  end
  local row = newest(list, function(v) return v.stage == stage end)
  if row then return row end
  errors.raise('model "%s" has no version in %s; move one there: rille model promote %s@VERSION %s', model, stage,
    model, stage)
end

local function not_found(model, list, which)
  local known = stages.list()
  known[#known + 1] = "latest"
  for _, row in ipairs(list) do known[#known + 1] = row.name end
  local count = #list == 0 and "it has none" or string.format("its versions: %d to %d", list[1].number,
    list[#list].number)
  local number = model_version.number(which)
  errors.raise('model "%s" has no version %s%s; %s', model, number or errors.describe(which),
    not number and type(which) == "string" and suggest.hint(which, known) or "", count)
end

-- The version of a list of versions, oldest first; raises where there is none.
---@param model string its name, for messages
---@param list table[] of meta:model_versions
---@param which any
---@return table row
function model_version.among(model, list, which)
  if which == nil or which == "latest" then
    return list[#list] or errors.raise('model "%s" has no versions', model)
  end
  local number = model_version.number(which)
  if number then
    return newest(list, function(v) return v.number == number end) or not_found(model, list, which)
  end
  if type(which) ~= "string" then not_found(model, list, which) end
  if stages.is_stage(which) then return of_stage(model, list, which) end
  return newest(list, function(v) return v.name == which end)
    or newest(list, function(v) return has_tag(v, which) end)
    or not_found(model, list, which)
end

-- The version of a model; raises where there is none.
---@param name string of the model
---@param which any
---@return table row, table model
function model_version.find(name, which)
  local model = model_version.model(name)
  return model_version.among(name, answer(project.meta:model_versions(model.id)) or {}, which), model
end

-- The full name of a link that a script or a command names in full, as STEP::OUTPUT, or as OUTPUT where no other
-- step has it; raises where there is none.
---@param what string 'model "digits", version 3'
---@param names string[] full names
---@param name string
---@return string
function model_version.link_name(what, names, name)
  local tail, found, shorts = "::" .. tostring(name), {}, {}
  for _, full in ipairs(names) do
    if full == name then return full end
    if full:sub(-#tail) == tail then found[#found + 1] = full end
    shorts[#shorts + 1] = full:match "::([^:]+)$" or full
  end
  if #found == 1 then return found[1] end
  if #found > 1 then
    errors.raise('%s has several artifacts "%s"; write one of %s', what, name, table.concat(found, ", "))
  end
  errors.raise('%s has no artifact "%s"%s', what, tostring(name), suggest.hint(tostring(name), shorts))
end

-- The newest version with a tag; raises where there is none.
---@param model string
---@param list table[]
---@param tag string
---@return table row
function model_version.tagged(model, list, tag)
  return newest(list, function(v) return has_tag(v, tag) end)
    or errors.raise('model "%s" has no version with the tag "%s"', model, tag)
end

-- "3", or "3 (champion)".
---@param row table
---@return string
function model_version.label(row) return row.name and string.format("%d (%s)", row.number, row.name)
  or tostring(row.number) end

return model_version
