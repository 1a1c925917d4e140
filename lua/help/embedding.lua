-- rille help embedding
return [[
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
independent and may share a store.  The library prints nothing, installs no
signal handler and never exits.  Parameters go in as JSON:

  rille_run_options o = RILLE_RUN_OPTIONS_INIT;
  o.params = "{\"gamma\": 0.01}";

From a stock Lua 5.4: rille.so is a module that uses the Lua it is loaded into

  LUA_CPATH="build/?.so;;" lua5.4 script.lua
  local rille = require "rille"
  rille.open { store = ".rille", quiet = true }        -- both may be left out

Scripts, steps and stores are the same.  But that Lua's standard library is not
rille's, so nothing is observed there: a step that can reach io, os, require,
pairs, next, print, table.sort, tostring or format (the last two show addresses
of tables) is not cached unless it says cache = "always".
]]
