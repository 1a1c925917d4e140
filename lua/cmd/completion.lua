-- rille completion bash | zsh | fish, and what their scripts ask: completion names KIND,... BEGINNING

local out = require "rille.show.out"
local completion = require "rille.help.completion"
local names = require "rille.query.names"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local command = {
  name = "completion", order = 510, synopsis = "completion bash",
  summary = "print a completion script: bash, zsh, fish",
  usage = "completion bash | zsh | fish", min = 1, max = 3,
  words = { "bash", "zsh", "fish" },
  help = [[
rille completion bash
rille completion zsh
rille completion fish

Prints a completion script for the shell.  The script completes commands,
options, actions such as list and show, and names of runs, steps, artifacts and
pipelines in the store.  All other words are completed as file names.

make install puts the scripts where the shells look for them.  Without it, add
this to the shell's startup file (for fish, rille completion fish | source):
  source <(rille completion bash)

The scripts call rille completion names KIND[,KIND...] [PREFIX], where KIND is
run, run/step, step, artifact or pipeline.  It prints the newest names with that
prefix, one per line, and nothing if there is no store.

Exit codes: 0 success; 2 usage.

  rille completion bash > ~/.local/share/bash-completion/completions/rille
  rille completion fish > ~/.config/fish/completions/rille.fish
]],
}

local function print_names(args)
  local kinds = {}
  for kind in (args[2] or ""):gmatch "[^,]+" do
    if not names.is_kind(kind) then out.usage("completion names: no kind of name is called %q", kind) end
    kinds[#kinds + 1] = kind
  end
  local list = names.list(kinds, args[3] or "")
  if list[1] then terminal.put(table.concat(list, "\n"), "\n") end
  return 0
end

function command.run(args, commands)
  local shell = args[1]
  if shell == "names" then return print_names(args) end
  if not suggest.has(shell, command.words) or args[2] then
    out.usage("completion %s%s; usage: rille %s", shell, suggest.hint(shell, command.words), command.usage)
  end
  terminal.put(completion[shell](commands))
  return 0
end

return command
