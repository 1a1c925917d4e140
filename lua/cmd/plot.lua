-- rille plot RUN METRIC | ARTIFACT [-o F.svg]

local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local output_file = require "rille.host.output_file"
local plot = require "rille.show.plot"
local project = require "rille.project"
local terminal = require "rille.base.terminal"
local value_parser = require "rille.script.value_parser"

local command = {
  name = "plot", order = 260, synopsis = "plot RUN METRIC",
  summary = "draw a metric or an artifact in the terminal or as SVG",
  usage = "plot RUN[/STEP]... METRIC... | PIPELINE METRIC | ARTIFACT [--x COL] [--y COL]... [--histogram] [--lines] "
    .. "[--heat] [--log] [-o F.svg]",
  takes = { "run/step,artifact,pipeline" },
  min = 1,
  options = {
    ["--x"] = { value = "COLUMN", text = "column for the x axis" },
    ["--y"] = { value = "COLUMN", list = true, text = "column to draw; repeatable" },
    ["--histogram"] = { text = "draw a histogram of the values" },
    ["--lines"] = { text = "connect the points of two columns" },
    ["--heat"] = { text = "draw a matrix as a map of shades" },
    ["--log"] = { text = "logarithmic y axis" },
    ["--width"] = { value = "N", text = "width in characters, at most 500" },
    ["--height"] = { value = "N", text = "height in lines" },
    ["-o"] = { value = "FILE", text = "write SVG to this file" },
  },
  help = [[
rille plot RUN[/STEP]... METRIC... [--histogram] [--log] [-o F.svg]
rille plot PIPELINE METRIC
rille plot ARTIFACT | RUN/STEP OUTPUT [--x COL] [--y COL]... [--histogram]
           [--lines] [--heat] [--log] [-o F.svg]

Draws numbers in the terminal, or writes an SVG file.

  RUN METRIC       the values of a metric that steps logged several times, one
                   line per step, run and metric
  PIPELINE METRIC  the last value of the metric in each run of the pipeline;
                   STEP.METRIC: that of one step, of runs too
  ARTIFACT         a vector or a list of numbers as a line; numbers by name as
                   bars; for a frame, a matrix or a table of lists, the columns
                   given by --y, against the row number or --x (columns of a
                   matrix are 1, 2, 3...)

  --x COL, --y COL   columns, drawn as points, or as a line if x is a date;
                     repeat --y for more columns
  --histogram    show how often values occur
  --lines        connect the points of two columns
  --heat         draw a matrix, or a frame of numbers, as a map of shades
  --log          logarithmic y axis
  -o F.svg       write SVG, for light and dark pages
  --width N, --height N    size of the drawing in the terminal, in characters;
                 at most 500 and 200
  --json         {"title","x","series":[{"name","x":[],"y":[]}]}, or for a
                 histogram "bins":[{"from","to","count"}], for bars
                 "bars":[{"name","value"}], for a map "shape", "rows"

With many points, those with the highest and lowest values are drawn.  Values
that are not finite are left out, and a line says so.  Without UTF-8, the
drawing uses ASCII.

Exit codes: 0 success; 2 usage; 3 no such name, or nothing to draw; 4 no store.

  rille plot digits@-1/train loss
  rille plot sales::summary::by_day --x day --y total -o sales.svg
]],
}

-- Gaps are null.
local function finite(list)
  local kept = {}
  for i, v in ipairs(list) do kept[i] = v - v == 0 and v or json.null end
  return json.array(kept)
end

local function as_data(drawn)
  local data = { title = drawn.title, x = drawn.x }
  if drawn.matrix then
    data.shape = json.array { drawn.matrix.shape[1], drawn.matrix.shape[2] }
    data.rows = json.array(drawn.matrix:totable())
    for i, row in ipairs(data.rows) do data.rows[i] = finite(row) end
  elseif drawn.names then
    local bars, plain = {}, require("rille.base.value_text").plain
    for i, name in ipairs(drawn.names) do bars[i] = { name = name, value = plain(drawn.values[i]) } end
    data.bars = json.array(bars)
  elseif drawn.bins then
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
  local ok, message = output_file.write(path, plot.svg(drawn))
  if not ok then errors.at(nil, "%s", message) end
  if not global_options.quiet then terminal.say(string.format("%s: svg of %s\n", path, drawn.title)) end
end

function command.run(args)
  if args.o and not args.o:lower():find "%.svg$" then
    out.usage("plot: -o %s: plots are written as SVG; use a name that ends with .svg", args.o)
  end
  local size = plot.for_terminal()
  size.columns = value_parser.count("--width", args.width, size.columns, 500)
  size.lines = value_parser.count("--height", args.height, size.lines, 200)
  project.need "read"
  local names = table.move(args, 1, #args, 1, {})
  local drawn, sentence = require("rille.show.plot.from_history").plot(names, { x = args.x, y = args.y or {},
    histogram = args.histogram, lines = args.lines, log = args.log, heat = args.heat })
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
