-- rille help stopping
return { order = 90, text = [[
How steps and runs end

Signals to rille           once          twice         three times
  SIGINT, Ctrl-C           finish        end           kill
  SIGTERM, SIGHUP, SIGQUIT end           kill
  rille stop               finish        end
  rille stop --now         end           kill
finish  no new step starts, those that run finish
end     no new step starts, those that run get SIGTERM and are killed 2 s later
kill    those that run are killed
The exit code is 130, 143, 129 or 131, and the run is "stopped"; what was
finished is in the cache; a run whose last step ended all the same is
"completed", with exit code 0. One signal more ends rille at once, and so does the
first where no step runs. SIGHUP comes when a terminal closes; under nohup it
is ignored. A hook counts as a step: one that does not end in time leaves a run
that the next command closes as failed (interrupted).

The grace of 2 s
  A timeout, fail_fast, a stop: all that the step has started then gets SIGTERM
  once, in whatever session or process group.  What is started after that, by a
  handler of SIGTERM, is not told.  A retry begins when all has ended.
  A program's handler runs to its end, and what it prints is in the step's log.
  In a Lua step SIGTERM is an error, "the step was asked to stop (SIGTERM)",
  raised once, when the programs that it waits for have ended: <close> and __gc
  run. A step that catches it and goes on, a loop in a coroutine or a long call
  into C (svm fit) is killed after the grace.
  Nothing of a step that was asked to end is kept but its log, even if it says
  that it succeeded.

What a step leaves running
  A step takes with it all that it started: daemons, nohup, setsid and double
  forks included. At its end they have 0.1 s to end by themselves, get SIGTERM,
  and are killed 2 s later. A note says how many and which, in the step's log
  too:
    2 processes were still running when the step ended and were stopped: ...
  So a step cannot start a server for the next one: one step starts it, uses it
  and ends it. A shell waits for a background process with wait.

What ended           the step   the run             what is kept
  success            completed  goes on             all
  an error, failure  failed     failed, or -k       its log, earlier attempts
  timeout            failed     likewise            its log to the last line
  one more attempt   completed  goes on             all, and each attempt
  Ctrl-C             completed  stopped             all
  Ctrl-C twice, SIGTERM, SIGHUP, SIGQUIT, rille stop --now
                     stopped    stopped             its log to the last line
  fail_fast          stopped    failed              its log to the last line
  its process killed failed     failed, or -k       its log; its programs are
                                                    killed at once
  memory limit       failed     likewise            its log
  rille killed (-9)  -          failed, as interrupted, by the next command:
                                what was committed, and rille log of the run
  parent of rille (a shell, make) killed            the run goes on
In all of them no process, temporary file or lock is left, but after kill -9 of
rille its temporary files, which the next command removes.  Not held: a process
above a worker ("rille-keeper" in ps) that is itself killed with -9 takes with
it what is in its process group, but no daemon.  A program that a hook has
started lives on when rille is killed with -9.

In a library (C, lua5.4) without workers signals are the host's, and so is what
a Lua step leaves running; a command still ends what is left of its process
group.

See also: rille help limits (timeout, retries), rille help run, rille help stop
]] }
