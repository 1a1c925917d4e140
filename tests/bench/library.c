/* library.c -- what an engine of librille costs in a program: memory while it is idle, the time of
 * a cached run, the time of a query without Lua.
 *
 *     library STORE [ROUNDS]       prints a line of each; STORE is made, and must not be there
 *
 * Times are medians of so many rounds in one process (101), the first left out: it loads pages of
 * the library. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rille.h>

enum { MOST = 10000 };

static const char script[] =
    "local rille = require 'rille'\n"
    "local t = rille.types\n"
    "local count = rille.step 'count' { params = { text = 'Hello, world' }, "
    "outputs = { t.integer 'n' }, run = function(p) return #p.text end }\n"
    "rille.pipeline 'hello' { define = function() count() end }\n";

static void
need(rille_engine *e, int rc, const char *what)
{
    if (rc) {
        fprintf(stderr, "library: %s: %s\n", what, rille_errmsg(e));
        exit(1);
    }
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* KiB of this process that are no file's. */
static long
anonymous(void)
{
    char line[128];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "RssAnon: %ld", &kib) == 1)
            break;
    if (f)
        fclose(f);
    return kib;
}

static long
heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return (long)((info.uordblks + info.hblkhd) / 1024);
}

static rille_engine *
loaded(const char *store)
{
    rille_engine *e;

    need(NULL, rille_open(&e, store, NULL) == RILLE_ENOMEM, "rille_open");
    need(e, rille_errcode(e), "rille_open");
    need(e, rille_load_string(e, "hello", script, sizeof script - 1), "rille_load_string");
    return e;
}

static void
run(const char *store)
{
    rille_engine *e = loaded(store);
    rille_run *r = NULL;
    int64_t n = 0;

    need(e, rille_run_pipeline(&r, e, "hello", NULL), "rille_run_pipeline");
    need(e, rille_get_int(rille_run_outputs(r), "count.n", &n), "rille_get_int");
    need(e, n != 12, "the result");
    rille_run_free(r);
    rille_close(e);
}

static void
query(const char *store)
{
    rille_engine *e;
    rille_run *r = NULL;

    need(NULL, rille_open(&e, store, NULL) == RILLE_ENOMEM, "rille_open");
    need(e, rille_find_run(&r, e, "hello", "latest"), "rille_find_run");
    rille_run_free(r);
    rille_close(e);
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
measure(const char *what, void (*f)(const char *), const char *store, int rounds, double most)
{
    static double took[MOST];

    f(store);
    for (int i = 0; i < rounds; i++) {
        double began = now();

        f(store);
        took[i] = now() - began;
    }
    qsort(took, (size_t)rounds, sizeof *took, by_size);
    printf("%-52s %8.2f ms   (%.2f to %.2f; wanted: %.1f)\n", what, took[rounds / 2], took[0],
           took[rounds - 1], most);
}

int
main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 101;
    long rss, used;
    rille_engine *e;

    if (argc < 2 || rounds < 1 || rounds > MOST) {
        fprintf(stderr, "usage: library STORE [ROUNDS]\n");
        return 2;
    }
    rss = anonymous();
    used = heap();
    e = loaded(argv[1]);
    printf("%-52s %8ld KiB  (heap %ld KiB; wanted: 2048)\n", "memory of an idle engine, one script "
           "loaded", anonymous() - rss, heap() - used);
    rille_close(e);
    measure("open, load, a cached run of one step, close", run, argv[1], rounds, 3);
    measure("open, find the newest run without Lua, close", query, argv[1], rounds, 0.5);
    return 0;
}
