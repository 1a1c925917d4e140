-- of_program: commands of the prompt that are commands of the program.

local of_program = require("rille.repl.command_line").of_program

-- The same, with a word where there are none.
local function or_else(name, word)
  local run = of_program(name)
  return function(session, words) return run(session, words[1] and words or { word }) end
end

---@type table<string, DotCommand>
return {
  runs = { group = "Runs", takes = "[PIPELINE]", text = "the newest runs", run = of_program "runs" },
  why = { group = "Runs", takes = "[RUN/STEP]", text = "why a step ran, or was cached", run = of_program "why" },
  diff = { group = "Runs", takes = "RUN RUN", text = "what differs between two runs", run = of_program "diff" },
  log = { group = "Runs", takes = "RUN[/STEP]", text = "what steps printed", run = of_program "log" },
  model = { group = "Models and stacks", takes = "[ACTION ...]", text = "models and their versions",
    run = or_else("model", "list") },
  stack = { group = "Models and stacks", takes = "[ACTION ...]", text = "stacks", run = or_else("stack", "show") },
}
