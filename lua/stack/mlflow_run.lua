-- mlflow_run: a run as the files of MLflow's file store, and the experiment that it belongs to.
--
--   ROOT/EXPERIMENT/meta.yaml
--   ROOT/EXPERIMENT/RUN/metrics/NAME    a line "TIMESTAMP_MS VALUE STEP" per value
--                      /params/NAME     the text of the value
--                      /tags/NAME       without a newline
--                      /artifacts/...
--                      /meta.yaml       last: readers skip a run without it
-- Metrics and parameters of steps are STEP/NAME; names are paths (stack/path_name.lua), those that look otherwise than
-- the original have it in the tag rille.name.KIND/PATH.

local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local json = require "rille.json"
local output_file = require "rille.host.output_file"
local path_name = require "rille.stack.path_name"
local sys = require "rille.host.sys"
local tracked = require "rille.stack.tracked"
local yaml = require "rille.yaml"

local mlflow_run = {}

local STATUS <const> = { running = 1, completed = 3, failed = 4, stopped = 5 }
local LOCAL <const> = 4                                     -- a source_type
local FIRST_ID <const> = 100000000000000000                 -- 18 digits, as MLflow's own
local MOST_PARAM <const>, MOST_TAG <const> = 6000, 5000     -- characters

local function milliseconds(seconds) return math.floor(seconds * 1000) end

-- Text that YAML of either version reads as text.
local function quoted(text) return json.encode(text) end

-- The lines of a meta.yaml: { { key, value as YAML }... }.
local function yaml_text(fields)
  local lines = {}
  for i, field in ipairs(fields) do lines[i] = field[1] .. ": " .. tostring(field[2]) .. "\n" end
  return table.concat(lines)
end

-- The URI of an absolute path.
local function uri_of(path)
  return "file://" .. path:gsub("[^%w/%-%._~]", function(char) return string.format("%%%02X", char:byte()) end)
end

local function user()
  for _, name in ipairs { "USER", "LOGNAME" } do
    local text = os.getenv(name)
    if text and text ~= "" then return text end
  end
  return "uid " .. sys.getuid()
end

