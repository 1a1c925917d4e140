-- rille help plan
return [[
rille plan FILE [PIPELINE] [--set NAME=VALUE] [--no-cache] [--json]

Loads FILE and says of every step whether it would be taken from the cache, and
if not, why.  No step runs, nothing is written.

  cached   its result is there
  run      it would run; the last column says what changed
  wait     it depends on a step that would run.  When that one makes the same
           bytes again, this one is a hit (it is cut off)

  --set        as in rille run
  --no-cache   as if the cache were off
  --json       {"items":[{"id","step","status","reason"}],"next":null}

Exit codes: 0 fine; 2 usage; 3 the script is wrong; 4 the store is.

  rille plan digits.lua
  rille plan digits.lua --set gamma=0.01
]]
