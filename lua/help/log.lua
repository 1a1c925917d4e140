-- rille help log
return [[
rille log RUN[/STEP] [-f] [--json]

What the steps of a run printed and logged, and the errors they ended with; or
that of one step.  For a step that was taken from the cache it is the log of the
run that made the result.

Of a step that was tried again all attempts are shown.  On a terminal escape
sequences but colours are shown as \x1b (rille help run).

  -f       of a run that is running: what its steps print, as they do, until the
           step or the run ends; from any terminal.  Of a whole run each line
           stands behind the step's id.  A run whose process is killed is told
  --json   {"items":[{"step","status","started","seconds","cached_from","log",
           "attempts"}],"next":null}

Exit codes: 0 fine; 1 -f: the run's process died; 2 usage; 3 there is no such
run or step; 4 no store.

  rille log digits@-1/svc_trainer
  rille log digits@-1 -f
]]
