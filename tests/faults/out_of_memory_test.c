/* out_of_memory_test.c -- memory runs out at the n-th allocation and stays out: store, record,
 * queries and a whole run give a status and a message, never crash, and give back
 * all that they took (counted_malloc.h). */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../fuzz/fixture.h"
#include "check.h"
#include "library/arrow_abi.h"
#include "os/sys.h"
#include "rille.h"
#include "store/store.h"

#if defined(__SANITIZE_ADDRESS__)
enum { EVERY = 600, STRIDE = 11 };      /* ten times slower: a sample */
#else
enum { EVERY = 2000, STRIDE = 1 };
#endif

enum { NEVER = -1 };

static long countdown = NEVER;          /* allocations until memory is out */
static long lua_countdown = NEVER;      /* the same for what Lua asks for */
static long live;                       /* blocks that are out */
static int refused;
static char dir[64];

void *__real_slab_alloc(void *ud, void *block, size_t old_size, size_t new_size);
void *__wrap_slab_alloc(void *ud, void *block, size_t old_size, size_t new_size);

static int
ends(long *left)
{
    if (*left == NEVER)
        return 0;
    if (*left > 0) {
        --*left;
        return 0;
    }
    refused = 1;
    return 1;
}

static int
is_out(void)
{
    return ends(&countdown);
}

#include "counted_malloc.h"

/* Lua may shrink and free whatever happens. */
void *
__wrap_slab_alloc(void *ud, void *block, size_t old_size, size_t new_size)
{
    if (new_size > (block ? old_size : 0) && ends(&lua_countdown))
        return NULL;
    return __real_slab_alloc(ud, block, old_size, new_size);
}

static int
use_store(Err *err)
{
    static unsigned char big[100000];
    unsigned char digest[HASH_SIZE], other[HASH_SIZE];
    Store *s = NULL;
    Blob *b = NULL;
    int rc = store_open(&s, dir, err);

    if (rc == OK)
        rc = store_put(s, big, sizeof big, digest, err);
    if (rc == OK)
        rc = store_put_raw(s, "raw bytes", 9, other, err);
    if (rc == OK)
        rc = store_sync(s, err);
    if (rc == OK)
        rc = store_get(s, digest, sizeof big, &b, err);
    packed_bytes_free(b);
    if (rc == OK)
        rc = store_verify(s, other, 9, err);
    store_close(s);
    return rc;
}

static int
use_record(Err *err)
{
    Meta *m = NULL;
    int rc = meta_open(&m, dir, fixture_schema(), DB_CREATE, err);

    if (rc == OK)
        rc = fixture_write(m, err);
    if (rc == OK)
        rc = fixture_read(m, err);
    meta_close(m);
    return rc;
}

static int released;

static void
release(void *user)
{
    (void)user;
    released++;
}

/* Every kind of value that needs memory, put in one way and got in another. */
static int
use_kinds(rille_values *v)
{
    static const double data[] = {1, 2, 3};
    int64_t shape = 3;
    rille_array a = {sizeof a, RILLE_F64, 1, &shape, data, release, NULL};
    const char *const *names;
    const char *text;
    size_t n;
    void *p;
    int rc;

    if ((rc = rille_put_string(v, "s", "text", 4)) || (rc = rille_put_json(v, "j", "[1, {}]"))
        || (rc = rille_put_json(v, NULL, "{\"a\": \"x\", \"b\": [1], \"c\": 2}"))
        || (rc = rille_new_array(v, "n", RILLE_I32, 1, &shape, &p))
        || (rc = rille_get_json(v, "n", &text)) || (rc = rille_names(v, &names, &n)))
        return rc;
    released = 0;
    rc = rille_put_array(v, "borrowed", &a);
    CHECK(released == (rc != RILLE_OK));
    return rc ? rc : rille_get_string(v, "a", &text, &n);
}

static void release_schema(struct ArrowSchema *s) { s->release = NULL; }

static void
release_array(struct ArrowArray *a)
{
    released++;
    a->release = NULL;
}

/* A frame of numbers that are borrowed, others that are not, and texts: in, out and in again. */
static int
use_frames(rille_values *v)
{
    static const int32_t ints[] = {0, 1, 2};
    const void *buffers[] = {NULL, ints, "ab"};
    struct ArrowSchema columns[] = {{.format = "i", .name = "i", .release = release_schema},
                                    {.format = "tdD", .name = "d", .release = release_schema},
                                    {.format = "u", .name = "u", .release = release_schema}};
    struct ArrowArray arrays[] = {
        {.length = 2, .n_buffers = 2, .buffers = buffers, .release = release_array},
        {.length = 2, .n_buffers = 2, .buffers = buffers, .release = release_array},
        {.length = 2, .n_buffers = 3, .buffers = buffers, .release = release_array}};
    struct ArrowSchema *s_children[] = {&columns[0], &columns[1], &columns[2]};
    struct ArrowArray *a_children[] = {&arrays[0], &arrays[1], &arrays[2]};
    struct ArrowSchema s = {.format = "+s", .n_children = 3, .children = s_children,
                            .release = release_schema};
    struct ArrowArray a = {.length = 2, .n_children = 3, .n_buffers = 1, .buffers = buffers,
                           .children = a_children, .release = release_array};
    const char *text;
    int rc;

    released = 0;
    rc = rille_put_arrow(v, "f", &s, &a);
    CHECK(released == 0 && !a.release == !rc && !s.release == !rc);
    if (rc || (rc = rille_get_json(v, "f", &text)) || (rc = rille_get_arrow(v, "f", &s, &a)))
        return rc;
    rc = rille_put_arrow(v, "g", &s, &a);
    if (rc) {
        s.release(&s);
        a.release(&a);
    }
    return rc;
}

