-- dot_commands: the commands of the prompt, ".runs", "?NAME".  One table, made of those in repl/commands/, is what runs
-- them, what .help shows and what completion offers.

local fail = require("rille.repl.command_line").fail
local format = require "rille.base.format"
local internal_error = require "rille.base.internal_error"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local dot_commands = {}

---@type table<string, DotCommand>
local COMMANDS <const> = {
  help = { group = "Prompt", takes = "[COMMAND]", text = "these commands" },
  quit = { group = "Prompt", takes = "", text = "leave; Ctrl-D does it too", run = function() return "quit" end },
}
dot_commands.COMMANDS = COMMANDS

for _, part in ipairs {
  require "rille.repl.commands.of_entries", require "rille.repl.commands.of_session",
  require "rille.repl.commands.of_program",
  require "rille.repl.commands.of_scripts", require "rille.repl.commands.drawings",
  require "rille.repl.commands.of_the_past",
} do
  for name, command in next, part do COMMANDS[name] = command end
end

-- The groups of .help in order; a command without a group, or with another one, is under More.
local GROUPS <const> = { "Entries", "Steps and pipelines", "Runs", "Drawings", "Models and stacks", "Prompt", "More" }

local function sorted_names()
  local list = {}
  for name in next, COMMANDS do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function group_of(name)
  local group = COMMANDS[name].group
  return suggest.has(group or "", GROUPS) and group or "More"
end

local WIDE <const> = 23         -- columns of a command and what it takes

local NARROW <const> = WIDE + 20      -- columns; on fewer a text stands below its command

-- ".diff RUN RUN         what differs", in at most so many columns.
local function line_of(head, text, columns)
  if columns < NARROW then
    return "  " .. head .. "\n" .. terminal.wrapped("    " .. text, columns):gsub("\n *", "\n    ")
  end
  local bare, indent = terminal.bare(head), (" "):rep(WIDE)
  local wrapped = terminal.wrapped(indent .. text, columns):gsub("\n  ", "\n")
  if #bare + 1 >= WIDE then return "  " .. head .. "\n" .. wrapped end
  return "  " .. head .. wrapped:sub(#bare + 3)
end

local function head_of(name)
  local takes = COMMANDS[name].takes
  return format.in_colour("cyan", "." .. name) .. (takes ~= "" and " " .. takes or "")
end

local MARKS <const> = { { "?NAME", "what NAME is" }, { "??NAME", "the source of NAME" } }

local function put_all(session)
  local names, columns = sorted_names(), session.face.width()
  for _, group in ipairs(GROUPS) do
    local lines = {}
    for _, name in ipairs(names) do
      if group_of(name) == group then lines[#lines + 1] = line_of(head_of(name), COMMANDS[name].text, columns) end
    end
    if group == "Prompt" then
      for _, mark in ipairs(MARKS) do
        lines[#lines + 1] = line_of(format.in_colour("cyan", mark[1]), mark[2], columns)
      end
    end
    if lines[1] then session.face.put(format.in_colour("bold", group) .. "\n" .. table.concat(lines, "\n")) end
  end
end

function COMMANDS.help.run(session, words)
  if not words[1] then return put_all(session) end
  local name = words[1]:gsub("^%.", "")
  local command = dot_commands.find(name)
  session.face.put((line_of(head_of(name), command.text, math.huge):gsub("^  ", "", 1)))
  if command.help then session.face.put(command.help) end
end

-- The command of that name; or a mistake.
---@param name string
---@return DotCommand
function dot_commands.find(name)
  if COMMANDS[name] then return COMMANDS[name] end
  local dotted = sorted_names()
  for i, known in ipairs(dotted) do dotted[i] = "." .. known end
  fail("there is no command .%s%s", name, suggest.hint("." .. name, dotted))
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
    return dot_commands.find(name).run(session, require("rille.repl.command_line").words(rest), rest)
  end)
  if ok then return result or "ok" end
  session:tell(result)
  return "error"
end

return dot_commands
