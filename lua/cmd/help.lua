-- rille help [TOPIC]

local help = require "rille.help"
local terminal = require "rille.base.terminal"

local command = {
  name = "help", order = 530, synopsis = "help",
  summary = "this page",
  usage = "help [TOPIC]",
  max = 1,
  help = [[
rille help [COMMAND | TOPIC]

Without an argument, lists all commands and topics.  rille COMMAND -h is the
same as rille help COMMAND.

Exit codes: 0 success; 2 no such command or topic.

  rille help run
  rille help cache
]],
}

function command.words(commands)
  local names, topics = commands.names(), help.topics()
  return table.move(topics, 1, #topics, #names + 1, names)
end

function command.run(args, commands)
  terminal.put(help.text(commands, args[1]))
  return 0
end

return command
