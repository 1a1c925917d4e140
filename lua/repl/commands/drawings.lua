-- drawings: commands of the prompt that draw: .graph, .plot, .show.

local browser = require "rille.show.browser"
local command_line = require "rille.repl.command_line"
local format = require "rille.base.format"
local internal_error = require "rille.base.internal_error"
local output_file = require "rille.host.output_file"

local fail, of_program = command_line.fail, command_line.of_program

---@type table<string, DotCommand>
local commands = {
  graph = { group = "Drawings", takes = "NAME", text = "draw a run, an artifact or a pipeline", help = [[
.graph X           X: a run, a step of one, an artifact or a
                   pipeline, as a value or a name
.graph X --open    as a page in a browser
.graph X -o FILE   .html .svg .dot .mmd .json .txt]] },
  plot = { group = "Drawings", takes = "X ...", text = "draw numbers, frames, metrics", help = [[
.plot x            a list of numbers, a vector, a column of
                   a frame (f.height); numbers by name
.plot a, b         several in one drawing
.plot x y          y against x
.plot run.metrics.loss
                   what a step logged; also step.series
.plot RUN METRIC   names, as rille plot takes them
  --histogram      how often values occur
  --log            logarithmic y axis
  --lines          connect the points of x and y
  --heat           a matrix as a map of shades
  --x COL --y COL  columns of a frame or a matrix
  --width N --height N
  --open           as SVG in a browser
  -o F.svg         into a file]] },
  show = { group = "Drawings", takes = "X", text = "a run, an artifact; pages in a browser", help = [[
.show X            a run, a step, an artifact or a model, by
                   name or as a value, as rille show has it
.show DRAWING      a drawing (run:graph()), or an artifact that
                   is a page or a picture, opens in a browser:
                   $BROWSER, or the desktop's
.show VALUE        another value, all of it]] },
}

-- Gives words that are no value of the session to the command of the program.
local function by_name(session, command, words)
  local ok, err = internal_error.call(of_program(command), session, words)
  if ok then return nil end
  if internal_error.is(err) then error(err, 0) end
  local message = type(err) == "table" and (rawget(err, "usage") or rawget(err, "message")) or err
  local name = words[1] or ""
  if type(message) ~= "string" or not name:find "^[%a_][%w_.]*$" then error(err, 0) end
  fail('.%s: there is no value "%s" in the session, and as a name: %s', command, name, message)
end

-- Shows a file that is made for this session: in a browser, or its path.
local function open_made(session, name, text)
  session.pages = session.pages or browser.folder()
  local path = session.pages:write(name, text)
  session.face.put(browser.show(path))
end

-- Shows a drawing or a plot: as an image where the session can show one.  text(options) gives it as text.
local function put_drawing(session, svg, text, options)
  if session.face.draw then return session.face.draw { svg = svg(), text = text {} } end
  session.face.put((text(options):gsub("\n$", "")))
end

local function write(session, path, text)
  local ok, message = output_file.write(path, text)
  if not ok then fail("%s", message) end
  session.face.put(path)
end

-- Drawings -----------------------------------------------------------------------------------

