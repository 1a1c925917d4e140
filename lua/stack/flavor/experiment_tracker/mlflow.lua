-- The experiment tracker "mlflow": MLflow's file store, for mlflow ui --backend-store-uri PATH (stack/mlflow_run.lua).
--
-- A run is written when it ends, in whatever way, and its meta.yaml last: readers see it complete or not at all.  A run
-- that is written again takes the place of the earlier one; tags that others gave it stay.

local errors = require "rille.base.errors"
local folder_lock = require "rille.stack.folder_lock"
local mlflow_artifacts = require "rille.stack.mlflow_artifacts"
local mlflow_run = require "rille.stack.mlflow_run"
local output_file = require "rille.host.output_file"
local sys = require "rille.host.sys"
local t = require("rille.script.types").t
local unfinished = require "rille.stack.unfinished"

local Tracker = {}
Tracker.__index = Tracker

local function is_complete(folder) return sys.entry(folder .. "/meta.yaml") ~= nil end

function Tracker:run_begin()
  self.steps = {}
  unfinished.sweep(self.dir, is_complete)
end

function Tracker:step_end(step) self.steps[#self.steps + 1] = step end

-- The tags of a run that was written before: { [name] = text }.
local function tags_of(folder)
  local tags = {}
  for _, name in ipairs(sys.list(folder .. "/tags") or {}) do
    if not name:find "^rille%." then tags[name] = sys.read_file(folder .. "/tags/" .. name) end
  end
  return tags
end

local function write_texts(folder, files)
  local made = {}
  for _, file in ipairs(files) do
    local path = folder .. "/" .. file[1]
    local parent = path:match "^(.*)/"
    if not made[parent] then made[parent] = errors.need(sys.mkdirs(parent)) end
    errors.need(sys.write_scratch(path, file[2]))
  end
end

-- Takes away what was written of the run before; readers do not see it from the first moment on.
local function clear(folder)
  if not sys.entry(folder) then return {} end
  local tags = tags_of(folder)
  errors.need(sys.remove(folder .. "/meta.yaml"))
  errors.need(sys.remove(folder))
  return tags
end

-- Fills the folder of a run.
local function write(self, run, experiment, folder)
  local tags, extra = clear(folder), {}
  errors.need(sys.mkdirs(folder .. "/artifacts"))
  local models = self.artifacts ~= "none"
    and mlflow_artifacts.write(folder .. "/artifacts", run, self.steps, self.artifacts)
  if models then extra[1] = { "mlflow.log-model.history", models } end
  local files = mlflow_run.files(run, self.steps, extra)
  write_texts(folder, files)
  for name, text in next, tags do sys.write_scratch(folder .. "/tags/" .. name, text) end      -- ours are there
  errors.need(output_file.write(folder .. "/meta.yaml", mlflow_run.meta(folder, experiment, run)))
end

function Tracker:run_end(run)
  local experiment = mlflow_run.experiment(self.root, self.experiment ~= "" and self.experiment or run.pipeline)
  local folder = self.root .. "/" .. experiment .. "/" .. run.id
  local lock <close> = folder_lock.wait(self.root .. "/" .. experiment)       -- another process may export the same run
  unfinished.fill(self.dir, run.id .. "." .. self.name, folder, function() write(self, run, experiment, folder) end)
  self.folder = folder
end

-- Where the last run was written, for people.
function Tracker:place() return self.folder end

return {
  kind = "experiment_tracker", name = "mlflow", summary = "MLflow's files, for mlflow ui",
  options = {
    path = t.string { default = "mlruns", doc = "folder, relative to the script's" },
    experiment = t.string { default = "", doc = "name of the experiment; without it the pipeline's" },
    artifacts = t.enum { "models", "all", "none", default = "models", doc = "outputs that are copied" },
  },
  path = function(options, env) return env.path(options.path) end,
  open = function(options, env)
    return setmetatable({ root = env.path(options.path), experiment = options.experiment,
      artifacts = options.artifacts, dir = env.dir, name = env.name, steps = {} }, Tracker)
  end,
}
