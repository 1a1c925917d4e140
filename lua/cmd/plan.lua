-- rille plan FILE [PIPELINE]

local estimate = require "rille.estimate"
local json = require "rille.json"
local load = require "rille.load"
local paint = require "rille.paint"
local run_command = require "rille.cmd.run"
local session = require "rille.session"
local spell = require "rille.spell"
local terminal = require "rille.terminal"
local why = require "rille.why"

local command = {
  usage = "plan FILE [PIPELINE] [--set NAME=VALUE] [--input NAME=PATH] [--config F.yaml] [-j N] [--no-cache] [--json]", min = 1, max = 2,
  options = { ["--set"] = "list", ["--input"] = "list", ["--config"] = "value", ["-j"] = "value", ["--no-cache"] = true },
}

local COLOUR = { cached = "blue", run = "yellow", wait = "grey", skip = "grey" }

local function or_null(v) if v == nil then return json.null end return v end

local function print_json(list, positions, times)
  for i, one in ipairs(list) do one.estimate = or_null(times[positions[i]]) end
  io.stdout:write(spell.json {
    items = json.array(list), next = json.null,
    estimate = { seconds = times.seconds, up_to = times.up_to, chain = times.chain, jobs = times.jobs, with_jobs = times.with_jobs,
      saved = or_null(times.saved), unknown = times.unknown },
  }, "\n")
end

local function takes(one, time)
  if one.status == "cached" or one.status == "skip" then return "" end
  if not time then return "?" end
  return (one.status == "wait" and "<= " or "") .. paint.seconds(time.seconds)
end

-- "about 1.20 s, up to 3.00 s if what waits runs too"
local function total_text(times, count)
  local parts = {}
  if count.run > 0 then parts[1] = "about " .. paint.seconds(times.seconds) end
  local up_to = paint.seconds(times.up_to)
  if count.wait > 0 and times.up_to > times.seconds and (count.run == 0 or up_to ~= paint.seconds(times.seconds)) then
    parts[#parts + 1] = string.format("up to %s if what waits runs too", up_to)
  end
  if times.jobs > 1 then
    parts[#parts + 1] = string.format("%s with -j %d", paint.seconds(times.with_jobs), times.jobs)
  end
  return table.concat(parts, ", ")
end

local function print_total(times, count)
  local grey = function(fmt, ...) terminal.put(paint.in_colour("grey", string.format(fmt, ...)), "\n") end
  local open = count.run + count.wait
  if times.most then
    terminal.put(total_text(times, count), "\n")
    local runs = times.fewest == times.most and paint.plural(times.most, "past run") or string.format("%d to %d past runs", times.fewest, times.most)
    grey("by the median of %s of each step%s", runs,
      times.unknown > 0 and string.format("; %s no history and %s not counted", times.unknown == 1 and "1 step has" or times.unknown .. " steps have",
        times.unknown == 1 and "is" or "are") or "")
  elseif open > 0 then
    grey("no history of %s: no estimate of the time", open == 1 and "the step" or "the steps")
  end
  if times.saved and times.saved >= 0.001 then grey("the cache saves %s", paint.seconds(times.saved)) end
end

function command.run(args)
  local pipeline = load.pipeline(args[1], args[2])
  local options = run_command.options_of(pipeline, args)
  local p, spec, made = require("rille.run").plan(pipeline, options)
  local list, positions = why.of_plan(p, spec, pipeline.name)
  local times = estimate.of(p, spec, session.options.jobs or made.jobs or 1)
  if session.options.json then
    print_json(list, positions, times)
    return 0
  end
  local rows, count = {}, { cached = 0, run = 0, wait = 0, skip = 0 }
  for i, one in ipairs(list) do
    rows[i] = { one.id, { one.status, COLOUR[one.status] }, takes(one, times[positions[i]]), one.reason or "" }
    count[one.status] = count[one.status] + 1
  end
  terminal.put(paint.table({ "step", "would", ">takes", "because" }, rows))
  terminal.put(string.format("%s cached, %s to run, %s to wait and see%s\n", paint.count(count.cached), paint.count(count.run),
    paint.count(count.wait), count.skip > 0 and string.format(", %s to skip", paint.count(count.skip)) or ""))
  print_total(times, count)
  return 0
end

return command
