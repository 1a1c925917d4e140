-- dot_commands: the commands of the prompt, ".runs", "?NAME": thin faces of the commands of the program.  One table is
-- what runs them, what .help shows and what completion offers.

local internal_error = require "rille.base.internal_error"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local upcalls = require "rille.base.upcalls"

local dot_commands = {}

local function fail(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- The words of a line; those in quotes are one.
local function words_of(text)
  local words, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return words end
    local quote, word, stop = text:match([[^(["'])(.-)%1()]], at)
    if not quote then word, stop = text:match("^(%S+)()", at) end
    words[#words + 1], at = word, stop
  end
end

-- A command of the program with these words.
local function of_program(name)
  return function(_, words)
    for _, word in ipairs(words) do
      if word == "-f" then fail(".%s: -f follows for as long as the run lasts: rille %s -f in a shell", name, name) end
    end
    upcalls.run_command { name, table.unpack(words) }
  end
end

---@class DotCommand
---@field takes string what follows it, for .help
---@field text string
---@field run fun(session: Session, words: string[], line: string): string?

---@type table<string, DotCommand>
local COMMANDS <const> = {
  help = { takes = "[COMMAND]", text = "these commands" },
  quit = { takes = "", text = "leave; Ctrl-D does it too", run = function() return "quit" end },
  last = { takes = "", text = "the last result, all of it", run = function(session) session:show_last() end },
  bt = { takes = "", text = "where the last error came from" },
  runs = { takes = "[PIPELINE]", text = "the newest runs", run = of_program "runs" },
  show = { takes = "[RUN|ARTIFACT]", text = "a run, a step or an artifact", run = of_program "show" },
  why = { takes = "[RUN/STEP]", text = "why a step ran, or was cached", run = of_program "why" },
  diff = { takes = "RUN RUN", text = "what differs between two runs", run = of_program "diff" },
  log = { takes = "RUN[/STEP]", text = "what steps printed", run = of_program "log" },
  run = { takes = "PIPELINE", text = "run a pipeline of the session" },
  steps = { takes = "", text = "the steps and pipelines of the session" },
  graph = { takes = "NAME", text = "draw a run, an artifact or a pipeline" },
  plot = { takes = "EXPR [-o F.svg]", text = "draw a vector, a frame or a list of numbers" },
  reload = { takes = "", text = "run the script of the session again" },
  model = { takes = "[ACTION ...]", text = "models and their versions", run = of_program "model" },
  stack = { takes = "[ACTION ...]", text = "stacks", run = of_program "stack" },
  save = { takes = "FILE", text = "the session as a script" },
  load = { takes = "FILE", text = "run a script; its steps and pipelines stay" },
  forget = { takes = "", text = "forget the locals of the session" },
  time = { takes = "LUA", text = "run an entry and say how long it took" },
}
dot_commands.COMMANDS = COMMANDS

COMMANDS.help.run = function(session, words)
  local names = {}
  for name in next, COMMANDS do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local one = COMMANDS[name]
    if not words[1] or words[1]:gsub("^%.", "") == name then
      session.face.put(string.format("%-22s %s", "." .. name .. (one.takes ~= "" and " " .. one.takes or ""), one.text))
    end
  end
  if words[1] then return end
  session.face.put(string.format("%-22s %s\n%-22s %s", "?NAME", "what NAME is", "??NAME", "the source of NAME"))
end

COMMANDS.bt.run = function(session)
  if not session.trace or not session.trace[1] then return session.face.put "no entry has failed yet" end
  for _, line in ipairs(session.trace) do session.face.put(line) end
end

COMMANDS.save.run = function(session, words)
  if not words[1] or words[2] then fail ".save: expected the name of a file, as in .save work.lua" end
  if sys.stat(words[1]) then fail(".save: %s is there already; give another name", words[1]) end
  local ok, message = sys.write_file(words[1], table.concat(session.done, "\n") .. "\n")
  if not ok then fail(".save: %s", message) end
  session.face.put(string.format("%d entries in %s", #session.done, words[1]))
end

COMMANDS.load.run = function(_, words)
  if not words[1] or words[2] then fail ".load: expected the name of a script" end
  require("rille.run.script_file").library(words[1])
end

COMMANDS.run.run = function(_, words)
  local known = require("rille.script.pipeline").pipelines
  local pipeline = known[words[1] or ""]
  if not pipeline then
    local list = {}
    for name in next, known do list[#list + 1] = name end
    fail('.run: there is no pipeline "%s"%s', words[1] or "", suggest.hint(words[1] or "", list))
  end
  pipeline:run {}
end

local function put_sorted(session, known)
  local list = {}
  for name in next, known do list[#list + 1] = name end
  table.sort(list)
  for _, name in ipairs(list) do
    local at = rawget(known[name], "at")
    session.face.put(tostring(known[name]) .. (at and "  " .. at or ""))
  end
end

COMMANDS.steps.run = function(session)
  put_sorted(session, require("rille.script.step").steps)
  put_sorted(session, require("rille.script.pipeline").pipelines)
end

-- The value of an expression of the session; nil where it is none.
local function value_of(session, text)
  local f = require("rille.repl.entry").compile(text, "=" .. text, session.cells)
  local ok, value = pcall(f or error)
  return ok and value or nil
end

COMMANDS.graph.run = function(session, words, line)
  if not words[1] then fail ".graph: expected a run, a step, an artifact or a pipeline" end
  local value = value_of(session, line)
  if value == nil or type(value) == "string" then return of_program "graph"(session, words) end
  session.face.put(require("rille.show.draw.of_value").draw(value):text())
end

COMMANDS.plot.run = function(session, words, line)
  local expression, path = line:match "^(.-)%s+%-o%s+(%S+)$"
  local value = value_of(session, expression or line)
  if value == nil or type(value) == "string" then return of_program "plot"(session, words) end
  local drawn, why = require("rille.show.plot.of_value")(value, { y = {}, title = expression or line })
  if not drawn then fail(".plot: %s", why) end
  local plot = require "rille.show.plot"
  if not path then return session.face.put((plot.text(drawn, plot.for_terminal()):gsub("\n$", ""))) end
  local ok, message = sys.write_file(path, plot.svg(drawn))
  if not ok then fail(".plot: %s", message) end
  session.face.put(path)
end

COMMANDS.reload.run = function(session)
  if not session.script then fail ".reload: no script was given; start with rille -i FILE" end
  require("rille.run.script_file").library(session.script)
end

COMMANDS.forget.run = function(session) session.cells = {} end

COMMANDS.time.run = function(session, _, line)
  local began = sys.mono()
  local status = session:enter(line)
  if status == "ok" then session.face.put(require("rille.base.format").seconds(sys.mono() - began)) end
  return status
end

local function names()
  local list = {}
  for name in next, COMMANDS do list[#list + 1] = "." .. name end
  table.sort(list)
  return list
end

-- Runs a line that begins with a dot or a question mark.
---@param session Session
---@param line string
---@return "ok"|"error"|"quit" status
function dot_commands.run(session, line)
  local ok, result = internal_error.call(function()
    local marks, asked = line:match "^%s*(%?%??)%s*(.-)%s*$"
    if marks then return require("rille.repl.about").show(session, asked, marks == "??") end
    local name, rest = line:match "^%s*%.([%w_]*)%s*(.-)%s*$"
    local command = COMMANDS[name]
    if not command then fail("there is no command .%s%s", name, suggest.hint("." .. name, names())) end
    return command.run(session, words_of(rest), rest)
  end)
  if ok then return result or "ok" end
  session:tell(result)
  return "error"
end

return dot_commands
