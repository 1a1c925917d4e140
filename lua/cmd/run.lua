-- rille run FILE [PIPELINE]

local console = require "rille.show.console"
local script_file = require "rille.run.script_file"
local program = require "rille.project.program"
local sys = require "rille.host.sys"

local command = {
  name = "run", order = 110, synopsis = "run FILE",
  summary = "run the pipeline that a script returns",
  usage = "run FILE [PIPELINE] [--set NAME=VALUE | STEP.NAME=VALUE] [--input NAME=PATH] [--config F.yaml] "
    .. "[--name N] [-j N] [-k | --fail-fast] [--resources gpu=1,...] [--no-cache] [--only STEP,...] "
    .. "[--from STEP,...] [--at COMMIT] [--stack S] [--openlineage FILE|URL] [--unlisted] [--audit] [--json]",
  min = 1, max = 2, runs = true,
  options = {
    ["--set"] = { value = "NAME=VALUE | STEP.NAME=VALUE", list = true,
      text = "set a parameter of the pipeline or a step" },
    ["--input"] = { value = "NAME=PATH", list = true, text = "read a pipeline input from a file" },
    ["--config"] = { value = "FILE", list = true, text = "read settings from a YAML file" },
    ["--name"] = { value = "NAME", text = "name the run" },
    ["--tag"] = { value = "TAG", list = true, text = "tag the run" },
    ["--no-cache"] = { text = "run every step" },
    ["--no-memo"] = { text = "define and plan, also where nothing changed" },
    ["-k"] = { text = "after a failure, keep going with independent steps" },
    ["--fail-fast"] = { text = "terminate running steps after a failure" },
    ["--only"] = { value = "STEP,...", list = true, text = "run only these steps" },
    ["--from"] = { value = "STEP,...", list = true, text = "rerun these steps and all that depend on them" },
    ["--stack"] = { value = "S", text = "the stack to use" },
    ["--at"] = { value = "COMMIT", text = "run the script as of a commit of git" },
    ["--openlineage"] = { value = "FILE|URL", text = "write events of OpenLineage to a file or a service" },
    ["--unlisted"] = { text = "hide the run from listings" },
    ["--audit"] = { text = "check that each fingerprint covers what its step reads" },
    ["-j"] = { value = "N", text = "maximum number of concurrent steps" },
    ["--resources"] = { value = "gpu=1,memory=8GiB", text = "resources that steps share" },
  },
  help = [[
rille run FILE [PIPELINE] [OPTIONS]

Loads FILE and runs the pipeline named PIPELINE, or the one that FILE returns,
or the only one that it defines.  FILE can be -, for standard input.

  --set NAME=VALUE        a parameter of the pipeline; repeatable; a number can
                          be inf, -inf or nan; null means the default (rille
                          help null)
  --set STEP.NAME=VALUE   a parameter of one step, by its id in the pipeline
  --input NAME=PATH       an input of the pipeline from a file: .npy, .csv,
                          .json, .jsonl or .sqlite, depending on the type; a
                          string or a number is read from the text of the file;
                          append options (rille help csv, json) to the path:
                          'x.csv?missing=NA&decimal=,'; for a SQLite file
                          'x.db?table=orders' or 'x.db?query=SQL'
  --input NAME=artifact:WHAT    an artifact, by name or digest
  --config F.yaml         settings from a file; repeatable: maps are merged,
                          other values of a later file replace those of an
                          earlier one; the command line takes precedence (rille
                          help config)
  --name N                the run's name; {n} {date} {time} {pipeline} are
                          filled in; names are unique, without / and @
  --tag T                 a tag of the run; repeatable
  --no-cache              run every step; later runs can use the results
  --no-memo               define the pipeline and look up every step, even if an
                          earlier run found that nothing changed
  -k                      after a failure, keep going with independent steps
  --fail-fast             after a failure, terminate running steps; with neither
                          option, no new steps start and running steps finish
  --only STEP,...         run only these steps; their inputs must be in the
                          cache, and other steps that are not are left out, as
                          history shows.  STEP is an id, or a name for all its
                          nodes
  --from STEP,...         rerun these steps and everything downstream,
                          ignoring the cache; other steps run as usual
  --stack S               the stack to use (rille help stacks); default: the
                          active one
  --at COMMIT             run FILE as it was in that commit of git, with the
                          modules that it requires; data files are those on
                          disk (rille help versions)
  --openlineage FILE|URL  append events of OpenLineage to FILE, one per line, or
                          send them to a service (rille help openlineage)
  --unlisted              hide the run from listings; its artifacts have no
                          names
  --audit                 run every step and check that it reads no global,
                          field or function that its fingerprint does not cover;
                          violations are reported with the line, and the exit
                          code is 5.  The results are not reused
  -j N                    at most N steps at once, each in its own process;
                          default: the number of processors
  --resources gpu=1,memory=8GiB,cpu=4
                          the resources that steps can request (rille help
                          limits)
  --store DIR  -q  --json

VALUE is written as in YAML (0.5, true, [1, 2], text) and read as the declared
type of the parameter.  --json writes events to standard output, one per line
(below).

On a terminal the bottom lines show running steps, elapsed time, progress and
ETA (estimated from past runs, or from this one).  A step's output appears above
them, below a line with the step's id: live if the step runs alone, otherwise
when it ends.  Completed steps of a run with more than 40 are not listed; -v
lists them all.  In a pipe, and with TERM=dumb, the output is plain lines.

On a terminal, every command shows control characters and escape sequences in
names, messages, logs and previews as \x1b or \u{202e}.  In the output of steps,
colours remain, and a line with carriage returns shows its last state.  In a
pipe, all bytes are written unchanged.

Signals           once                             twice
  SIGINT, Ctrl-C  no new steps start, running      running steps get SIGTERM and
                  steps finish; exit code 130      2 s; a third kills them
  SIGTERM         no new steps start, running      running steps are killed
  SIGHUP          steps get SIGTERM and are
  SIGQUIT         killed 2 s later; 143, 129, 131
  no step runs    the command ends at once, with the same codes
The run is then "stopped", and completed steps are in the cache.  From another
terminal, rille stop acts like Ctrl-C, and rille log -f shows the output of
steps.  A step takes down every process that it started, including daemons:
rille help stopping.

Events of --json, one per line; fields that do not apply are omitted:
  run_begin   run, id, pipeline, steps, cached (both are counts)
  step_begin  step, reason (why it is not cached)
  step_end    step, status (completed cached failed skipped stopped), seconds,
              reason, error, because (the failed step), attempts, outputs
              {NAME: {digest, type, size}}; also for cached steps
  attempt     step, attempt, delay, seconds, error: a retry follows
  log         step, text: its output
  progress    step, fraction, text: ctx:progress
  note        step, text
  notice      text: about the run
  alert       level, text, title, step: also if no alerter sends it
  run_end     run, id, status, seconds, counts {ran, cached, cut_off, failed,
              skipped, stopped}, spec_version; models [{model, role (made
              shared used none), version, name, stage, links, promoted}];
              the only event if all steps were cached

At the end, a completed run lists why steps that had run before ran again, then
the outputs of its final steps (those whose outputs no other step uses), one per
line, and the metrics that steps logged, in at most 12 lines.

After a failure, fix the script and run it again: completed steps are taken from
the cache.

Exit codes: 0 the run completed; 1 a step failed; 2 usage; 3 error in the
script; 4 store error, or the run's name is taken; 5 the audit found problems;
130, 143, 129 or 131 stopped.

  rille run digits.lua --from svc_trainer
  rille run digits.lua --set svc_trainer.C=10 --name "wide-{n}" --tag trial
]],
}

