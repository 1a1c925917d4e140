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

Every call returns 0 or a negative rille_status.  Handles are opaque, and their
free functions accept NULL.  Use an engine from one thread at a time; engines
are independent of each other and may share a store.  Pass parameters as JSON:

  rille_run_options o = RILLE_RUN_OPTIONS_INIT;
  o.params = "{\"gamma\": 0.01}";

An engine loads any number of scripts; a new pipeline replaces an earlier one of
the same name.  A script that fails leaves nothing behind, and the engine
remains usable.  To load scripts from several folders, set rille_options.base to
the folder where relative paths start.

The process stays under the host's control: the library does not change signal
handlers, the locale, the working folder or environment variables, does not
write to any stream, and never exits.  Output of a script goes to its step's
log, or outside steps to rille_options.log; standard input is empty.  Programs
that a script starts get none of the host's streams.  os.exit ends the call with
the message "os.exit(3) was called at x.lua:1".  Numbers are read and written
with a decimal point in every locale.

librille.a and librille.so export only the names in rille.h.

From a standard Lua 5.4: rille.so is a module that uses the Lua that loads it

  LUA_CPATH="build/?.so;;" lua5.4 script.lua
  local rille = require "rille"
  rille.open { store = ".rille", quiet = true }        -- both are optional

Scripts, steps and stores are the same.  But the standard library is then Lua's
own, not rille's, so nothing is observed: a step that can reach io, os, require,
pairs, next, print, table.sort, tostring or format (the last two show addresses
of tables) is not cached unless it sets cache = "always".
]] }
