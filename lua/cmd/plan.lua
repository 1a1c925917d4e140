-- rille plan FILE [PIPELINE]

local json = require "rille.json"
local load = require "rille.load"
local paint = require "rille.paint"
local run_command = require "rille.cmd.run"
local session = require "rille.session"
local why = require "rille.why"

local command = {
  usage = "plan FILE [PIPELINE] [--set NAME=VALUE] [--config F.yaml] [-j N] [--no-cache] [--json]", min = 1, max = 2,
  options = { ["--set"] = "list", ["--config"] = "value", ["-j"] = "value", ["--no-cache"] = true },
}

local WORDS = { cached = "cached", run = "run", wait = "wait" }

function command.run(args)
  local pipeline = load.pipeline(args[1], args[2])
  local p, spec = require("rille.run").plan(pipeline, run_command.options_of(pipeline, args))
  local list = why.of_plan(p, spec, pipeline.name)
  if session.options.json then
    io.stdout:write(json.encode({ items = json.array(list), next = json.null }), "\n")
    return 0
  end
  local rows, count = {}, { cached = 0, run = 0, wait = 0 }
  for i, one in ipairs(list) do
    rows[i] = { one.id, { WORDS[one.status], one.status == "cached" and "blue" or one.status == "run" and "yellow" or "grey" }, one.reason or "" }
    count[one.status] = count[one.status] + 1
  end
  io.stdout:write(paint.table({ "step", "would", "because" }, rows))
  io.stdout:write(string.format("%s cached, %s to run, %s to wait and see\n", paint.count(count.cached), paint.count(count.run), paint.count(count.wait)))
  return 0
end

return command
