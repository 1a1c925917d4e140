-- The project that `rille init --template e2e_batch` makes, as its user has it: trained twice, with new data, below a
-- gate, worse than before, with batches that are drifted, empty or broken.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local TRAINING <const>, INFERENCE <const> = "e2e_use_case_training", "e2e_use_case_batch_inference"

-- A generated project that has been run once, with a search of few and small candidates; tests work on copies of it.
local base = scratch.new()
base:ok "init . --template e2e_batch --template-with-defaults --set notify_on_successes=true"
local function edit(p, file, from, to)
  local text = p:read(file)
  local first, last = text:find(from, 1, true)
  if not first then error(file .. " has no " .. from, 2) end
  p:write(file, text:sub(1, first - 1) .. to .. text:sub(last + 1))
end
edit(base, "configs/train_config.yaml", "start: 50, end: 500, step: 25", "start: 5, end: 20, step: 5")
base:ok "main.lua"

-- A copy; the server that its deployment starts ends with it.
local Copy = {}
for name, f in pairs(getmetatable(base)) do Copy[name] = f end
Copy.__index = Copy
function Copy:__close()
  self:rille "deploy stop --all"
  getmetatable(base).__close(self)
end
local function copy()
  local p = scratch.new()
  base:sh("tar c --exclude=.rille/deployments . | tar x -C " .. scratch.quoted(p.dir))
  return setmetatable(p, Copy)
end

local function versions(p)
  local list = {}
  for i, one in ipairs(p:json("model version list e2e_use_case").items) do list[i] = one.number .. ":" .. one.stage end
  return table.concat(list, " ")
end

-- "cached" or "completed" of each step of the newest run of a pipeline; counts by status.
local function ended(p, pipeline)
  local steps, run = p:newest(pipeline)
  local counts = {}
  for _, one in ipairs(run.steps) do counts[one.status] = (counts[one.status] or 0) + 1 end
  return steps, counts, run
end

