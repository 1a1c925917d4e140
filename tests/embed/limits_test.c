/* limits_test.c -- the time and the memory of the options, the host's allocator, a signal on the
 * engine's own thread, and what a call fails with. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "rille.h"

#define HEAD \
    "local rille = require 'rille' local t, step, pipeline = rille.types, rille.step, " \
    "rille.pipeline local array = require 'rille.array'\n"

enum { MIB = 1 << 20 };
#define LARGE "x = ('x'):rep(1e8)"

static char dir[64], store[96];

static rille_engine *
engine(const rille_options *opt)
{
    rille_engine *e;

    CHECK(rille_open(&e, store, opt) == RILLE_OK);
    return e;
}

static int
load(rille_engine *e, const char *script)
{
    int rc = rille_load_string(e, "inline", script, strlen(script));

    if (rc)
        printf("load: %s\n", rille_errmsg(e));
    return rc;
}

/* Defines a pipeline of one step of that name, which gives a number. */
static void
define(rille_engine *e, const char *name, const char *body)
{
    char script[2048];

    snprintf(script, sizeof script,
             HEAD "local s = step '%s' { outputs = { t.number 'n' }, cache = false, "
             "run = function() %s return 1 end }\n"
             "pipeline '%s' { define = function() s() end }\n", name, body, name);
    CHECK(load(e, script) == RILLE_OK);
}

static int
run(rille_engine *e, const char *name, double timeout, char *status)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    int rc;

    how.timeout = timeout;
    rc = rille_run_pipeline(&r, e, name, &how);
    snprintf(status, 16, "%s", r ? rille_run_status(r) : "none");
    rille_run_free(r);
    return rc;
}

static int
runs(rille_engine *e, const char *name)
{
    char status[16];
    int rc = run(e, name, 0, status);

    if (rc)
        printf("%s: %d, %s: %s\n", name, rc, status, rille_errmsg(e));
    return rc == RILLE_OK;
}

static void
has(const rille_engine *e, const char *part)
{
    if (!strstr(rille_errmsg(e), part))
        printf("not in it: \"%s\": %s\n", part, rille_errmsg(e));
    CHECK(strstr(rille_errmsg(e), part));
}

/* ---- time ---- */

static void
a_timeout_ends_the_run_and_the_next_one_has_its_own(void)
{
    rille_engine *e = engine(NULL);
    char status[16];

    define(e, "forever", "while true do pcall(function() while true do end end) end");
    define(e, "program", "os.execute 'sleep 1000'");
    define(e, "short", "");
    CHECK(run(e, "forever", 0.05, status) == RILLE_ELIMIT);
    CHECK_STR(status, "stopped");
    has(e, "timeout");
    CHECK(run(e, "program", 0.05, status) == RILLE_ELIMIT);
    CHECK_STR(status, "stopped");
    CHECK(run(e, "short", 1000, status) == RILLE_OK);
    CHECK(run(e, "short", 0, status) == RILLE_OK);
    rille_close(e);
}

/* ---- memory ---- */

static void
past_the_memory_a_call_ends_and_the_engine_goes_on(void)
{
    static const char *const bodies[] = {
        "local list = {} for i = 1, 1e9 do list[i] = { i } end",
        "local s = 'x' while true do s = s .. s end",
        "local list = {} while true do pcall(function() for i = 1, 1e9 do "
        "list[#list + 1] = ('x'):rep(1000) .. i end end) end",
        "local list = {} for i = 1, 1e9 do list[i] = array.zeros(100000) end",
        "array.zeros(100000000)",
    };
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;
    char status[16], name[8];

    opt.memory = 32 * MIB;
    e = engine(&opt);
    define(e, "small", "for i = 1, 200 do array.zeros(100000) end");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        int rc;

        snprintf(name, sizeof name, "m%zu", i);
        define(e, name, bodies[i]);
        rc = run(e, name, 0, status);
        if (rc != RILLE_ELIMIT)
            printf("%s: %d %s: %s\n", bodies[i], rc, status, rille_errmsg(e));
        CHECK(rc == RILLE_ELIMIT);
        CHECK_STR(status, "stopped");
        has(e, "the memory limit of 33554432 bytes is used up");
        CHECK(runs(e, "small"));
    }
    CHECK(rille_load_string(e, "x", LARGE, strlen(LARGE)) == RILLE_ELIMIT);
    CHECK(runs(e, "small"));
    rille_close(e);
}

/* A buffer of Lua's string library asks for its memory but once, and the step fails of it; then the
 * run is recorded, by which time there is memory again. */
