-- rille version

local project = require "rille.project"
local value_text = require "rille.base.value_text"
local terminal = require "rille.base.terminal"
local command = { usage = "version [--json]", max = 0 }

function command.run()
  local version = require("rille")._VERSION
  if project.options.json then io.stdout:write(value_text.json { version = version, lua = _VERSION, format = 1 }, "\n")
  else terminal.put("rille ", version, " (", _VERSION, ")\n") end
  return 0
end

return command
