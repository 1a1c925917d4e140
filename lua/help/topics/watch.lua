-- rille help watch
return [[
rille watch FILE [PIPELINE] [--set NAME=VALUE | STEP.NAME=VALUE]
            [--input NAME=PATH] [--config F.yaml] [-j N] [-k] [--no-cache]
            [--json]

Runs the pipeline, and runs it again whenever something it depends on changes:
the script, the modules it loaded, the files and folders its steps read (also
those they looked for in vain), rille.file and rille.dir, the programs and
files of command steps, the files of --input and --config.  Only what the
change touches runs; the rest is cached.

A line tells of each round.  A script that cannot be loaded is told at its
file:line, and watched until it can.  A round in which nothing had to run
leaves no run in the history.  Saves that follow each other are one change.
What a step's own run wrote is none.

The options are those of rille run.  With --json an event a line:
  {"event":"round","time","changed","status","run","counts","seconds","error"}

Exit codes: 0 never; 2 usage; 130 or 143 when stopped.

  rille watch digits.lua
  rille watch digits.lua --set gamma=0.01
]]
