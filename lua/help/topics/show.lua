-- rille help show
return [[
rille show RUN [--json]
rille show RUN/STEP | STEP [--source] [-v] [--json]
rille show ARTIFACT [--json]

A run with its steps, one step of a run (a STEP alone: of the newest run that
has it), or an artifact.

RUN is a run's name, its id, the beginning of its id (4 digits or more), or
PIPELINE@-1 for the newest run of a pipeline, PIPELINE@1 for the oldest.
ARTIFACT is a name such as digits::svc_trainer::model, whose newest version is
shown, or the beginning of a digest.

  --source   the text of the step's function as it was in that run; -v: of the
             functions that it captures too
  --json     the same as one JSON object (rille help commands)

Exit codes: 0 fine; 2 usage; 3 there is nothing of that name; 4 no store.

  rille show digits@-1
  rille show digits@-1/svc_trainer --source
]]
