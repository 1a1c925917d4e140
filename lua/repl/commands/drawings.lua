-- drawings: commands of the prompt that draw: .graph, .plot.

local command_line = require "rille.repl.command_line"
local sys = require "rille.host.sys"

local fail, of_program = command_line.fail, command_line.of_program

---@type table<string, DotCommand>
local commands = {
  graph = { group = "Drawings", takes = "NAME", text = "draw a run, an artifact or a pipeline" },
  plot = { group = "Drawings", takes = "X ...", text = "draw numbers, frames, metrics" },
}

-- Shows a drawing or a plot: as an image where the session can show one.
local function put_drawing(session, svg, text)
  if session.face.draw then return session.face.draw { svg = svg(), text = text {} } end
  session.face.put(text())
end

function commands.graph.run(session, words, line)
  if not words[1] then fail ".graph: expected a run, a step, an artifact or a pipeline" end
  local value = command_line.value(session, line)
  if value == nil or type(value) == "string" then return of_program "graph"(session, words) end
  local drawing = require("rille.show.draw.of_value").draw(value)
  put_drawing(session, function() return drawing:svg() end, function() return drawing:text() end)
end

function commands.plot.run(session, words, line)
  local expression, path = line:match "^(.-)%s+%-o%s+(%S+)$"
  local value = command_line.value(session, expression or line)
  if value == nil or type(value) == "string" then return of_program "plot"(session, words) end
  local drawn, why = require("rille.show.plot.of_value")(value, { y = {}, title = expression or line })
  if not drawn then fail(".plot: %s", why) end
  local plot = require "rille.show.plot"
  if not path then
    return put_drawing(session, function() return plot.svg(drawn) end, function(options)
      return (plot.text(drawn, options or plot.for_terminal()):gsub("\n$", ""))
    end)
  end
  local ok, message = sys.write_file(path, plot.svg(drawn))
  if not ok then fail(".plot: %s", message) end
  session.face.put(path)
end

return commands
