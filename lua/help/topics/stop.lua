-- rille help stop
return [[
rille stop [RUN] [--now] [--json]

Asks a running run to stop, as Ctrl-C in its terminal does: no step begins any
more, those that run finish, and the run is "stopped".  A second rille stop ends
what runs: it gets SIGTERM and 2 s (rille help stopping).  Without RUN it is the
only one that is running.

  --now    end what runs, with its 2 s; once more: kill it
  --json   {"run","id","now"}

It returns as soon as the run has been asked.  The process is found by the lock
that it holds, so no other process is ever signalled.  What was finished is in
the cache: the same rille run goes on from there.  A program of your own that
embeds rille gets SIGINT and does with it what it does.

Exit codes: 0 it was asked; 2 usage, or several runs are running and none is
named; 3 there is no such run, or it is not running; 4 the store, or a process
that may not be signalled from here.

  rille stop
  rille stop digits@-1 --now
]]
