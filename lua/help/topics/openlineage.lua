-- rille help openlineage
return { order = 168, text = [[
OpenLineage: runs as events for catalogues of data

  rille run digits.lua --openlineage events.jsonl
  rille run digits.lua --openlineage http://localhost:5000
  digits:run { openlineage = "events.jsonl" }

write the run as events of OpenLineage 2-0-2 (openlineage.io): appended to a
file, one per line, or sent to a service, one at a time.  Where the address has
no path, /api/v1/lineage is added.

The run is a job with the name of the pipeline, a step the job PIPELINE.STEP
whose parent is the run.  Each has a START and then a COMPLETE, a FAIL with the
message, or an ABORT when it was stopped.  Cached steps have the same events,
with "cached": true in the facet rille_step; skipped steps have none.  A run
whose process is killed has no end.

  inputs, outputs   artifacts by name, PIPELINE::STEP::OUTPUT; files that steps
                    read or are given, in the namespace "file", by their path
  facets            version (the digest of the content), schema (columns of
                    frames), size, documentation, errorMessage, and with git
                    (rille help versions) sourceCodeLocation and rille_code: the
                    commit, uncommitted changes, the pin of the step
  ids               UUIDs of version 5 of the run's id and the step's

Variables
  OPENLINEAGE_NAMESPACE   the namespace of jobs and artifacts; default: the name
                          of the project's folder
  OPENLINEAGE_API_KEY     sent as the bearer token

Events never fail a run: when the file is full, or the service refuses an event
three times, one line says so, and the run goes on without them.  At its end a
run waits at most 10 s for a service.
]] }
