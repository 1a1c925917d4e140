/* thread_test.c -- engines in several threads, on one store. */
#define _GNU_SOURCE
#include <pthread.h>

#include "host.h"
#include "rille.h"

static void *
work_in_a_thread(void *arg)
{
    rille_engine *e;
    intptr_t bad = 0;

    (void)arg;
    for (int i = 0; i < 5; i++) {
        bad += rille_open(&e, host_store, NULL) != RILLE_OK
               || host_load(e, PIPELINE("thread", "return math.random()")) != RILLE_OK
               || host_run(e, "thread") < 0;
        if (bad)
            printf("%s\n", rille_errmsg(e));
        host_close(e);
    }
    return (void *)bad;
}

static void
engines_in_several_threads_share_a_store(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, work_in_a_thread, NULL) == 0);
    for (int i = 0; i < 4; i++) {
        void *bad;

        pthread_join(threads[i], &bad);
        CHECK(!bad);
    }
}

int
main(void)
{
    host_begin("thread");
    RUN(engines_in_several_threads_share_a_store);
    return host_end();
}
