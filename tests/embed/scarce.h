/* scarce.h -- a host whose memory runs out at the n-th allocation, for many n: for good, until
 * the host has some again, or for that one only.
 *
 * What a test gives: an allocator that asks scarce_refuses() and counts blocks in scarce.live, as
 * rille_options.alloc or in the place of malloc.  What is tested: each call gives a negative status
 * or does its work, nothing is leaked, the engine works again when there is memory, and the store
 * is whole.
 *
 *     RILLE_ROUNDS=2000   so many n of each sweep (60); more than there are: every one
 *     RILLE_SEED=n        begins elsewhere */
#ifndef SCARCE_H
#define SCARCE_H

#include "everything.h"
#include "host.h"

enum { SCARCE_NEVER = -1 };

static struct {
    long left; /* allocations until memory is out, or SCARCE_NEVER */
    int once;  /* there is memory again after one refusal */
    long asked, refused;
    long live;            /* blocks that are out */
    rille_alloc_fn alloc; /* of the engine's options */
} scarce = {SCARCE_NEVER, 0, 0, 0, 0, NULL};

static inline int
scarce_refuses(void)
{
    scarce.asked++;
    if (scarce.left == SCARCE_NEVER)
        return 0;
    if (scarce.left > 0) {
        scarce.left--;
        return 0;
    }
    scarce.refused++;
    if (scarce.once)
        scarce.left = SCARCE_NEVER;
    return 1;
}

static inline int
scarce_open(rille_engine **e)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    opt.alloc = scarce.alloc;
    opt.event = host_hear;
    host_said[0] = 0;
    return rille_open(e, host_store, &opt);
}

/* Everything, in memory that may end; *e is to be closed. */
static inline int
scarce_try(rille_engine **e, Everything *all)
{
    int rc = scarce_open(e);

    rc = rc ? rc : everything_begin(all, *e);
    return rc ? rc : everything_run(all, *e);
}

/* The same engine, or a new one where there was no memory for one, works now. */
static inline int
scarce_again(rille_engine **e, Everything *all, int was_open)
{
    int rc = RILLE_OK;

    if (!was_open) {
        rille_close(*e);
        rc = scarce_open(e);
    }
    rc = rc ? rc : everything_begin(all, *e);
    rc = rc ? rc : everything_run(all, *e);
    if (rc)
        printf("with memory again: %d %s\n", rc, rille_errmsg(*e));
    return rc;
}

static inline void
scarce_remove_store(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", host_store);
    CHECK(system(command) == 0);
}

/* One round, in which the allocation after n others is the first that fails. */
static inline void
scarce_round(long n)
{
    Everything all = {.number = (double)n + 0.5};
    rille_engine *e = NULL;
    long before = scarce.live;
    int rc, opened;

    scarce.refused = 0;
    scarce.left = n;
    rc = scarce_try(&e, &all);
    scarce.left = SCARCE_NEVER;
    CHECK(rc <= 0 && (rc == 0 || scarce.refused));
    opened = e && rille_load_string(e, "none", "", 0) == RILLE_OK;
    CHECK(scarce_again(&e, &all, opened) == RILLE_OK);
    rille_close(e);
    CHECK(everything_is_released(&all));
    CHECK(scarce.live == before);
    if (check_bad)
        printf("  after %ld allocations: %d, %ld refused, %ld blocks left\n", n, rc, scarce.refused,
               scarce.live - before);
}

/* What the program says of the store. */
static inline void
scarce_verify(void)
{
    const char *program = getenv("RILLE");
    char command[512];

    snprintf(command, sizeof command,
             "%s -q fsck --store '%s' >'%s/said' 2>&1 || { cat '%s/said'; false; }",
             program ? program : "rille", host_store, host_dir, host_dir);
    CHECK(system(command) == 0);
}

/* Rounds over all allocations, evenly. */
static inline void
scarce_sweep(int once)
{
    const char *rounds = getenv("RILLE_ROUNDS"), *seed = getenv("RILLE_SEED");
    Everything all = {.number = 0.25};
    rille_engine *e;
    long total, stride, n, count = 0;

    scarce.once = once;
    scarce_remove_store();
    scarce_round(1L << 40); /* what is made once and kept */
    scarce_remove_store();
    scarce.asked = 0;
    CHECK(scarce_try(&e, &all) == RILLE_OK);
    total = scarce.asked;
    rille_close(e);
    stride = total / (rounds ? atol(rounds) : 60);
    stride = stride < 1 ? 1 : stride;
    for (n = seed ? atol(seed) % stride : 0; n < total && !check_bad; n += stride) {
        scarce_remove_store();
        scarce_round(n);
        if (count++ % 16 == 0)
            scarce_verify();
    }
    printf("%s: %ld rounds, %ld allocations\n", check_name, count, total);
    CHECK(count > 20); /* or nothing was tried */
}

#endif
