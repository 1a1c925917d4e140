-- of_scripts: commands of the prompt for the steps and pipelines of the session: .run, .steps, .load, .reload.

local fail = require("rille.repl.command_line").fail
local suggest = require "rille.base.suggest"

---@type table<string, DotCommand>
local commands = {
  run = { group = "Steps and pipelines", takes = "PIPELINE", text = "run a pipeline of the session" },
  steps = { group = "Steps and pipelines", takes = "", text = "steps and pipelines of the session" },
  load = { group = "Steps and pipelines", takes = "FILE", text = "run a script; its steps stay" },
  reload = { group = "Steps and pipelines", takes = "", text = "run the session's script again" },
}

local function sorted_names(known)
  local list = {}
  for name in next, known do list[#list + 1] = name end
  table.sort(list)
  return list
end

function commands.run.run(_, words)
  local known = require("rille.script.pipeline").pipelines
  local pipeline = known[words[1] or ""]
  if not pipeline then
    fail('.run: there is no pipeline "%s"%s', words[1] or "", suggest.hint(words[1] or "", sorted_names(known)))
  end
  pipeline:run {}
end

local function put_sorted(session, known)
  for _, name in ipairs(sorted_names(known)) do
    local at = rawget(known[name], "at")
    session.face.put(tostring(known[name]) .. (at and "  " .. at or ""))
  end
end

function commands.steps.run(session)
  put_sorted(session, require("rille.script.step").steps)
  put_sorted(session, require("rille.script.pipeline").pipelines)
end

function commands.load.run(_, words)
  if not words[1] or words[2] then fail ".load: expected the name of a script" end
  require("rille.run.script_file").library(words[1])
end

function commands.reload.run(session)
  if not session.script then fail ".reload: no script was given; start with rille -i FILE" end
  require("rille.run.script_file").library(session.script)
end

return commands
