-- rille help runs
return [[
rille runs [PIPELINE] [--status S] [--tag T] [--since TIME] [--where EXPR]
           [--sort FIELD] [--limit N] [--unlisted] [--json]

The runs there have been, newest first; of one that is running also how many of
its steps are done.

  --status S     only runs that are running, completed, failed or stopped
  --tag T        only those with the tag
  --since TIME   begun since 2026-11-01, or in the last 90m, 12h, 2d, 3w
  --where EXPR   only those that fit, as
                 'params.gamma > 0.01 and metric.acc >= 0.9 and tag = best'
  --sort FIELD   the largest first; FIELD:asc the smallest first
  --limit N      at most N (50); --cursor C: those after the page that gave C
  --unlisted     those too that are kept out of listings: run with --unlisted,
                 or of a pipeline that was deleted
  --json         {"items":[RUN...],"next":CURSOR}; a RUN as in rille show, less
                 its steps, and "values", the fields that EXPR and FIELD name;
                 a running one has "progress":{"done","total"}

EXPR joins comparisons (= != < <= > >=) by and, or, not and parentheses; at the
left of one stands a field, at the right a number, a word, "a text", true, false
or null.  Fields: params.NAME (also params.NAME.KEY), metric.NAME (of several
steps that logged it, the last one's), tag, name, pipeline, status, reason,
started, seconds, number, stack, script, ran, cached, failed.  A run that has no
such field fits nothing but = null; a name that no run has is told.
inf and -inf are numbers like others.  nan is neither more nor less than any
number; = nan finds it, and it is last in either order.  With --json they are
{"$number":"inf"}, {"$number":"-inf"} and {"$number":"nan"}, here and elsewhere.

A run whose process died is closed as failed, with the reason "interrupted",
when the next run begins.

Exit codes: 0 fine; 2 usage; 3 there is no such pipeline; 4 no store.

  rille runs digits --status failed --since 2d
  rille runs digits --where 'params.gamma < 0.01' --sort metric.acc
]]
