-- rille help lineage
return [[
rille lineage ARTIFACT [--up | --down] [--depth N] [--all] [--json]

What an artifact was made from: the step that made it, the steps that made its
inputs, and so on, through all runs and pipelines, a step a line with what it
made.  A chain of steps goes straight down the page, branches stand beside it.
Each step is drawn once: "see above" or "see below" refers to it where others
lead to it, too.

Lineage follows the wires that each run recorded, never equal bytes: a step is
that of the run which had the artifact first, "cached from" names the run whose
result it took.  A value from another pipeline leads on to the run that had it.
"(after STEP)" names what a step waited for without taking anything of it.
"given" is what no step made: a value of the script.  "unknown" is what some
step made and the record does not say which: in runs of older versions of rille.

ARTIFACT is NAME, NAME@VERSION, or a digest.  Of several that were made with the
same bytes a digest means the one made last, and the last line says so.

  --up        what it was made from (the default)
  --down      what was made from it; equal runs of a step stand as one
  --depth N   so many steps deep; without it text ends after 40 and JSON has all
  --all       text in full; else the middle of a long chain, and inputs or steps
              beyond 9 beside each other, are counted in a line instead
  --json      {"artifact","direction","origin","others","items":[{"step",
              "pipeline","run","cached_from","inputs":[DIGEST],
              "outputs":[DIGEST]}],"next":null}: up the newest first, down the
              oldest; origin is "given" or "unknown" where no step is known to
              have made it, others how many more were made of its bytes

Exit codes: 0 fine; 2 usage; 3 there is no such artifact; 4 no store.

  rille lineage digits::evaluator::best_acc
  rille lineage digits::load_digits::X_train --down
]]
