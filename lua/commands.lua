-- commands: the commands of the program, a file each in lua/cmd/.
--
-- A command is a record.  Its file is all that it needs: the lists of rille help, of the
-- completion and of the README are made from the records.

local origin = require "rille.host.origin"

---@class CommandOption
---@field value string? what its value is called; without one it is a switch
---@field words (string[] | fun(): string[])? all that its value may be
---@field bare string? given last, without its value, it is this switch
---@field list boolean? it may be repeated: args has a list of its values
---@field text string

---@class Command
---@field name string that of its file
---@field summary string what it does, in a line of rille help
---@field synopsis string? how rille help writes it: "run FILE"; its name when there is none
---@field order number? its place in rille help, where each hundred has a heading (help/help.lua); those without one
---come last, by name
---@field part_of string? in rille help it has no line of its own: its name stands in the line of this text
---@field usage string "run FILE [PIPELINE] [--set NAME=VALUE]"
---@field min integer? how many arguments there are at least
---@field max integer? and at most
---@field runs boolean? it runs pipelines; under the others no script can run one
---@field options table<string, CommandOption>? by flag
---@field words (string[] | fun(commands: Commands): string[])? what its first argument may be, for the completion
---@field takes string[]? what names its arguments are, each "run", "step,artifact" or "-", for the completion
---@field help string? the text of rille help NAME; without one it is made from the record
---@field run fun(args: table, commands: Commands): integer? gives the exit code

---@class Commands
local commands = {
  -- What every command takes.
  ---@type table<string, CommandOption>
  common = {
    ["--store"] = { value = "DIR", text = "the store to use" },
    ["-q"] = { text = "print only failures and results" },
    ["-v"] = { text = "more details" },
    ["--color"] = { value = "always|never|auto", words = { "always", "never", "auto" },
      text = "colours; auto: on a terminal" },
    ["--json"] = { text = "JSON on standard output" },
    ["--scripts"] = { value = "DIR", text = "read rille's own Lua from this folder" },
    ["-h"] = { text = "help on the command" },
    ["--help"] = { text = "help on the command" },
  },
}

local PREFIX <const> = "lua/cmd/"

---@param name string
---@return boolean
function commands.has(name) return not name:find "[./]" and origin.offers("rille.cmd." .. name) end

-- Loads a command.
---@param name string
---@return Command
function commands.get(name) return (require("rille.cmd." .. name)) end

-- Runs a command within a process that goes on: the options of the process stay as they are.
---@param argv string[] its name and its words
---@return integer? exit code
function commands.run(argv)
  local arguments = require "rille.arguments"
  local command = commands.get(argv[1])
  local args = arguments.parse(argv, 2, command.options or {}, argv[1])
  if command.max and #args > command.max or #args < (command.min or 0) then
    error({ usage = arguments.usage(command.usage) }, 0)
  end
  return command.run(args, commands)
end

-- The names of all commands, sorted.
---@return string[]
function commands.names()
  local names = {}
  for i, path in ipairs(origin.files(PREFIX)) do names[i] = path:sub(#PREFIX + 1, -#".lua" - 1) end
  table.sort(names)
  return names
end

-- All commands in the order of rille help.  Loads them.
---@return Command[]
function commands.all()
  local list, place = {}, {}
  for i, name in ipairs(commands.names()) do
    list[i] = commands.get(name)
    place[list[i]] = i
  end
  table.sort(list, function(a, b)
    local x, y = a.order or math.huge, b.order or math.huge
    if x ~= y then return x < y end
    return place[a] < place[b]
  end)
  return list
end

return commands
