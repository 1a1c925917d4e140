-- rille help embedding
return { order = 190, text = [=[
Embedding: rille in other programs

  hello.c:
  #include <rille.h>
  #include <stdio.h>

  int main(void)
  {
      rille_engine *e;
      rille_run *run = NULL;
      int64_t n;
      int failed = rille_open(&e, ".rille", NULL)
          || rille_load_file(e, "hello.lua")
          || rille_run_pipeline(&run, e, "hello", NULL)
          || rille_get_int(rille_run_outputs(run), "count.n", &n);

      if (failed)
          fprintf(stderr, "%s\n", rille_errmsg(e));
      else
          printf("%s: %d\n", rille_run_name(run), (int)n);
      rille_run_free(run);
      rille_close(e);
      return failed;
  }

  hello.lua:
  local rille = require "rille"
  local t = rille.types
  local count = rille.step "count" {
    params = { text = "Hello, world" }, outputs = { t.integer "n" },
    run = function(p) return #p.text end,
  }
  rille.pipeline "hello" {
    params = { text = "Hello, world" },
    define = function(p) count { text = p.text } end,
  }

  cc hello.c -o hello $(pkg-config --cflags --libs rille)

rille.h is the manual: every function with shapes, owners and errors.  Functions
that can fail return 0 or a negative status.  What they make is their first
parameter.  Each handle has a function that frees it and accepts NULL; pointers
that the library gives out live as long as the handle that they come from.

Values in and out.  rille_values holds named values: put parameters and inputs,
get outputs by STEP.OUTPUT.

  rille_run_options how = RILLE_RUN_OPTIONS_INIT;
  double x[6] = { 1, 2, 3, 4, 5, 6 };
  int64_t shape[2] = { 3, 2 };
  rille_array X = RILLE_ARRAY_INIT, y = RILLE_ARRAY_INIT;
  X.ndim = 2;
  X.shape = shape;
  X.data = x;
  how.args = rille_values_new(e);
  if (rille_put_array(how.args, "X", &X)
      || rille_put_number(how.args, "gamma", 0.01)
      || rille_put_json(how.args, NULL, "{\"names\": [\"a\", \"b\"]}")
      || rille_run_pipeline(&run, e, "score", &how)
      || rille_get_array(rille_run_outputs(run), "predict.y", &y))
      fprintf(stderr, "%s\n", rille_errmsg(e));
  else
      printf("%g\n", ((const double *)y.data)[0]);
  rille_values_free(how.args);

An array is copied, or borrowed until its release callback is called.  Frames
are passed by the Arrow C data interface (rille_put_arrow, rille_get_arrow),
without a library of Arrow.

Errors.  rille_errmsg is for people, rille_errcode for the program, and
rille_errjson for other programs: {"status": -9, "message": "...", "step":
"train", "file": "digits.lua", "line": 12, "traceback": "..."}.  A run whose
step failed is recorded and given out, too.

  if (rille_run_pipeline(&run, e, "training", NULL) == RILLE_ESTEP)
      fprintf(stderr, "%s: %s\n", rille_run_name(run), rille_errjson(e));

Events tell what happens while a call runs, on its thread.  A callback that
returns anything but 0 cancels the call.

  static int show(void *user, const rille_event *event)
  {
      if (event->kind == RILLE_STEP_END)
          fprintf(user, "%s %.1f s\n", event->step, event->seconds);
      if (event->kind == RILLE_LOG)
          fprintf(user, "%s", event->text);
      return 0;
  }

  rille_options options = RILLE_OPTIONS_INIT;
  options.event = show;
  options.event_user = stderr;
  options.memory = 512 << 20;         /* most bytes of Lua and arrays */
  rc = rille_open(&e, ".rille", &options);

Cancelling.  rille_interrupt(e) may be called from any thread and from a signal
handler.  The call then fails with RILLE_ECANCELLED, within 50 ms in Lua code
and in rille's own; code in C of others is waited for.  The engine can go on.

  static rille_engine *engine;
  static void on_signal(int sig) { (void)sig; rille_interrupt(engine); }

Limits.  rille_options.memory and rille_run_options.timeout end a call with
RILLE_ELIMIT; the engine can go on after it.  RILLE_OPEN_NOHOOK lets loops in
Lua run at full speed: then rille_interrupt and the timeout wait for the next
builtin, or for the end of the step.

Threads and processes.  An engine belongs to one thread at a time.  Engines are
independent of each other: open one per thread, on one store if they are to
share results.  After a fork, the child opens engines of its own; fork while no
other thread is in a call of the library, or only to exec.

Stores.  RILLE_OPEN_READONLY opens a store for queries, beside a writer in
another process.  RILLE_OPEN_MEMORY needs no path: the store is gone with the
engine.  Queries start no Lua:

  rille_cursor *c;
  rc = rille_list(&c, e, RILLE_RUNS,
                  "pipeline = digits and status = completed");
  while (!rc && !(rc = rille_next_run(&run, c)) && run) {
      puts(rille_run_name(run));
      rille_run_free(run);
  }
  rille_cursor_free(c);

  rille_model *m = NULL;
  rille_artifact *weights = NULL;
  if (!(rc = rille_find_model(&m, e, "digits", "production")))
      rc = rille_model_artifact(&weights, m, "weights");
  rille_artifact_free(weights);
  rille_model_free(m);

Workers.  Steps run in the host's thread, one at a time.  With
rille_run_options.jobs = N they run in N processes of the rille program, which
is found on PATH or named by rille_set(e, "program", PATH).  Steps in C, and
steps of scripts that were loaded from a string, stay in the host's thread.

Steps in C.  Register before loading the scripts that use them as
rille.steps.NAME.  The cache trusts `version`: change it when results change.

  static int mean(rille_step *s, void *user)
  {
      rille_array x = RILLE_ARRAY_INIT;
      double sum = 0;
      int64_t i;
      int rc = rille_get_array(rille_inputs(s), "x", &x);

      (void)user;
      if (rc)
          return rc;
      if (x.dtype != RILLE_F64)
          return rille_fail(s, RILLE_ETYPE, "x: expected f64");
      for (i = 0; i < x.shape[0]; i++)
          sum += ((const double *)x.data)[i];
      return rille_put_number(rille_outputs(s), "mean",
                              sum / (double)x.shape[0]);
  }

  rille_step_def def = RILLE_STEP_DEF_INIT;
  def.name = "mean";
  def.signature = "(x: vector) -> (mean: number)";
  def.version = "1";
  def.fn = mean;
  rc = rille_register_step(e, &def);

Types in C.  rille_register_type gives values of a struct a type, which ports
name (rille.types.NAME): save and load turn them into the members of an
artifact and back.

The process stays the host's.  The library changes no signal handler, locale,
working folder or variable of the environment, writes to no stream and never
exits.  What scripts print becomes RILLE_LOG events; their standard input is
empty; programs that they start get none of the host's streams.  os.exit(3) ends
the call with the message "os.exit(3) was called at x.lua:1".

What differs from the program.  Keys and values are the same: each uses what the
other left in a store.  In a host rille.main() is false, and a step runs in the
host's process: if it crashes, so does the host (jobs = N keeps them apart).
Ctrl-C is the host's matter.

Hosts with Lua.  rille_lua.h is for hosts that use Lua 5.4 themselves.

  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  options.lua_state = L;                /* scripts run in the host's state */
  if (rille_open(&e, ".rille", &options) || rille_lua_openlib(L, e))
      fprintf(stderr, "%s\n", rille_errmsg(e));
  lua_setglobal(L, "rille");

A state belongs to one engine at a time (RILLE_EEXISTS).  After rille_close its
globals, stack and hook are as they were.  rille_lua_pushartifact and
rille_lua_toartifact pass artifacts, rille_lua_checkobject gives a lua_CFunction
the object of a type in C, rille_lua_fingerprint says what a function is to the
cache.

In such a state, and in a stock lua5.4 (LUA_CPATH="build/?.so;;" lua5.4 x.lua,
then require "rille" and rille.open { store = ".rille", quiet = true }), the
standard library is Lua's own: print writes where the host's does, os.exit
exits, and nothing is observed.  Therefore a step that can reach io, os,
require, pairs, next, print, table.sort, tostring or format is not cached there
unless it has cache = "always"; one that captures a function of cjson needs
rille.trust { "cjson" } before the require.

Library and host must use one Lua 5.4; for another one, calls fail with
RILLE_EVERSION.  Modules in C (lpeg, lfs, cjson) take the functions of Lua from
the global symbols of the process: a host that is linked with librille.so or
liblua5.4.so has them.  One that opens librille.so by dlopen passes RTLD_GLOBAL;
with RTLD_LOCAL such modules fail with "undefined symbol: lua_...", until it has
called dlopen("liblua5.4.so.0", RTLD_NOW | RTLD_GLOBAL).

Building
  cc host.c $(pkg-config --cflags --libs rille)                   librille.so.0
  cc -Wl,--as-needed host.c $(pkg-config --variable=archive rille) \
     $(pkg-config --static --cflags --libs rille)                 librille.a
  apt install ./librille-dev_*.deb          after make deb
  luarocks --lua-version 5.4 make .packaging/rille-0.1.0-1.rockspec
The libraries export the functions of rille.h and rille_lua.h and no others.

Examples, in examples/embed/ of the sources
  service.c        an HTTP service: trains at start, predicts with the version
                   in production, takes up a promotion by another process
  native_step.cc   a type and two steps in C++, used by a script
  stock.lua        rille in a stock lua5.4
]=] }
