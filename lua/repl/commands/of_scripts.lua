-- of_scripts: commands of the prompt for the steps and pipelines of the session: .run, .steps, .load, .reload.

local fail = require("rille.repl.command_line").fail
local pipelines = require "rille.script.pipeline"
local scripts = require "rille.repl.scripts"
local steps = require "rille.script.step"
local suggest = require "rille.base.suggest"
local upcalls = require "rille.base.upcalls"

---@type table<string, DotCommand>
local commands = {
  run = { group = "Steps and pipelines", takes = "[PIPELINE] [N=V ...]", text = "run a pipeline, as rille run does" },
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

-- The pipeline that the words begin with, or the only one; and the other words.
local function chosen(words)
  local known = pipelines.pipelines
  local names = sorted_names(known)
  local first = words[1]
  if first and known[first] then return known[first], table.move(words, 2, #words, 1, {}) end
  if first and not first:find "[=-]" then
    fail('.run: there is no pipeline "%s"%s', first, suggest.hint(first, names))
  end
  if #names == 1 then return known[names[1]], words end
  if #names == 0 then fail ".run: the session has no pipeline; see rille help pipelines" end
  fail(".run: name one of the pipelines: %s", table.concat(names, ", "))
end

-- The words of rille run: NAME=VALUE alone is a setting.
local function as_options(words)
  local list = {}
  for i, word in ipairs(words) do
    local takes_value = i > 1 and words[i - 1]:find "^%-%-%a" and not words[i - 1]:find "="
    if word:find "^[%a_][%w_.%-]*=" and not takes_value then list[#list + 1] = "--set" end
    list[#list + 1] = word
  end
  return list
end

-- How entries name the pipeline, for .save; nil where none of the session's variables is it.
local function name_of(session, pipeline)
  for name, cell in next, session.cells do
    if rawequal(select(2, debug.getupvalue(cell.holder, cell.index)), pipeline) then return name end
  end
  for name, v in next, session.environment do
    if rawequal(v, pipeline) and type(name) == "string" and name:find "^%a" then return name end
  end
end

function commands.run.run(session, words)
  local pipeline, rest = chosen(words)
  local run = upcalls.run_pipeline_of_words(pipeline, as_options(rest))
  session:keep(run)
  local name = not rest[1] and name_of(session, pipeline)
  if name then session.transcript:succeeded(session.count, name .. ":run {};") end
end

local function put_sorted(session, known)
  for _, name in ipairs(sorted_names(known)) do
    local at = rawget(known[name], "at")
    session.face.put(tostring(known[name]) .. (at and "  " .. at or ""))
  end
end

function commands.steps.run(session)
  put_sorted(session, steps.steps)
  put_sorted(session, pipelines.pipelines)
end

function commands.load.run(session, words)
  if not words[1] or words[2] then fail ".load: expected the name of a script" end
  scripts.load_and_tell(session, words[1])
end

function commands.reload.run(session)
  if not session.script then fail ".reload: no script was given; start with rille -i FILE" end
  scripts.load_and_tell(session, session.script)
end

return commands
