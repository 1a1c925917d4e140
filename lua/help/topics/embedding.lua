-- rille help embedding
return { order = 190, text = [[
Embedding

From C: rille.h, librille.a or librille.so.0

  rille_engine *e;
  rille_run *run = NULL;
  rille_artifact *out = NULL;
  double v;

  if (rille_open(&e, ".rille", NULL) || rille_load_file(e, "digits.lua") ||
      rille_run_pipeline(&run, e, "digits", NULL) ||
      rille_run_output(&out, run, "evaluator", "best_acc") ||
      rille_artifact_number(out, &v))
      fprintf(stderr, "%s\n", rille_errmsg(e));
  rille_artifact_free(out);
  rille_run_free(run);
  rille_close(e);

  cc host.c $(pkg-config --cflags --libs rille)        after make install

Every call gives 0 or a negative rille_status; handles are opaque and their
free accepts NULL.  An engine belongs to one thread at a time; engines are
independent and may share a store.  Parameters go in as JSON:

  rille_run_options o = RILLE_RUN_OPTIONS_INIT;
  o.params = "{\"gamma\": 0.01}";

An engine loads any number of scripts; a pipeline of a name that is there takes
its place.  Nothing is left of a script that fails, and the engine goes on.
Scripts of several folders need rille_options.base, where relative paths start.

The process stays the host's: the library changes no signal handler, locale,
folder or variable, writes to no stream, and never exits.  What a script prints
goes into its step's log, outside steps to rille_options.log; what it reads from
standard input is empty.  Programs that it starts have no stream of the host.
os.exit ends the call, whose message is "os.exit(3) was called at x.lua:1".
Numbers are read and written with a point whatever the host's locale is.

librille.a and librille.so export the names of rille.h alone.

From a stock Lua 5.4: rille.so is a module that uses the Lua it is loaded into

  LUA_CPATH="build/?.so;;" lua5.4 script.lua
  local rille = require "rille"
  rille.open { store = ".rille", quiet = true }        -- both may be left out

Scripts, steps and stores are the same.  But that Lua's standard library is not
rille's, so nothing is observed there: a step that can reach io, os, require,
pairs, next, print, table.sort, tostring or format (the last two show addresses
of tables) is not cached unless it says cache = "always".
]] }
