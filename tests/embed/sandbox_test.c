/* sandbox_test.c -- what a script cannot reach: the end of the process, its streams, its store. */
#define _GNU_SOURCE

#include "host.h"
#include "rille.h"

/* ---- the end of the process ---- */

static void
os_exit_ends_the_call_only(void)
{
    static const char *const scripts[] = {
        "os.exit(3)",
        "os.exit()",
        "os.exit(true, true)",
        "os.exit(false)",
        "pcall(os.exit, 3) error 'went on'",
        "while true do pcall(function() os.exit(3) end) end",
        "xpcall(os.exit, function() return 1 end) while true do end",
        "coroutine.wrap(function() os.exit(3) end)()",
        "local co = coroutine.create(function() pcall(os.exit, 3) while true do end end) "
        "coroutine.resume(co) while true do end",
        "setmetatable({}, { __gc = function() os.exit(3) end }) collectgarbage() while true do end",
        "table.sort({ 3, 2, 1 }, function() os.exit(3) end)",
        "string.gsub('x', 'x', function() os.exit(3) end)",
        "load 'os.exit(3)' ()",
        "local exit = os.exit debug.sethook() exit(3)",
        HEAD "pipeline 'x' { define = function() os.exit(3) end }:run()",
    };

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        rille_engine *e = host_open();
        int rc = host_load(e, scripts[i]);

        CHECK(rc == RILLE_ESYNTAX || rc == RILLE_ERROR);
        CHECK(host_has(rille_errmsg(e), "os.exit("));
        CHECK(host_has(rille_errmsg(e), "was called at "));
        if (check_bad)
            printf("script %zu: %d %s\n", i, rc, rille_errmsg(e));
        CHECK(host_load(e, PIPELINE("after", "return 6")) == RILLE_OK);
        CHECK(host_run(e, "after") == 6);
        host_close(e);
    }
}

static void
os_exit_in_what_a_run_calls_fails_the_run(void)
{
    static const char *const bodies[] = {
        "os.exit(3)", "coroutine.wrap(function() os.exit(3) end)()", "os.exit(true, true)",
        "setmetatable({}, { __close = function() end }) os.exit(3)"};
    rille_engine *e = host_open();
    rille_run *r = NULL;

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char script[1024];

        snprintf(script, sizeof script, PIPELINE("ex", "%s"), bodies[i]);
        CHECK(host_load(e, script) == RILLE_OK);
        CHECK(rille_run_pipeline(&r, e, "ex", NULL) == RILLE_ESTEP);
        CHECK(host_has(rille_errmsg(e), "os.exit"));
        CHECK(r && strcmp(rille_run_status(r), "failed") == 0);
        rille_run_free(r);
    }
    /* a hook, and a materializer */
    CHECK(host_load(e,
                    HEAD "local s = step 'h' { outputs = { t.number 'n' }, on_success = function() "
                         "os.exit(3) end, run = function() return 1 end }\n"
                         "pipeline 'h' { define = function() s() end }")
          == RILLE_OK);
    CHECK(host_run(e, "h") == 1);
    CHECK(host_load(e,
                    HEAD "local C = {} rille.materializer 'mat' { version = 1, class = C, load = "
                         "print, save = function() os.exit(3) end }\n"
                         "local s = step 'm' { outputs = { t.mat 'c' }, run = function() return "
                         "setmetatable({}, C) end }\n"
                         "pipeline 'm' { define = function() s() end }")
          == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "m", NULL) == RILLE_ESTEP);
    CHECK(host_has(rille_errmsg(e), "os.exit"));
    rille_run_free(r);
    /* define, which runs outside steps */
    CHECK(host_load(e, HEAD "pipeline 'd' { define = function() pcall(os.exit, 3) end }")
          == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "d", NULL) < 0 && r == NULL);
    CHECK(host_has(rille_errmsg(e), "os.exit(3) was called at "));
    /* while the engine is closed */
    CHECK(host_load(e, "keep = setmetatable({}, { __gc = function() os.exit(3) end })")
          == RILLE_OK);
    host_close(e);
}

/* ---- streams ---- */

#define LOUD                                                                                       \
    "print('p1', 2.5, nil) io.write 'w1\\n' io.stdout:write 'so1\\n' io.stderr:write 'se1\\n' "    \
    "warn '@on' warn 'w'\n"                                                                        \
    "io.output():write 'oo1\\n' io.stdout:setvbuf 'no' io.stdout:close() io.stdout:write "         \
    "'again\\n' io.stdout:flush() io.flush()\n"                                                    \
    "assert(io.read() == nil and io.stdin:read 'a' == '' and io.read 'n' == nil)\n"                \
    "for _ in io.lines() do error 'a line' end for _ in io.stdin:lines() do error 'a line' end\n"  \
    "os.execute 'echo ex1; echo ex2 >&2; cat' local p = io.popen 'echo po1; echo po2 >&2; cat' "   \
    "assert(p:read 'a' == 'po1\\n') p:close()\n"                                                   \
    "p = io.popen('cat; echo pw2 >&2', 'w') p:write 'pw1\\n' p:close()\n"                          \
    "assert(not pcall(io.open, '/dev/stdout', 'w') and not pcall(io.open, '/dev/stdin') and not "  \
    "pcall(io.lines, '/dev/fd/0'))\n"                                                              \
    "assert(not pcall(debug.debug)) pcall(dofile) pcall(loadfile) assert(os.setlocale() == 'C')\n"

