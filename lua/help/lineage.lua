-- rille help lineage
return [[
rille lineage ARTIFACT [--up | --down] [--json]

What an artifact was made from, as a tree: the step that made it, its inputs,
the steps that made those, and so on.  Lineage is by content: when several steps
made the same bytes, one of them is shown.

  --up     what it was made from (the default)
  --down   what was made from it
  --json   {"items":[{"step","pipeline","run","inputs":[DIGEST],
           "outputs":[DIGEST]}],"next":null}, oldest first

Exit codes: 0 fine; 2 usage; 3 there is no such artifact; 4 no store.

  rille lineage digits::evaluator::best_acc
  rille lineage digits::load_digits::X_train --down
]]