static void
a_step_that_failed_for_memory_is_past_the_limit(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;
    char status[16];

    opt.memory = 16 * MIB;
    e = engine(&opt);
    define(e, "buffers", "local list = {} while true do "
                         "list[#list + 1] = ('x'):rep(10000) .. #list end");
    CHECK(run(e, "buffers", 0, status) == RILLE_ELIMIT);
    has(e, "the memory limit of 16777216 bytes");
    rille_close(e);
}

/* An allocator that counts; a block has its size before it. */
typedef struct Counted {
    size_t bytes, most, calls;
    int wrong;                  /* a size was not the true one */
} Counted;

static void *
counted(void *user, void *p, size_t osize, size_t nsize)
{
    Counted *c = user;
    size_t *block = p ? (size_t *)p - 2 : NULL;

    c->calls++;
    c->wrong |= (block ? *block : 0) != osize;
    c->bytes -= osize;
    if (nsize == 0) {
        free(block);
        return NULL;
    }
    block = realloc(block, nsize + 2 * sizeof *block);
    if (!block) {
        c->bytes += osize;
        return NULL;
    }
    *block = nsize;
    c->bytes += nsize;
    c->most = c->bytes > c->most ? c->bytes : c->most;
    return block + 2;
}

static void
the_hosts_allocator_gives_the_memory_of_lua_and_arrays_and_gets_all_back(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    Counted c = {0};
    rille_engine *e;
    char status[16];

    opt.alloc = counted;
    opt.alloc_user = &c;
    e = engine(&opt);
    define(e, "arrays", "local a = array.zeros(1000000) + 1 assert(a:sum() == 1000000)");
    CHECK(run(e, "arrays", 0, status) == RILLE_OK);
    CHECK(c.most > 16000000 && c.calls > 1000);
    rille_close(e);
    CHECK(c.bytes == 0);
    CHECK(!c.wrong);
}

/* ---- a signal on the engine's own thread ---- */

static rille_engine *of_handler;

static void
on_alarm(int signal)
{
    (void)signal;
    rille_interrupt(of_handler);
}

static void
alarm_in(int ms)
{
    struct itimerval one = {{0, 0}, {ms / 1000, ms % 1000 * 1000}};

    setitimer(ITIMER_REAL, &one, NULL);
}

static void
a_signal_handler_interrupts_with_and_without_the_hook(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    struct sigaction action = {.sa_handler = on_alarm}, before;
    char status[16];

    CHECK(sigaction(SIGALRM, &action, &before) == 0);
    for (int i = 0; i < 2; i++) {
        opt.flags = i ? RILLE_OPEN_NOHOOK : 0;
        of_handler = engine(&opt);
        define(of_handler, "loop", "while true do pcall(function() while true do end end) end");
        define(of_handler, "coroutine",
               "local co = coroutine.wrap(function() while true do end end) "
               "pcall(co) while true do end");
        alarm_in(30);
        CHECK(run(of_handler, "loop", 0, status) == RILLE_ECANCELLED);
        alarm_in(30);
        CHECK(run(of_handler, "coroutine", 0, status) == RILLE_ECANCELLED);
        CHECK_STR(status, "stopped");
        rille_close(of_handler);
    }
    sigaction(SIGALRM, &before, NULL);
}

static void
an_interrupt_of_an_idle_engine_is_dropped(void)
{
    rille_engine *e = engine(NULL);
    char status[16];

    rille_interrupt(e);
    define(e, "idle", "");
    rille_interrupt(e);
    CHECK(run(e, "idle", 0, status) == RILLE_OK);
    rille_interrupt(NULL);
    rille_close(e);
}

/* ---- paths ---- */

static void
package_path_is_that_of_the_options(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;

    opt.lua_path = "/x/?.lua;;";
    opt.lua_cpath = "/only/?.so";
    e = engine(&opt);
    CHECK(load(e, "assert(package.path:find('/x/?.lua;/usr/', 1, true), package.path) "
               "assert(not package.path:find(';;', 1, true)) "
               "assert(package.cpath:find('/only/?.so', 1, true), package.cpath) "
               "assert(not package.cpath:find('/usr/', 1, true), package.cpath)") == RILLE_OK);
    rille_close(e);
}

int
main(void)
{
    char command[128];

    snprintf(dir, sizeof dir, "/tmp/rille-limits-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(store, sizeof store, "%s/.rille", dir);
    RUN(a_timeout_ends_the_run_and_the_next_one_has_its_own);
    RUN(past_the_memory_a_call_ends_and_the_engine_goes_on);
    RUN(a_step_that_failed_for_memory_is_past_the_limit);
    RUN(the_hosts_allocator_gives_the_memory_of_lua_and_arrays_and_gets_all_back);
    RUN(a_signal_handler_interrupts_with_and_without_the_hook);
    RUN(an_interrupt_of_an_idle_engine_is_dropped);
    RUN(package_path_is_that_of_the_options);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CHECK(system(command) == 0);
    return check_done();
}
