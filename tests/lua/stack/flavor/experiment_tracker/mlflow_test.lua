-- Runs in MLflow's file store, read back by a reader that knows the published format alone.
package.path = "../../../../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local mlflow_reader = require "mlflow_reader"
local tracked_project = require "tracked_project"

local function only(map)
  local name, v = next(map)
  check.ok(name and next(map, name) == nil, "one only")
  return name, v
end

check.test("a run has its metrics, parameters, tags, times and status", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua --name first --tag nightly --tag two"
  local name, experiment = only(mlflow_reader.read(p:path "mlruns"))
  check.eq(name, "main")
  check.eq(experiment.artifact_location, "file://" .. p:path "mlruns" .. "/" .. experiment.id)
  local run_name, run = only(experiment.runs)
  check.eq({ run_name, run.status, run.id }, { "first", 3, p:json("show first").id })
  check.ok(run["end"] >= run.start)
  local loss = run.metrics["train/loss"]
  check.eq({ loss[1][2], loss[2][2], loss[3][2], loss[1][3], loss[3][3] }, { 1.0, 0.5, 1 / 3, 10, 30 })
  check.ok(loss[1][1] >= run.start and loss[3][1] <= run["end"], "times of the values")
  check.eq(mlflow_reader.last(run.metrics["train/accuracy"]), 0.5)
  check.eq({ run.params.depth, run.params["train/depth"], run.params["train/depth.logged"], run.params["train/note"],
    run.params["train/seed"] }, { "3", "3", "4", "a b", "7" })
  check.eq({ run.tags["rille.pipeline"], run.tags["rille.tags"], run.tags["train/source"], run.tags["rille.step.fit"],
    run.tags["mlflow.source.name"] }, { "main", "nightly, two", "lab 3", "completed", "main.lua" })
end)

check.test("names that MLflow does not take are mapped, with the original as a tag", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua"
  local _, run = only(mlflow_reader.read(p:path "mlruns").main.runs)
  check.eq(mlflow_reader.last(run.metrics["train/odd_x3aname_x5b1_x5d"]), 3.0)
  check.eq(run.tags["rille.name.metrics/train/odd_x3aname_x5b1_x5d"], "train/odd:name[1]")
  check.eq(mlflow_reader.last(run.metrics["train_x2floss_x2fval"]), 0.25)
  check.eq(run.tags["rille.name.metrics/train_x2floss_x2fval"], "train/loss/val")
end)

