-- rille help stopping
return { order = 90, text = [[
How steps and runs end

Signals to rille           once          twice         three times
  SIGINT, Ctrl-C           finish        end           kill
  SIGTERM, SIGHUP, SIGQUIT end           kill
  rille stop               finish        end
  rille stop --now         end           kill
finish  no new steps start; running steps finish
end     no new steps start; running steps get SIGTERM, and are killed 2 s later
kill    running steps are killed
The exit code is 130, 143, 129 or 131, and the run is "stopped"; completed steps
are in the cache.  If the signal comes during the last step and the step ends,
the run is "completed"; the exit code is the same.  One more signal ends rille
at once, as does the first one when no step is running.  A terminal that closes
sends SIGHUP; under nohup the signal is ignored.  A hook counts as a
step: if it does not end in time, the next command marks the run as failed
(interrupted).

The grace period of 2 s
  On a timeout, fail_fast or a stop, every process that the step started gets
  SIGTERM once, whatever its session or process group.  Processes started later,
  by a SIGTERM handler, do not get the signal.  A retry begins after all have
  ended.  A program's handler runs to completion, and its output goes to the
  step's log.  In a Lua step SIGTERM is an error, "the step was asked to stop
  (SIGTERM)", raised once, after the programs that the step waits for have
  ended; <close> and __gc run.  A step that catches the error and continues, a
  loop in a coroutine, or a long call into C (svm fit) is killed after the grace
  period.  Only the log of a step that was asked to end is kept, even if the
  step reports success.

Processes that a step leaves running
  A step takes down everything that it started, including daemons, nohup, setsid
  and double forks.  When the step ends, these processes have 0.1 s to end by
  themselves, then get SIGTERM, and are killed 2 s later.  A note, also in the
  step's log, says how many and which:
    2 processes were still running when the step ended and were stopped: ...
  So one step cannot start a server for the next: start it, use it and end it in
  the same step.  In a shell, wait for a background process with wait.

What ended           the step   the run             what is kept
  success            completed  continues           everything
  an error, failure  failed     failed, or -k       its log, earlier attempts
  timeout            failed     as for an error     its log to the last line
  a later attempt    completed  continues           everything, every attempt
  Ctrl-C             completed  stopped             everything
  Ctrl-C twice, SIGTERM, SIGHUP, SIGQUIT, rille stop --now
                     stopped    stopped             its log to the last line
  fail_fast          stopped    failed              its log to the last line
  its process killed failed     failed, or -k       its log; its programs are
                                                    killed at once
  memory limit       failed     as for an error     its log
  rille killed (-9)  -          failed, as interrupted, by the next command:
                                committed results, and rille log of the run
  parent of rille (a shell, make) killed            the run continues
In none of these cases do processes, temporary files or locks remain, except for
temporary files after kill -9 of rille, which the next command removes.  One
limit: if the process above a worker ("rille-keeper" in ps) is itself killed
with -9, it takes down its process group but no daemons.  And a program that a
hook started survives kill -9 of rille.

In a library (C, lua5.4) without workers, the host handles signals, and
processes that a Lua step leaves running; a command still ends what remains of
its process group.

See also: rille help limits (timeout, retries), rille help run, rille help stop
]] }
