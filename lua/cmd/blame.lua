-- rille blame GOOD BAD: which change moved a metric.

local blame_head = require "rille.show.blame_head"
local blame_json = require "rille.show.blame_json"
local blame_progress = require "rille.show.blame_progress"
local blame_text = require "rille.show.blame_text"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local history = require "rille.query.history"
local internal_error = require "rille.base.internal_error"
local out = require "rille.show.out"
local project = require "rille.project"

local command = {
  name = "blame", order = 250, synopsis = "blame GOOD BAD",
  summary = "find which change moved a metric",
  usage = "blame GOOD BAD (--metric STEP.NAME | --output STEP.PORT | --status) [--dry] [--budget N] [--repeat K] "
    .. "[-j N] [--json]",
  takes = { "run", "run" },
  min = 2, max = 2,
  options = {
    ["--metric"] = { value = "STEP.NAME", text = "the metric that moved" },
    ["--output"] = { value = "STEP.PORT", text = "the output that changed" },
    ["--status"] = { text = "why one run completed and the other failed" },
    ["--dry"] = { text = "count what would run" },
    ["--budget"] = { value = "N", text = "at most N mixtures" },
    ["--repeat"] = { value = "K", text = "run each mixture K times, and measure the noise" },
    ["-j"] = { value = "N", text = "maximum number of concurrent steps" },
    ["--seed"] = { value = "N", text = "of the orders that are drawn" },
  },
  help = [[
rille blame GOOD BAD (--metric STEP.NAME | --output STEP.PORT | --status)

Finds which change between two runs of a pipeline moved a metric, by running
mixtures of the two: some changes as in BAD, all else as in GOOD.  The changes
are those of rille diff: parameters, code of steps, functions and values that
steps capture, the wiring, files.  Code of past runs and files that are inputs
come from the store, and scripts on disk stay as they are.  A file that a step
opens itself is not in the store: if it is not the same in both runs and now,
the step is switched as a whole, by the outputs that were recorded.  Files that
steps of both runs wrote are put back at the end; after kill -9 they are as a
mixture left them, and the next run writes them again.

Both runs are reproduced first.  Mixtures use the cache, and what they compute
stays in it, so a blame that was stopped resumes when it is started again.  They
are in no listing and make no versions of artifacts or models; no hook, tracker
or alerter is called.

For each change the table shows
  from GOOD   the metric with this change alone, minus the metric of GOOD
  from BAD    the metric of BAD, minus the metric without this change alone
  share       its part of the difference; where both ends agree, that effect
  interaction what changes do together beyond their effects; split equally
              (Shapley values)
  unexplained the difference minus all shares

More than 8 changes are halved from both ends; a group is dropped only if the
inputs, code and parameters of the step that logs the metric stay the same.
More than 4 changes that interact are shared by drawing orders: the range is in
brackets.  A change whose mixture fails is tested together with others.

With --output and --status the changes are found by delta debugging: a set that
is enough to get what BAD has, and one that is enough to undo it.  None of a set
can be left out.

  --metric STEP.NAME   a metric that a step logged; STEP is an id
  --output STEP.PORT   an output of a step: which changes gave it other bytes
  --status             why one run completed and the other failed
  --dry                list the changes and count the mixtures and step runs;
                       the number of step runs is an upper bound
  --budget N           at most N mixtures
  --repeat K           with --metric: run each mixture K times, with different
                       random numbers, and take the mean; effects within the
                       noise are marked
  -j N                 at most N steps at once
  --seed N             of the orders that are drawn
  -v                   a line for each mixture; all changed lines, and all
                       interactions
  --json               {"metric","a","b","delta","effects":[{"changes":[{
                       "change","kind","where","steps","a","b","lines"}],
                       "from_good","from_bad","share","low","high","interacts",
                       "unresolved","note"}],"interactions":[{"effects",
                       "value"}],"unexplained","mixtures","step_runs",
                       "without_effect","not_upstream","budget_spent"}; with
                       --repeat "noise", with --dry "changes" and the counts;
                       of --output and --status "turns":[{"changes","alone",
                       "without"}],"enough","undo" in place of "effects"

Exit codes: 0 success; 2 usage; 3 a run cannot be reproduced, or its metric is
missing; 4 store error; 130 stopped by Ctrl-C.

  rille blame digits@-2 digits@-1 --metric evaluator.accuracy --dry
  rille blame digits@-2 digits@-1 --metric evaluator.accuracy
]],
}

local function find(what)
  local run, message = history.find_run(what)
  if not run then errors.at(nil, "%s", message) end
  return rawget(run, "row")
end

-- "evaluator.accuracy" -> "evaluator", "accuracy"
local function split(flag, text)
  local step, name = require("rille.script.metric_name").read(text)
  if not step then step, name = text:match "^([^\"]+)%.([^.\"]+)$" end
  if not step then out.usage("%s %s: expected STEP.NAME, as in evaluator.accuracy", flag, text) end
  return step, name
end

-- What moved, of which exactly one is given.
local function wanted_of(args)
  local n = (args.metric and 1 or 0) + (args.output and 1 or 0) + (args.status and 1 or 0)
  if n ~= 1 then out.usage("blame: say what moved, with one of --metric STEP.NAME, --output STEP.PORT and --status") end
  if args.status then return { kind = "status" } end
  local kind = args.metric and "metric" or "output"
  local step, name = split("--" .. kind, args[kind])
  return { kind = kind, step = step, name = name }
end

local function count_of(flag, text, what)
  if not text then return nil end
  local n = math.tointeger(tonumber(text))
  if not n or n < 1 then out.usage("%s %s: expected a number of %s from 1", flag, text, what) end
  return n
end

local function explain(session, options)
  options.listener = blame_progress
  local ok, found = internal_error.call(session.explain, session, options)
  blame_progress.clear()
  if not ok then error(found, 0) end
  if global_options.json then out.json(blame_json.of(session, found)) else blame_text.print(session, found) end
end

function command.run(args)
  local wanted = wanted_of(args)
  local options = { budget = count_of("--budget", args.budget, "mixtures"),
    times = count_of("--repeat", args["repeat"], "times"), seed = count_of("--seed", args.seed, "a seed") }
  if options.times and wanted.kind ~= "metric" then out.usage("--repeat goes with --metric") end
  project.need "read"
  local session = require("rille.run.blame").start(find(args[1]), find(args[2]), wanted)
  -- what follows may take its time
  if not global_options.json then blame_head.put(session) end
  io.stdout:flush()
  if session.goal:is_equal() then
    if global_options.json then out.json(blame_json.of(session)) end
  elseif args.dry then
    local cost = session:estimate()
    if global_options.json then out.json(blame_json.of_estimate(session, cost))
    else blame_text.print_estimate(session, cost) end
  else
    explain(session, options)
  end
  return 0
end

return command
