-- rille run FILE [PIPELINE]

local cli_inputs = require "rille.run.cli_inputs"
local limits = require "rille.script.limits"
local script_file = require "rille.run.script_file"
local format = require "rille.base.format"
local selection = require "rille.plan.selection"
local project = require "rille.project"
local value_parser = require "rille.script.value_parser"
local value_text = require "rille.base.value_text"
local terminal = require "rille.base.terminal"

local command = {
  usage = "run FILE [PIPELINE] [--set NAME=VALUE | STEP.NAME=VALUE] [--input NAME=PATH] [--config F.yaml] [--name N] [-j N] [-k | --fail-fast] [--resources gpu=1,...] [--no-cache] [--only STEP,...] [--from STEP,...] [--unlisted] [--audit] [--json]",
  min = 1, max = 2, runs = true,
  options = { ["--set"] = "list", ["--input"] = "list", ["--config"] = "value", ["--name"] = "value", ["-j"] = "value", ["-k"] = true, ["--fail-fast"] = true,
    ["--resources"] = "value", ["--no-cache"] = true, ["--only"] = "list", ["--from"] = "list", ["--unlisted"] = true, ["--audit"] = true, ["--tag"] = "list" },
}

-- The settings as the pipeline's parameters and overrides of steps' parameters.
function command.arguments(pipeline, list)
  local params, overrides = {}, {}
  local declared = {}
  for _, p in ipairs(pipeline.params) do declared[p.name] = p end
  for name, text in next, value_parser.split(list or {}) do
    if declared[name] then params[name] = value_parser.parse(declared[name].type, text, 'parameter "' .. name .. '"')
    elseif name:find(".", 1, true) then
      overrides[name] = text
    else
      params[name] = text       -- unknown: the pipeline's own message names what there is
    end
  end
  return params, overrides
end

-- Names of steps, of an option that may be repeated.
local function names_of(flag, list)
  local names
  for _, text in ipairs(list or {}) do
    names = names or {}
    table.move(selection.split(flag, text), 1, #text, #names + 1, names)
  end
  return names
end

-- What a run or a plan is given by --set, --config, --no-cache, --only and --from.
function command.options_of(pipeline, args)
  local params, overrides = command.arguments(pipeline, args.set)
  local config = args.config and require("rille.script.config").read(args.config)
  return { params = params, overrides = overrides, inputs = cli_inputs.inputs(pipeline, args.input), config = config, cache = not args.no_cache,
    only = names_of("--only", args.only), from = names_of("--from", args.from) }
end

-- Tells what the audit found; the exit code.
local function report(audit, status)
  local list = audit.violations
  if project.options.json then
    for _, one in ipairs(list) do io.stdout:write(value_text.json { event = "violation", step = one.step, what = one.what, where = one.where }, "\n") end
  else
    for _, one in ipairs(list) do terminal.put(string.format("%s  step %s %s (%s)\n", format.in_colour("red", "bad"), one.step, one.what, one.where)) end
    local skipped = audit.skipped > 0 and string.format(", %d not (%s)", audit.skipped, audit.skipped == 1 and "it escapes" or "they escape") or ""
    terminal.put(string.format("audit: %s watched%s, %s\n", format.plural(audit.checked, "step"), skipped, format.plural(#list, "violation")))
  end
  return #list > 0 and 5 or status == "failed" and 1 or 0
end

function command.run(args)
  if args.k and args.fail_fast then error({ usage = "run: -k goes on after a failure, --fail-fast stops what runs: give one of them" }, 0) end
  local pipeline = script_file.pipeline(args[1], args[2])
  local options = command.options_of(pipeline, args)
  options.run_name, options.unlisted, options.tags = args.name, args.unlisted, args.tag
  -- what came by standard input is not there a second time
  project.command = args[1] ~= "-" and script_file.command_line(project.argv) or nil
  options.execution_mode = args.k and "continue_on_failure" or args.fail_fast and "fail_fast" or options.execution_mode
  options.resources = args.resources and limits.pool("--resources", args.resources) or options.resources
  if args.audit then options.audit, options.cache, options.runner = require("rille.run.audit").new(), false, require("rille.execute.runner").inline end
  local result = require("rille.run").pipeline(pipeline, options)
  if args.audit then return report(options.audit, result.status) end
  return result.status == "failed" and (result.failed and result.failed.answer.no_room and 4 or 1) or 0
end

return command
