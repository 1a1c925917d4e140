-- served_parts: what of a version of a model is served: its artifact of kind model, and the transformer that comes
-- before it.
--
-- A model whose own signature is a matrix, and that is no chain, is given what the linked transformer makes of a
-- request: the version's only t.transformer that is not the model itself, or of several the one of the output
-- "preprocess_pipeline".  The signature of a version is, of these the first that there is: what a step or a script
-- logged (log_signature), that of the transformer, that of the model.

local errors = require "rille.base.errors"
local json = require "rille.json"
local manifest = require "rille.materializers.manifest"
local model_version = require "rille.script.model_version"
local project = require "rille.project"

local served_parts = {}

local answer = project.answer

---@class ServedParts
---@field model table link of the artifact that is served
---@field transformer table? link of the transformer before it
---@field signature Signature?
---@field own Signature? of the model's artifact
---@field why string? why there is no signature

local PREFERRED <const> = "preprocess_pipeline"

-- The newest link of each name.
local function newest(row)
  local at, list = {}, {}
  for _, link in ipairs(answer(project.meta:model_links(row.id)) or {}) do
    if not at[link.name] then
      at[link.name] = #list + 1
    end
    list[at[link.name]] = link
  end
  return list
end

local function names_of(links)
  local names = {}
  for i, link in ipairs(links) do names[i] = link.name end
  return names
end

-- The short name of an output: what comes after the last "::".
local function short(name) return name:match "::([^:]+)$" or name end

local function version_text(row) return string.format('model "%s", version %d', row.model, row.number) end

local function no_model(row, links)
  if #links == 0 then errors.raise("%s has no artifacts, so nothing can be served", version_text(row)) end
  errors.raise('%s has no artifact of kind "model" (it has %s); mark the output of the step that trains: '
    .. 't.any "model" { kind = "model" }, or name the artifact with --artifact', version_text(row),
    table.concat(names_of(links), ", "))
end

-- The link of the artifact that is served.
---@param row table of the version, with its model
---@param links table[]
---@param name string? of the artifact
local function model_link(row, links, name)
  if name then
    local full = model_version.link_name(version_text(row), names_of(links), name)
    for _, link in ipairs(links) do if link.name == full then return link end end
  end
  local models = {}
  for _, link in ipairs(links) do if link.kind == "model" then models[#models + 1] = link end end
  if #models == 1 then return models[1] end
  if #models == 0 then no_model(row, links) end
  errors.raise('%s has several artifacts of kind "model": %s; name the one to serve with --artifact', version_text(row),
    table.concat(names_of(models), ", "))
end

-- The signature that the metadata of an artifact has; of a model of rille's own that an older rille saved the one
-- that it knows itself.
---@return Signature?
local function recorded(link)
  local signature = require "rille.learn.signature"
  local artifact = answer(project.meta:artifact(link.digest))
  local found = artifact and artifact.metadata and json.unpack(artifact.metadata).signature
  if signature.is(found) then return found end
  if not artifact or type(manifest[artifact.materializer]) ~= "table" then return nil end
  local past = require("rille.query.past_artifact").artifact_of { digest = link.digest }
  local ok, value = pcall(past.load, past)
  return ok and signature.of(value) or nil
end

local function transformer_link(row, links, model)
  local found, preferred = {}, {}
  for _, link in ipairs(links) do
    if link.type == "transformer" and link ~= model then
      found[#found + 1] = link
      if short(link.name) == PREFERRED then preferred[#preferred + 1] = link end
    end
  end
  if #found <= 1 then return found[1] end
  if #preferred == 1 then return preferred[1] end
  errors.raise("%s has several transformers (%s), and its model is given a matrix: name the output of the one that "
    .. 'comes before the model "%s", or serve a chain that ends in the model', version_text(row),
    table.concat(names_of(found), ", "), PREFERRED)
end

-- What is served of a version.  Raises where that is not clear.
---@param row table of the version, with its model
---@param artifact string? the name of the artifact
---@return ServedParts
function served_parts.of(row, artifact)
  local links = newest(row)
  local model = model_link(row, links, artifact)
  local own = recorded(model)
  local parts = { model = model, own = own }
  if own and own.input == "array" and model.type ~= "transformer" then
    parts.transformer = transformer_link(row, links, model)
  end
  local metadata = row.metadata and json.unpack(row.metadata) or {}
  if require("rille.learn.signature").is(metadata.signature) then
    parts.signature = metadata.signature
  elseif parts.transformer then
    parts.signature = recorded(parts.transformer)
    parts.why = not parts.signature and string.format("its transformer %s was fitted by an older rille: fit it again",
      parts.transformer.name) or nil
  else
    parts.signature = own
  end
  return parts
end

-- The signature of a version; nil where it has none, or where it is not clear what is served.
---@param row table of the version, with its model
---@return Signature?
function served_parts.signature(row)
  local ok, parts = pcall(served_parts.of, row)
  if ok then return parts.signature end
  if type(parts) ~= "string" then error(parts, 0) end
  return nil
end

return served_parts