-- The settings of --set as parameters of the pipeline, and as overrides of parameters of steps.
---@param pipeline table
---@param list string[]? "NAME=VALUE"
---@return table params, table overrides
function command.arguments(pipeline, list)
  local params, overrides = {}, {}
  if not list then return params, overrides end
  local value_parser, declared = require "rille.script.value_parser", {}
  for _, param in ipairs(pipeline.params) do declared[param.name] = param end
  for name, text in next, value_parser.split(list) do
    if declared[name] then params[name] = value_parser.parse(declared[name].type, text, 'parameter "' .. name .. '"')
    elseif name:find(".", 1, true) then
      overrides[name] = text
    else
      params[name] = text       -- unknown: the pipeline raises an error that names its parameters
    end
  end
  return params, overrides
end

-- The names of steps in the values of a repeated option, or nil.
local function names_of(flag, list)
  local names
  for _, text in ipairs(list or {}) do
    names = names or {}
    table.move(require("rille.plan.selection").split(flag, text), 1, #text, #names + 1, names)
  end
  return names
end

local function inputs_of(pipeline, list)
  return list and require("rille.run.cli_inputs").inputs(pipeline, list) or {}
end

-- The options of a run or a plan from --set, --input, --config, --no-cache, --only and --from.
---@param pipeline table
---@param args table
---@return table
function command.options_of(pipeline, args)
  local params, overrides = command.arguments(pipeline, args.set)
  local config = args.config and require("rille.script.config").read_all(args.config)
  return { params = params, overrides = overrides, inputs = inputs_of(pipeline, args.input), config = config,
    cache = not args.no_cache, only = names_of("--only", args.only), from = names_of("--from", args.from) }
end

-- The execution mode that the command line asks for, or nil.
---@param args table
---@return string?
function command.mode_of(args)
  if args.k and args.fail_fast then
    error({ usage = "-k and --fail-fast exclude each other: give one" }, 0)
  end
  return args.k and "continue_on_failure" or args.fail_fast and "fail_fast" or nil
end

-- What all ways to run a pipeline take from the command line.
local function set_options(options, args)
  options.openlineage, options.openlineage_base = args.openlineage, args.openlineage and sys.cwd()
  options.run_name, options.unlisted, options.tags = args.name, args.unlisted, args.tag
  options.execution_mode = command.mode_of(args) or options.execution_mode
  if args.resources then options.resources = require("rille.script.limits").pool("--resources", args.resources) end
end

-- The options of a run of a pipeline that a session has.
---@param pipeline table
---@param args table
---@return table
function command.options_in_session(pipeline, args)
  if args[1] then error({ usage = string.format("run: expected NAME=VALUE or an option, found %s", args[1]) }, 0) end
  for _, flag in ipairs { "at", "audit", "json" } do
    if args[flag] then error({ usage = string.format("--%s is for rille run FILE, in a shell", flag) }, 0) end
  end
  local options = command.options_of(pipeline, args)
  set_options(options, args)
  options.stack, options.jobs = args.stack, math.tointeger(tonumber(args.j))
  if args.j and not options.jobs then error({ usage = "-j " .. args.j .. ": expected a number of jobs from 1" }, 0) end
  return options
end

function command.run(args)
  command.mode_of(args)
  local pipeline = script_file.pipeline(args[1], args[2], args.at)
  if next(program.ran) then require("rille.show.script_notes").put_twice(pipeline.name) end
  local options = command.options_of(pipeline, args)
  set_options(options, args)
  -- a script from standard input cannot be read again
  program.set_resume_command(args[1] ~= "-" and script_file.command_line(program.argv) or nil)
  options.emit, options.memo = console.new(true), not args.no_memo
  if args.audit then
    options.audit, options.cache, options.runner = require("rille.run.fingerprint_audit").new(), false,
      require("rille.execute.runner").inline
  end
  local result = require("rille.run").pipeline(pipeline, options)
  -- a signal that came during the last step stopped nothing
  if result.status == "completed" then program.set_completed() end
  if args.audit then return require("rille.show.audit_report").print(options.audit, result.status) end
  return result.status == "failed" and (result.failed and result.failed.answer.no_room and 4 or 1) or 0
end

return command
