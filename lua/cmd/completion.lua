-- rille completion bash | zsh | fish

local out = require "rille.show.out"
local completion = require "rille.help.completion"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local command = {
  name = "completion", order = 230, synopsis = "completion bash",
  summary = "completion of the command line: bash, zsh, fish",
  usage = "completion bash | zsh | fish", min = 1, max = 1,
  words = { "bash", "zsh", "fish" },
  help = [[
rille completion bash
rille completion zsh
rille completion fish

Prints a script for the shell that completes commands, their options and the
first word of those that have several actions.  Anything else is completed as
the name of a file.

Exit codes: 0 fine; 2 usage.

In the file that the shell reads when it starts (for fish, rille completion fish
| source):
  source <(rille completion bash)

  rille completion bash > ~/.local/share/bash-completion/completions/rille
  rille completion fish > ~/.config/fish/completions/rille.fish
]],
}

function command.run(args, commands)
  local shell = args[1]
  if not suggest.has(shell, command.words) then
    out.usage("completion %s%s; usage: rille %s", shell, suggest.hint(shell, command.words), command.usage)
  end
  terminal.put(completion[shell](commands))
  return 0
end

return command
