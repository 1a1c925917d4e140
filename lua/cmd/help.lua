-- rille help [TOPIC]

local command = { usage = "help [TOPIC]", max = 1 }

function command.run(args)
  io.stdout:write(require("rille.help").text(args[1]))
  return 0
end

return command
