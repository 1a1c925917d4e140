-- registry_out: what `rille model-registry models, show, publish, import ...` do and print.

local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local kinds = require "rille.stack.kinds"
local out = require "rille.show.out"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local value_text = require "rille.base.value_text"

local registry_out = {}

local KIND <const> = kinds.by_name.model_registry

local function or_null(v) if v == nil then return json.null end return v end

-- Opens the registry of that name, or of the active stack, which has to have the method.
---@param name string?
---@param method string
---@return table object, string name
function registry_out.open(name, method)
  local stack = require "rille.stack"
  local part, names
  if name then part, names = stack.component("model_registry", name)
  else part = stack.current():parts("model_registry")[1] end
  if not part and name then
    errors.at(nil, 'there is no model registry "%s"%s', name, names[1] and suggest.hint(name, names)
      or "; make one: rille model-registry register NAME --flavor local --set path=/mnt/team/models")
  end
  if not part then errors.at(nil, "%s; or name one with --registry NAME", stack.current():lack(KIND)) end
  local object = stack.open(part)
  if not object[method] then
    errors.at(nil, 'model registry "%s" (flavor %s) can publish only', part.name, part.flavor)
  end
  return object, part.name
end

local function stages_text(stages)
  local list = {}
  for stage, number in next, stages do list[#list + 1] = string.format("%s %d", stage, number) end
  table.sort(list)
  return table.concat(list, ", ")
end

-- The models of a registry.
---@param registry table
function registry_out.models(registry)
  local rows, items = {}, {}
  for i, one in ipairs(registry:models()) do
    rows[i] = { one.name, tostring(#one.numbers), tostring(one.numbers[#one.numbers]), stages_text(one.stages) }
    items[i] = { name = one.name, versions = #one.numbers, latest = one.numbers[#one.numbers],
      stages = json.object(one.stages) }
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  if not rows[1] then
    return out.line "nothing is published; publish with rille model-registry publish MODEL@VERSION"
  end
  out.line("%s", (format.table({ "model", ">versions", ">latest", "stages" }, rows):gsub("\n$", "")))
end

local function metrics_of(version)
  local map = {}
  for _, one in ipairs(version.metrics or {}) do map[one.step .. "." .. one.name] = one.value end
  return map
end

-- A published version as JSON.
---@param version table
---@return table
function registry_out.json(version)
  local artifacts = {}
  for i, one in ipairs(version.artifacts) do
    artifacts[i] = { name = one.name, kind = one.kind, type = one.type, digest = one.digest, size = one.size }
  end
  return { model = version.model, number = version.number, name = or_null(version.name), stage = or_null(version.stage),
    created = version.created and format.iso(version.created) or json.null,
    published = version.published and format.iso(version.published) or json.null, by = or_null(version.by),
    project = or_null(version.project), run = or_null(version.run),
    license = or_null(version.license), metrics = json.object(metrics_of(version)),
    metadata = value_text.plain(version.metadata or {}), signature = or_null(version.signature),
    artifacts = json.array(artifacts), digest = version.digest }
end

local function version_of(registry, model, number)
  local version, why = registry:version(model, number)
  return version or errors.at(nil, "%s", why)
end

-- The versions of a model, newest first.
---@param registry table
---@param model string
function registry_out.versions(registry, model)
  local numbers, rows, items = registry:numbers(model), {}, {}
  if not numbers[1] then
    local names = {}
    for i, one in ipairs(registry:models()) do names[i] = one.name end
    errors.at(nil, 'the registry has no model "%s"%s', model, suggest.hint(model, names))
  end
  for i = #numbers, 1, -1 do
    local one = version_of(registry, model, numbers[i])
    items[#items + 1] = registry_out.json(one)
    rows[#rows + 1] = { tostring(one.number), one.stage or "", one.name or "",
      one.published and format.time(one.published) or "", one.by or "", one.project or "" }
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  out.line("%s", (format.table({ ">version", "stage", "name", "published", "by", "project" }, rows):gsub("\n$", "")))
end

local function field(name, text) if text and text ~= "" then out.line("%-12s %s", name, text) end end

-- A published version in full.
---@param version table
function registry_out.show(version)
  if global_options.json then return out.json(registry_out.json(version)) end
  out.line("%s  %s", format.in_colour("bold", string.format("model %s, version %d%s", version.model, version.number,
    version.name and " (" .. version.name .. ")" or "")), version.stage or "no stage")
  local run, by = version.run and " by run " .. version.run or "", version.by and " by " .. version.by or ""
  field("created", version.created and format.time(version.created) .. run)
  field("published", version.published and format.time(version.published) .. by)
  field("project", version.project)
  field("description", version.description)
  field("license", version.license)
  local metrics = {}
  for i, one in ipairs(version.metrics or {}) do
    metrics[i] = string.format("%s.%s = %s", one.step, one.name, value_text.number(one.value))
  end
  field("metrics", table.concat(metrics, ", "))
  local metadata = {}
  for k, v in next, version.metadata or {} do if k ~= "signature" then metadata[k] = v end end
  field("metadata", next(metadata) ~= nil and value_text.json(value_text.plain(metadata)) or nil)
  field("signature", version.signature and require("rille.learn.signature").text(version.signature))
  local rows = {}
  for i, one in ipairs(version.artifacts) do
    rows[i] = { one.name, one.kind, one.type, format.bytes(one.size), one.digest:sub(1, 12) }
  end
  out.line("\n%s", (format.table({ "artifact", "kind", "type", ">size", "digest" }, rows):gsub("\n$", "")))
end

-- Publishes a version of the project.
---@param registry table
---@param name string of the registry
---@param model string
---@param which string? nil: production
---@param as string?
function registry_out.publish(registry, name, model, which, as)
  project.need "read"
  local model_version = require "rille.script.model_version"
  local row = model_version.model(model)
  local version = require("rille.query.published_version").of(row, model_version.need(row, which or "production"), as)
  local how, why = registry:publish(version)
  if not how then errors.at(nil, "%s", why) end
  if global_options.json then
    return out.json { model = version.model, number = version.number, registry = name,
      unchanged = how == "unchanged", stage = or_null(version.stage) }
  end
  if global_options.quiet then return end
  out.line("model %s, version %d%s: %s", version.model, version.number, version.stage and " (" .. version.stage .. ")"
    or "", how == "unchanged" and "is in " .. name .. " already; its stage there is that of here"
    or "published in " .. name)
end

-- Imports a published version.
---@param registry table
---@param name string of the registry
---@param version table
---@param as string?
function registry_out.import(registry, name, version, as)
  local wrong = registry:verify(version)
  if wrong[1] then errors.at(nil, "%s", table.concat(wrong, "\n  ")) end
  local result = require("rille.run.registry_import").run(registry, version, as or version.model,
    { origin = { registry = name, model = version.model, version = version.number, project = version.project } })
  if result.status ~= "completed" then
    errors.at(nil, "the import failed: rille show %s", result.name)
  end
  local made = result.models and result.models[1]
  local number = made and made.is and made.is.number
  if global_options.json then
    return out.json { model = as or version.model, number = or_null(number), run = result.name }
  end
  if global_options.quiet then return end
  out.line("model %s, version %s: imported from %s, version %d (run %s)", as or version.model, tostring(number), name,
    version.number, result.name)
end

return registry_out
