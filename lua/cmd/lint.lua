-- rille lint FILE [PIPELINE]: what keeps its steps from being cached, or running.

local condition_check = require "rille.script.condition_check"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local lint = require "rille.run.lint"
local script_file = require "rille.run.script_file"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local pipelines = require "rille.script.pipeline"
local pipeline_graph = require "rille.script.pipeline_graph"
local run_command = require "rille.cmd.run"
local program = require "rille.project.program"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local step = require "rille.script.step"

local command = {
  name = "lint", order = 160, synopsis = "lint FILE",
  summary = "report what will keep steps from being cached",
  usage = "lint FILE [PIPELINE] [--set NAME=VALUE] [--strict] [--json]",
  min = 1, max = 2,
  options = {
    ["--set"] = { value = "NAME=VALUE", list = true, text = "set a parameter" },
    ["--strict"] = { text = "exit with 5 on warnings too" },
  },
  help = [[
rille lint FILE [PIPELINE] [--set NAME=VALUE] [--strict] [--json]

Reports, with file and line, what will keep the steps of a script from being
cached or from running.  Lint loads FILE and builds its pipelines with their
defaults or the values of --set; no step runs, and nothing is written.  With
PIPELINE, only its steps are checked.

Errors, which would fail a run
  a captured value that cannot be hashed (an open file, a coroutine)
  a step that sets a captured variable or a global
  reading history without cache = false
  reading an undeclared parameter with a name close to a declared one
  a condition on a node in define: if good then, good == true (use rille.when);
  a warning in functions that define calls

Warnings
  impure code: the clock, programs, standard input, ctx.run commands that read
  files not named in their words: xargs, make, code in a word, words known only
  to the shell (rille help programs); declare them with depends code that rille
  cannot see through, so that the step is never cached: _G, load, debug, require
  of a computed name, unknown C code equal steps that draw random numbers, and
  so draw the same ones inputs and parameters that the step never uses
  parameters that the step reads but does not declare the name of a type, in
  quotes, as the default of a parameter two pipelines with the same name, of
  which only the last one runs files with a fixed name that are read but do not
  exist

A step with cache = false or cache = "always" has no warnings about caching.
Lint inspects the code without running it, so it also reports calls that are
never reached.

If a script runs a pipeline or a step while it is loaded, lint stops there with
exit code 3, after checking what was defined before.

  --strict  exit with 5 on warnings, too: for checks before a commit
  --json    {"items":[{"step","at","level","what","hint"}...],"next":null}

Exit codes: 0 no error (there may be warnings); 2 usage; 3 the script cannot be
loaded; 5 errors found, or with --strict also warnings.

  rille lint digits.lua
  rille lint digits.lua digits --json
]],
}

-- "a.lua:9" before "a.lua:10".
local function is_before(a, b)
  local x, m = (a.at or ""):match "^(.-):?(%d*)$"
  local y, n = (b.at or ""):match "^(.-):?(%d*)$"
  if x ~= y then return x < y end
  if m ~= n then return (tonumber(m) or 0) < (tonumber(n) or 0) end
  return a.what < b.what
end

-- The findings on one pipeline, or on its definition.
local function of_pipeline(pipeline, args, done, all)
  if pipeline.slots and not pipeline.bound then return end
  local ok, g = internal_error.call(function()
    local params, overrides = run_command.arguments(pipeline, args.set)
    return (pipeline_graph.build(pipeline, params, overrides))
  end)
  if not ok then
    if internal_error.is(g) then error(g, 0) end
    local text = errors.text_of(g, "the pipeline")
    local at, rest = text:match "^(%S-:%d+): (.*)$"
    all[#all + 1] = { step = pipeline.name, at = at or pipeline.at, level = "error", what = rest or text,
      pipeline = true }
    return
  end
  for _, one in ipairs(lint.graph(g, done)) do all[#all + 1] = one end
  condition_check.in_helpers(pipeline_graph.wires(pipeline), pipeline_graph.when, function(at, message)
    local what, hint = message:match "^(.-); (.*)$"
    all[#all + 1] = { step = pipeline.name, at = at or pipeline.at, level = "warning", what = what, hint = hint,
      pipeline = true }
  end)
end

-- Pipelines that are hidden by another one of the same name.
local function of_names(all)
  for _, pair in ipairs(pipelines.twice) do
    local first, second = pair[1], pair[2]
    all[#all + 1] = { step = second.name, at = second.at, level = "warning", pipeline = true,
      what = string.format('pipeline "%s" is defined twice, here and at %s; this one is run', second.name,
        first.at or "?"), hint = "give one of them another name" }
  end
end

-- The findings on steps that no pipeline uses, when the whole file is checked.
local function of_others(done, all)
  local names, used = {}, {}
  for name in next, step.steps do names[#names + 1] = name end
  for key in next, done do used[key:match "^[^\0]*"] = true end
  table.sort(names)
  for _, name in ipairs(names) do
    local s = step.steps[name]
    if not used[s.name] then
      for _, one in ipairs(lint.step(s)) do all[#all + 1] = one end
    end
  end
end

local put = out.line

local COLOUR = { error = "red", warning = "yellow" }

local function print_all(all, counts, n_steps)
  for _, one in ipairs(all) do
    local whose = one.pipeline and "" or "step " .. one.step .. " "
    put("%s: %s: %s%s", one.at or "?", format.in_colour(COLOUR[one.level], one.level), whose, one.what)
    if one.hint then put("    %s", format.in_colour("grey", one.hint)) end
  end
  if #all == 0 then return put("%s checked, no problems found", format.plural(n_steps, "step")) end
  put("%s, %s; %s checked", format.plural(counts.error, "error"), format.plural(counts.warning, "warning"),
    format.plural(n_steps, "step"))
end

-- The pipelines to check.  When the script runs something while it is loaded: those that it
-- has defined by then, and that error.
---@return table[] pipelines, any err
local function load_all(args)
  local ok, list = internal_error.call(function()
    return args[2] and { script_file.pipeline(args[1], args[2]) } or script_file.pipelines(args[1])
  end)
  if ok then return list end
  if not program.was_refused() then error(list, 0) end
  local found, err = {}, list
  for _, pipeline in next, pipelines.pipelines do
    if not args[2] or pipeline.name == args[2] then found[#found + 1] = pipeline end
  end
  table.sort(found, function(a, b) return a.name < b.name end)
  return found, err
end

function command.run(args)
  local list, err = load_all(args)
  local done, all = {}, {}
  for _, pipeline in ipairs(list) do of_pipeline(pipeline, args, done, all) end
  if not args[2] then
    of_names(all)
    of_others(done, all)
  end
  table.sort(all, is_before)
  local counts, n_steps = { error = 0, warning = 0 }, 0
  for _, one in ipairs(all) do counts[one.level] = counts[one.level] + 1 end
  for _ in next, args[2] and done or step.steps do n_steps = n_steps + 1 end
  if err and #all == 0 then error(err, 0) end
  if global_options.json then
    for _, one in ipairs(all) do one.pipeline = nil end
    out.json { items = json.array(all), next = json.null }
  else
    print_all(all, counts, n_steps)
  end
  if err then error(err, 0) end
  return (counts.error > 0 or args.strict and #all > 0) and 5 or 0
end

return command
