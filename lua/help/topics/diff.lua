-- rille help diff
return [[
rille diff RUN RUN [-v] [--json]

What differs from the first run to the second, also of two pipelines: their
parameters, steps that one has alone, and of each step that both have (by its
id) what it was made from and what it made:

  parameters, code (its changed lines), captured values, inputs
  wiring       where its inputs come from
  read         files, variables and modules that it read outside
  output       numbers and strings by value; tables by cell; arrays by shape,
               type, the largest difference and its norm; frames by column;
               files and everything else by size
  metric       with the difference

What is equal by digest is not loaded.  A step is the same when nothing of this
differs, whether it ran or was taken from the cache.

  RUN      a run's name, its id, or PIPELINE@-2
  -v       all steps and all changed lines
  --json   {"a","b","run","parameters","added","removed","same","steps":[{"id",
           "step","status","seconds","changes":[{"what","lines"}],"wiring",
           "reads","outputs":[{"name","type","a","b","difference"}],
           "metrics":[{"name","a","b","delta"}]}]}; a is the first run's side,
           b the second's.  difference has a kind: value, text, table, array,
           frame, type or members

In a script run:diff(other) gives the same table.

Exit codes: 0 fine, whether they differ or not; 2 usage; 3 there is no such run;
4 no store.

  rille diff digits@-2 digits@-1
  rille diff nightly-1 nightly-2 --json
]]