static int
use_values(Err *err)
{
    rille_engine *e = NULL;
    rille_values *v = NULL;
    int rc = rille_open(&e, dir, NULL);

    if (rc == RILLE_OK)
        rc = (v = rille_values_new(e)) ? use_kinds(v) : rille_errcode(e);
    if (rc == RILLE_OK)
        rc = use_frames(v);
    if (rc)
        err_set(err, rc, "%s", rille_errmsg(e));
    rille_values_free(v);
    rille_close(e);
    return rc;
}

static const char script[] =
    "local rille = require 'rille'\n"
    "local t = rille.types\n"
    "local make = rille.step 'make' { params = { n = 3 }, outputs = { t.list(t.integer) 'xs' },\n"
    "  run = function(p) local xs = {} for i = 1, p.n do xs[i] = i end return xs end }\n"
    "local sum = rille.step 'sum' { inputs = { t.list(t.integer) 'xs' }, outputs = { t.integer "
    "'total' },\n"
    "  run = function(xs) local s = 0 for _, x in ipairs(xs) do s = s + x end return s end }\n"
    "rille.pipeline 'p' { params = { n = 3 }, define = function(p) sum { xs = make { n = p.n } } "
    "end }\n";

static int
run_pipeline(rille_engine *e)
{
    rille_run *run = NULL;
    double v = 0;
    int rc = rille_load_string(e, "sums", script, sizeof script - 1);

    if (rc == RILLE_OK)
        rc = rille_run_pipeline(&run, e, "p", NULL);
    if (rc == RILLE_OK)
        rc = rille_get_number(rille_run_outputs(run), "sum", &v);
    if (rc == RILLE_OK && v != 6)
        rc = RILLE_ERROR;
    rille_run_free(run);
    return rc;
}

static int
use_engine(Err *err)
{
    rille_engine *e = NULL;
    int rc = rille_open(&e, dir, NULL);

    if (rc == RILLE_OK)
        rc = run_pipeline(e);
    if (rc)
        err_set(err, rc, "%s", rille_errmsg(e));
    rille_close(e);
    return rc;
}

/* One round with memory that ends after n allocations: 1 when it ended. */
static int
round_of(int (*use)(Err *), long *left, long n)
{
    Err err = {0};
    long before = live;
    int rc;

    sys_remove(dir, NULL);
    refused = 0;
    *left = n;
    rc = use(&err);
    *left = NEVER;
    CHECK(live == before);
    if (live != before)
        printf("  after %ld allocations, %ld blocks are left (%d: %s)\n", n, live - before, rc,
               err.msg);
    CHECK(rc == OK || err.msg[0]);
    if (!refused && rc)
        printf("  %s\n", err.msg);
    CHECK(refused || rc == OK);
    return refused;
}

/* What was left behind is no obstacle to the next one. */
static void
again(int (*use)(Err *), long n)
{
    Err err = {0};
    int rc = use(&err);

    if (rc)
        printf("  after %ld allocations the next one fails: %s\n", n, err.msg);
    CHECK(rc == OK);
}

static void
sweep(int (*use)(Err *), long *left)
{
    long n = 0;

    round_of(use, left, NEVER);         /* what is made once and kept */
    round_of(use, left, NEVER);
    while (!check_bad && round_of(use, left, n)) {
        if (n % 97 == 0)
            again(use, n);
        n += n < EVERY ? STRIDE : n / 20;
    }
    printf("%s: up to %ld allocations\n", check_name, n);
    CHECK(n > 20);                      /* or nothing was tried */
    sys_remove(dir, NULL);
}

static void
store_lives_with_memory_that_ends_anywhere(void)
{
    sweep(use_store, &countdown);
}

static void
record_and_queries_live_with_memory_that_ends_anywhere(void)
{
    sweep(use_record, &countdown);
}

static void
values_live_with_memory_that_ends_anywhere(void)
{
    sweep(use_values, &countdown);
}

static void
a_run_lives_with_memory_that_ends_anywhere(void)
{
    sweep(use_engine, &countdown);
}

static void
a_run_lives_with_lua_running_out_anywhere(void)
{
    sweep(use_engine, &lua_countdown);
}

int
main(void)
{
    snprintf(dir, sizeof dir, "/tmp/rille-oom-%ld", (long)getpid());
    RUN(store_lives_with_memory_that_ends_anywhere);
    RUN(record_and_queries_live_with_memory_that_ends_anywhere);
    RUN(values_live_with_memory_that_ends_anywhere);
    RUN(a_run_lives_with_memory_that_ends_anywhere);
    RUN(a_run_lives_with_lua_running_out_anywhere);
    return check_done();
}
