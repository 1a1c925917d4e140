-- What a killed process left half filled is removed by the next run; what a living one fills is not.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local mlflow_reader = require "mlflow_reader"
local paths = require "paths"
local scratch = require "scratch"
local sys = require "rille.host.sys"
local tracked_project = require "tracked_project"
local unfinished = require "rille.stack.unfinished"

local function never() return false end

check.test("a folder that was filled stays, one whose filling failed goes at once", function()
  local p <close> = scratch.new()
  for _, name in ipairs { "good", "bad" } do assert(sys.mkdirs(p:path(name))) end
  unfinished.fill(p:path ".rille", "1", p:path "good", function() end)
  check.raises(function()
    unfinished.fill(p:path ".rille", "2", p:path "bad", function() error("no space left", 0) end)
  end, "no space left")
  check.eq({ sys.entry(p:path "good") ~= nil, sys.entry(p:path "bad") ~= nil }, { true, false })
  check.eq(sys.list(p:path ".rille/filling"), {})
end)

check.test("what is being filled, and what was complete, is left alone", function()
  local p <close> = scratch.new()
  assert(sys.mkdirs(p:path "now"))
  unfinished.fill(p:path ".rille", "1", p:path "now", function()
    unfinished.sweep(p:path ".rille", never)
    check.ok(sys.entry(p:path "now"))
  end)
  assert(sys.mkdirs(p:path ".rille/filling/2"))                -- of a process that was killed
  p:write(".rille/filling/2/folder", p:path "now")
  unfinished.sweep(p:path ".rille", function() return true end)
  check.ok(sys.entry(p:path "now"))
end)

check.test("kill -9 while a run is written to MLflow leaves nothing that readers see, and the next run removes it",
  function()
  local p <close> = tracked_project("mlflow", "artifacts: all")
  -- many files, so that the writing takes a while
  p:write("main.lua", (p:read "main.lua":gsub("ctx:log_params { seed",
    'for i = 1, 3000 do ctx:log_metric { ["m" .. i] = i } end ctx:log_params { seed')))
  local killed = 0
  for _ = 1, 12 do
    os.execute(string.format([[cd '%s' && %s run main.lua -q & P=$!
      for i in $(seq 200); do [ "$(ls '%s/.rille/filling' 2>/dev/null)" ] && break; sleep 0.01; done
      kill -9 $P 2>/dev/null; wait $P 2>/dev/null]], p:path "", paths.rille, p:path ""))
    if #(sys.list(p:path ".rille/filling") or {}) > 0 then killed = killed + 1 end
    if sys.entry(p:path "mlruns") then mlflow_reader.read(p:path "mlruns") end
  end
  check.ok(killed >= 3, killed .. " of 12 were killed while they wrote")
  p:ok "run main.lua --name last"
  local experiment = mlflow_reader.read(p:path "mlruns").main
  check.eq(sys.list(p:path ".rille/filling"), {})
  check.eq(mlflow_reader.last(experiment.runs.last.metrics["train/m7"]), 7.0)
  for _, name in ipairs(sys.list(p:path("mlruns/" .. experiment.id))) do
    check.ok(name == "meta.yaml" or sys.entry(p:path("mlruns/" .. experiment.id .. "/" .. name .. "/meta.yaml")), name)
  end
end)

check.done()
