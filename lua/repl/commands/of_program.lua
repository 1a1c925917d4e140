-- of_program: commands of the prompt that are commands of the program.

local of_program = require("rille.repl.command_line").of_program

---@type table<string, DotCommand>
return {
  runs = { takes = "[PIPELINE]", text = "the newest runs", run = of_program "runs" },
  show = { takes = "[RUN|ARTIFACT]", text = "a run, a step or an artifact", run = of_program "show" },
  why = { takes = "[RUN/STEP]", text = "why a step ran, or was cached", run = of_program "why" },
  diff = { takes = "RUN RUN", text = "what differs between two runs", run = of_program "diff" },
  log = { takes = "RUN[/STEP]", text = "what steps printed", run = of_program "log" },
  model = { takes = "[ACTION ...]", text = "models and their versions", run = of_program "model" },
  stack = { takes = "[ACTION ...]", text = "stacks", run = of_program "stack" },
}
