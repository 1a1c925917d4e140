-- rille repl: the prompt

local sys = require "rille.host.sys"

local command = {
  name = "repl", order = 30, synopsis = "repl [FILE]", runs = true,
  summary = "type Lua and commands at a prompt",
  usage = "repl [FILE] [--at RUN/STEP [--patch]]",
  max = 1,
  options = {
    ["--at"] = { value = "RUN/STEP", text = "at that step of a past run" },
    ["--patch"] = { text = "--at: run the step with today's code" },
  },
  help = [==[
rille repl [FILE] [--at RUN/STEP [--patch]]

Reads Lua at a prompt and shows what it gives; `rille` alone on a terminal does
the same, and `rille -i FILE` and `rille repl FILE` run a script first, whose
globals, locals, steps and pipelines are then there.

An entry is an expression, which is shown (a ; at its end leaves that out), or
statements.  It may have several lines: it ends where it is complete.  Locals
stay for later entries.  _ is the last result, __ and ___ the ones before.  On a
terminal long values are shortened, and .last shows all; in a pipe tables,
arrays and frames are always whole.

A local that is declared again is the same variable, so that pipelines of
earlier entries use the new step.  An entry that changes a step, or what it
captures, says which results are stale; the next run computes those and what
follows from them.  .reload runs the script and its modules again; .save FILE
writes the session as a script.

  ?NAME     what NAME is (also NAME?): documentation, ports, defaults; of rille
            itself, too: ?rille.csv.read, ?frame.join, ?run.graph, ?.save
  ??NAME    its source
  .help     the commands of the prompt
  Tab       completes names, arguments of steps, runs, artifacts and files
  Ctrl-R    searches earlier entries; the arrow keys walk through them
  Ctrl-C    leaves the entry; it stops what is running, and a second one leaves
            the prompt when what is running does not stop
  Ctrl-D    leaves the prompt

A paste runs line by line and stops at the first error; what has no line end
waits for Enter.  ~/.editrc sets keys: a line `bind -v` there gives those of vi.

--at RUN/STEP begins at a step of a past run (.at RUN/STEP goes there later, .at
says where one is, .at now goes back).  Its inputs are variables, by name, and
what its function captures; so are params, inputs, outputs, run (the run) and
past (the step as recorded).
step() runs the step again as it was and compares its outputs with the recorded
ones; step { gamma = 0.1 } takes another parameter or input.  It uses the code
of that day, from the store; with --patch the script as it is on disk, which is
loaded again when it changed.  Nothing of this is recorded.

From a pipe the entries are read without a prompt, and the first error ends it.
In a notebook of Jupyter cells are such entries: rille help kernel.

Entries are remembered in $XDG_STATE_HOME/rille/history (~/.local/state), or in
the file that RILLE_HISTORY names; empty: nowhere.  The file has 1 MiB at most,
and sessions share it; an entry that begins with a blank is not remembered.

Exit codes: 0 success; 2 usage; 3 an entry of a pipe failed.

  rille repl main.lua
  rille repl --at digits@-1/svc_trainer
]==],
}

-- What goes to the step of --at in a session that begins.
local function arrive(args)
  return args.at and function(session) require("rille.repl.travel").to(session, args.at, args.patch or false) end
end

function command.run(args)
  local prompt = require "rille.repl.prompt"
  if args.patch and not args.at then
    require("rille.show.out").usage "repl --patch is for --at: rille repl --at RUN/STEP --patch"
  end
  local script_file = require "rille.run.script_file"
  local environment = package.loaded._G
  if not args[1] then script_file.interactive() end
  rawset(environment, "rille", rawget(environment, "rille") or require("rille.base.upcalls").public_face())
  if sys.is_terminal(0) then return prompt.on_terminal(environment, args[1], arrive(args)) end
  return prompt.of_lines(environment, io.stdin:lines(), args[1], arrive(args))
end

return command