check.test("training has the steps and artifacts of the template; its candidates have names of their own", function()
  local _, run = base:newest(TRAINING)
  local ids, outputs = {}, {}
  for i, one in ipairs(run.steps) do ids[i] = one.id end
  check.eq(ids, { "data_loader", "train_data_splitter", "train_data_preprocessor", "hp_tuning_search_decision_tree",
    "hp_tuning_search_random_forest", "hp_tuning_select_best_model", "model_trainer", "model_evaluator",
    "compute_performance_metrics_on_current_data", "promote_with_metric_compare", "notify_on_success" })
  for _, one in ipairs(base:json("model version show e2e_use_case@1").artifacts) do
    outputs[#outputs + 1] = one.name:gsub("^" .. TRAINING .. "::", ""):gsub("^e2e_use_case_", "")
  end
  table.sort(outputs)
  check.eq(outputs, { "compute_performance_metrics_on_current_data::current_metric",
    "compute_performance_metrics_on_current_data::latest_metric", "data_loader::dataset", "data_loader::random_state",
    "data_loader::target", "deployment::deployment_deploy::mlflow_deployment",
    "hp_tuning_search_decision_tree::hp_result", "hp_tuning_search_random_forest::hp_result",
    "hp_tuning_select_best_model::best_model", "model_trainer::model", "train_data_preprocessor::dataset_trn",
    "train_data_preprocessor::dataset_tst", "train_data_preprocessor::preprocess_pipeline",
    "train_data_splitter::raw_dataset_trn", "train_data_splitter::raw_dataset_tst" })
end)

check.test("the deployed model predicts the batch; where none is deployed, the one in memory, the same", function()
  local p <close> = copy()
  p:ok "main.lua --only-inference"
  local function predicted()
    local step = p:newest(INFERENCE).inference_predict
    return p:ok("log " .. INFERENCE .. "@-1/inference_predict"), step.outputs.predictions.digest
  end
  local by, served = predicted()
  check.has(by, "predicted by the deployed version 1")
  p:ok "deploy stop e2e_use_case"
  p:ok("run main.lua " .. INFERENCE .. " --config configs/inference_config.yaml")
  local instead, in_memory = predicted()
  check.has(instead, "predicted by the model in memory: ")
  check.eq(in_memory, served)
end)

check.test("a deployed version that is not the promoted one any longer is not asked", function()
  local p <close> = copy()
  p:ok "main.lua --only-inference"
  p:ok("run main.lua " .. TRAINING .. " --config configs/train_config.yaml --set drop_columns=[mean_radius]")
  p:rille "model promote e2e_use_case@2 staging --force"
  check.eq(versions(p), "2:staging 1:archived")
  p:ok("run main.lua " .. INFERENCE .. " --config configs/inference_config.yaml")
  check.has(p:ok("log " .. INFERENCE .. "@-1/inference_predict"),
    "predicted by the model in memory: the deployed version is not in staging")
end)

check.test("the search sees no test row, and the best of its candidates is trained", function()
  for _, id in ipairs { "hp_tuning_search_random_forest", "hp_tuning_search_decision_tree", "model_trainer" } do
    local inputs = base:json(("show %s@-1/%s"):format(TRAINING, id)).inputs
    for name in pairs(inputs) do check.ok(not name:find "tst", id .. " has the input " .. name) end
  end
  local best = base:newest(TRAINING).hp_tuning_select_best_model.metrics.metric
  local found = 0
  for _, id in ipairs { "decision_tree", "random_forest" } do
    local name = ("artifact show %s::hp_tuning_search_%s::hp_result"):format(TRAINING, id)
    local metric = base:json(name).metadata.metric
    check.ok(metric <= best, metric)
    if metric == best then found = found + 1 end
  end
  check.ok(found > 0, "the best is one of them")
end)

check.test("trained twice: all that can be cached is, and the version is that of the first run", function()
  local p <close> = copy()
  p:ok "main.lua"
  local steps, counts, run = ended(p, TRAINING)
  check.eq(counts, { cached = 8, completed = 3 })
  for _, id in ipairs { "compute_performance_metrics_on_current_data", "promote_with_metric_compare",
    "notify_on_success" } do check.eq(steps[id].status, "completed") end
  check.eq({ run.models[1].role, run.models[1].version }, { "shared", 1 })
  check.eq(versions(p), "1:staging")
  check.has(p:ok("log " .. TRAINING .. "@-1/promote_with_metric_compare"), "has the same model: nothing to promote")
end)

check.test("predictions have the keys of their rows and the probability of each class", function()
  local lines = {}
  for line in base:ok(("artifact get %s::inference_predict::predictions -o p.csv && cat p.csv"):format(INFERENCE))
    :gmatch "[^\n]+" do lines[#lines + 1] = line end
  check.eq(lines[1], "row,predicted,probability_0,probability_1")
  check.eq(#lines, 29)
end)

check.test("a version that prepares other columns is compared with the promoted one, each by its own way", function()
  local p <close> = copy()
  local before = p:newest(TRAINING).model_evaluator.metrics.test_accuracy
  p:ok "main.lua --drop-columns mean_radius,worst_area --no-normalize"
  local metrics = p:newest(TRAINING).compute_performance_metrics_on_current_data.metrics
  check.eq({ metrics.current_metric, metrics.overlap }, { before, 0 })
end)

-- How many rows a CSV file has, without its header, and its text.
local function rows_of(p, file)
  local text = p:read(file)
  return select(2, text:gsub("\n", "\n")) - 1, text
end

check.test("after new data what depends on it runs; the versions are compared on rows that neither was trained on",
  function()
    local p <close> = copy()
    local _, text = rows_of(p, "data/breast_cancer.csv")
    local first = text:match "\n([^\n]+\n[^\n]+\n)"
    p:write("data/breast_cancer.csv", text .. first:rep(20))
    p:ok "main.lua"
    local steps = ended(p, TRAINING)
    local metrics = steps.compute_performance_metrics_on_current_data.metrics
    check.ok(metrics.overlap > 0 and metrics.overlap < 120, metrics.overlap)
    check.eq(steps.hp_tuning_search_decision_tree.status, "completed")
    -- the same data again: nothing new, and the version is shared
    p:ok "main.lua"
    check.eq(select(2, ended(p, TRAINING)).cached, 8)
    check.eq(select(2, versions(p):gsub(":", "")), 2)
  end)

check.test("a wider search of one architecture leaves the other one cached", function()
  local p <close> = copy()
  edit(p, "configs/train_config.yaml", "start: 5, end: 20, step: 5", "start: 5, end: 25, step: 5")
  p:ok "main.lua"
  local steps = ended(p, TRAINING)
  check.eq({ steps.hp_tuning_search_decision_tree.status, steps.hp_tuning_search_random_forest.status },
    { "cached", "completed" })
end)

check.test("a worse model makes a version that is not promoted, and the step says why", function()
  local p <close> = copy()
  local yaml = p:read "configs/train_config.yaml"
  p:write("configs/train_config.yaml", (yaml:gsub("min_samples_leaf: {[^\n]*\n", "min_samples_leaf: [300]\n")))
  p:ok "main.lua"
  check.eq(versions(p), "2:none 1:staging")
  check.has(p:ok("log " .. TRAINING .. "@-1/promote_with_metric_compare"), "not promoted: accuracy 0.")
  -- inference goes on with the promoted one, and nothing of it runs again
  check.eq(select(2, ended(p, INFERENCE)), { cached = 5, completed = 1 })
end)

check.test("a failing gate fails the run, alerts, and the run explains itself; without the option it warns", function()
  local p <close> = copy()
  p:ok "alerter register messages --flavor file"
  p:ok "stack register with_messages --alerter messages --active"
  p:ok "main.lua --min-test-accuracy 0.999"
  -- the template was told to send messages of runs that completed
  check.eq(select(2, p:read(".rille/alerts.jsonl"):gsub(" completed\"", "")), 3)
  check.has(p:ok("log " .. TRAINING .. "@-1/model_evaluator"), "warning: test accuracy 0.")
  local r = p:rille "main.lua --min-test-accuracy 0.999 --fail-on-accuracy-quality-gates"
  check.eq(r.code, 1)
  check.has(r.err, "is below the gate of 0.999")
  local alerts = p:read ".rille/alerts.jsonl"
  check.has(alerts, "model_evaluator: test accuracy 0.")
  check.has(alerts, TRAINING .. "-")
  local steps, counts, run = ended(p, TRAINING)
  check.eq({ run.status, steps.model_evaluator.status, counts.skipped }, { "failed", "failed", 3 })
  check.has(run.reason, "model_evaluator")
  check.eq(versions(p), "1:staging")
end)

check.test("the target is in no chain, and no row that asks for a prediction is dropped", function()
  local p <close> = copy()
  p:write("holes.lua", [[
    local rille, csv = require "rille", require "rille.csv"
    local artifacts = rille.models.e2e_use_case.versions.staging.artifacts
    local model = artifacts.model:load()
    for _, name in ipairs(model.columns_in) do assert(name ~= "target" and name ~= "row") end
    local rows = artifacts.raw_dataset_tst:load():head(5)
    local holes = rows:with_column("mean_radius", { 0 / 0, 0 / 0, 0 / 0, 0 / 0, 0 / 0 })
    print(#model.columns_in, #model:predict(holes), #model:predict(rows:drop { "target" }))
  ]])
  check.eq(p:ok "holes.lua", "30\t5\t5\n")
  local signature = base:json("model version show e2e_use_case@1").signature.columns
  check.eq({ #signature, signature[1].name, signature[1].missing }, { 30, "mean_radius", true })
  for _, one in ipairs(signature) do check.ok(one.name ~= "target" and one.name ~= "row", one.name) end
end)

check.test("a project that was told to send no messages sends none", function()
  local p <close> = setmetatable(scratch.new(), Copy)
  p:ok("init . --template e2e_batch --template-with-defaults --set notify_on_failures=no "
    .. "--set hyperparameters_tuning=no")
  p:ok "alerter register messages --flavor file --set on=never"
  p:ok "stack register with_messages --alerter messages --active"
  p:ok "main.lua"
  check.eq(p:rille("main.lua --min-test-accuracy 2 --fail-on-accuracy-quality-gates").code, 1)
  check.eq(p:read ".rille/alerts.jsonl", nil)
end)

check.test("a batch with cells missing is stopped where training had none, alerts, and leaves its report", function()
  local p <close> = copy()
  p:ok "alerter register messages --flavor file"
  p:ok "stack register with_messages --alerter messages --active"
  local _, text = rows_of(p, "data/breast_cancer.csv")
  local n = 0
  p:write("data/breast_cancer.csv", (text:gsub("\n[^,\n]+,", function(first)
    n = n + 1
    return n % 2 == 0 and "\n," or first
  end)))
  local r = p:rille "main.lua --only-inference"
  check.eq(r.code, 1)
  check.has(r.err, "of the values are missing, none in the reference")
  check.has(p:read ".rille/alerts.jsonl", "mean_radius: ")
  local steps, _, run = ended(p, INFERENCE)
  check.eq({ run.status, steps.drift_report.status, steps.drift_quality_gate.status, steps.inference_predict.status },
    { "failed", "completed", "failed", "skipped" })
  p:ok("artifact get " .. INFERENCE .. "::drift_report::report -o drift.html")
  check.ok(p:read("drift.html"):find "<html", "drift.html is no page")
  -- what a person allows passes
  edit(p, "configs/inference_config.yaml", "na_drift_tolerance: 0.1", "na_drift_tolerance: 0.9")
  p:ok "main.lua --only-inference"
end)

check.test("values that have moved stop a batch of 56 rows; with 28 the gate says that it cannot judge them", function()
  local p <close> = copy()
  check.has(p:ok("log " .. INFERENCE .. "@-1/drift_quality_gate"),
    "the distributions of 30 columns are not judged: 28 values in the current rows; 30 are needed")
  edit(p, "steps/etl/data_loader.lua", "KEPT_BACK <const> = 0.05", "KEPT_BACK <const> = 0.1")
  p:ok "main.lua"
  p:write("data/breast_cancer.csv", (p:read("data/breast_cancer.csv"):gsub("\n([%d.]+),", function(n)
    return "\n" .. n * 3 + 1 .. ","
  end)))
  local r = p:rille "main.lua --only-inference"
  check.eq(r.code, 1)
  check.has(r.err, "mean_radius: drifted: PSI ")
end)

check.test("a promoted version that cannot take the rows of today counts as none", function()
  local p <close> = copy()
  p:write("data/breast_cancer.csv", (p:read("data/breast_cancer.csv"):gsub("^mean_radius,", "mean_radius_mm,")))
  local _, err = p:ok "main.lua"
  check.has(err, 'version 1 counts as none, for it cannot take these rows: ')
  check.has(err, "moved to staging: the version that was there cannot take the rows of today")
  check.eq(versions(p), "2:staging 1:archived")
end)

check.test("the key of rows and the target cannot be dropped", function()
  local p <close> = copy()
  for _, name in ipairs { "row", "target" } do
    local r = p:rille("main.lua --drop-columns " .. name)
    check.eq(r.code, 1)
    check.has(r.err, "drop_columns: " .. name .. " is the key of rows or the target; only features can be dropped")
  end
end)

check.test("an empty batch stops with that sentence", function()
  local p <close> = copy()
  local _, text = rows_of(p, "data/breast_cancer.csv")
  p:write("data/breast_cancer.csv", text:match "[^\n]*\n")
  local r = p:rille "main.lua --only-inference"
  check.eq(r.code, 1)
  check.has(r.err, "the batch is empty")
end)

check.test("Ctrl-C in the search ends after it, makes no version, alerts nobody; the next run goes on", function()
  local p <close> = copy()
  p:ok "alerter register messages --flavor file"
  p:ok "stack register with_messages --alerter messages --active"
  -- the search itself sends the signal, as a person would while it runs
  edit(p, "steps/hp_tuning/hp_tuning_single_search.lua", "local model = get_model_from_config",
    "if p.architecture == 'random_forest' then os.execute 'test -e .asked || kill -INT $RUN_PID' end\n"
    .. "    local model = get_model_from_config")
  local r = p:sh 'sh -c \'export RUN_PID=$$; exec "$RILLE" -j1 main.lua\''
  check.eq(r.code, 130, r.err)
  local steps, _, run = ended(p, TRAINING)
  check.eq({ run.status, run.reason, steps.promote_with_metric_compare.status },
    { "stopped", "stopped by SIGINT", "stopped" })
  check.eq({ steps.hp_tuning_search_random_forest.status, p:read ".rille/alerts.jsonl" }, { "completed", nil })
  check.eq(versions(p), "1:staging")
  p:write(".asked", "")
  p:ok "main.lua"
  check.eq(ended(p, TRAINING).model_trainer.status, "cached")
end)

check.test("a cell that is no number is named, with its line and column", function()
  local p <close> = copy()
  local _, text = rows_of(p, "data/breast_cancer.csv")
  p:write("data/breast_cancer.csv", (text:gsub("\n17.99,", "\n17_99,", 1)))
  local r = p:rille "main.lua"
  check.eq(r.code, 1)
  check.has(r.err, 'data/breast_cancer.csv:2:1: column "mean_radius": "17_99" is not a number')
end)

check.test("the target may be words", function()
  local p <close> = copy()
  local _, text = rows_of(p, "data/breast_cancer.csv")
  p:write("data/breast_cancer.csv", (text:gsub(",([01])\n", { ["0"] = ",malignant\n", ["1"] = ",benign\n" })))
  p:ok "main.lua"
  check.has((p:ok("artifact get " .. INFERENCE .. "::inference_predict::predictions")),
    "row,predicted,probability_benign,probability_malignant\n")
end)

check.test("its options: a mistake is named before anything runs, and all that --help lists are taken", function()
  local p <close> = copy()
  local runs = #p:json("runs").items
  local r = p:rille "main.lua --test-sise 0.3"
  check.eq({ r.code, r.err }, { 2, "main.lua: unknown option --test-sise; --help lists the options\n" })
  check.has(p:rille("main.lua --test-size").err, "main.lua: --test-size needs a value: --test-size NUMBER")
  check.has(p:rille("main.lua --test-size abc").err, 'main.lua: --test-size: expected NUMBER, got "abc"')
  check.eq(#p:json("runs").items, runs)
  p:ok("main.lua --no-cache --no-drop-na --no-normalize --drop-columns mean_radius,mean_area --test-size 0.3 "
    .. "--min-train-accuracy 0.5 --min-test-accuracy 0.5 --fail-on-accuracy-quality-gates")
  local steps, counts = ended(p, TRAINING)
  check.eq(counts, { completed = 11 })
  check.eq({ steps.train_data_preprocessor.parameters.drop_na, steps.train_data_splitter.parameters.test_size },
    { false, 0.3 })
  local n = #p:json("runs " .. TRAINING).items
  p:ok "main.lua --only-inference"
  check.eq(#p:json("runs " .. TRAINING).items, n)
  for option in p:ok("main.lua --help"):gmatch "%-%-[%w%-]+" do
    check.ok(p:read("main.lua"):find('"' .. option .. '"', 1, true), option)
  end
end)

check.test("its own tests pass, and its lint is clean", function()
  local p <close> = copy()
  check.has(p:ok "test", "0 failed")
  p:ok "lint main.lua --strict"
end)

Copy.__close(base)
check.done()
