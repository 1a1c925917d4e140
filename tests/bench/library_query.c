/* library_query.c -- what a question to the library costs that needs no Lua state: opened for
 * reading, asked, closed, so many times; the median, least and most in microseconds.
 *
 *     library_query STORE [ROUNDS]
 * Linked with librille.a; the script queries beside this makes a store and runs it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "rille.h"

static const char *store;

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static rille_engine *
open_engine(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;

    opt.flags = RILLE_OPEN_READONLY;
    if (rille_open(&e, store, &opt)) {
        fprintf(stderr, "%s: %s\n", store, rille_errmsg(e));
        exit(1);
    }
    return e;
}

static void
need(rille_engine *e, int rc)
{
    if (rc) {
        fprintf(stderr, "%s\n", rille_errmsg(e));
        exit(1);
    }
}

static void
find_latest(rille_engine *e)
{
    rille_run *r;

    need(e, rille_find_run(&r, e, NULL, "latest"));
    rille_run_free(r);
}

/* The first page of a listing has 64 rows. */
static void
list_page(rille_engine *e)
{
    rille_cursor *c;
    rille_run *r;

    need(e, rille_list(&c, e, RILLE_RUNS, NULL));
    for (int i = 0; i < 64; i++) {
        need(e, rille_next_run(&r, c));
        rille_run_free(r);
    }
    rille_cursor_free(c);
}

static void
list_filtered(rille_engine *e)
{
    rille_cursor *c;
    rille_run *r;

    need(e, rille_list(&c, e, RILLE_RUNS, "pipeline=p status=completed"));
    need(e, rille_next_run(&r, c));
    rille_run_free(r);
    rille_cursor_free(c);
}

static void
load_output(rille_engine *e)
{
    rille_run *r;
    double x;

    need(e, rille_find_run(&r, e, NULL, "latest"));
    need(e, rille_get_number(rille_run_outputs(r), "s.x", &x));
    rille_run_free(r);
}

static void
run_json(rille_engine *e)
{
    rille_run *r;
    const char *json;

    need(e, rille_find_run(&r, e, NULL, "latest"));
    need(e, rille_run_json(r, &json));
    rille_run_free(r);
}

static void
nothing(rille_engine *e)
{
    (void)e;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
measure(const char *name, void (*ask)(rille_engine *e), int rounds, int once)
{
    double *took = calloc((size_t)rounds, sizeof *took);
    rille_engine *e = once ? open_engine() : NULL;

    if (!took)
        exit(1);
    for (int i = 0; i < rounds; i++) {
        double begin = now();

        if (!once)
            e = open_engine();
        ask(e);
        if (!once)
            rille_close(e);
        took[i] = now() - begin;
    }
    if (once)
        rille_close(e);
    qsort(took, (size_t)rounds, sizeof *took, compare);
    printf("%-44s %8.1f us   (%.1f to %.1f)\n", name, took[rounds / 2], took[0],
           took[rounds - 1]);
    free(took);
}

int
main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 200;
    struct rusage usage;

    if (argc < 2 || rounds < 1)
        return 2;
    store = argv[1];
    measure("open and close", nothing, rounds, 0);
    measure("open, the latest run, close", find_latest, rounds, 0);
    measure("open, the first page of 64 runs, close", list_page, rounds, 0);
    measure("open, a filter, its first run, close", list_filtered, rounds, 0);
    measure("open, a number of the latest run, close", load_output, rounds, 0);
    measure("open, the latest run as JSON, close", run_json, rounds, 0);
    measure("the latest run, in an open engine", find_latest, rounds, 1);
    measure("a page of 64 runs, in an open engine", list_page, rounds, 1);
    getrusage(RUSAGE_SELF, &usage);
    printf("%-44s %8ld KiB\n", "memory of the process at its most", usage.ru_maxrss);
    return 0;
}
