-- external_model: artifacts from outside that are named by a version of a model:
--
--   rille.external { model_artifact = "model", model = "digits", version = "production" }
--
-- version is a number, a name, a stage, a tag or "latest"; tag = "golden" is the newest version with that tag.  Without
-- model it is the model of the pipeline, and then without version the version that the pipeline asks for.

local errors = require "rille.base.errors"
local graph = require "rille.graph"
local model_version = require "rille.script.model_version"
local project = require "rille.project"

local external_model = {}

local FIELDS <const> = { model_artifact = true, model = true, version = true, tag = true }

-- The handle of the fields (script/external.lua).
---@param what string for messages
---@param fields table
---@return table
function external_model.handle(what, fields)
  errors.check_fields(what .. " { model_artifact = ... }", fields, FIELDS)
  for _, field in ipairs { "model_artifact", "model", "tag" } do
    local v = fields[field]
    if v == "" or type(v) ~= "string" and (v ~= nil or field == "model_artifact") then
      errors.raise('%s: %s must be a name, as in { model_artifact = "model", model = "digits" }; found %s', what, field,
        errors.describe(v))
    end
  end
  local version = fields.version
  if version ~= nil and type(version) ~= "string" and math.type(version) ~= "integer" then
    errors.raise("%s: version must be a number, a name or a stage; found %s", what, errors.describe(version))
  end
  if version ~= nil and fields.tag then errors.raise("%s: give version or tag, not both", what) end
  return { kind = "model", artifact = fields.model_artifact, model = fields.model or false, version = version or false,
    tag = fields.tag or false }
end

-- The name of the model, and which of its versions is meant.
local function meant(handle)
  local own = graph.current and graph.current.model
  if not handle.model and not own then
    errors.raise('artifact "%s" of a model: name the model, as in { model_artifact = "%s", model = "digits" }',
      handle.artifact, handle.artifact)
  end
  local which = handle.version
  if not which and not handle.model and own and not own.new_version then which = own.version end
  return handle.model or own.name, which or "latest"
end

---@param handle table
---@return string
function external_model.text(handle)
  local of = handle.model and string.format(' of model "%s"', handle.model) or " of the pipeline's model"
  local which = handle.version and ", version " .. handle.version or handle.tag and ", tag " .. handle.tag or ""
  return string.format('artifact "%s"%s%s', handle.artifact, of, which)
end

-- The label of a handle in the wiring.
---@param handle table
---@return string
function external_model.label(handle)
  local own = graph.current and graph.current.model
  return string.format("model %s::%s", handle.model or own and own.name or "?", handle.artifact)
end

-- The digest of the artifact, and its origin with the version that was meant.
---@param handle table
---@return string digest, table origin
function external_model.look_up(handle)
  local name, which = meant(handle)
  local model = model_version.model(name)
  local row = handle.tag and model_version.tagged(model, handle.tag) or model_version.need(model, which)
  local links, names, newest = project.answer(project.meta:model_links(row.id)) or {}, {}, {}
  for _, link in ipairs(links) do
    if not newest[link.name] then names[#names + 1] = link.name end
    newest[link.name] = link
  end
  local what = string.format('model "%s", version %d', name, row.number)
  local link = newest[model_version.link_name(what, names, handle.artifact)]
  -- its name and number are those of a version of the name; the step that made it is that of the model's own run
  return link.digest, { version = link.version_row, source = link.source, position = link.position,
    output = link.output, model = { version = row.id, asked = tostring(handle.tag or which) } }
end

return external_model
