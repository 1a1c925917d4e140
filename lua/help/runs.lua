-- rille help runs
return [[
rille runs [PIPELINE] [--status S] [--limit N] [--all] [--json]

The runs there have been, newest first.

  --status S   only runs that are running, completed, failed or stopped
  --limit N    at most N (50)
  --all        unlisted ones too
  --json       {"items":[RUN...],"next":CURSOR}; a RUN as in rille show, less
               its steps
  --cursor C   with --json: go on after the page that gave the CURSOR C

A run whose process died is closed as failed, with the reason "interrupted",
when the next run begins.

Exit codes: 0 fine; 2 usage; 3 there is no such pipeline; 4 no store.

  rille runs
  rille runs digits --status failed --limit 5
]]
