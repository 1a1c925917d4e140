-- rille verify RUN [STEP...] [--rerun P%]: reads again all that a run reaches, and
-- runs a share of its steps once more, each in a process of its own.
--
-- Such a process is a forked child that has loaded no script; what the script prints
-- goes to the child's log.

local child_wait = require "rille.execute.child_wait"
local internal_error = require "rille.base.internal_error"
local history = require "rille.query.history"
local json = require "rille.json"
local script_file = require "rille.run.script_file"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local signals = require "rille.project.signals"
local json_rows = require "rille.show.json_rows"
local out = require "rille.show.out"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local diff_text = require "rille.show.diff_text"
local verify = require "rille.query.verify"

local command = {
  name = "verify", order = 290, synopsis = "verify RUN",
  summary = "verify a run's data, and rerun its steps",
  usage = "verify RUN [STEP...] [--rerun P%] [--seed N] [--script FILE] [--json]",
  takes = { "run", "step" },
  min = 1,
  options = {
    ["--rerun"] = { value = "P%", text = "share of the steps to run again" },
    ["--seed"] = { value = "N", text = "choose the same steps as before" },
    ["--script"] = { value = "FILE", text = "the script, when it has moved" },
  },
  help = [[
rille verify RUN [STEP...] [--rerun P%] [OPTIONS]

Reads every row and object that the run refers to, including inputs, and
compares the bytes with their digests.

With --rerun, a share of the steps runs again, each in its own process: with the
current script, inputs from the store, and the seed from the recorded key.  The
outputs are compared byte by byte with the recorded ones; a difference is
reported with the step, the output, its first position and the likely cause.
The store of the run is only read.

  --rerun P%       rerun this share of the steps that can run again
  STEP rerun only these steps, whether or not their results are cached
  --seed N         choose the same steps as before; the seed is printed
  --script FILE    the script, if it has moved
  --json           {"run":N,"members":N,"bytes":N,"problems":[TEXT...],
                   "seed":N,"steps":[{"step","state","kept","why","error",
                   "outputs","causes"}...]}; a state is same, differs, failed
                   or skipped

A step is skipped, with the reason, if its code has changed, if its result is
not cacheable (cache = false, or impure), or if it writes files outside the
store, which are left untouched.  A named step always runs, but a difference
counts as an error only if its result is cacheable (including cache = "always").

Exit codes: 0 success; 2 usage; 3 no such run or step; 4 no store; 5 something
is damaged, missing or different, or nothing was checked because the run has no
results or none of the chosen steps could run again.

  rille verify digits@-1 --rerun 20%
  rille verify nightly-7 fit
]],
}

local put = out.line
local grey = out.grey

local function find_run(name)
  local run, message = history.find_run(name)
  if not run then errors.at(nil, "%s", message) end
  return rawget(run, "row")
end

-- Arguments ------------------------------------------------------------------------

local function share_of(text)
  local n = tonumber((text:gsub("%%$", "")))
  if not n or n <= 0 or n > 100 then
    out.usage("--rerun %s: expected a share from 1%% to 100%%", text)
  end
  return n / 100
end

local function seed_of(text)
  if not text then return math.floor(sys.now() * 1000) % 1000000 end
  local n = math.tointeger(tonumber(text))
  if not n then out.usage("--seed %s: expected an integer", text) end
  return n
end

local function named_steps(args, run, steps)
  local known, names, named = {}, {}, {}
  for i, step in ipairs(steps) do known[step.node], names[i] = true, step.node end
  for i = 2, #args do
    if not known[args[i]] then
      errors.at(nil, 'run %s has no step "%s"%s', run.name, args[i], suggest.hint(args[i], names))
    end
    named[args[i]] = true
  end
  return named
end

-- The script of the run: named, where it was, or beside the store.
local function script_of(args, run)
  local path = args.script or run.script
  if not path or path == "" then
    out.usage("run %s came from no file; name its script with --script FILE", run.name)
  end
  local folder = project.parent_folder()
  local places = args.script and { path } or { path, folder .. "/" .. path, folder .. "/" .. path:match "[^/]*$" }
  for _, one in ipairs(places) do
    if sys.stat(one) == "file" then return one end
  end
  out.usage("the script of run %s, %s, is not there; name it with --script FILE", run.name, path)
end

-- The process of one step --------------------------------------------------------------

-- What went wrong, for people.
local function text_of(err)
  if type(err) == "table" then return tostring(err.usage or err.message or "it failed") end
  return errors.text_of(err, "the script")
end

-- In the child: loads the script and runs the step; the report.
local function run_one(channel, id, node, script, scratch)
  -- no handle survives a fork
  project.abandon()
  global_options.set { quiet = true }
  project.need "read"
  local run = find_run(id)
  local loaded, pipeline = internal_error.call(script_file.pipeline, script, run.pipeline)
  if not loaded then return { state = "skipped", why = "the script cannot be loaded: " .. text_of(pipeline) } end
  local job = require("rille.execute.worker_shutdown").start(channel)
  local held <close> = job:begin()
  assert(held)
  local ok, report = internal_error.call(require("rille.run.rerun_step").step, run, node, pipeline, scratch)
  job:finish()
  return ok and report or { state = "failed", error = text_of(report) }
end

-- The report on a child that ended without one.
local function exit_report(channel, stopped)
  local printed = channel:log(0):gsub("%s+$", "")
  local how, code = channel:reap(true)
  if stopped then return { state = "skipped", why = "stopped" } end
  if how == "signal" then how, code = "by", sys.signal_name(code) else how = "with exit code" end
  local text = printed ~= "" and ": " .. printed or ""
  return { state = "failed", error = string.format("its process ended %s %s%s", how, code, text) }
