-- rille version

local session = require "rille.session"
local command = { usage = "version [--json]", max = 0 }

function command.run()
  local version = require("rille")._VERSION
  if session.options.json then io.stdout:write(require("rille.json").encode { version = version, lua = _VERSION, format = 1 }, "\n")
  else io.stdout:write("rille ", version, " (", _VERSION, ")\n") end
  return 0
end

return command
