/* scarce_malloc_test.c -- a host that uses each part of the library, in a process whose malloc
 * fails at the n-th call (../embed/scarce.h): ours, SQLite's, and Lua's where it is not ours. */
#include "../embed/scarce.h"

#define live (scarce.live)

static int
is_out(void)
{
    return scarce_refuses();
}

#include "counted_malloc.h"

static void
a_host_lives_with_malloc_that_fails_from_anywhere_on(void)
{
    scarce_sweep(0);
}

static void
a_host_lives_with_one_malloc_that_fails(void)
{
    scarce_sweep(1);
}

int
main(void)
{
    host_begin("scarce-malloc");
    RUN(a_host_lives_with_malloc_that_fails_from_anywhere_on);
    RUN(a_host_lives_with_one_malloc_that_fails);
    return host_end();
}
