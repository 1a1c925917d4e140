-- registry_import: a version of a model registry as a new version of a model of this project.
--
-- It is a run of a pipeline "import_MODEL" with a step for each artifact, so that the history says where the version
-- came from.  An artifact is loaded of checked bytes and saved again; it has its digest from before.

local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local json = require "rille.json"
local materialize = require "rille.artifact.materialize"
local artifact_registry = require "rille.artifact.registry"
local project = require "rille.project"
local script_file = require "rille.run.script_file"
local sys = require "rille.host.sys"

local registry_import = {}

-- The value of a published artifact.
local function load_value(registry, version, artifact)
  local members = {}
  for i, one in ipairs(artifact.members) do
    local digest = errors.need(project.store:put_file(registry:file(version, one)))
    if hash.hex(digest) ~= one.digest then
      errors.at(nil, "%s is damaged: its content is not that of its digest", registry:file(version, one))
    end
    members[i] = { name = one.name, digest = digest, size = one.size }
  end
  errors.need(project.store:sync())
  local folder = errors.need(sys.make_folder(project.scratch() .. "/import-"))
  if not artifact_registry.named(artifact.materializer) then
    errors.at(nil, '%s is of type "%s", a class of a script\'s own: give the script with --script FILE', artifact.name,
      artifact.type)
  end
  return materialize.load({ digest = hash.unhex(artifact.digest), type = artifact.type,
    materializer = artifact.materializer, version = artifact.version, size = artifact.size, members = members,
    metadata = artifact.metadata and json.pack(artifact.metadata) },
    { store = project.store, folder = function() return errors.need(sys.make_folder(folder .. "/in-")) end })
end

-- The name of an output, of a name as "train::fit::model".
local function short(name) return (name:match "([^:]+)$" or name):gsub("[^%w_]", "_") end

-- The script that is run, with a place of its own for messages and records.
local SCRIPT <const> = [[
local name, model, artifacts, metrics = ...
local rille = require "rille"
local t = rille.types
local function step_of(one)
  return rille.step(one.name) { inputs = { t.any "value" }, outputs = { t.any(one.name)(one.options) },
    run = function(value) return value end }
end
local function metrics_step(step, values)
  return rille.step(step) { doc = "The metrics of the version.", run = function(_, ctx) ctx:log_metric(values) end }
end
return rille.pipeline(name) { model = rille.model(model.name)(model.fields), define = function()
  for _, one in ipairs(artifacts) do step_of(one) { value = rille.external { value = one.value } } end
  for _, one in ipairs(metrics) do metrics_step(one.step, one.values)() end
end }
]]

-- The metrics by the steps that logged them: a promotion compares them by these names.
local function metrics_of(version, seen)
  local list, by = {}, {}
  for _, one in ipairs(version.metrics or {}) do
    if not by[one.step] and one.step:find "^[%a_][%w_]*$" then
      by[one.step], seen[one.step] = { step = one.step, values = {} }, true
      list[#list + 1] = by[one.step]
    end
    if by[one.step] then by[one.step].values[one.name] = one.value end
  end
  return list
end

local function pipeline_of(registry, version, as, origin)
  local seen, list, metadata = {}, {}, {}
  local metrics = metrics_of(version, seen)
  for i, artifact in ipairs(version.artifacts) do
    local name = short(artifact.name)
    if seen[name] then name = name .. "_" .. i end
    seen[name] = true
    list[i] = { name = name, options = { kind = artifact.kind }, value = load_value(registry, version, artifact) }
  end
  for k, v in next, version.metadata or {} do metadata[k] = v end
  metadata.signature, metadata.imported = metadata.signature or version.signature, origin
  local fields = { description = version.description, license = version.license, metadata = metadata }
  return script_file.program(nil, SCRIPT, "=import", { "import_" .. as:gsub("[^%w_]", "_"),
    { name = as, fields = fields }, list, metrics })
end

-- Imports it; the result of the run (run/run.lua).
---@param registry table the object of a registry with `file` and `verify`
---@param version table
---@param as string the name of the model here
---@param options { origin: table, emit: function? }
---@return rille.run.result
function registry_import.run(registry, version, as, options)
  project.need "write"
  local pipeline = pipeline_of(registry, version, as, options.origin)
  return require("rille.run").pipeline(pipeline, { emit = options.emit, params = {}, overrides = {} })
end

return registry_import
