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

local RECENT <const> = 20       -- versions whose names are offered instead of a wrong one

-- How a message about an unknown version ends.
local function hint_of(model, which)
  local known = stages.list()
  known[#known + 1] = "latest"
  for _, row in ipairs(answer(project.meta:model_versions_before(model.id, nil, RECENT)) or {}) do
    known[#known + 1] = row.name
  end
  return suggest.hint(which, known)
end

-- "its versions: 1 to 4"; numbers of deleted versions are missing.
local function versions_text(count)
  if count.n == 0 then return "it has none" end
  if count.n == 1 then return "its only version is " .. count.last end
  if count.n == count.last - count.first + 1 then
    return string.format("its versions: %d to %d", count.first, count.last)
  end
  return string.format("it has %d versions from %d to %d, others were deleted", count.n, count.first, count.last)
end

local function not_found(model, which)
  local number, count = model_version.number(which), answer(project.meta:model_version_count(model.id))
  local hint = not number and type(which) == "string" and hint_of(model, which) or ""
  errors.raise('model "%s" has no version %s%s%s', model.name, number or errors.describe(which), hint,
    hint:find "did you mean" and "" or "; " .. versions_text(count))
end

-- The row of the version that a text means: one in that stage, of that own name, with that tag; or nil.
local function row_named(model, which)
  local meta = project.meta
  if which == "archived" then
    errors.raise('model "%s": several versions may be archived; name one by its number', model.name)
  end
  if stages.is_stage(which) then return answer(meta:model_version_in(model.id, which)) end
  return answer(meta:model_version_named(model.id, which)) or answer(meta:model_version_tagged(model.id, which))
end

-- The version of a model, nil where there is none.
---@param model table of meta:model
---@param which any nil: the latest
---@return table? row of meta:model_version
function model_version.seek(model, which)
  local meta, number, row = project.meta, model_version.number(which), nil
  if which == nil or which == "latest" then row = answer(meta:model_version_at(model.id, 1))
  elseif number then row = answer(meta:model_version_numbered(model.id, number))
  elseif type(which) == "string" then row = row_named(model, which) end
  return row and answer(meta:model_version(row))
end

-- The version of a model; raises where there is none.
---@param model table of meta:model
---@param which any
---@return table row
function model_version.need(model, which)
  local row = model_version.seek(model, which)
  if row then return row end
  if which == nil or which == "latest" then errors.raise('model "%s" has no versions', model.name) end
  if type(which) == "string" and stages.is_stage(which) then
    errors.raise('model "%s" has no version in %s; move one there: rille model promote %s@VERSION %s', model.name,
      which, model.name, which)
  end
  not_found(model, which)
end

-- The same by the name of the model.
---@param name string of the model
---@param which any
---@return table row, table model
function model_version.find(name, which)
  local model = model_version.model(name)
  return model_version.need(model, which), model
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
---@param model table of meta:model
---@param tag string
---@return table row
function model_version.tagged(model, tag)
  local row = answer(project.meta:model_version_tagged(model.id, tag))
  return row and answer(project.meta:model_version(row))
    or errors.raise('model "%s" has no version with the tag "%s"', model.name, tag)
end

-- "3", or "3 (champion)".
---@param row table
---@return string
function model_version.label(row) return row.name and string.format("%d (%s)", row.number, row.name)
  or tostring(row.number) end

return model_version
