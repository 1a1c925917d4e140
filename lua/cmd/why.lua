-- rille why STEP: why it ran, or was a hit, in the newest run or in --run R.

local history = require "rille.query.history"
local json = require "rille.json"
local errors = require "rille.base.errors"
local did_you_mean = require "rille.query.did_you_mean"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local json_rows = require "rille.show.json_rows"
local out = require "rille.show.out"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"
local why_hit = require "rille.query.why_hit"
local why_report = require "rille.query.why_report"
local unfinished_run = require "rille.record.unfinished_run"

local command = {
  name = "why", order = 230, synopsis = "why STEP",
  summary = "explain why a step ran or was cached",
  usage = "why [STEP | RUN/STEP | RUN] [--run RUN] [--not] [-v] [--json]",
  takes = { "step,run" },
  max = 1,
  options = {
    ["--run"] = { value = "RUN", text = "the run to explain" },
    ["--not"] = { text = "why the step did not run" },
  },
  help = [[
rille why [STEP | RUN/STEP | RUN] [--run RUN] [--not] [-v] [--json]

Explains why the step with this id ran, in RUN or in the newest run that has it:
what differs from the pipeline's previous run, down to the changed line.
Compares parameters, the step's own code, the functions and values that it
captures, inputs, materializers, and everything that the step read outside.

For a cached step, explains why it was a hit: which run computed the result and
when, what was compared and found unchanged, and which earlier steps ran again
but produced the same bytes (early cutoff).

Without STEP: each step of RUN, or of the newest run, in a line.

  --run RUN   a run's name, its id, or PIPELINE@-1
  --not       why the step did not run; for a step that ran, why it was not a
              hit, in one line
  -v          for a hit: everything that was compared
  --json      {"step","run","status","reason","changes":[{"what","lines"}],
              "previous","hit":{"run","step","made","seconds","twin","cut_off",
              "parameters","inputs","code",
              "reads":[{"kind","name","digest","path"}]}}

Exit codes: 0 success; 2 usage; 3 no such step or run; 4 no store.

  rille why svc_trainer
  rille why svc_trainer --run digits@-2 --not -v
]],
}

local put = out.line

local function find_run(name)
  local run, message = history.find_run(name)
  if not run then errors.at(nil, "%s", message) end
  return rawget(run, "row")
end

-- The row of the run of that name, or of the newest run that has the step; and the step's id.
local function find(what, name)
  if name then return find_run(name), what end
  local newest = history.newest_with(what)
  if newest then return rawget(newest, "row"), what end
  local owner, id = history.find_with_step(what)
  if owner then return rawget(owner, "row"), id end
  errors.at(nil, 'no recent run has a step "%s"%s; name the run with --run', what, did_you_mean.step(what))
end

local function names_of(run)
  local names = {}
  for i, step in ipairs(unfinished_run.steps(run)) do names[i] = step.node end
  return names
end

-- The report on a step of a run (why_report.lua).
local function explain(run, node)
  local step = unfinished_run.step(run, node)
  if not step then errors.at(nil, 'run %s has no step "%s"%s', run.name, node, suggest.hint(node, names_of(run))) end
  return why_report.of(run, step)
end

local function print_changes(changes)
  for _, change in ipairs(changes) do
    terminal.put("  ", change.what, "\n")
    for i, line in ipairs(change.lines or {}) do
      if i > 40 then
        terminal.put("      ...\n")
        break
      end
      terminal.put("      ", format.in_colour(line[1] == "-" and "red" or "green", line[1] .. " " .. line[2]), "\n")
    end
  end
end

local function print_hit(hit)
  for _, line in ipairs(why_hit.lines(hit)) do
    put("  %s %s", format.in_colour("grey", string.format("%-10s", line[1])), line[2])
  end
  if not global_options.verbose then return end
  put ""
  terminal.put(format.table({ "compared", "name", "unchanged" }, why_hit.details(hit)))
end

-- Why it was no hit, in a line.
local function no_hit_text(report)
  if report.status ~= "completed" and report.status ~= "failed" then return report.reason end
  local first = report.changes[1]
  local reason = report.reason or first and first.what or "its last result was not cacheable"
  return "not a hit, ran: " .. reason
end

local function print_run(report)
  local sentence = why_report.sentence(report)
  if sentence then put("  %s", sentence) end
  if not report.previous then return end
  print_changes(report.changes)
  put("%s", format.in_colour("grey", "  compared with " .. report.previous))
end

local function status_of(report) return report.status == "completed" and "ran" or report.status end

local STEPS <const> = 200        -- of a run, in a line each

-- Each step of a run in a line.
local function explain_all(run)
  local steps, rows = unfinished_run.steps(run), {}
  for i = 1, math.min(#steps, STEPS) do
    local report = why_report.of(run, steps[i])
    local first = report.changes[1]
    local more = #report.changes > 1 and string.format("; %d more changes", #report.changes - 1) or ""
    rows[i] = { report.step, format.status_cell(status_of(report)),
      why_report.sentence(report) or first and first.what .. more or "" }
  end
  put("%s", format.in_colour("bold", run.name))
  terminal.put(format.table({ "step", "status", "why" }, rows))
  if #steps > STEPS then put("%s more steps", format.count(#steps - STEPS)) end
  return 0
end

local function print_json(report)
  for _, change in ipairs(report.changes) do
    if change.lines then
      for i, line in ipairs(change.lines) do change.lines[i] = line[1] .. line[2] end
      change.lines = json.array(change.lines)
    end
  end
  report.changes = json.array(report.changes)
  local hit = report.hit
  if hit then
    hit.made, hit.parameters = format.iso(hit.made), json.object(json_rows.plain(hit.parameters))
    for _, name in ipairs { "inputs", "leaves", "reads", "cut_off" } do
      hit[name] = hit[name] and json.array(hit[name])
    end
    hit.code, hit.leaves = hit.leaves, nil
  end
  out.json(report)
end

-- The row of the run where the word is the name of a run, and of no step.
local function whole_run(args)
  if args.run or args["not"] or global_options.json or history.newest_with(args[1]) then return nil end
  local run = history.find_run(args[1], true)
  return run and rawget(run, "row")
end

function command.run(args)
  project.need "read"
  if not args[1] then
    if global_options.json or args["not"] then out.usage "why: name a step, as --json and --not are about one" end
    return explain_all(find_run(args.run or "@-1"))
  end
  local whole = whole_run(args)
  if whole then return explain_all(whole) end
  local run, node = find(args[1], args.run)
  local report = explain(run, node)
  if global_options.json then
    print_json(report)
    return 0
  end
  put("%s in %s: %s", format.in_colour("bold", report.step), report.run, format.status(status_of(report)))
  if report.hit then
    put("  %s", report.reason)
    print_hit(report.hit)
  elseif args["not"] then put("  %s", no_hit_text(report))
  else print_run(report) end
  return 0
end

return command
