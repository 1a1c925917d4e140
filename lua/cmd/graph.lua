-- rille graph RUN | FILE [PIPELINE] | ARTIFACT [--svg | --html | ...] [-o F]

local out = require "rille.show.out"
local draw = require "rille.show.draw"
local history = require "rille.query.history"
local cli_inputs = require "rille.run.cli_inputs"
local errors = require "rille.base.errors"
local output_file = require "rille.host.output_file"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "graph", order = 270, synopsis = "graph RUN",
  summary = "draw a run or a plan: text, SVG, HTML and more",
  usage = "graph RUN | FILE [PIPELINE] | ARTIFACT [--text | --svg | --html | --dot | --mermaid | --json] "
    .. "[-o F] [--all] [--set NAME=VALUE] [--input NAME=PATH] [--no-cache]",
  takes = { "run,artifact" },
  min = 1, max = 2,
  options = {
    ["--text"] = { text = "draw as text" },
    ["--svg"] = { text = "draw as SVG" },
    ["--html"] = { text = "draw as one HTML page" },
    ["--dot"] = { text = "write for Graphviz" },
    ["--mermaid"] = { text = "write for Mermaid" },
    ["-o"] = { value = "FILE", text = "write to this file" },
    ["--all"] = { text = "do not join steps that are alike" },
    ["--set"] = { value = "NAME=VALUE", list = true, text = "set a parameter" },
    ["--input"] = { value = "NAME=PATH", list = true, text = "read a pipeline input from a file" },
    ["--no-cache"] = { text = "plan without the cache" },
  },
  help = [==[
rille graph RUN | FILE [PIPELINE] | ARTIFACT [FORMAT] [-o F] [--all]

Draws a run, the plan of a script's pipeline, or the lineage of an artifact.
Circles are steps and squares are artifacts; hollow squares are values from the
script or from outside, with name, version and run.  Dashed edges belong to
cached steps; dotted edges mark order (after) and conditions (if, unless).
Colours: blue ran, green cached, yellow running, red failed, grey not run;
symbols and words show the same.

FORMAT       --text (the default), --svg, --html (a page that works offline),
             --dot (Graphviz), --mermaid, --json
  -o F       write to the file F; .svg .html .dot .mmd .json .txt set the format
  --all      draw every node; otherwise, in a graph of more than 250 nodes,
             similar steps are one node with a count (in text, from 12 rails on)
  --set NAME=VALUE, --input NAME=PATH, --no-cache
             for a script, as in rille plan; without its inputs, only the wiring
             of the pipeline is drawn

The page opens on the failed step, or on a summary of the run.  For each step it
shows why the step ran or was cached, what changed since the previous run, the
error, inputs and outputs with previews, parameters, metrics, log and source.
If the drawing would not fit the window, five or more similar nodes are one: the
plus sign unfolds it, "Unfold all" draws every step.  The page has the first
4 KiB and the last 12 KiB of a log; beyond 600 steps, it has no logs or sources
of the others.  Keys: arrows, Enter, Esc, / to search, + - 0 to zoom, f to fold.

Each step shows its duration.  A step that took more than twice its usual time
(the median of at least two earlier runs) and at least 0.1 s longer has a yellow
ring and a label; if there is none, the longest step is marked.

In scripts: run:graph(), pipeline:graph { params =, inputs = }, and
rille.show(x) for a run, a step run, an artifact or a pipeline, which also
prints the text.  A graph has :svg() :html() :dot() :mermaid() :json() :text(),
each with an optional { all = true }, and :save "x.svg"; tostring returns the
text.

--json  {"title","kind" (run, plan, lineage),"status","seconds","width",
  "height","direction" (down, right),"folded","nodes":[NODE],"edges":[EDGE]}
  NODE  {"id","kind" (step, artifact, value),"label","status","type","seconds",
        "usual","slow","count","size","digest","details":{},"layer","x","y" (the
        middle of the shape),"left","top","width","height" (with its texts)}
  EDGE  {"from","to" (ids),"ports","dashed","order" (true: no value goes along
        it),"points":[[x,y]]}; all in pixels

Exit codes: 0 success; 2 usage; 3 no such run, or a script is wrong; 4 no store.

  rille graph digits@-1
  rille graph digits.lua -o plan.svg
]==],
}

local usage = out.usage

-- The format asked for: an option, else what -o ends with, else text.
local function format_of(args)
  local found
  for _, name in ipairs(draw.FORMATS) do
    if args[name] or name == "json" and global_options.json then
      if found then usage("graph: --%s and --%s: one format at a time", found, name) end
      found = name
    end
  end
  if found or not args.o then return found or "text" end
  local format, message = draw.format_of(args.o)
  if not format then usage("graph: -o %s; or name one: --svg", message) end
  return format
end

local function of_file(args)
  local pipeline = require("rille.run.script_file").pipeline(args[1], args[2])
  local params, overrides = require("rille.cmd.run").arguments(pipeline, args.set)
  local options = { params = params, overrides = overrides, inputs = cli_inputs.inputs(pipeline, args.input),
    cache = not args.no_cache }
  return require("rille.show.draw.from_plan").of_pipeline(pipeline, options)
end

local function of_name(what)
  project.need "read"
  local run, message = history.find_run(what)
  if run then return require("rille.show.draw.from_run").of_run(run) end
  local owner, id = history.find_with_step(what)
  if owner then return require("rille.show.draw.from_run").of_step(owner.steps[id]) end
  local row = project.meta:find_artifact(what)
  if row then return require("rille.show.draw.from_lineage").of_artifact(history.artifact_of(row)) end
  if require("rille.query.did_you_mean").run_of_pipeline(what) then errors.at(nil, "%s", message) end
  errors.at(nil, "%s; no script or artifact has that name (see rille runs)", message)
end

-- A script when there is such a file, or a name that only a script has.
local function is_file(args)
  local of_script = args[2] or args.set or args.input or args.no_cache
  return of_script ~= nil or sys.stat(args[1]) == "file" or args[1]:find "%.lua$" ~= nil
end

function command.run(args)
  collectgarbage("setpause", 1000)      -- what is made is needed until the end, which is near
  local format = format_of(args)
  local drawing = is_file(args) and of_file(args) or of_name(args[1])
  local options = { all = args.all }
  if format == "text" and not args.o then
    options = draw.for_terminal()
    options.all = args.all
  end
  local text = draw.render(drawing, format, options)
  if not args.o then
    terminal.put(text)
    return 0
  end
  local ok, message = output_file.write(args.o, text)
  if not ok then errors.at(nil, "%s", message) end
  if not global_options.quiet then terminal.say(string.format("%s: %s of %s\n", args.o, format, drawing.title)) end
  return 0
end

return command
