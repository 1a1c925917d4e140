-- rille help why
return [[
rille why STEP [--run RUN] [--json]

Why the step with that id ran, in the newest run that has it or in RUN: what is
different from the run of the pipeline before, down to the changed line.
Parameters, the step's own code, the functions and values that it captures,
inputs, materializers and what it read outside are compared.  For a step that
was taken from the cache it names the run that made the result.

  --run RUN   a run's name, its id, or PIPELINE@-1
  --json      {"step","run","status","reason","changes":[{"what","lines"}],
              "previous"}

Exit codes: 0 fine; 2 usage; 3 there is no such step or run; 4 no store.

  rille why svc_trainer
  rille why svc_trainer --run digits@-2
]]
