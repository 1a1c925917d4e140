-- rille config FILE [PIPELINE]: show the settings of a run, and where each comes from.

local config = require "rille.script.config"
local graph = require "rille.graph"
local json = require "rille.json"
local script_file = require "rille.run.script_file"
local format = require "rille.base.format"
local pipeline_graph = require "rille.script.pipeline_graph"
local run_command = require "rille.cmd.run"
local run_row = require "rille.record.run_row"
local global_options = require "rille.project.global_options"
local value_parser = require "rille.script.value_parser"
local paths = require "rille.project.paths"
local project = require "rille.project"
local sys = require "rille.host.sys"
local out = require "rille.show.out"
local value_text = require "rille.base.value_text"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local command = {
  name = "config", order = 150, synopsis = "config FILE",
  summary = "show the settings of a run, and where each comes from",
  usage = "config FILE [PIPELINE] [--config F.yaml] [--set NAME=VALUE] [--name N] [--tag T] [-j N] "
    .. "[-k] [--fail-fast] [--stack S] [--no-cache] [--json]",
  min = 1, max = 2,
  options = {
    ["--config"] = { value = "FILE", list = true, text = "read settings from a YAML file" },
    ["--set"] = { value = "NAME=VALUE", list = true, text = "set a parameter" },
    ["-j"] = { value = "N", text = "maximum number of concurrent steps" },
    ["--stack"] = { value = "S", text = "the stack to use" },
    ["--no-cache"] = { text = "run every step" },
    ["--name"] = { value = "N", text = "the run's name" },
    ["--tag"] = { value = "T", list = true, text = "tag the run" },
    ["-k"] = { text = "keep going after a failure" },
    ["--fail-fast"] = { text = "terminate running steps after a failure" },
  },
  help = [[
rille config FILE [PIPELINE] [--config F.yaml] [--set NAME=VALUE] [--name N]
             [--tag T] [-j N] [-k] [--fail-fast] [--stack S] [--no-cache]
             [--json]

Shows the settings that a run with these options would use, and where each value
comes from: the command line, a line of the YAML file, define, or a default in
the code.  No step runs, and nothing is written.

A YAML file sets the options of a run (rille run FILE --config F.yaml, or in a
script p:run { config = "F.yaml" }, relative to the script's folder):

  run_name: nightly-{n}
  enable_cache: true
  parameters: { gamma: 0.01 }               # of the pipeline
  steps:
    svc_trainer:                            # by its id in the pipeline
      parameters: { C: 10 }
      enable_cache: false
  settings: { jobs: 2, execution_mode: stop_on_failure }
  stack: default
  tags: [nightly]
  schedule: { every: 15m }                  # or "0 3 * * *": rille schedule
  extra: { owner: data }                    # kept with the run

With several --config, or in a script p:run { config = { "base.yaml",
"gpu.yaml" } }, maps are merged key by key; any other value, a list too,
replaces that of an earlier file.  A table can take the place of a file:
p:run { config = { "base.yaml", { parameters = { gamma = 0.1 } } } }.

Settings take precedence in this order: the command line (--set, --name, --tag,
-j, -k, --stack), :run {}, the YAML file, define, the defaults.  A value
replaces the one below completely, including tags.  The cache is the exception:
off anywhere means off.

Values are written as for --set and read as the declared type: a string
parameter takes 0.10 as text.  ${env:NAME} is replaced by the environment
variable (inside { } write it in quotes, "${env:NAME}"); an unset variable is an
error.  A null has no effect: the value is the same as without the line (rille
help null).  An unknown key is an error that names its line.

  --config F.yaml  --set  --name  --tag  -j  -k  --fail-fast  --stack
  --no-cache   as in rille run
  --json   {"pipeline","items":[{"name","value","source","at","env","over",
           "with"}],"next":null}; source is "command line", "yaml", "define",
           "environment" (of a secret) or "default", at FILE:LINE, env the
           variable that was used, over the places in earlier files that the
           value replaces, with those that a map was merged with

Exit codes: 0 success; 2 usage; 3 error in the script or the file.

  rille config digits.lua --config train.yaml
  rille config digits.lua --config base.yaml --config gpu.yaml --set gamma=0.01
]],
}

local COMMAND_LINE <const> = "command line"
local OPTIONS <const> = { "cache", "resources", "retries", "timeout" }        -- of steps, that a file sets

-- { name, value, source = "command line" | "yaml" | "environment" | "define" | "default", at, env }
local function item(name, value, origin, otherwise, at)
  if origin == COMMAND_LINE then return { name = name, value = value, source = origin } end
  if origin then
    return { name = name, value = value, source = "yaml", at = origin.at, env = origin.env, over = origin.over,
      with = origin.with }
  end
  return { name = name, value = value, source = otherwise, at = at }
end

local function same(a, b)
  if a == b then return math.type(a) == math.type(b) end
  local ok_a, x = pcall(json.pack, a)
  local ok_b, y = pcall(json.pack, b)
  return ok_a and ok_b and x == y
end

local function params_of(list, pipeline, full, from)
  for _, param in ipairs(pipeline.params) do
    local origin = from(param.name)
    -- nothing but a variable gives a secret that the files do not give
    local variable = not origin and param.type.name == "secret"
      and require("rille.script.secret").variable(param.name)
    list[#list + 1] = item(param.name, full[param.name], origin, variable and "environment" or "default",
      not variable and pipeline.at or nil)
    if variable then list[#list].env = variable end
  end
end

-- Of each step's parameters, and of its options that the file sets.
local function steps_of(list, pipeline, g, from)
  for _, node in ipairs(g.nodes) do
    local spec, id = node[graph.STEP], node[graph.ID]
    for _, param in ipairs(spec.params) do
      local v, name = node[graph.PARAMS][param.name], id .. "." .. param.name
      local default = same(v, param.default)
      list[#list + 1] = item(name, v, from(name), default and "default" or "define", default and spec.at or pipeline.at)
    end
    for _, option in ipairs(OPTIONS) do
      local origin = from(id .. "." .. option)
      if origin then list[#list + 1] = item(id .. "." .. option, spec.options[option], origin) end
    end
  end
end

local function run_options(list, applied, pipeline, args, from, stack)
  local function put(name, value, set, otherwise)
    list[#list + 1] = item(name, value, set and COMMAND_LINE or from(name), otherwise or "default",
      not otherwise and json.null or pipeline.at)
  end
  local off_in_code = pipeline.cache == false
  put("cache", applied.cache ~= false and not off_in_code, args.no_cache, off_in_code and "define")
  put("run_name", applied.run_name or pipeline.name .. "-{date}-{time}-{n}", args.name)
  put("jobs", global_options.jobs or applied.jobs or global_options.processors, global_options.jobs ~= false)
  put("execution_mode", applied.execution_mode or "stop_on_failure", run_command.mode_of(args))
  put("stack", stack or "default", global_options.stack ~= false)
  local model = applied.model or pipeline.model
  if model then
    put("model", model.name .. (model.version and " " .. model.version or "")
      .. (model.new_version and ", new version" or ""), nil, not applied.model and "define")
  end
  if applied.schedule then put("schedule", applied.schedule.text) end
  if applied.tags then put("tags", json.array(applied.tags), args.tag) end
  if applied.extra then put("extra", applied.extra) end
end

-- The name of the stack, which is what the pipeline's define sees; nil where there is none but the default one.
local function enter_stack(applied)
  local name = global_options.stack or applied.stack
  if not name and not project.is_configured() then return nil end
  local stack = require "rille.stack"
  local origin = not global_options.stack and applied.origin and applied.origin.stack
  local chosen = stack.of(name, origin and origin.position)
  stack.enter(chosen)
  return chosen.name
end

-- All settings of a run, in order, and the options that the files make; a mistake in them is raised.
---@param pipeline table
---@param args table of the command line
---@return table[] items, table applied
function command.resolve(pipeline, args)
  local options = run_command.options_of(pipeline, args)
  if args.name then run_row.fill_name(args.name, pipeline) end        -- raises at a mistake in it
  options.run_name, options.tags, options.execution_mode = args.name, args.tag, run_command.mode_of(args)
  local applied = config.applied(pipeline, options)
  local stack = enter_stack(applied)
  local g, full = pipeline_graph.build(pipeline, applied.params, applied.overrides, applied.adjust)
  local given = value_parser.split(args.set or {})
  local function from(name) return given[name] and COMMAND_LINE or (applied.origin or {})[name] end
  local list = {}
  params_of(list, pipeline, full, from)
  steps_of(list, pipeline, g, from)
  run_options(list, applied, pipeline, args, from, stack)
  return list, applied
end

local function text_of(v)
  if paths.is_file(v) or paths.is_dir(v) then return v.path end
  if type(v) == "string" and not v:find "[%c]" then return v end
  return value_text.text(v)
end

-- Where a value is from, and the places that it replaces or was merged with.
local function from_text(one)
  if one.source == COMMAND_LINE then return COMMAND_LINE, "" end
  local at = one.at and one.at ~= json.null and one.at
  if one.source == "yaml" then
    return at .. (one.env and " (variable " .. one.env .. ")" or ""),
      (one.with and " with " .. table.concat(one.with, ", ") or "")
      .. (one.over and ", over " .. table.concat(one.over, ", ") or "")
  end
  if one.source == "environment" then return "variable " .. one.env, "" end
  if one.source == "define" then return at and "define, " .. at or "define", "" end
  return at and "default, " .. at or "default", ""
end

local COLOUR = { [COMMAND_LINE] = "yellow", yaml = "green" }

local WIDEST <const>, NARROWEST <const> = 40, 10      -- of values, in columns

-- The place that a value comes from is shown in full, so the values have what is left.
local function room_for_values(list)
  local is_terminal, columns = sys.is_terminal(1)
  if not is_terminal then return WIDEST end
  local names, from = 7, 0
  for _, one in ipairs(list) do
    names = math.max(names, text_width.width(one.name))
    from = math.max(from, text_width.width((from_text(one))))
  end
  return math.max(NARROWEST, math.min(WIDEST, columns - names - from - 4))
end

local function print_table(list)
  local rows, width = {}, room_for_values(list)
  for i, one in ipairs(list) do
    rows[i] = { one.name, text_width.cut(text_of(one.value), width), { table.concat { from_text(one) },
      COLOUR[one.source] or "grey" } }
  end
  terminal.put(format.table({ "setting", "value", "from" }, rows))
end

-- The value for JSON; what JSON cannot hold becomes text.
local function plain(v)
  if v == nil then return json.null end
  if paths.is_file(v) or paths.is_dir(v) then return text_of(v) end
  local ok, value = pcall(value_text.plain, v)
  return ok and value or text_of(v)
end

function command.run(args)
  local pipeline = script_file.pipeline(args[1], args[2])
  local list = command.resolve(pipeline, args)
  if not global_options.json then
    print_table(list)
    return 0
  end
  for _, one in ipairs(list) do
    one.value, one.at = plain(one.value), one.at or json.null
    one.over, one.with = one.over and json.array(one.over), one.with and json.array(one.with)
  end
  out.json { pipeline = pipeline.name, items = json.array(list), next = json.null }
  return 0
end

return command