end

-- Runs the step in a new process; its report.
local function in_process(run, node, script)
  local scratch = errors.need(sys.make_folder(project.scratch() .. "/verify-"))
  local remove <close> = setmetatable({}, { __close = function() sys.remove(scratch) end })
  assert(remove)
  local channel <close> = errors.need(worker_process.fork(function(child)
    assert(child:send(json.pack(run_one(child, run.id, node, script, scratch))))
  end, scratch))
  local text = child_wait.receive(channel, child_wait.step_signals(channel))
  return text and json.unpack(text) or exit_report(channel, signals.received() ~= nil)
end

-- Output ---------------------------------------------------------------------------

local STATES = { same = { "same", "green" }, differs = { "differs", "red" }, failed = { "failed", "red" } }

local function print_report(one, width)
  local word = STATES[one.state] or { one.state, "grey" }
  local text = one.why or one.error or one.seconds and format.seconds(one.seconds) or ""
  if one.state == "differs" and not one.kept then text = text .. "  (not an error: its result is not cacheable)" end
  put("  %s %-" .. width .. "s  %s", format.in_colour(word[2], string.format("%-8s", word[1])), one.step,
    one.state == "failed" and text:match "[^\n]*" or grey(text))
  for _, output in ipairs(one.outputs or {}) do
    local text_of_output, lines = "", nil
    if output.difference then text_of_output, lines = diff_text.difference(output.difference) end
    put("    output %s  %s", format.in_colour("bold", output.name), text_of_output)
    for i = 1, math.min(lines and #lines or 0, 6) do put("      %s", diff_text.line(lines[i])) end
    if output.offset then
      put("      %s", grey(string.format("first at byte %s of %s", format.count(output.offset), output.member)))
    end
  end
  for i, cause in ipairs(one.causes or {}) do put("    %s %s", i == 1 and "likely cause:" or "             ", cause) end
end

local function width_of(list)
  local width = 12
  for _, one in ipairs(list) do width = math.min(30, math.max(width, #one.step)) end
  return width
end

local function print_reruns(reports, seed, share)
  if #reports == 0 then return end
  local ran = 0
  for _, one in ipairs(reports) do if one.state ~= "skipped" then ran = ran + 1 end end
  local chosen = share and share < 1 and string.format(", chosen by --seed %d", seed) or ""
  put("%s run again%s", format.plural(ran, "step"), chosen)
  local width = width_of(reports)
  for _, one in ipairs(reports) do print_report(one, width) end
  if ran == 0 then put("  %s", format.in_colour("red", "no step could run again, so no results were checked")) end
end

-- Whether there was nothing to read, or none of the chosen steps could run again.
local function checked_nothing(found, reports)
  if found.objects == 0 and #reports == 0 then return true end
  for _, one in ipairs(reports) do if one.state ~= "skipped" then return false end end
  return #reports > 0
end

-- How many reports are failures: a step whose result is not kept for reuse may differ.
local function count_bad(reports)
  local bad = 0
  for _, one in ipairs(reports) do
    if one.kept and (one.state == "differs" or one.state == "failed") then bad = bad + 1 end
  end
  return bad
end

local function print_all(run, found, reports, seed, share)
  local outcome = #found.problems > 0 and format.plural(#found.problems, "problem")
    or found.objects == 0 and "nothing to check" or "all intact"
  put("%s %s: %s, %s verified, %s", format.in_colour("bold", "verify"), run.name,
    format.plural(found.objects, "member"), format.bytes(found.bytes), outcome)
  for _, text in ipairs(found.problems) do put("  %s  %s", format.in_colour("red", "bad"), text) end
  if #found.problems > 0 then put("  %s", grey "a damaged object is repaired when its step runs again") end
  print_reruns(reports, seed, share)
end

local function print_json(run, found, reports, seed)
  local items = {}
  for i, one in ipairs(reports) do
    items[i] = { step = one.step, state = one.state, why = one.why, error = one.error, kept = one.kept,
      seconds = one.seconds, outputs = one.outputs and json.array(one.outputs) or nil,
      causes = one.causes and json.array(one.causes) or nil }
  end
  out.json(json_rows.plain { run = run.name, members = found.objects, bytes = found.bytes,
    problems = json.array(found.problems), seed = seed, steps = json.array(items) })
end

-- Runs the chosen steps again: a report on each, in order.
local function run_again(args, run, found, share, seed)
  local chosen, skipped = verify.choose(found.steps, share, seed, named_steps(args, run, found.steps))
  local reports = {}
  local script = #chosen > 0 and script_of(args, run)
  local waits <close> = signals.waiting_for "child"
  assert(waits)
  for _, one in ipairs(chosen) do
    local report = signals.received() and { state = "skipped", why = "stopped" } or in_process(run, one.node, script)
    report.step, report.kept = one.node, one.kept
    reports[#reports + 1] = report
  end
  for _, one in ipairs(skipped) do reports[#reports + 1] = { step = one.node, state = "skipped", why = one.why } end
  return reports
end

function command.run(args)
  local share = args.rerun and share_of(args.rerun)
  local seed = seed_of(args.seed)
  project.need "read"
  local run = find_run(args[1])
  local found = verify.run(run)
  local reports = run_again(args, run, found, share or 0, seed)
  if global_options.json then print_json(run, found, reports, seed) else print_all(run, found, reports, seed, share) end
  return (#found.problems > 0 or count_bad(reports) > 0 or checked_nothing(found, reports)) and 5 or 0
end

return command
