-- rille plot RUN METRIC | ARTIFACT [-o F.svg]

local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local plot = require "rille.show.plot"
local project = require "rille.project"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local value_parser = require "rille.script.value_parser"

local command = {
  name = "plot", order = 65, synopsis = "plot RUN METRIC",
  summary = "draw a metric or an artifact in the terminal or as SVG",
  usage = "plot RUN[/STEP]... METRIC... | PIPELINE METRIC | ARTIFACT [--x COL] [--y COL]... [--histogram] [--lines] "
    .. "[--log] [-o F.svg]",
  takes = { "run/step,artifact,pipeline" },
  min = 1,
  options = {
    ["--x"] = { value = "COLUMN", text = "the column of the axis below" },
    ["--y"] = { value = "COLUMN", list = true, text = "a column to draw; again for more" },
    ["--histogram"] = { text = "count the values" },
    ["--lines"] = { text = "join the points of two columns" },
    ["--log"] = { text = "logarithmic axis at the left" },
    ["--width"] = { value = "N", text = "columns of the drawing" },
    ["--height"] = { value = "N", text = "lines of the drawing" },
    ["-o"] = { value = "FILE", text = "write SVG to this file" },
  },
  help = [[
rille plot RUN[/STEP]... METRIC... [--histogram] [--log] [-o F.svg]
rille plot PIPELINE METRIC
rille plot ARTIFACT | RUN/STEP OUTPUT [--x COL] [--y COL]... [--histogram]
           [--lines] [--log] [-o F.svg]

Draws numbers in the terminal, or as SVG into a file.

  RUN METRIC       the course of a metric that steps logged several times, a
                   line for each step; of several runs and metrics a line each
  PIPELINE METRIC  its last value in each run of the pipeline
  ARTIFACT         a vector or a list of numbers as a line; of a frame, a
                   matrix, or a table of lists the columns named by --y, against
                   the row or against --x (columns of a matrix are 1, 2, 3...)

  --x COL, --y COL   columns: points, against a date a line; --y again for more
  --histogram    how often values occur
  --lines        join the points of two columns by lines
  --log          logarithmic axis at the left
  -o F.svg       SVG, for light and dark pages
  --width N, --height N    of the drawing in the terminal, in characters
  --json         {"title","x","series":[{"name","x":[],"y":[]}]} or, of a
                 histogram, "bins":[{"from","to","count"}]

Of many points those are drawn that keep the highest and lowest values; what is
not finite is left out, and a line says so.  Without UTF-8 it is drawn in ASCII.

Exit codes: 0 success; 2 usage; 3 no such name, or nothing to draw; 4 no store.

  rille plot digits@-1/train loss
  rille plot sales::summary::by_day --x day --y total -o sales.svg
]],
}

-- Gaps are null.
local function finite(list)
  local kept = {}
  for i, v in ipairs(list) do kept[i] = v == v and v or json.null end
  return json.array(kept)
end

local function as_data(drawn)
  local data = { title = drawn.title, x = drawn.x }
  if drawn.bins then
    local bins = {}
    for i, bin in ipairs(drawn.bins) do bins[i] = { from = bin.from, to = bin.to, count = bin.count } end
    data.bins = json.array(bins)
  else
    local series = {}
    for i, one in ipairs(drawn.series) do series[i] = { name = one.name, x = finite(one.x), y = finite(one.y) } end
    data.series = json.array(series)
  end
  return data
end

local function say_notes(drawn)
  if global_options.quiet then return end
  for _, note in ipairs(drawn.notes) do terminal.say(note, "\n") end
end

local function write_svg(drawn, path)
  local ok, message = sys.write_file(path, plot.svg(drawn))
  if not ok then errors.at(nil, "%s", message) end
  if not global_options.quiet then terminal.say(string.format("%s: svg of %s\n", path, drawn.title)) end
end

function command.run(args)
  if args.o and not args.o:lower():find "%.svg$" then
    out.usage("plot: -o %s: a plot is written as SVG, so the name ends with .svg", args.o)
  end
  local size = plot.for_terminal()
  size.columns = value_parser.count("--width", args.width, size.columns)
  size.lines = value_parser.count("--height", args.height, size.lines)
  project.need "read"
  local names = table.move(args, 1, #args, 1, {})
  local drawn, sentence = require("rille.show.plot.from_history").plot(names, { x = args.x, y = args.y or {},
    histogram = args.histogram, lines = args.lines, log = args.log })
  if not drawn then
    if args.o or global_options.json then errors.at(nil, "%s", sentence) end
    out.line("%s", sentence)
    return 0
  end
  if global_options.json then out.json(as_data(drawn))
  elseif args.o then write_svg(drawn, args.o)
  else terminal.put(plot.text(drawn, size)) end
  say_notes(drawn)
  return 0
end

return command
