-- rille help [TOPIC]

local terminal = require "rille.base.terminal"

local command = { usage = "help [TOPIC]", max = 1 }

function command.run(args)
  terminal.put(require("rille.help").text(args[1]))
  return 0
end

return command
