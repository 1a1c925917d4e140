/* cancel_test.c -- rille_interrupt at any moment of any work: the call ends soon, the run is
 * recorded as stopped, the store is whole, the same engine runs again, and no descriptor and no
 * process is left.
 *
 *     RILLE_CANCELS=500    so many cancels of the mixed pipeline (60), and the latencies of all
 *                          kinds of work are printed
 *     RILLE_SEED=n         other moments */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "rille.h"

enum { FEW = 60, MOST = 4096, SLOW_MS = 5000 };     /* SLOW_MS: of a machine that is very busy */

#define HEAD \
    "local rille = require 'rille' local t, step, pipeline = rille.types, rille.step, " \
    "rille.pipeline local csv, array = require 'rille.csv', require 'rille.array'\n"

static char dir[64], store[96];
static int rounds, is_told;
static unsigned seed;

/* ---- tools ---- */

static double
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static unsigned
random_below(unsigned n)
{
    seed = seed * 1664525u + 1013904223u;
    return (unsigned)((unsigned long long)(seed >> 8) * n >> 24);
}

/* Whether this process has a child, in any state. */
static int
has_child(void)
{
    siginfo_t info = {0};

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/* One thread that interrupts an engine some time after it was told that a step began. */
typedef struct Canceller {
    rille_engine *e;
    sem_t begun;
    pthread_t thread;
    unsigned delay_us;
    double sent;                /* when, in ms */
} Canceller;

static void *
cancel_later(void *user)
{
    Canceller *c = user;

    while (sem_wait(&c->begun) && errno == EINTR)
        ;
    usleep(c->delay_us);
    c->sent = now_ms();
    rille_interrupt(c->e);
    return NULL;
}

static Canceller canceller;

static int
hear(void *user, const rille_event *event)
{
    (void)user;
    if (event->kind == RILLE_STEP_BEGIN || event->kind == RILLE_RUN_END)
        sem_post(&canceller.begun);
    return 0;
}

static rille_engine *
engine(unsigned flags)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;

    opt.event = hear;
    opt.flags = flags;
    CHECK(rille_open(&e, store, &opt) == RILLE_OK);
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

/* Runs the pipeline while another thread interrupts after so many microseconds of its first step;
 * *ms is how long the call went on after that, below 0 when it had ended before. */
static int
run_cancelled(rille_engine *e, const char *pipeline, unsigned delay_us, double *ms, char *status)
{
    rille_run *r = NULL;
    double end;
    int rc;

    canceller.e = e;
    canceller.delay_us = delay_us;
    sem_init(&canceller.begun, 0, 0);
    CHECK(pthread_create(&canceller.thread, NULL, cancel_later, &canceller) == 0);
    rc = rille_run_pipeline(&r, e, pipeline, NULL);
    end = now_ms();
    sem_post(&canceller.begun);         /* it may have failed before a step began */
    pthread_join(canceller.thread, NULL);
    *ms = end - canceller.sent;
    snprintf(status, 16, "%s", r ? rille_run_status(r) : "none");
    rille_run_free(r);
    return rc;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* What n latencies are like; the slowest. */
static double
tell(const char *what, double *ms, size_t n)
{
    qsort(ms, n, sizeof *ms, by_value);
    if (is_told && n)
        printf("  %-28s n %4zu  median %6.1f ms  p99 %6.1f ms  max %6.1f ms\n", what, n, ms[n / 2],
               ms[n * 99 / 100], ms[n - 1]);
    return n ? ms[n - 1] : 0;
}

/* ---- one kind of work ---- */

typedef struct Kind {
    const char *name;
    const char *before;         /* local definitions; or NULL */
    const char *body;           /* of a step; it never ends by itself */
} Kind;

static const Kind kinds[] = {
    {"a loop", NULL, "while true do end"},
    {"a loop of pcall", NULL, "while true do pcall(function() while true do end end) end"},
    {"pcall(error)", NULL, "while true do pcall(error, 'x') end"},
    {"a coroutine", NULL,
     "local co = coroutine.wrap(function() while true do pcall(function() while true do end end) "
     "end end) co()"},
    {"coroutines in coroutines", NULL,
     "local function down(n) return coroutine.wrap(function() if n == 0 then while true do "
     "coroutine.yield() end end local inner = down(n - 1) while true do inner() coroutine.yield() "
     "end end) end local f = down(20) while true do f() end"},
    {"pcall(resume)", NULL,
     "while true do local co = coroutine.create(function() while true do end end) "
     "pcall(coroutine.resume, co) end"},
    {"a message handler", NULL,
     "while true do xpcall(error, function() while true do end end, 'x') end"},
    {"an iterator and __index", NULL,
     "local m = setmetatable({}, { __index = function(_, k) while true do end end }) "
     "while true do pcall(function() return m.x end) end"},
    {"string patterns", NULL,
     "local s = ('ab '):rep(1e4) while true do for w in s:gmatch '%a+' do w:upper() end end"},
    {"table.sort", "local big = {} for i = 1, 4e5 do big[i] = (i * 7919) % 1000003 end",
     "while true do local c = table.move(big, 1, #big, 1, {}) table.sort(c) end"},
    {"table.sort by a comparator",
     "local big = {} for i = 1, 1e5 do big[i] = (i * 7919) % 1000003 end",
     "while true do pcall(function() local c = table.move(big, 1, #big, 1, {}) "
     "table.sort(c, function(a, b) return a > b end) end) end"},
    {"csv.decode",
     "local lines = { 'a,b,c' } for i = 2, 3e5 do lines[i] = i .. ',' .. i * 0.5 .. ',x' .. i end "
     "local text = table.concat(lines, '\\n')",
     "while true do csv.decode(text) end"},
    {"csv.encode",
     "local lines = { 'a,b' } for i = 2, 2e5 do lines[i] = i .. ',' .. i * 0.5 end "
     "local f = csv.decode(table.concat(lines, '\\n'))",
     "while true do csv.encode(f) end"},
    {"array arithmetic", "local a = array.zeros(3000000) + 1",
     "local b = a while true do b = b * 1.0001 + a end"},
    {"array sorting", NULL,
     "local r = array.arange(1, 2000001) * 7919 % 1000003 while true do r:sort() end"},
    {"a matrix product", "local m = array.zeros { 1200, 1200 } + 0.5",
     "while true do m:dot(m) end"},
    {"json",
     "local json = require 'rille.json' local v = {} for i = 1, 2e5 do v[i] = { a = i } end",
     "while true do json.decode(json.encode(v)) end"},
    {"os.execute", NULL, "os.execute 'sleep 1000 & sleep 1000'"},
    {"a loop of os.execute", NULL, "while true do pcall(os.execute, 'true') end"},
    {"reading from io.popen", NULL,
     "local p = io.popen('echo x; (sleep 1000; echo y) & sleep 1000') p:read 'a'"},
    {"writing to io.popen", NULL,
     "local p = io.popen('sleep 1000', 'w') while true do p:write(('x'):rep(1e5)) end"},
    {"a loop beside io.popen", NULL, "local p = io.popen('sleep 1000') while true do end"},
    {"closing io.popen", NULL, "io.popen('sleep 1000'):close()"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static void
load_kind(rille_engine *e, const Kind *kind, int i)
{
    char script[4096];

    snprintf(script, sizeof script,
             HEAD "local before = step 'before' { outputs = { t.number 'n' }, cache = false, "
             "run = function() return 1 end }\n%s\n"
             "local s = step 'k%d' { inputs = { t.number 'n' }, outputs = { t.number 'm' }, "
             "run = function() %s return 1 end }\n"
             "pipeline 'k%d' { define = function() s(before()) end }\n",
             kind->before ? kind->before : "", i, kind->body, i);
    if (load(e, script))
        CHECK(0);
}

static void
each_kind_of_work_is_cancelled(void)
{
    rille_engine *e = engine(0);
    size_t each = is_told ? 20 : 2, n_all = 0;
    static double all[KINDS * 20];

    for (int i = 0; i < KINDS; i++) {
        double ms[20];
        char name[8], status[16];
        size_t n = 0;

        snprintf(name, sizeof name, "k%d", i);
        load_kind(e, &kinds[i], i);
        for (size_t k = 0; k < each; k++) {
            int rc = run_cancelled(e, name, 2000 + random_below(60000), &ms[n], status);

            if (rc != RILLE_ECANCELLED || strcmp(status, "stopped") != 0)
                printf("%s: %d, %s: %s\n", kinds[i].name, rc, status, rille_errmsg(e));
            CHECK(rc == RILLE_ECANCELLED);
            CHECK_STR(status, "stopped");
            if (has_child())
                printf("a child is left by: %s\n", kinds[i].name);
            CHECK(!has_child());
            all[n_all++] = ms[n++];
        }
        if (tell(kinds[i].name, ms, n) > SLOW_MS)
            printf("too slow: %s\n", kinds[i].name);
        CHECK(ms[n - 1] < SLOW_MS);
    }
    tell("all of these", all, n_all);
    rille_close(e);
    CHECK(!has_child());
}

/* ---- a pipeline of all of it, at random moments ---- */

static const char MIXED[] = HEAD
    "local json = require 'rille.json'\n"
    "local function made(name, inputs, body) return step(name) { cache = name == 'kept', "
    "inputs = inputs, outputs = { t.number 'n' }, run = body } end\n"
    "local one = { t.number 'x' }\n"
    "local kept = made('kept', {}, function() return 1 end)\n"
    "local loops = made('loops', one, function(x) for i = 1, 2e5 do x = x + 1 end "
    "for i = 1, 2000 do pcall(error, i) end return x end)\n"
    "local threads = made('threads', one, function(x) for i = 1, 300 do local co = "
    "coroutine.wrap(function() for k = 1, 20 do coroutine.yield(1) end end) "
    "for k = 1, 20 do x = x + co() end end return x end)\n"
    "local sorting = made('sorting', one, function(x) local list = {} for i = 1, 20000 do "
    "list[i] = i * 7919 % 20011 end table.sort(list) table.sort(list, function(a, b) "
    "return a > b end) return x + list[1] - list[#list] end)\n"
    "local tables = made('tables', one, function(x) local lines = { 'a,b' } for i = 2, 5000 do "
    "lines[i] = i .. ',' .. i end local f = csv.decode(table.concat(lines, '\\n')) "
    "return x + f:column('a'):sum() + #csv.encode(f) + #json.decode(json.encode { 1, 2, 3 }) end)\n"
    "local programs = made('programs', one, function(x) os.execute 'true' "
    "local p = io.popen 'sleep 0.01; echo 5' local n = p:read 'n' p:close() return x + n end)\n"
    "local shell = step 'shell' { inputs = one, outputs = { t.number 'n' }, cache = false, "
    "command = 'sleep 0.01; cat {inputs.x} > {outputs.n}' }\n"
    "local arrays = made('arrays', one, function(x) local a = array.zeros(200000) + 1 "
    "return x + (a * 2):sort():sum() end)\n"
    "pipeline 'mixed' { define = function() "
    "arrays(shell(programs(tables(sorting(threads(loops(kept()))))))) end }\n";

static int
count_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* What the pipeline gives when nobody interrupts it, or -1; *ms is how long it took. */
static double
run_whole(rille_engine *e, double *ms)
{
    rille_run *r = NULL;
    double began = now_ms(), n = -1;

    if (rille_run_pipeline(&r, e, "mixed", NULL)
        || rille_get_number(rille_run_outputs(r), "arrays.n", &n))
        printf("mixed: %s\n", rille_errmsg(e));
    rille_run_free(r);
    *ms = now_ms() - began;
    return n;
}

static int
is_store_whole(void)
{
    const char *rille = getenv("RILLE");
    char command[512];

    snprintf(command, sizeof command, "'%s' --store '%s' fsck >/dev/null",
             rille ? rille : "../build/rille", store);
    return system(command) == 0;
}

static void
a_mixed_pipeline_is_cancelled_at_random_moments(void)
{
    static double ms[MOST];
    rille_engine *e = engine(0);
    double whole, want, took;
    size_t n = 0;
    int descriptors, cancelled = 0;

    CHECK(load(e, MIXED) == RILLE_OK);
    want = run_whole(e, &took);
    CHECK(want > 0 && run_whole(e, &whole) == want);
    descriptors = count_descriptors();
    for (int i = 1; i <= rounds && i < MOST && !check_bad; i++) {
        char status[16];
        unsigned delay = random_below((unsigned)(whole * 1000) + 1);
        int rc = run_cancelled(e, "mixed", delay, &ms[n], status);

        if (rc != RILLE_OK && rc != RILLE_ECANCELLED)
            printf("round %d: %d, %s: %s\n", i, rc, status, rille_errmsg(e));
        CHECK(rc == RILLE_OK || rc == RILLE_ECANCELLED);
        CHECK(strcmp(status, rc ? "stopped" : "completed") == 0);
        CHECK(!has_child());
        n += rc != RILLE_OK;
        cancelled += rc != RILLE_OK;
        if (i % 25 == 0 || i == rounds) {
            CHECK(run_whole(e, &took) == want);
            CHECK(count_descriptors() == descriptors);
            CHECK(is_store_whole());
        }
    }
    tell("the mixed pipeline", ms, n);
    if (is_told)
        printf("  %d of %d rounds cancelled; the whole takes %.0f ms\n", cancelled, rounds, whole);
    CHECK(cancelled > rounds / 4);
    rille_close(e);
}

int
main(void)
{
    const char *given = getenv("RILLE_CANCELS"), *start = getenv("RILLE_SEED");
    char command[128];

    rounds = given ? atoi(given) : FEW;
    is_told = given != NULL;
    seed = start ? (unsigned)atoi(start) : 1;
    snprintf(dir, sizeof dir, "/tmp/rille-cancel-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(store, sizeof store, "%s/.rille", dir);
    RUN(each_kind_of_work_is_cancelled);
    RUN(a_mixed_pipeline_is_cancelled_at_random_moments);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CHECK(system(command) == 0);
    return check_done();
}
