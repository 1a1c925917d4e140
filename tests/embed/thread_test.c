/* thread_test.c -- a host with 4 threads, an engine each, on one store: new runs and cached ones,
 * queries, and a fifth thread that cancels.  `make tsan` runs it under ThreadSanitizer.
 *
 *     RILLE_ROUNDS=200    so many runs of each thread (40) */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "everything.h"
#include "host.h"
#include "rille.h"

enum { THREADS = 4 };

static const char script[] =
    HEAD "local s = step 'square' { params = { n = 1 }, outputs = { t.number 'n' }, "
         "run = function(p) return p.n * p.n end }\n"
         "pipeline 'square' { params = { n = 1 }, define = function(p) s { n = p.n } end }\n"
         "local e = step 'endless' { cache = false, run = function() while true do end end }\n"
         "pipeline 'endless' { define = function() e() end }\n";

typedef struct Worker {
    int number, rounds;
    pthread_mutex_t lock;               /* of engine: it may not be closed while it is cancelled */
    rille_engine *engine;
    atomic_int wanted;                  /* whether the run that goes on is to be cancelled */
    int completed, cancelled, listed;
    char wrong[512];                    /* what went wrong first, or "" */
} Worker;

static Worker workers[THREADS];
static atomic_int finished;

static int
fails(Worker *w, const char *what, int rc)
{
    if (!w->wrong[0])
        snprintf(w->wrong, sizeof w->wrong, "%s: %d %s", what, rc,
                 w->engine ? rille_errmsg(w->engine) : "");
    return -1;
}

static int
begin(Worker *w, Everything *all)
{
    rille_engine *e;
    int rc = rille_open(&e, host_store, NULL);

    pthread_mutex_lock(&w->lock);
    w->engine = e;
    pthread_mutex_unlock(&w->lock);
    rc = rc ? rc : everything_begin(all, e);
    rc = rc ? rc : rille_load_string(e, "script", script, strlen(script));
    return rc ? fails(w, "begin", rc) : 0;
}

static void
end(Worker *w)
{
    rille_engine *e = w->engine;

    pthread_mutex_lock(&w->lock);
    w->engine = NULL;
    pthread_mutex_unlock(&w->lock);
    rille_close(e);
}

static int
square(Worker *w, int n)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    double v = -1;
    int rc;

    how.args = rille_values_new(w->engine);
    rc = rille_put_int(how.args, "n", n);
    rc = rc ? rc : rille_run_pipeline(&r, w->engine, "square", &how);
    rc = rc ? rc : rille_get_number(rille_run_outputs(r), "square", &v);
    rille_values_free(how.args);
    rille_run_free(r);
    if (rc || v != (double)n * n)
        return fails(w, "square", rc);
    w->completed++;
    return 0;
}

/* Returns when the fifth thread wants it. */
static int
endless(Worker *w)
{
    rille_run *r = NULL;
    int rc;

    w->wanted = 1;
    rc = rille_run_pipeline(&r, w->engine, "endless", NULL);
    w->wanted = 0;
    /* r is NULL when it had not begun yet */
    if (rc != RILLE_ECANCELLED || (r && strcmp(rille_run_status(r), "stopped") != 0))
        rc = fails(w, "endless", rc);
    rille_run_free(r);
    w->cancelled++;
    return rc == RILLE_ECANCELLED ? 0 : -1;
}

static int
list(Worker *w)
{
    rille_cursor *c = NULL;
    rille_run *r = NULL;
    int rc = rille_list(&c, w->engine, RILLE_RUNS, "pipeline = square and status = completed");

    for (int i = 0; !rc && i < 10; i++) {
        rc = rille_next_run(&r, c);
        if (rc || !r)
            break;
        w->listed++;
        rille_run_free(r);
    }
    rille_cursor_free(c);
    rc = rc ? rc : rille_find_run(&r, w->engine, "square", "latest");
    if (!rc)
        rille_run_free(r);
    return rc ? fails(w, "list", rc) : 0;
}

static void *
work(void *arg)
{
    Worker *w = arg;
    Everything all = {.number = w->number};
    int rc = begin(w, &all);

    for (int i = 0; rc == 0 && i < w->rounds; i++) {
        if (i % 10 == 9)
            rc = endless(w);
        else if (i % 10 == 4) {
            rc = everything_run(&all, w->engine);
            rc = rc ? fails(w, "everything", rc) : 0;
            w->completed++;
        } else                          /* of all threads the same, or of this one alone */
            rc = square(w, i % 2 ? i : w->number * 100000 + i);
        if (rc == 0 && i % 5 == 0)
            rc = list(w);
        if (rc == 0 && i % 25 == 24) {
            end(w);
            rc = begin(w, &all);
        }
    }
    end(w);
    if (!everything_is_released(&all))
        fails(w, "not all was released", 0);
    return NULL;
}

static void *
cancel(void *arg)
{
    while (!finished) {
        for (int i = 0; i < THREADS; i++) {
            Worker *w = &workers[i];

            pthread_mutex_lock(&w->lock);
            if (w->engine && w->wanted)
                rille_interrupt(w->engine);
            pthread_mutex_unlock(&w->lock);
        }
        usleep(2000);
    }
    return arg;
}

static void
engines_in_four_threads_share_a_store(void)
{
    const char *rounds = getenv("RILLE_ROUNDS");
    pthread_t threads[THREADS], canceller;
    int completed = 0, cancelled = 0;

    for (int i = 0; i < THREADS; i++)
        pthread_mutex_init(&workers[i].lock, NULL);
    CHECK(pthread_create(&canceller, NULL, cancel, NULL) == 0);
    for (int i = 0; i < THREADS; i++) {
        Worker *w = &workers[i];

        w->number = i + 1;
        w->rounds = rounds ? atoi(rounds) : 40;
        CHECK(pthread_create(&threads[i], NULL, work, w) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        Worker *w = &workers[i];

        pthread_join(threads[i], NULL);
        CHECK_STR(w->wrong, "");
        CHECK(w->completed + w->cancelled == w->rounds && w->listed > 0);
        completed += w->completed;
        cancelled += w->cancelled;
    }
    finished = 1;
    pthread_join(canceller, NULL);
    printf("%d runs completed, %d cancelled\n", completed, cancelled);
}

/* Threads that interrupt what does nothing, and each other's calls at any time. */
static void *
interrupt_often(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        rille_interrupt(arg);
        if (i % 50 == 0)
            usleep(500);
    }
    return NULL;
}

static void
an_interrupt_at_any_time_is_cancelled_or_nothing(void)
{
    rille_engine *e = host_open();
    pthread_t thread;
    int fine = 0;

    CHECK_RC(host_load(e, script), RILLE_OK);
    CHECK(pthread_create(&thread, NULL, interrupt_often, e) == 0);
    for (int i = 0; i < 20; i++) {
        rille_run *r = NULL;
        int rc = rille_run_pipeline(&r, e, "square", NULL);

        CHECK(rc == RILLE_OK || rc == RILLE_ECANCELLED);
        fine += rc == RILLE_OK;
        rille_run_free(r);
    }
    pthread_join(thread, NULL);
    CHECK_RC(host_load(e, script), RILLE_OK);
    CHECK(host_run(e, "square") == 1);
    printf("%d of 20 completed\n", fine);
    host_close(e);
}

int
main(void)
{
    host_begin("thread");
    RUN(engines_in_four_threads_share_a_store);
    RUN(an_interrupt_at_any_time_is_cancelled_or_nothing);
    return host_end();
}
