-- rille help limits
return { order = 80, text = [[
Workers, limits and failures

Steps run in processes of their own, forked from rille once the plan is made: as
many at once as there are processors, or as -j says.  A step has every function
and value of the script as the plan saw them, whatever ran before it; what it
changes of them no other step sees.  One that crashes fails alone, with what it
had printed.  The order in which steps run changes no result.

In a library (C, lua5.4) steps run in the calling process, one after the other,
unless :run { jobs = N } asks for workers.

Fields of a step, options of :with, and of a step in YAML (but hooks)
  timeout = 600          seconds; then it is asked to end (SIGTERM), and after
                         2 more it is killed, with all that it started
  retries = 3            how often to try again when it fails; or
  retries = { times = 3, delay = 1, backoff = 2 }
                         waits 1, 2, 4 seconds.  Every attempt draws the same
                         random numbers; rille show and rille log tell of all
  resources = { cpu = 2, memory = "2GiB", gpu = 1 }
                         memory is a limit, too: beyond what the script has.
                         Steps run together as far as the run's pool goes: -j
                         processors, the machine's memory, and no gpu, or what
                         rille run --resources gpu=1,memory=8GiB says.  Asking
                         for more is a mistake told before the run; for more
                         processors than -j only if --resources has cpu
  on_failure = function(message, ctx) ... end
  on_success = function(ctx) ... end
                         called once, after the last attempt, in rille's own
                         process.  What a hook prints is in the step's log; an
                         error in one is noted there and changes nothing.  A
                         pipeline's hooks are those of its steps without one
None of these is in the key of the cache.  false takes one away again.

When a step fails
  stop_on_failure        no new steps start; running steps finish (default)
  fail_fast              what runs is stopped, too: --fail-fast
  continue_on_failure    what does not need the failed step runs: -k
as :run { execution_mode = "fail_fast" }, or settings.execution_mode in YAML.

Ctrl-C once: no new steps start; running steps finish.  Twice: running steps get
SIGTERM and 2 s to end, as with a SIGTERM to rille.  The run is then stopped;
the next run takes finished steps from the cache.  More: rille help stopping.

  rille run digits.lua -j 8 --resources gpu=1 -k
]] }
