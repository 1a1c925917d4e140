/* step_test.c -- when memory ends in what a step or a type calls, the call says so: the function
 * of the host goes on.  All else that a host sees is in tests/embed/step_test.c. */
#include <unistd.h>

#include "check.h"
#include "library/engine.h"

static rille_engine *e;
static lua_Alloc plain;
static void *plain_user;
static long left;                       /* allocations until they fail; below 0: all succeed */

static void *
scarce(void *user, void *p, size_t osize, size_t nsize)
{
    if (nsize && left == 0)
        return NULL;
    if (nsize && left > 0)
        left--;
    return plain(user, p, osize, nsize);
}

static void
make_scarce(long n)
{
    plain = lua_getallocf(e->L, &plain_user);
    left = n;
    lua_setallocf(e->L, scarce, plain_user);
}

static void
make_plenty(void)
{
    lua_setallocf(e->L, plain, plain_user);
}

static int worst, reached, most;

/* One of the calls below with the n-th allocation failing, for n from 0 until it succeeds. */
static void
try(int (*call)(void *with, const char *text), void *with)
{
    char text[3000];
    int rc = RILLE_ENOMEM, n = 0;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (; rc == RILLE_ENOMEM && n < 1000; n++) {
        text[0] = (char)('a' + n % 26);
        text[1] = (char)('a' + n / 26);
        make_scarce(n);
        rc = call(with, text);
        make_plenty();
        if (rc && rc != RILLE_ENOMEM)
            worst = rc;
    }
    most = n > most ? n : most;
    reached += rc == RILLE_OK;
}

static int
call_tick(void *s, const char *text)
{
    (void)text;
    return rille_tick(s, 0.5);
}

static int
call_log(void *s, const char *text)
{
    return rille_log(s, "%s", text);
}

static int
call_metric(void *s, const char *text)
{
    return rille_metric(s, text, 1);
}

static int
call_write(void *w, const char *text)
{
    return rille_write(w, text + strlen(text) - 500, text, 3000);
}

static int
call_note(void *w, const char *text)
{
    return rille_write_meta(w, text, text);
}

static int
call_read(void *r, const char *text)
{
    const void *p;
    size_t n;

    (void)text;
    return rille_read(r, "v", &p, &n);
}

static int
step(rille_step *s, void *user)
{
    (void)user;
    try(call_tick, s);
    try(call_log, s);
    try(call_metric, s);
    return rille_put_object(rille_outputs(s), "o", "thing", &e);
}

static int
save(const void *obj, rille_writer *w, void *user)
{
    (void)obj;
    (void)user;
    try(call_write, w);
    try(call_note, w);
    return rille_write(w, "v", "12", 2);
}

static int
load(void **obj, rille_reader *r, int version, void *user)
{
    (void)version;
    (void)user;
    try(call_read, r);
    *obj = &e;
    return RILLE_OK;
}

static void
begin(const char *store)
{
    rille_type_def t = RILLE_TYPE_DEF_INIT;
    rille_step_def d = RILLE_STEP_DEF_INIT;

    t.name = "thing";
    t.version = 1;
    t.save = save;
    t.load = load;
    d.name = "s";
    d.signature = "() -> (o: thing)";
    d.flags = RILLE_STEP_NO_CACHE;
    d.fn = step;
    CHECK(rille_open(&e, store, NULL) == RILLE_OK);
    CHECK(rille_register_type(e, &t) == RILLE_OK);
    CHECK(rille_register_step(e, &d) == RILLE_OK);
    worst = reached = most = 0;
}

static char dir[] = "/tmp/rille-step-XXXXXX";

static void
a_call_without_memory_is_a_status(void)
{
    rille_run *r = NULL;

    begin(dir);
    /* a write that failed is the failure of the save, whatever it returns */
    CHECK(rille_run_step(&r, e, "s", NULL) == RILLE_ESTEP);
    CHECK(strstr(rille_errmsg(e), "type \"thing\": save: out of memory") != NULL);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    CHECK(worst == 0 && reached == 5 && most > 3);
    rille_run_free(r);
    rille_close(e);
}

int
main(void)
{
    char command[64];

    if (!mkdtemp(dir))
        return 2;
    RUN(a_call_without_memory_is_a_status);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) ? 2 : check_done();
}
