/* scarce_test.c -- a host that gives its own memory (rille_options.alloc), which runs out. */
#define _GNU_SOURCE
#include "host.h"
#include "rille.h"
#include "scarce.h"

static void *
give(void *user, void *p, size_t osize, size_t nsize)
{
    (void)user;
    if (nsize == 0) {
        scarce.live -= p != NULL;
        free(p);
        return NULL;
    }
    if (nsize > (p ? osize : 0) && scarce_refuses())
        return NULL;
    scarce.live += p == NULL;
    return realloc(p, nsize);
}

static void
the_memory_of_the_host_is_used_and_given_back(void)
{
    Everything all = {.number = 1.5};
    rille_engine *e;

    scarce.asked = 0;
    CHECK_RC(scarce_try(&e, &all), RILLE_OK);
    CHECK(scarce.asked > 1000 && scarce.live > 100);
    rille_close(e);
    CHECK(scarce.live == 0);
}

static void
an_engine_lives_with_memory_that_ends_anywhere(void)
{
    scarce_sweep(0);
}

static void
an_engine_lives_with_one_allocation_that_fails(void)
{
    scarce_sweep(1);
}

int
main(void)
{
    host_begin("scarce");
    scarce.alloc = give;
    RUN(the_memory_of_the_host_is_used_and_given_back);
    RUN(an_engine_lives_with_memory_that_ends_anywhere);
    RUN(an_engine_lives_with_one_allocation_that_fails);
    return host_end();
}
