-- rille help cache
return { order = 70, text = [[
The cache: when a step runs, and when it does not

A cached result is used when two conditions hold.

1. An earlier step run has the same key.  The key covers
   - the code of run, of every function that run calls or captures (at any
     depth, in any file), every captured value, and the globals that the code
     reads
   - the parameters, and the content of the inputs
   - the names and types of the ports, and the code and version of the
     materializers that those types name, and of all that claim values
   - the step's version and cache = "always", and how random numbers are seeded
   - whatever the script changed in classes and modules of rille (a method added
     to frames, for example); this affects every step
   The key does not cover names of steps and pipelines, comments, blank lines,
   names of locals, or positions: change those freely.
2. Everything that the step read outside its inputs is unchanged: files (by
   content), files that did not exist, listed folders, environment variables,
   modules loaded while the step ran, materializers that saved or loaded its
   values, tags and metadata of artifacts.  Files that the step wrote must still
   exist, unchanged.  For code that can reach math.exp, sin and the like, x ^ y,
   a model, load or require, the math library and the processor count too:
   another one may round differently.  A file, a folder and a pipe are always
   different, even when empty; a folder means its names with their kinds, and
   the targets of its links.  The executable bits also count for a file that is
   passed to a program or kept as an artifact.  Paths are compared as written,
   so a project still hits after it is moved, except where a result contains the
   path of the project's folder.

Code that a step loads (require, dofile, loadfile) counts by what it does, not
by what it returns: rille knows a module by its code, and by what that code
reaches, before the module runs.  Looking up a result runs no module, and
comments in a module do not count.  A module loaded before the step is a table
that the step captures; so are libraries, rille and its batteries.  Whatever the
script put into them counts, as do its searchers and preloads.  Each step loads
its own modules.  If a module reads a global that another module of the same
step sets, the step runs every time, because no lookup can know the value.

Keys depend on content, not on runs: when a step runs again and produces the
same bytes, the steps after it are hits (early cutoff).

A step's random numbers are seeded from its key: they are the same every time,
so they do not prevent caching.  math.randomseed(n) does not either.  pairs and
table.sort use the same order in every process.

A step is impure, and so runs every time, with a note that names the line, when
it uses the clock (os.time, os.clock, os.date), programs (os.execute, io.popen),
standard input, files opened before the step (for example as the default of
io.input), os.tmpname, os.setlocale, the results of collectgarbage, addresses
(%p, tostring of a table), math.randomseed() without a number, next over keys
other than 1..n, C modules (see below), or ctx.run; or when its result contains
the path of the step's temporary folder (rille does not search inside files for
the path).  Code that rille cannot see through is impure too: _G or _ENV as a
value, a code file that the step itself wrote, a hook that the script set with
debug.sethook, and calls of load or of functions in debug (except
debug.getmetatable, unless the metatable is protected).

A step that uses a C module is cached if the module is known or declared to be
pure: rille help libraries.

A step that is itself a program is cached: rille observes what the command
names, and the step declares the rest (rille help programs).

On a step or :with
  cache = false       always run the step, and never reuse its result.  Required
                      for steps that read history
  cache = "always"    cache the result even though the step is impure.  A hit is
                      then as old as the run that computed it
A pipeline, p:run and --no-cache can only turn the cache off.  Off anywhere
means off.

A run in which nothing changed is recorded without calling define and without
looking at each step: its record is that of the earlier run.  For that, define
and what it calls use plain data, steps, files and variables of the environment,
and the library's functions that only compute; every file, variable and object
that the run depends on is checked.  Otherwise rille defines and plans as
usual.  --no-memo asks for that, too, and so does RILLE_MEMO=off; with
RILLE_MEMO=check both are done, and a difference is an internal error.

A step that sets a captured variable or a global is an error, because a cached
step would not set it again: return the value, or set cache = false.  It is also
an error when a step reads a file (or lists a folder) that another step of the
pipeline writes, or when two steps write the same file differently, and no path
of wires connects the two: pass the file as an output, or set after = { "other"
}.  Cached steps count like steps that run.

Two processes that need the same key compute the result once: the second one
waits ("waiting for run R, process N, which is running the same step"),
continues with other steps meanwhile, and takes the result as soon as it is
committed.  If the first process dies, the second notices at once and runs the
step itself; there is nothing to unlock.  A wait that can never end fails the
step with exit code 1 ("deadlock: ..."): a step starts a run that needs the
step's own result, or steps of two runs wait for each other in this way.  Move
such a run out of the step.  With the cache off, and for steps with cache =
false, nothing waits.  Steps of one run that share a key also run once.

When a new version of rille makes keys of more than an earlier version did,
results under the old keys are not reused: the first run says so, and every step
runs once.

rille plan FILE shows what would run and why; rille why STEP explains why a step
ran.  A failure is never a hit, nor is a result whose bytes are lost or damaged.
]] }
