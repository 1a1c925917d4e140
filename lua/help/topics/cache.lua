-- rille help cache
return { order = 70, text = [[
The cache: when a step runs, and when it does not

A step is taken from the cache when two things hold.

1. An earlier result has the same key.  The key covers
     the code of run; of every function it calls or captures, also in other
     files, at any depth; of every value it captures; of the globals it reads
     parameters, and the content of the inputs
     the names and types of its ports, the code and version of materializers
     that those types name, and of all that claim values
     version and cache = "always" of the step, and how random numbers are seeded
     what the script changed in classes and modules of rille (a method added to
     frames), for every step
   It is not over names of steps and pipelines, comments, blank lines, names of
   locals, positions: those may change freely.
2. What it was seen to read is as it was: files (by content), files that were
   not there, folders listed, environment variables, modules loaded while it
   ran, materializers that saved or loaded its values, tags and metadata of
   artifacts; and files that it wrote are still there.  For code that can reach
   math.exp, sin and the like, x ^ y, a model, load or require, the mathematical
   library and the processor count: another one rounds otherwise.  A file, a
   folder and a pipe are never the same, however empty; a folder is its names
   with their kinds and what its links point to.
   Of a file that is given to a program or kept as an artifact the executable
   bits count, too.  Paths are compared as they were written, so a project that
   moved hits; where a result names the project's folder, it does not.

Code that a step loads (require, dofile, loadfile) counts with all that it does,
not with what it returns: a module is known by its code and what that reaches,
before it runs.  Looking for a hit runs none of it; comments in a module do not
count.  A module that was loaded before the step is a table that it captures;
so are libraries, rille and its batteries.  What the script put into them
counts, and so do its searchers and preloads.  Each step loads its modules for
itself.  A module that reads a global which another module of the same step
sets makes the step run every time: no lookup can tell what it would find.

Keys are over content, not over runs: when a step runs again and makes the same
bytes, the steps after it are hits (early cutoff).

Random numbers of a step are seeded from its key: the same every time, and no
obstacle to caching.  math.randomseed(n) is fine too.  pairs and table.sort have
one order in every process.

Impure, so run every time, with a note that names the line: the clock (os.time,
os.clock, os.date), programs (os.execute, io.popen), standard input, files that
were opened before the step (a default of io.input, say), os.tmpname,
os.setlocale, what collectgarbage tells, addresses (%p, tostring of a table),
math.randomseed() without a number, next over other keys than 1..n, modules in C
(see below), ctx.run, a text in the result that names the step's
temporary folder (what files hold is not searched for it).  So is code that
cannot be seen through: _G or _ENV as a value, a file of code that the step
itself wrote, a hook that the script set with debug.sethook; and a call of load
or of a function of debug (debug.getmetatable of a protected metatable only).
Modules in C (cjson, lpeg, lfs) may be required above a step and in one.  rille
does not see what their code does, so a step that uses one is not cached, unless
the module is pure: what it returns depends on its arguments alone.  rille knows
cjson, lpeg, re and mime; say which others are, at the top of the script:
  rille.trust { "struct", "lxp" }     "socket" is also socket.core
The file of a pure module is in the key, and so are the settings of cjson.  A
step cannot capture what C made, as a pattern of lpeg: build it inside the step.
A step that is a program itself is cached: what its words name is observed, what
they cannot tell is declared (rille help programs).

On a step or :with
  cache = false       it runs every time, and no one takes its result.  Steps
                      that read history need it
  cache = "always"    keep the result although the step is impure.  Then a hit
                      is as old as the run that made it
On a pipeline, in p:run and by --no-cache there is only off, and off anywhere
is off.

An error: a step that sets a captured variable or a global.  A cached step would
not do it again; return the value instead, or set cache = false.  So is a step
that reads a file (or lists a folder) which another step of the pipeline writes,
or writes a file that another writes otherwise, with no path of wires between
them: hand the file on as an output, or say after = { "the other" }.  Cached
steps count as those that run.

Two processes that want the same key make it once: the one that comes second
waits ("waiting for run R, process N, which is running the same step"), goes on
with other steps meanwhile, and takes the result as soon as it is committed.
When the first one dies, the other notices at once and runs the step itself;
there is nothing to unlock. A wait that can have no end fails the step, with
exit code 1: a step starts a run that needs the step's own result, or two steps
of two runs wait for each other so ("deadlock: ..."). Take that run out of the
step; a run beside it, for a step at another worker, is none. With the cache
off, and for steps with cache = false, nobody waits. Steps of one run that have
the same key run once, too.

When a rille makes keys of more than an earlier one did, results under the
earlier keys are not used again: the first run of the new rille on a store says
so, and every step runs once.

rille plan FILE says what would run and why, rille why STEP why it ran.  A
failure is never a hit; a result whose bytes are lost or damaged is no hit.
]] }
