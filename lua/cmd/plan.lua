-- rille plan FILE [PIPELINE]

local estimate = require "rille.plan.estimate"
local script_file = require "rille.run.script_file"
local format = require "rille.base.format"
local run_command = require "rille.cmd.run"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local plan_table = require "rille.query.plan_table"
local terminal = require "rille.base.terminal"
local why = require "rille.query.why"

local command = {
  name = "plan", order = 130, synopsis = "plan FILE",
  summary = "show what would run, and why, without running it",
  usage = "plan FILE [PIPELINE] [--set NAME=VALUE] [--input NAME=PATH] [--config F.yaml] [-j N] "
    .. "[--stack S] [--no-cache] [--json]",
  min = 1, max = 2,
  options = {
    ["--set"] = { value = "NAME=VALUE", list = true, text = "set a parameter" },
    ["--input"] = { value = "NAME=PATH", list = true, text = "read a pipeline input from a file" },
    ["--config"] = { value = "FILE", list = true, text = "read settings from a YAML file" },
    ["-j"] = { value = "N", text = "total time for N steps at once" },
    ["--stack"] = { value = "S", text = "the stack to use" },
    ["--no-cache"] = { text = "plan without the cache" },
  },
  help = [[
rille plan FILE [PIPELINE] [--set NAME=VALUE] [--input NAME=PATH]
           [--config F.yaml] [-j N] [--stack S] [--no-cache] [--json]

Loads FILE and shows for every step whether its result is cached, and if not,
why it would run and how long it may take.  No step runs, and nothing is
written.

  cached   the result is in the cache
  run      the step would run; the last column says what changed
  wait     the step depends on one that would run.  If that one produces the
           same bytes again, this step is unchanged (early cutoff)

The time is the median of the step's newest runs (at most 10), preferring runs
of the current code.  A step that never ran shows ? and is not counted.

  --set, --input, --config, --stack   as in rille run
  -j N         the total for N steps at a time
  --no-cache   plan without the cache
  --json       {"items":[{"id","step","status","reason","estimate":{"seconds",
               "runs","same_code"}}],"next":null,"estimate":{"seconds",
               "up_to","chain","jobs","with_jobs","saved","unknown"}}: seconds
               of the steps that will run, up_to including waiting steps,
               chain the longest chain, with_jobs the total on jobs, saved the
               time of the cached steps, unknown the steps without history

Exit codes: 0 success; 2 usage; 3 script error; 4 store error.

  rille plan digits.lua
  rille plan digits.lua --set gamma=0.01 -j 2
]],
}

local COLOUR = { cached = "blue", run = "yellow", wait = "grey", skip = "grey" }

local function takes(one, time)
  if one.status == "cached" or one.status == "skip" then return "" end
  if not time then return "?" end
  return (one.status == "wait" and "<= " or "") .. format.seconds(time.seconds)
end

-- "about 1.20 s, at most 3.00 s"
local function total_text(times, count)
  local parts = {}
  if count.run > 0 then parts[1] = "about " .. format.seconds(times.seconds) end
  local up_to = format.seconds(times.up_to)
  if count.wait > 0 and times.up_to > times.seconds and (count.run == 0 or up_to ~= format.seconds(times.seconds)) then
    parts[#parts + 1] = string.format("at most %s", up_to)
  end
  if times.jobs > 1 then
    parts[#parts + 1] = string.format("%s with -j %d", format.seconds(times.with_jobs), times.jobs)
  end
  return table.concat(parts, ", ")
end

local function print_total(times, count)
  local function grey(fmt, ...) out.line("%s", out.grey(string.format(fmt, ...))) end
  local open = count.run + count.wait
  if times.most then
    terminal.put(total_text(times, count), "\n")
    local unknown = times.unknown == 1 and "; 1 step has no history and is not counted"
      or times.unknown > 0 and string.format("; %d steps have no history and are not counted", times.unknown) or ""
    grey("estimate: median of earlier runs%s", unknown)
  elseif open > 0 then
    grey("no estimate: %s not run before", open == 1 and "the step has" or "the steps have")
  end
  if times.saved and times.saved >= 0.001 then grey("the cache saves %s", format.seconds(times.saved)) end
end

function command.run(args)
  local pipeline = script_file.pipeline(args[1], args[2])
  local options = run_command.options_of(pipeline, args)
  local p, spec, made = require("rille.run").plan(pipeline, options)
  local list, positions = why.of_plan(p, spec, pipeline.name)
  local times = estimate.of(p, spec, global_options.jobs or made.jobs or 1)
  if global_options.json then
    out.json(plan_table.of(list, positions, times))
    return 0
  end
  local rows, count = {}, { cached = 0, run = 0, wait = 0, skip = 0 }
  for i, one in ipairs(list) do
    rows[i] = { one.id, { one.status, COLOUR[one.status] }, takes(one, times[positions[i]]), one.reason or "" }
    count[one.status] = count[one.status] + 1
  end
  terminal.put(format.table({ "step", "would", ">takes", "because" }, rows))
  local skip = count.skip > 0 and string.format(", %s to skip", format.count(count.skip)) or ""
  out.line("%s cached, %s to run, %s undecided%s", format.count(count.cached), format.count(count.run),
    format.count(count.wait), skip)
  print_total(times, count)
  return 0
end

return command