check.test("models are copied with an MLmodel; with artifacts = all every output is, with none nothing", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua"
  local _, run = only(mlflow_reader.read(p:path "mlruns").main.runs)
  local digest = p:json("show main@-1").steps[2].outputs.model.digest
  check.ok(run.artifacts["fit/model/MLmodel"]:find('artifact_path: "fit/model"\nflavors:\n  rille:\n    digest: "'
    .. digest, 1, true))
  check.eq(run.artifacts["fit/report/value.json"] or run.artifacts["fit/report/table.json"], nil)
  local history = json.decode(run.tags["mlflow.log-model.history"])
  check.eq({ #history, history[1].artifact_path, history[1].run_id == run.id }, { 1, "fit/model", true })
  p:ok "artifact get main::fit::model -o model"
  local n = 0
  for path, bytes in pairs(run.artifacts) do
    n = n + 1
    if not path:find "MLmodel" then check.eq(p:read("model/" .. path:match "[^/]+$") or p:read "model", bytes) end
  end
  check.ok(n >= 2)
  for which, wanted in pairs { all = true, none = false } do
    local config = p:read ".rille/config.yaml":gsub("options: {.-}", "options: { artifacts: " .. which .. " }")
    p:write(".rille/config.yaml", config)
    p:ok("run main.lua --name " .. which)
    local found = false
    local other = mlflow_reader.read(p:path "mlruns").main.runs[which]
    for path in pairs(other.artifacts) do found = found or path:find "^fit/report/" ~= nil end
    check.eq({ found, next(other.artifacts) ~= nil }, { wanted, wanted })
  end
end)

check.test("a cached run is written too, with the times at which the values were logged", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua --name first"
  p:ok "run main.lua --name second"
  local runs = mlflow_reader.read(p:path "mlruns").main.runs
  check.eq(runs.second.metrics, runs.first.metrics)
  check.eq({ runs.second.params, runs.second.status, runs.second.tags["rille.step.fit"] },
    { runs.first.params, 3, "cached from first" })
end)

check.test("values of all kinds keep to the rules of the format", function()
  local p <close> = tracked_project "mlflow"
  p:write("main.lua", (p:read "main.lua":gsub("ctx:log_params {", [[
    ctx:log_metric { nan = 0 / 0, inf = math.huge, [""] = 1, ["../../x"] = 2, ["\xff"] = 3 }
    ctx:log_metric({ half = 1 }, 0.5)
    ctx:log_metric({ half = 2 }, 1.5)
    ctx:log_metadata { ends = "line\n\n", bytes = "\xff\0", long = ("é"):rep(6000), plain = { a = { 1 } } }
    ctx:log_params { long = ("é"):rep(7000), text = "a\nb\n", empty = "", ]])))
  p:ok "run main.lua"
  local _, run = only(mlflow_reader.read(p:path "mlruns").main.runs)
  check.ok(mlflow_reader.last(run.metrics["train/nan"]) ~= mlflow_reader.last(run.metrics["train/nan"]))
  check.eq(mlflow_reader.last(run.metrics["train/inf"]), math.huge)
  check.eq({ run.metrics["train/half"][1][3], run.metrics["train/half"][2][3] }, { 1, 2 })
  check.eq({ run.tags["train/ends"], run.tags["train/plain"], run.params["train/text"], run.params["train/empty"] },
    { "line", '{"a":[1]}', "a\nb\n", "" })
  check.ok(utf8.len(run.params["train/long"]) == 6000 and utf8.len(run.tags["train/long"]) == 5000)
  check.has(run.params["train/long"], "... (7000 characters, cut)")
end)

check.test("an experiment that was deleted in MLflow is not written to: another one of its name is made", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua --name first"
  local id = mlflow_reader.read(p:path "mlruns").main.id
  p:sh(string.format("mkdir mlruns/.trash && sed -i 's/: active/: deleted/' mlruns/%s/meta.yaml && mv mlruns/%s "
    .. "mlruns/.trash", id, id))
  p:ok "run main.lua --name second"
  local experiment = mlflow_reader.read(p:path "mlruns").main
  check.ok(experiment.id ~= id)
  check.eq({ only(experiment.runs), p:sh("ls mlruns/.trash/" .. id .. " | wc -l").out }, { "second", "2\n" })
  p:ok "run main.lua --name third"
  check.eq(mlflow_reader.read(p:path "mlruns").main.id, experiment.id)
end)

check.test("the experiment Default has the id that MLflow gives it", function()
  local p <close> = tracked_project("mlflow", "experiment: Default")
  p:ok "run main.lua"
  check.eq(mlflow_reader.read(p:path "mlruns").Default.id, "0")
end)

check.test("a failed run has its status and its error", function()
  local p <close> = tracked_project("mlflow", nil, true)
  p:ok("run main.lua", 1)
  local _, run = only(mlflow_reader.read(p:path "mlruns").main.runs)
  check.eq({ run.status, run.tags["rille.step.last"] }, { 4, "failed" })
  check.ok(run.tags["rille.error"]:find "^last: .*broken", run.tags["rille.error"])
end)

check.test("runs of one name of experiment share it, also when two processes make it at once", function()
  local p <close> = tracked_project("mlflow", 'path: shared, experiment: "Digits: größe"')
  local command = string.format("cd '%s' && for i in 1 2 3 4; do %s run main.lua -q & done; wait", p:path "",
    require "paths".rille)
  check.ok(os.execute(command))
  local name, experiment = only(mlflow_reader.read(p:path "shared"))
  check.eq(name, "Digits: größe")
  local n = 0
  for _ in pairs(experiment.runs) do n = n + 1 end
  check.eq(n, 4)
end)

check.test("a folder that cannot be written is reported once, and the run is fine", function()
  local p <close> = tracked_project("mlflow", "path: file/below")
  p:write("file", "in the way")
  local _, err = p:ok "run main.lua"
  local _, times = err:gsub('experiment tracker "tracker" failed: ', "")
  check.eq(times, 1)
  check.has(err, "file")
  check.eq(select(2, p:newest()).status, "completed")
end)

check.done()
