-- rille help lineage
return [[
rille lineage ARTIFACT [--up | --down] [--depth N] [--json]

What an artifact was made from, as a tree: the step that made it, its inputs,
the steps that made those, and so on, through all runs and pipelines.  Lineage
is by content: of several steps that made the same bytes the newest before their
use is shown; a step that was taken from the cache stands as the run that made
its result.  "given" is what no step made: a value of the script.

  --up        what it was made from (the default)
  --down      what was made from it; equal runs of a step stand as one
  --depth N   so many steps deep
  --json      {"artifact","direction","items":[{"step","pipeline","run",
              "inputs":[DIGEST],"outputs":[DIGEST]}],"next":null}: all step
              runs, up the newest first, down the oldest

Exit codes: 0 fine; 2 usage; 3 there is no such artifact; 4 no store.

  rille lineage digits::evaluator::best_acc
  rille lineage digits::load_digits::X_train --down
]]
