-- A past run is told to a tracker as it would have heard of it while it went on.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local mlflow_reader = require "mlflow_reader"
local scratch = require "scratch"
local tracked_project = require "tracked_project"

check.test("what a tracker is told of a past run is what it was told when it ran", function()
  local p <close> = scratch.script [[
rille.flavor { kind = "experiment_tracker", name = "recorder", options = { file = t.string },
  open = function(options, env)
  local json = require "rille.json"
  local self = {}
  local function put(what, v)
    local f <close> = assert(io.open(env.folder .. "/" .. options.file, "a"))
    f:write(what, " ", (json.encode(v):gsub("\n%s*", " ")), "\n")
  end
  function self:run_begin(run) put("begin", run) end
  function self:step_end(step, run) step.took = nil put("step", step) end
  function self:run_end(run) put("end", run) end
  return self
end }
local list = step "list" { outputs = { t.list(t.integer) "n" }, run = function() return { 1, 2 } end }
local double = step "double" { inputs = { t.integer "n" }, outputs = { t.integer "m" }, run = function(n, _, ctx)
  for i = 1, 2 do ctx:log_metric({ loss = n / i }, i) end
  ctx:log_params { seed = 7 }
  return 2 * n
end }
local bad = step "bad" { inputs = { t.list(t.integer) "m" }, outputs = { t.integer "x" },
  run = function() error "broken" end }
local last = step "last" { inputs = { t.integer "x" }, run = function() end }
return pipeline "main" { params = { depth = 2 }, define = function()
  last { bad { double:map { n = list() } } }
end }
]]
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", [[
format: 1
active: told
components:
  experiment_tracker:
    one: { flavor: recorder, options: { file: one.txt } }
    two: { flavor: recorder, options: { file: two.txt } }
stacks:
  told: { experiment_tracker: one }
]])
  p:ok("run main.lua --name r -j 1", 1)
  p:ok "experiment-tracker export r --tracker two --script main.lua"
  local function told(name)
    local list = {}
    for line in p:read(name):gmatch "[^\n]+" do
      local what, text = line:match "^(%l+) (.*)$"
      local v = json.decode(text)
      -- what a port says is not recorded, and the fields of a run that is running are its own
      for _, out in pairs(v.outputs or {}) do out.kind = nil end
      list[#list + 1] = what .. " " .. json.encode(v)
    end
    table.sort(list)
    return list
  end
  local one, two = told "one.txt", told "two.txt"
  check.eq(#one, 7)
  for i = 1, #one do check.eq(two[i], one[i]) end
end)

check.test("export writes again what was lost, all of a pipeline or one run, cached steps too", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua --name first"
  p:ok "run main.lua --name second"
  local before = mlflow_reader.read(p:path "mlruns").main
  os.execute("rm -r " .. p:path "mlruns")
  local out, err = p:ok "experiment-tracker export main"
  check.ok(out:find("^first +mlruns/%d+/%x+\nsecond +mlruns/%d+/%x+\n$"), out)
  check.eq(err, "2 runs exported\n")
  local after = mlflow_reader.read(p:path "mlruns").main
  -- the end of a run in which all is cached is recorded before it is told
  check.ok(before.runs.second["end"] - after.runs.second["end"] < 1000)
  after.runs.second["end"] = before.runs.second["end"]
  check.eq(after, before)
  os.execute("mv " .. p:path "mlruns" .. " " .. p:path "moved")
  p:ok "experiment-tracker update tracker --set path=moved"
  p:ok "experiment-tracker export first"
  local runs = mlflow_reader.read(p:path "moved").main.runs
  check.eq({ runs.first.artifact_uri:match "/(%l+)/%d+/", runs.second.artifact_uri:match "/(%l+)/%d+/" },
    { "moved", "mlruns" })
end)

check.test("tags that others gave a run of MLflow stay when it is written again", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua --name first"
  local experiment = mlflow_reader.read(p:path "mlruns").main
  p:write("mlruns/" .. experiment.id .. "/" .. experiment.runs.first.id .. "/tags/mlflow.note.content", "my note")
  p:ok "experiment-tracker export first"
  check.eq(mlflow_reader.read(p:path "mlruns").main.runs.first.tags["mlflow.note.content"], "my note")
end)

check.test("a run that was killed is in no tracker until it is exported", function()
  local p <close> = tracked_project "mlflow"
  p:write("main.lua", (p:read "main.lua":gsub("return m.n_support", "while true do end")))
  os.execute(string.format("cd '%s' && (timeout -s KILL 3 %s run main.lua --name first >/dev/null 2>&1)", p:path "",
    require "paths".rille))
  p:ok "runs"
  check.eq(p:sh("ls mlruns").code ~= 0, true)
  p:ok "experiment-tracker export first"
  local run = mlflow_reader.read(p:path "mlruns").main.runs.first
  check.eq({ run.status, mlflow_reader.last(run.metrics["train/accuracy"]), run.tags["rille.step.train"] },
    { 4, 0.5, "completed" })
end)

check.test("the builtin tracker has nothing to export", function()
  local p <close> = tracked_project "builtin"
  p:ok "run main.lua --name first"
  local _, err = p:ok("experiment-tracker export first", 3)
  check.has(err, 'the experiment tracker "tracker" (builtin) keeps nothing elsewhere: there is nothing to export')
end)

check.test("wrong names are mistakes", function()
  local p <close> = tracked_project "mlflow"
  p:ok "run main.lua --name first"
  for _, one in ipairs {
    { "export", 2, "name runs or pipelines" }, { "export frist", 3, "no run named 'frist'; did you mean" },
    { "export first --tracker trakcer", 3, 'there is no experiment tracker "trakcer"; did you mean "tracker"?' },
    { "export first --stack default", 3, 'the stack "default" has no experiment tracker; name one with --tracker' },
    { "export first --set a=b", 2, "--set has no effect here" },
    { "list --tracker tracker", 2, "--tracker has no effect here" }, { "describe a b", 2, "too many arguments" } } do
    local _, err = p:ok("experiment-tracker " .. one[1], one[2])
    check.has(err, one[3])
  end
end)

check.done()
