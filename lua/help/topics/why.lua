-- rille help why
return [[
rille why STEP [--run RUN] [--not] [-v] [--json]

Why the step with that id ran, in the newest run that has it or in RUN: what is
different from the run of the pipeline before, down to the changed line.
Parameters, the step's own code, the functions and values that it captures,
inputs, materializers and what it read outside are compared.

For a step that was taken from the cache it says why it was a hit: whose result
that is and when it was made, what was compared and found unchanged, and which
steps before it ran again but made the same bytes (it was cut off).

  --run RUN   a run's name, its id, or PIPELINE@-1
  --not       why it did not run; of a step that ran, in a line, why it was no
              hit
  -v          of a hit: everything that was compared
  --json      {"step","run","status","reason","changes":[{"what","lines"}],
              "previous","hit":{"run","step","made","seconds","twin","cut_off",
              "parameters","inputs","code",
              "reads":[{"kind","name","digest","path"}]}}

Exit codes: 0 fine; 2 usage; 3 there is no such step or run; 4 no store.

  rille why svc_trainer
  rille why svc_trainer --run digits@-2 --not -v
]]
