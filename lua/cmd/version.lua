-- rille version

local session = require "rille.session"
local spell = require "rille.spell"
local terminal = require "rille.terminal"
local command = { usage = "version [--json]", max = 0 }

function command.run()
  local version = require("rille")._VERSION
  if session.options.json then io.stdout:write(spell.json { version = version, lua = _VERSION, format = 1 }, "\n")
  else terminal.put("rille ", version, " (", _VERSION, ")\n") end
  return 0
end

return command
