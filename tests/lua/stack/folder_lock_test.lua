-- Processes that write past runs again at once do so one after the other.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local folder_lock = require "rille.stack.folder_lock"
local mlflow_reader = require "mlflow_reader"
local scratch = require "scratch"
local sys = require "rille.host.sys"
local tracked_project = require "tracked_project"

check.test("a folder that another handle has is waited for", function()
  local p <close> = scratch.new()
  local handle <close> = folder_lock.wait(p.dir)
  check.ok(handle)
  check.eq(select(3, sys.lock_folder(p.dir)), -11)
end)

-- Exports all runs by several processes at once; what they said.
local function export_at_once(p)
  return p:sh [[for k in 1 2 3 4; do "$RILLE" -q experiment-tracker export main || echo failed & done; wait]]
end

check.test("of exports to MLflow at once each succeeds, and every run is there", function()
  local p <close> = tracked_project("mlflow", "artifacts: all")
  for k = 1, 3 do p:ok("run main.lua -q --name r" .. k) end
  for _ = 1, 3 do
    local r = export_at_once(p)
    check.eq(r.out .. r.err, "")
    local runs = mlflow_reader.read(p:path "mlruns").main.runs
    for k = 1, 3 do check.eq(mlflow_reader.last(runs["r" .. k].metrics["train/accuracy"]), 0.5) end
  end
end)

check.test("of exports to TensorBoard at once each succeeds, and every value is there once", function()
  local p <close> = tracked_project "tensorboard"
  p:ok "run main.lua -q --name r1"
  for _ = 1, 3 do
    local r = export_at_once(p)
    check.eq(r.out .. r.err, "")
    local files = p:sh "ls tensorboard/r1/*"
    check.eq(select(2, files.out:gsub("\n", "")), 1, files.out)
  end
end)

check.done()
