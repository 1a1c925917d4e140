-- dot_commands: the commands of the prompt, ".runs", "?NAME".  One table, made of those in repl/commands/, is what runs
-- them, what .help shows and what completion offers.

local fail = require("rille.repl.command_line").fail
local internal_error = require "rille.base.internal_error"
local suggest = require "rille.base.suggest"

local dot_commands = {}

---@type table<string, DotCommand>
local COMMANDS <const> = {
  help = { takes = "[COMMAND]", text = "these commands" },
  quit = { takes = "", text = "leave; Ctrl-D does it too", run = function() return "quit" end },
}
dot_commands.COMMANDS = COMMANDS

for _, part in ipairs {
  require "rille.repl.commands.of_entries", require "rille.repl.commands.of_program",
  require "rille.repl.commands.of_scripts", require "rille.repl.commands.drawings",
  require "rille.repl.commands.of_the_past",
} do
  for name, command in next, part do COMMANDS[name] = command end
end

local function sorted_names()
  local list = {}
  for name in next, COMMANDS do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function line_of(name)
  local takes = COMMANDS[name].takes
  return string.format("%-22s %s", "." .. name .. (takes ~= "" and " " .. takes or ""), COMMANDS[name].text)
end

function COMMANDS.help.run(session, words)
  local asked = words[1] and words[1]:gsub("^%.", "")
  for _, name in ipairs(sorted_names()) do
    if not asked or asked == name then session.face.put(line_of(name)) end
  end
  if asked then return end
  session.face.put(string.format("%-22s %s\n%-22s %s", "?NAME", "what NAME is", "??NAME", "the source of NAME"))
end

local function find(name)
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
    return find(name).run(session, require("rille.repl.command_line").words(rest), rest)
  end)
  if ok then return result or "ok" end
  session:tell(result)
  return "error"
end

return dot_commands
