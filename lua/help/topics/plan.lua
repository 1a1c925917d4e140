-- rille help plan
return [[
rille plan FILE [PIPELINE] [--set NAME=VALUE] [--input NAME=PATH]
           [--config F.yaml] [-j N] [--no-cache] [--json]

Loads FILE and says of every step whether it would be taken from the cache, and
if not, why and how long it may take.  No step runs, nothing is written.

  cached   its result is there
  run      it would run; the last column says what changed
  wait     it depends on a step that would run.  When that one makes the same
           bytes again, this one is a hit (it is cut off)

The time is the median of the step's newest runs (10 at most): those of today's
code where there are any, else those before.  A step that never ran has a ? and
is not counted.

  --set, --input, --config   as in rille run
  -j N         the total for N steps at a time
  --no-cache   as if the cache were off
  --json       {"items":[{"id","step","status","reason","estimate":{"seconds",
               "runs","same_code"}}],"next":null,"estimate":{"seconds",
               "up_to","chain","jobs","with_jobs","saved","unknown"}}: seconds
               of the steps sure to run, up_to with those that wait, chain
               their longest chain, with_jobs all of them on jobs, saved what
               the cached ones took, unknown how many have no history

Exit codes: 0 fine; 2 usage; 3 the script is wrong; 4 the store is.

  rille plan digits.lua
  rille plan digits.lua --set gamma=0.01 -j 2
]]