-- At most so many characters; what is left out is said.
local function cut(text, most)
  text = tracked.utf8(text)
  local n = utf8.len(text)
  if n <= most then return text end
  local rest = string.format("... (%d characters, cut)", n)
  return text:sub(1, utf8.offset(text, most - #rest + 1) - 1) .. rest
end

-- Experiments ----------------------------------------------------------------------------

-- What the meta.yaml of a folder says; nil where it has none that can be read.
local function meta_of(folder)
  local text = sys.read_file(folder .. "/meta.yaml")
  local ok, v = pcall(yaml.decode, text or "")
  return text and ok and type(v) == "table" and v or nil
end

-- The experiment of that name which is not deleted; nil where there is none.
local function find_experiment(root, name)
  for _, id in ipairs(sys.list(root) or {}) do
    local meta = id:find "^[%w_%-]+$" and meta_of(root .. "/" .. id)
    if meta and meta.name == name and meta.lifecycle_stage ~= "deleted" then return id end
  end
end

local function experiment_text(folder, id, name)
  local now = milliseconds(sys.now())
  return yaml_text { { "artifact_location", quoted(uri_of(folder)) }, { "creation_time", now },
    { "experiment_id", quoted(id) }, { "last_update_time", now }, { "lifecycle_stage", "active" },
    { "name", quoted(name) } }
end

-- The folder of the experiment of that name; made where there is none.  Its id comes of its name, so that two
-- processes that make it at once make the same one.
---@param root string absolute
---@param name string
---@return string id
function mlflow_run.experiment(root, name)
  errors.need(sys.mkdirs(root))
  sys.write_scratch(root .. "/.gitignore", "*\n")          -- fine when it is there
  local id = find_experiment(root, name)
  if id then return id end
  for k = 0, 1000 do
    local bytes = hash.sha256("rille experiment " .. name .. (k > 0 and k or ""))
    id = name == "Default" and k == 0 and "0" or tostring(FIRST_ID + string.unpack(">I6", bytes))
    if not sys.entry(root .. "/.trash/" .. id) then
      local folder = root .. "/" .. id
      local meta = meta_of(folder)
      if not meta then
        -- another process that makes it now writes the same
        errors.need(sys.mkdirs(folder))
        local ok, why = output_file.write(folder .. "/meta.yaml", experiment_text(folder, id, name))
        if not ok then os.remove(folder) end               -- where it is empty: no experiment without a meta.yaml
        errors.need(ok, why)
        return id
      end
      if meta.name == name and meta.lifecycle_stage ~= "deleted" then return id end
    end
  end
  errors.raise("%s: no free id for the experiment %s", root, name)
end

-- Runs -------------------------------------------------------------------------------------

local Files = {}
Files.__index = Files

-- Puts a text below metrics, params or tags, and keeps the original name.
function Files:put(kind, name, text)
  local path = self.place[kind](name)
  self.list[#self.list + 1] = { kind .. "/" .. path, text }
  if path == name then return end
  self.list[#self.list + 1] = { "tags/rille.name." .. kind .. "/" .. path, cut(name, MOST_TAG) }
end

-- A tag ends without a newline.
function Files:tag(name, text) self:put("tags", name, cut(text:gsub("\n+$", ""), MOST_TAG)) end

-- Of a tag whose name is ours and valid.
local function add_tags(files, run)
  files:tag("mlflow.runName", run.name)
  files:tag("mlflow.user", user())
  files:tag("mlflow.source.type", "LOCAL")
  if run.script and run.script ~= "" then files:tag("mlflow.source.name", run.script) end
  if run.git and run.git.sha then
    files:tag("mlflow.source.git.commit", run.git.sha)
    if run.git.remote then files:tag("mlflow.source.git.repoURL", tostring(run.git.remote)) end
  end
  files:tag("rille.run", run.id)
  files:tag("rille.pipeline", run.pipeline)
  files:tag("rille.stack", run.stack)
  if run.tags[1] then files:tag("rille.tags", table.concat(run.tags, ", ")) end
  if run.failed then
    files:tag("rille.error", (run.failed.step and run.failed.step .. ": " or "") .. run.failed.error)
  end
end

local function metric_text(points)
  local lines = {}
  for i, p in ipairs(points) do
    local value = p.value ~= p.value and "nan" or string.format("%.17g", p.value)
    lines[i] = string.format("%d %s %d\n", milliseconds(p.time), value, p.step)
  end
  return table.concat(lines)
end

local function add_step(files, step)
  for _, name in ipairs(tracked.metrics(step)) do
    files:put("metrics", step.id .. "/" .. name, metric_text(tracked.points(step, name)))
  end
  for _, one in ipairs(tracked.params(step.params, step.logged)) do
    files:put("params", step.id .. "/" .. one[1], cut(one[2], MOST_PARAM))
  end
  for _, one in ipairs(tracked.params(step.metadata)) do files:tag(step.id .. "/" .. one[1], one[2]) end
  files:tag("rille.step." .. step.id, step.status .. (step.cached_from and " from " .. step.cached_from or ""))
end

-- The texts below the folder of a run: { { path, text }... }.
---@param run table
---@param steps table[]
---@param extra { [1]: string, [2]: string }[] further tags
---@return { [1]: string, [2]: string }[]
function mlflow_run.files(run, steps, extra)
  local place = { metrics = path_name.places(), params = path_name.places(), tags = path_name.places() }
  local files = setmetatable({ place = place, list = {} }, Files)
  add_tags(files, run)
  for _, one in ipairs(extra) do files:tag(one[1], one[2]) end
  for _, one in ipairs(tracked.params(run.params)) do files:put("params", one[1], cut(one[2], MOST_PARAM)) end
  for _, step in ipairs(steps) do add_step(files, step) end
  return files.list
end

-- The meta.yaml of a run.
---@param folder string of the run, absolute
---@param experiment string its id
---@param run table
---@return string
function mlflow_run.meta(folder, experiment, run)
  local started = milliseconds(run.started)
  local ended = run.seconds and started + milliseconds(run.seconds) or "null"
  return yaml_text { { "artifact_uri", quoted(uri_of(folder .. "/artifacts")) }, { "deleted_time", "null" },
    { "end_time", run.status == "running" and "null" or ended }, { "entry_point_name", "''" },
    { "experiment_id", quoted(experiment) }, { "lifecycle_stage", "active" }, { "run_id", quoted(run.id) },
    { "run_name", quoted(tracked.utf8(run.name)) }, { "run_uuid", quoted(run.id) }, { "source_name", "''" },
    { "source_type", LOCAL }, { "source_version", "''" }, { "start_time", started },
    { "status", STATUS[run.status] or STATUS.failed }, { "tags", "[]" }, { "user_id", quoted(tracked.utf8(user())) } }
end

return mlflow_run
