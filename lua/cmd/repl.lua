-- rille repl: the prompt

local sys = require "rille.host.sys"

local command = {
  name = "repl", order = 30, synopsis = "repl [FILE]", runs = true,
  summary = "type Lua and commands at a prompt",
  usage = "repl [FILE]",
  max = 1,
  help = [[
rille repl [FILE]

Reads Lua at a prompt and shows what it gives; `rille` alone on a terminal does
the same, and `rille -i FILE` and `rille repl FILE` run a script first, whose
globals, steps and pipelines are then there.

An entry is an expression, which is shown (a ; at its end leaves that out), or
statements.  It may have several lines: it ends where it is complete.  Locals
stay for later entries.  _ is the last result, __ and ___ the ones before.

  ?NAME     what NAME is: documentation, ports, defaults
  ??NAME    its source
  .help     the commands of the prompt
  Tab       completes names, arguments of steps, runs, artifacts and files
  Ctrl-C    leaves the entry; it stops what is running
  Ctrl-D    leaves the prompt

From a pipe the entries are read without a prompt, and the first error ends it.
Entries are remembered in $XDG_STATE_HOME/rille/history (~/.local/state), or in
the file that RILLE_HISTORY names; empty: nowhere.

Exit codes: 0 success; 2 usage; 3 an entry of a pipe failed.

  rille repl
  rille repl main.lua
]],
}

function command.run(args)
  local prompt = require "rille.repl.prompt"
  local script_file = require "rille.run.script_file"
  local environment = package.loaded._G
  if args[1] then script_file.library(args[1]) else script_file.interactive() end
  rawset(environment, "rille", rawget(environment, "rille") or require("rille.base.upcalls").public_face())
  if sys.is_terminal(0) then return prompt.on_terminal(environment, args[1]) end
  return prompt.of_lines(environment, io.stdin:lines(), args[1])
end

return command
