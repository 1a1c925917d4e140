-- rille help limits
return { order = 80, text = [[
Workers, limits and failures

Each step runs in its own process, forked from rille after planning: as many at
once as there are processors, or as -j sets.  A step sees every function and
value of the script as it was during planning, whatever ran before; no other
step sees its changes.  A step that crashes fails alone, and its output is kept.
The order in which steps run does not affect results.

In a library (C, lua5.4) steps run in the calling process, one at a time, unless
:run { jobs = N } asks for workers.

Fields of a step, options of :with, and (except hooks) of a step in YAML
  timeout = 600          seconds; then the step gets SIGTERM, and 2 s later it
                         is killed, with everything that it started
  retries = 3            number of further attempts after a failure; or
  retries = { times = 3, delay = 1, backoff = 2 }
                         waits 1, 2, 4 seconds.  Every attempt draws the same
                         random numbers; rille show and rille log list them all
  resources = { cpu = 2, memory = "2GiB", gpu = 1 }
                         memory is also a limit, on top of the script's own use.
                         Steps run together while their requests fit the run's
                         pool: -j processors, the machine's memory, and no gpu,
                         unless rille run --resources gpu=1,memory=8GiB sets it.
                         Requesting more than the pool is an error before the
                         run; for processors only if --resources sets cpu
  on_failure = function(message, ctx) ... end
  on_success = function(ctx) ... end
                         called once, after the last attempt, in rille's own
                         process.  A hook's output goes to the step's log; an
                         error in a hook is noted there and has no other effect.
                         A pipeline's hooks apply to steps that have none
None of these is part of the key.  Set a field to false to remove it.

When a step fails
  stop_on_failure        no new steps start; running steps finish (default)
  fail_fast              running steps are terminated: --fail-fast
  continue_on_failure    keep going with independent steps: -k
as :run { execution_mode = "fail_fast" }, or settings.execution_mode in YAML.

After one Ctrl-C no new steps start, and running steps finish.  After a second
they get SIGTERM and have 2 s to end, as after a SIGTERM to rille.  The run is
then stopped; the next run takes completed steps from the cache (rille help
stopping).

  rille run digits.lua -j 8 --resources gpu=1 -k
]] }