static void
all_of_it_is_in(const char *text)
{
    static const char *const words[] = {"p1\t2.5\tnil\n", "w1\n",    "so1\n", "se1\n",
                                        "oo1\n",          "again\n", "ex1\n", "ex2\n",
                                        "po2\n",          "pw1\n",   "pw2\n"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        CHECK(host_has(text, words[i]));
}

static void
load_loud(void)
{
    rille_engine *e = host_open();

    if (host_load(e, LOUD)) {
        printf("%s\n", rille_errmsg(e));
        check_bad = 1;
    }
    all_of_it_is_in(host_said);
    host_close(e);
}

static void
load_loud_unheard(void)
{
    rille_engine *e = host_engine_with(NULL);

    CHECK(host_load(e, LOUD) == RILLE_OK);
    host_close(e);
}

static void
run_loud(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, PIPELINE("loud", LOUD " ctx:log 'logged' return 1")) == RILLE_OK);
    host_said[0] = 0;
    if (host_run(e, "loud") != 1) {
        printf("%s\n", rille_errmsg(e));
        check_bad = 1;
    }
    all_of_it_is_in(host_said);
    CHECK(host_has(host_said, "logged"));
    host_said[0] = 0;
    CHECK(host_load(e, "io.write(require('rille').pipelines.loud.runs[-1].steps[1].log)")
          == RILLE_OK);
    all_of_it_is_in(host_said);
    CHECK(host_has(host_said, "logged\n"));
    host_close(e);
}

/* The same in workers, which a script asks for. */
static void
run_loud_in_workers(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(
              e, HEAD
              "local function loud(_, ctx) " LOUD " return 1 end\n"
              "local a = step 'la' { outputs = { t.number 'n' }, run = loud } local b = step 'lb' "
              "{ outputs = { t.number 'n' }, run = loud }\n"
              "local run = pipeline 'lw' { define = function() a() b() end }:run { jobs = 2 }\n"
              "for i = 1, 2 do io.write(run.steps[i].log) end")
          == RILLE_OK);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    for (const char *const *p = (const char *const[]){"p1\t2.5\tnil\n", "\nw1\n", "se1\n", "ex1\n",
                                                      "ex2\n", "po2\n", "pw1\n", "pw2\n", NULL};
         *p; p++) {
        const char *first = strstr(host_said, *p);

        CHECK(first && strstr(first + 1, *p) && !strstr(strstr(first + 1, *p) + 1, *p));
    }
    host_close(e);
}

static void
run_command(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e,
                    HEAD "local s = step 'cmd' { outputs = { t.string 'n' }, command = 'echo err "
                         ">&2; cat; echo x > {outputs.n}' }\n"
                         "pipeline 'cmd' { define = function() s() end }")
          == RILLE_OK);
    host_run(e, "cmd");
    host_close(e);
}

static void
write_to_a_program_that_is_gone(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(
              e, "local p = io.popen('exec true', 'w') os.execute 'sleep 0.1'\n"
                 "for _ = 1, 100 do p:write(('x'):rep(65536)) end p:close()\n"
                 "local q = io.popen 'yes | head -n 1; echo ${PIPESTATUS-} >&2' assert(q:read 'a' "
                 "== 'y\\n') q:close()")
          == RILLE_OK);
    CHECK(!strstr(host_said, "roken pipe"));
    host_close(e);
}

static void
print_at_the_end(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, "keep = setmetatable({}, { __gc = function() print 'last' io.stderr:write "
                       "'words\\n' end })")
          == RILLE_OK);
    host_close(e);
    CHECK(host_has(host_said, "last\nwords\n"));
}

static void
nothing_reaches_the_streams_of_the_host(void)
{
    void (*const parts[])(void) = {load_loud,       load_loud_unheard,
                                   run_loud,        run_loud_in_workers,
                                   run_command,     write_to_a_program_that_is_gone,
                                   print_at_the_end};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *text = host_streams_of(parts[i]);

        CHECK_STR(text, "");
        if (check_bad) {
            printf("part %zu\n", i);
            break;
        }
    }
}

static void
the_store_is_opened_by_the_host_alone(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, "require('rille').open { store = 'other' }") == RILLE_ESYNTAX);
    CHECK(host_has(rille_errmsg(e), "rille_open"));
    CHECK(host_load(e, PIPELINE("op", "rille.open { quiet = false } return 1")) == RILLE_OK);
    CHECK(host_run(e, "op") == -1 && host_has(rille_errmsg(e), "rille_open"));
    host_close(e);
}

int
main(void)
{
    host_begin("sandbox");
    RUN(os_exit_ends_the_call_only);
    RUN(os_exit_in_what_a_run_calls_fails_the_run);
    RUN(nothing_reaches_the_streams_of_the_host);
    RUN(the_store_is_opened_by_the_host_alone);
    return host_end();
}
