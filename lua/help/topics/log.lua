-- rille help log
return [[
rille log RUN[/STEP] [-f] [--json]

What the steps of a run printed and logged, and the errors they ended with; or
that of one step.  For a step that was taken from the cache it is the log of the
run that made the result.  Of a step that runs, and of one that ran when its run
was killed, it is what it had printed until then.

Of a step that was tried again all attempts are shown.  On a terminal escape
sequences but colours are shown as \x1b (rille help run).

A log keeps its first 512 KiB and its last 512 KiB; a line between them says how
many bytes are left out.  That holds for all that a step prints: its own, what
it logs, and what programs print that it starts.  While a step runs, at most
256 KiB are shown at once, ten times a second; a line says what was passed over.

  -f       of a run that is running: what its steps print, as they do, until the
           step or the run ends; from any terminal.  Of a whole run each line
           stands behind the step's id.  A run whose process is killed is told
  --json   {"items":[{"step","status","started","seconds","cached_from","log",
           "attempts"}],"next":null}; status is "running" of a step that runs
           and "interrupted" of one that ran when its run was killed

Exit codes: 0 fine; 1 -f: the run's process died; 2 usage; 3 there is no such
run or step; 4 no store.

  rille log digits@-1/svc_trainer
  rille log digits@-1 -f
]]
