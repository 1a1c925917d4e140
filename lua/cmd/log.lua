-- rille log RUN/STEP, or RUN for all its steps; -f follows one that runs

local wiring = require "rille.host.wiring"
local history = require "rille.query.history"
local json = require "rille.json"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local json_rows = require "rille.show.json_rows"
local out = require "rille.show.out"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local command = {
  name = "log", order = 220, synopsis = "log RUN",
  summary = "show what the steps of a run printed; -f to follow",
  usage = "log [RUN | RUN/STEP] [-f] [--json]",
  takes = { "run/step" },
  max = 1,
  options = {
    ["-f"] = { text = "follow a running run" },
  },
  help = [[
rille log [RUN | RUN/STEP] [-f] [--json]

Shows the output, log lines and errors of the steps of a run, or of one step.
For a cached step, shows the log of the run that computed the result.  For a
running step, or a step that was running when its run was killed, shows the
output so far.  Without RUN: of the newest run, @-1.

If a step was retried, all attempts are shown.  On a terminal, escape sequences
other than colours are shown as \x1b (rille help run).

A log keeps the first 512 KiB and the last 512 KiB; a line between them says how
many bytes were omitted.  This covers everything that a step prints: its own
output, what it logs, and the output of programs that it starts.  While a step
runs, at most 256 KiB are shown at once, ten times a second; a line says how
much was skipped.

  -f       follow a running run from any terminal: show the output of its steps
           until the step or the run ends.  For a complete run, each line begins
           with the step's id.  A run whose process was killed is reported
  --json   {"items":[{"step","status","started","seconds","cached_from","log",
           "attempts"}],"next":null}; status is "running" for a running step,
           and "interrupted" if its run was killed while it ran

Exit codes: 0 success; 1 -f: the run's process died; 2 usage; 3 there is no such
run or step; 4 no store.

  rille log digits@-1/svc_trainer
  rille log digits@-1 -f
]],
}

local function with_error(text, err)
  if err and err ~= "" then text = text .. (text ~= "" and text:sub(-1) ~= "\n" and "\n" or "") .. err .. "\n" end
  return text
end

-- A step is one of the history, or { id, log, status } when it has no row.
local function row_of(step) return rawget(step, "row") or {} end

local function text_of(step) return with_error(step.log, row_of(step).error) end

-- All attempts, each under a line of its own when there were several.
local function whole_text(step)
  local before = rawget(step, "row") and step.attempts or {}
  if #before == 0 then return terminal.log(text_of(step)) end
  local parts = {}
  local function head(text) parts[#parts + 1] = format.in_colour("grey", text) .. "\n" end
  for _, one in ipairs(before) do
    head(string.format("attempt %d, failed after %s", one.number, format.seconds(one.seconds)))
    parts[#parts + 1] = terminal.log(with_error(one.log or "", one.error))
  end
  head(string.format("attempt %d, %s", #before + 1, step.status))
  parts[#parts + 1] = terminal.log(text_of(step))
  return table.concat(parts)
end

local function print_json(list)
  local items = {}
  for i, step in ipairs(list) do
    local row, attempts = row_of(step), rawget(step, "row") and step.attempts or {}
    items[i] = { step = step.id, status = step.status, started = row.started and format.iso(row.started) or json.null,
      seconds = row.seconds or json.null, cached_from = rawget(step, "row") and step.cached_from or nil,
      log = text_of(step), attempts = #attempts > 0 and json_rows.attempts(step) or nil }
  end
  out.json { items = json.array(items), next = json.null }
end

-- "07:43:26, ran in 1.2 ms" or "of a/make"
local function aside_of(step)
  local row = rawget(step, "row")
  if not row then return step.status end
  if step.cached_from then return "cached, of " .. step.cached_from end
  local at = row.started and os.date("%H:%M:%S", math.floor(row.started)) .. "  " or ""
  return at .. step.status .. (row.seconds and " in " .. format.seconds(row.seconds) or "")
end

local function print_steps(list, run, only)
  local any = false
  for _, step in ipairs(list) do
    local text = whole_text(step)
    if text ~= "" then
      if not only then
        terminal.put(any and "\n" or "", format.in_colour("bold", "-- " .. step.id), "  ",
          format.in_colour("grey", aside_of(step)), "\n")
      end
      any = true
      terminal.put(text, text:sub(-1) == "\n" and "" or "\n")
    end
  end
  if not any then
    terminal.say(only and "step " .. only.id or "no step", " of run ", run.name,
      only and " printed and logged nothing\n" or " printed or logged anything\n")
  end
end

local function check_step(run, id)
  local names = {}
  for i, node in ipairs(wiring.read(project.meta:spec(rawget(run, "row").spec))) do
    names[i] = node.id
    if node.id == id then return end
  end
  errors.at(nil, 'run %s has no step "%s"%s', run.name, id, suggest.hint(id, names))
end

-- The run, and the id of the one step that is asked for.
local function find(what)
  local run, message = history.find_run(what)
  if run then return run end
  local id
  run, id = history.find_with_step(what)
  if not run then errors.at(nil, "%s", message) end
  return run, id
end

local ENDS <const> = { completed = "has completed", failed = "has failed", stopped = "was stopped",
  cached = "was taken from the cache", skipped = "was skipped" }

-- Shows what the step, or the run, prints until it ends.
local function follow_run(run, id)
  if id then check_step(run, id) end
  local ended = require("rille.show.follow").run(run, id, function(text)
    terminal.put(text)
    io.stdout:flush()
  end)
  if ended.interrupted then return 0 end
  local word = ended.step or ended.run
  local text = ended.died and "the process of run " .. run.name .. " has ended; the run was interrupted"
    or string.format("%s %s", ended.step and "step " .. id or "run " .. run.name, ENDS[word] or "has ended")
  terminal.say(format.in_colour(ended.died and "red" or "grey", text, 2), "\n")
  return ended.died and 1 or 0
end

-- Was the end of the step recorded?
local function is_recorded(step) return rawget(step, "row").row ~= nil end

-- By id: what the steps of a run that is running, or whose process died, have printed and no record has.
local function unrecorded(run)
  local map = {}
  if run.status ~= "running" and run.reason ~= "interrupted" then return map end
  for _, one in ipairs(require("rille.record.live_log").texts(run.id)) do
    local status = one.status or run.status == "running" and "running" or "interrupted"
    map[one.id] = { id = one.id, log = one.text, status = status }
  end
  return map
end

function command.run(args)
  project.need "read"
  local run, id = find(args[1] or "@-1")
  if args.f and global_options.json then out.usage "log: -f gives text; leave out --json" end
  if args.f and run.status == "running" then return follow_run(run, id) end
  local steps, live, list = run.steps, unrecorded(run), {}
  local only = id and steps[id]
  for _, step in ipairs(only and { only } or table.move(steps, 1, #steps, 1, {})) do
    list[#list + 1] = not is_recorded(step) and live[step.id] or step
  end
  if global_options.json then print_json(list) else print_steps(list, run, list[1] and only) end
  return 0
end

return command
