-- mlflow_reader: MLflow's file store, read from the description of the format alone, with its checks.
--
--   mlflow_reader.read(ROOT) -> { [experiment name] = { id, artifact_location, runs = { [run name] = RUN } } }
--   RUN = { id, status, start, ["end"], artifact_uri, user, metrics = { [name] = { { time, value, step }... } },
--           params = { [name] = text }, tags = { [name] = text }, artifacts = { [path] = bytes } }
-- What breaks a rule of the format is an error.

local mlflow_reader = {}

local function lines_of(command)
  local pipe <close> = assert(io.popen(command))
  local list = {}
  for line in pipe:lines() do list[#list + 1] = line end
  return list
end

local function read(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read "a"
end

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

local function folders(path)
  return lines_of("cd '" .. path .. "' && find . -mindepth 1 -maxdepth 1 -type d -printf '%f\\n' | sort")
end

-- The files below a folder: { [relative path] = bytes }.
local function files(path)
  local all = {}
  for _, name in ipairs(lines_of("cd '" .. path .. "' 2>/dev/null && find . -type f -printf '%P\\n' | sort")) do
    all[name] = read(path .. "/" .. name)
  end
  return all
end

-- A flat map of YAML: texts in quotes, or plain words.
local function flat_yaml(text)
  local map = {}
  for line in text:gmatch "[^\n]+" do
    local key, value = line:match "^([%w_]+): (.*)$"
    assert(key and not map[key], "a line of meta.yaml: " .. line)
    map[key] = { value:match '^"(.*)"$' or value:match "^'(.*)'$" or value, value:find "^[\"']" ~= nil }
  end
  return map
end

local function need(map, ...)
  for _, key in ipairs { ... } do assert(map[key], "meta.yaml has no " .. key) end
end

local function check_name(name)
  local is_path = not name:find "[^%w_%-%./ ]" and #name <= 250 and not name:find "//"
  assert(is_path and not ("/" .. name .. "/"):find "/%.%.?/", "a name that is no path: " .. name)
end

local function metric(text, name)
  local list = {}
  assert(text:sub(-1) == "\n" or text == "", name)
  for line in text:gmatch "([^\n]*)\n" do
    local time, value, step = line:match "^(%d+) (%S+) (%-?%d+)$"
    assert(time, "a line of a metric without three fields: " .. line)
    list[#list + 1] = { math.tointeger(time), value == "nan" and 0 / 0 or value == "inf" and math.huge
      or value == "-inf" and -math.huge or assert(tonumber(value)) + 0.0, math.tointeger(step) }
  end
  return list
end

local function run_of(folder, id, experiment)
  local meta = flat_yaml(read(folder .. "/meta.yaml"))
  need(meta, "artifact_uri", "deleted_time", "end_time", "entry_point_name", "experiment_id", "lifecycle_stage",
    "run_id", "run_name", "run_uuid", "source_name", "source_type", "source_version", "start_time", "status", "tags",
    "user_id")
  assert(meta.run_id[1] == id and meta.run_uuid[1] == id and meta.run_id[2], "the id of the run")
  assert(id:find "^%w[%w_%-]*$" and #id <= 256, "a run's id")
  assert(meta.experiment_id[1] == experiment and meta.experiment_id[2], "the experiment of the run")
  assert(meta.lifecycle_stage[1] == "active" and meta.source_type[1] == "4" and meta.tags[1] == "[]")
  assert(meta.artifact_uri[1]:find "^file:///", "an absolute URI")
  local run = { id = id, status = math.tointeger(meta.status[1]), start = math.tointeger(meta.start_time[1]),
    ["end"] = math.tointeger(meta.end_time[1]), artifact_uri = meta.artifact_uri[1], user = meta.user_id[1],
    metrics = {}, params = files(folder .. "/params"), tags = files(folder .. "/tags"),
    artifacts = files(folder .. "/artifacts") }
  for name, text in pairs(files(folder .. "/metrics")) do
    check_name(name)
    run.metrics[name] = metric(text, name)
  end
  for name, text in pairs(run.params) do
    check_name(name)
    assert(utf8.len(text) <= 6000)
  end
  for name, text in pairs(run.tags) do
    check_name(name)
    assert(utf8.len(text) <= 5000 and text:sub(-1) ~= "\n", name)
  end
  assert(run.tags["mlflow.runName"] == meta.run_name[1], "the tag of the name")
  return meta.run_name[1], run
end

function mlflow_reader.read(root)
  local experiments = {}
  for _, id in ipairs(folders(root)) do
    if id ~= ".trash" and id ~= "models" then
      assert(id:find "^%w[%w_%-]*$" and #id <= 64, "an experiment's id: " .. id)
      local folder = root .. "/" .. id
      local meta = flat_yaml(read(folder .. "/meta.yaml"))
      need(meta, "artifact_location", "creation_time", "experiment_id", "last_update_time", "lifecycle_stage", "name")
      assert(meta.experiment_id[1] == id and meta.experiment_id[2], "the id is quoted and that of the folder")
      assert(not experiments[meta.name[1]], "two experiments of one name")
      local runs = {}
      for _, run in ipairs(folders(folder)) do
        if exists(folder .. "/" .. run .. "/meta.yaml") then
          local name, found = run_of(folder .. "/" .. run, run, id)
          runs[name] = found
        end
      end
      experiments[meta.name[1]] = { id = id, runs = runs, artifact_location = meta.artifact_location[1] }
    end
  end
  return experiments
end

-- The last value of a metric: that of the greatest (step, time, value).
function mlflow_reader.last(list)
  local last
  for _, one in ipairs(list) do
    if not last or one[3] > last[3] or one[3] == last[3] and (one[1] > last[1] or one[1] == last[1]
      and one[2] > last[2]) then last = one end
  end
  return last and last[2]
end

return mlflow_reader
