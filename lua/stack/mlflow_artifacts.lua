-- mlflow_artifacts: outputs of steps as files below the artifacts of a run of MLflow: STEP/OUTPUT/MEMBER.  A model has
-- a file MLmodel beside its members, by which MLflow knows it.

local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local json = require "rille.json"
local path_name = require "rille.stack.path_name"
local project = require "rille.project"
local sys = require "rille.host.sys"

local mlflow_artifacts = {}

-- Types whose values are models, where the port does not say what kind of artifact it has.
local MODELS <const> = { svm = true, tree = true, linear = true, forest = true, neighbors = true,
  bayes = true, kmeans = true, xgboost = true, pca = true }

local function is_model(output) return output.kind == "model" or output.kind == nil and MODELS[output.type] or false end

local function parent(path) return path:match "^(.*)/" end

local function write(path, bytes)
  errors.need(sys.mkdirs(parent(path)))
  errors.need(sys.write_scratch(path, bytes))
end

-- Writes the members of an artifact; their names are relative paths.
local function write_members(folder, artifact)
  for _, member in ipairs(artifact.members) do
    local path = folder .. "/" .. member.name
    if member.bytes then write(path, member.bytes)
    else
      errors.need(sys.mkdirs(parent(path)))
      errors.need(project.store:copy_out(member.digest, member.size, path))
    end
  end
end

-- What MLflow calls a model, as a table with the fields of its file MLmodel.
local function model_of(run, path, output)
  local at = os.date("!%Y-%m-%d %H:%M:%S", math.floor(run.started + (run.seconds or 0)))
  return { artifact_path = path, flavors = { rille = { type = output.type, digest = output.digest } },
    model_uuid = output.digest:sub(1, 32), run_id = run.id, utc_time_created = at .. ".000000" }
end

local function model_text(model)
  local q, flavor = json.encode, model.flavors.rille
  return string.format("artifact_path: %s\nflavors:\n  rille:\n    digest: %s\n    type: %s\nmodel_uuid: %s\n"
    .. "run_id: %s\nutc_time_created: %s\n", q(model.artifact_path), q(flavor.digest), q(flavor.type),
    q(model.model_uuid), q(model.run_id), q(model.utc_time_created))
end

local function sorted(map)
  local names = {}
  for name in next, map do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Writes the outputs of steps below the folder, models only or all of them.
---@param folder string absolute
---@param run table
---@param steps table[]
---@param which "models"|"all"
---@return string? history of the models, for the tag mlflow.log-model.history
function mlflow_artifacts.write(folder, run, steps, which)
  local models, place = {}, path_name.places()
  for _, step in ipairs(steps) do
    for _, name in ipairs(sorted(step.outputs)) do
      local output = step.outputs[name]
      local artifact = (is_model(output) or which == "all") and project.meta:artifact(hash.unhex(output.digest))
      if artifact then
        local path = place(step.id .. "/" .. name)
        write_members(folder .. "/" .. path, artifact)
        if is_model(output) then
          models[#models + 1] = model_of(run, path, output)
          write(folder .. "/" .. path .. "/MLmodel", model_text(models[#models]))
        end
      end
    end
  end
  return models[1] and json.pack(models) or nil
end

return mlflow_artifacts
