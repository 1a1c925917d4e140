-- of_program: commands of the prompt that are commands of the program.

local of_program = require("rille.repl.command_line").of_program

---@type table<string, DotCommand>
return {
  runs = { group = "Runs", takes = "[PIPELINE]", text = "the newest runs", run = of_program "runs" },
  why = { group = "Runs", takes = "[RUN/STEP]", text = "why a step ran, or was cached", run = of_program "why" },
  diff = { group = "Runs", takes = "RUN RUN", text = "what differs between two runs", run = of_program "diff" },
  log = { group = "Runs", takes = "RUN[/STEP]", text = "what steps printed", run = of_program "log" },
  model = { group = "Models and stacks", takes = "[ACTION ...]", text = "models and their versions",
    run = of_program "model" },
  stack = { group = "Models and stacks", takes = "[ACTION ...]", text = "stacks", run = of_program "stack" },
}
