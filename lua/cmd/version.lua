-- rille version

local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local terminal = require "rille.base.terminal"
local command = {
  name = "version", order = 520, synopsis = "version",
  summary = "show the versions of rille and Lua",
  usage = "version [--json]",
  max = 0,
  help = [[
rille version [--json]

Shows the versions of rille and of its Lua; same as rille --version.

  --json   {"version":TEXT,"lua":TEXT,"format":N}, where N is the format of the
           stores that it writes

Exit codes: 0 success; 2 usage.

  rille version
  rille version --json
]],
}

function command.run()
  local version = require "rille.base.version"
  if global_options.json then out.json { version = version, lua = _VERSION, format = 1 }
  else terminal.put("rille ", version, " (", _VERSION, ")\n") end
  return 0
end

return command