-- The words without "-o FILE" and "--open": the rest as a line, the file, whether to open it.
local function output_of(name, words)
  local kept, path, is_open, i = {}, nil, false, 1
  while words[i] do
    if words[i] == "-o" then
      path = words[i + 1] or fail(".%s: -o takes the name of a file", name)
      i = i + 1
    elseif words[i] == "--open" then is_open = true
    else kept[#kept + 1] = words[i] end
    i = i + 1
  end
  return table.concat(kept, " "), path, is_open
end

local function file_name(title, extension)
  return (title:gsub("[^%w._-]+", "-"):gsub("^[-.]+", ""):sub(1, 60) .. "." .. extension)
end

local function open_drawing(session, drawing)
  open_made(session, file_name(drawing.title, "html"), drawing:html())
end

function commands.graph.run(session, words, line)
  if not words[1] then fail ".graph: expected a run, a step, an artifact or a pipeline" end
  local expression, path, is_open = output_of("graph", words)
  local value = command_line.value(session, path and expression or is_open and expression or line)
  local draw = require "rille.show.draw"
  if value == nil or type(value) == "string" then
    if not is_open then return by_name(session, "graph", words) end
    value = require("rille.query.history").find_run(expression)
    if not value then fail(".graph --open: there is no run %s", expression) end
  end
  local drawing = draw.is(value) and value or require("rille.show.draw.of_value").draw(value)
  if is_open then return open_drawing(session, drawing) end
  if path then
    local kind, message = draw.format_of(path)
    if not kind then fail(".graph: -o %s", message) end
    return write(session, path, draw.render(drawing, kind))
  end
  local options = draw.for_terminal()
  options.columns = session.face.width()
  put_drawing(session, function() return drawing:svg() end, function(wanted)
    return draw.render(drawing, "text", wanted)
  end, options)
end

-- Plots --------------------------------------------------------------------------------------

local function of_names(session, arguments)
  local words = command_line.words(arguments.text)
  for name, value in next, arguments.options do
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      words[#words + 1] = name
      if one ~= true then words[#words + 1] = one end
    end
  end
  if arguments.options["--open"] then fail ".plot --open: expected values; with names, write a file with -o F.svg" end
  by_name(session, "plot", words)
end

-- The plot, or nil and a sentence that says the only number.
local function plot_of(arguments, options)
  local history, from_history = require "rille.query.history", require "rille.show.plot.from_history"
  local value = arguments.values[1][2]
  local meta = debug.getmetatable(value)
  if #arguments.values == 1 and (meta == history.Run or meta == history.Step) then
    return from_history.plot_of(value, arguments.metric, options)
  end
  if #arguments.values == 1 and meta == history.Artifact then return from_history.plot_artifact(value, options) end
  for _, one in ipairs(arguments.values) do
    if debug.getmetatable(one[2]) == history.Artifact then one[2] = one[2]:load() end
  end
  options.scatter = arguments.scatter and #arguments.values > 1
  options.title = options.scatter and string.format("%s against %s", arguments.values[2][1], arguments.values[1][1])
    or arguments.text
  local drawn, message = require "rille.show.plot.of_values"(arguments.values, options)
  if not drawn then fail(".plot: %s", message) end
  return drawn
end

function commands.plot.run(session, words, line)
  if not words[1] then fail ".plot: expected numbers, as in .plot x, or .plot x y for y against x; see .help plot" end
  local arguments = require("rille.repl.plot_arguments").parse(session, line)
  if not arguments.values then return of_names(session, arguments) end
  local plot, count, given = require "rille.show.plot", require("rille.script.value_parser").count, arguments.options
  local size = plot.for_terminal()
  size.columns = count("--width", given["--width"], math.min(size.columns, session.face.width()), 500)
  size.lines = count("--height", given["--height"], size.lines, 200)
  local drawn, sentence = plot_of(arguments, { x = given["--x"], y = given["--y"] or {}, log = given["--log"],
    histogram = given["--histogram"], lines = given["--lines"], heat = given["--heat"] })
  if not drawn then return session.face.put(sentence) end
  local path = given["-o"]
  if path and not path:lower():find "%.svg$" then
    fail(".plot: -o %s: plots are written as SVG; use a name that ends with .svg", path)
  end
  if path then write(session, path, plot.svg(drawn))
  elseif given["--open"] then open_made(session, file_name(drawn.title, "svg"), plot.svg(drawn))
  else
    put_drawing(session, function() return plot.svg(drawn) end, function(wanted) return plot.text(drawn, wanted) end,
      size)
  end
  for _, note in ipairs(drawn.notes) do session.face.put(format.in_colour("grey", note)) end
end

-- .show --------------------------------------------------------------------------------------

-- The words by which rille show finds a value of the history; nil of another value.
local function name_of(value)
  local history, past_model = require "rille.query.history", require "rille.query.past_model"
  local meta, row = debug.getmetatable(value), type(value) == "table" and rawget(value, "row")
  if meta == history.Run then return { "show", value.name } end
  if meta == history.Step then return row.run_name and { "show", row.run_name .. "/" .. value.id } end
  if meta == history.Artifact then return { "show", value.id } end
  if meta == past_model.Version then return { "model", "version", "show", row.model, tostring(row.number) } end
  if meta == debug.getmetatable(past_model.model_of {}) then return { "model", "show", value.name } end
end

-- An artifact that is a page or a picture: its bytes and the name of its file.
local PAGES <const> = { html = true, htm = true, svg = true, png = true, jpg = true, jpeg = true, gif = true,
  pdf = true }

local function page_of(value)
  if debug.getmetatable(value) ~= require("rille.query.history").Artifact then return nil end
  local one = value.members[1]
  if not one or value.members[2] then return nil end
  local name = value.metadata.name or one.name
  local extension = type(name) == "string" and name:match "%.(%w+)$"
  if extension and PAGES[extension:lower()] then return value:bytes(), name:match "[^/]*$" end
end

function commands.show.run(session, words, line)
  if not words[1] then fail ".show: expected a name or a value, as in .show digits@-1; see .help show" end
  local value = command_line.value(session, line)
  if value == nil then return by_name(session, "show", words) end
  local draw = package.loaded["rille.show.draw"]
  if draw and draw.is(value) then
    if session.face.draw then return session.face.draw { svg = value:svg(), text = value:text() } end
    return open_drawing(session, value)
  end
  local bytes, name = page_of(value)
  if bytes then return open_made(session, name, bytes) end
  local command = name_of(value)
  if command then return of_program(command[1])(session, { table.unpack(command, 2) }) end
  session:show(value)
end

return commands
