/* memory_test.c -- the memory of an engine: counted, bounded, the host's. */
#include <stdlib.h>

#include "base/memory.h"
#include "check.h"

static size_t host_bytes;

static void *
host_alloc(void *user, void *p, size_t old_size, size_t new_size)
{
    (void)user;
    host_bytes += new_size;
    host_bytes -= old_size;
    if (new_size)
        return realloc(p, new_size);
    free(p);
    return NULL;
}

static void
blocks_are_counted(void)
{
    Interrupt it;
    Memory m;
    void *p;

    interrupt_init(&it);
    CHECK(memory_init(&m, NULL, NULL, 0, &it, NULL) == OK);
    p = memory_alloc(&m, NULL, 5, 100);         /* 5: what for, as Lua says it */
    CHECK(p && m.used == 100);
    p = memory_alloc(&m, p, 100, 4000);
    CHECK(p && m.used == 4000);
    memory_free(&m, p, 4000);
    CHECK(m.used == 0);
    memory_release(&m);
}

static void
what_is_refused_twice_ends_the_call(void)
{
    Interrupt it;
    Memory m;
    void *p, *q;

    interrupt_init(&it);
    CHECK(memory_init(&m, NULL, NULL, 1000, &it, NULL) == OK);
    p = memory_alloc(&m, NULL, 0, 900);
    CHECK(p && !memory_alloc(&m, NULL, 0, 101));
    CHECK(interrupt_check(&it) == INTERRUPT_NONE);
    CHECK(!memory_alloc(&m, NULL, 0, 101));
    CHECK(interrupt_check(&it) == INTERRUPT_MEMORY);
    CHECK_STR(it.message, "the memory limit of 1000 bytes is used up");
    q = memory_alloc(&m, NULL, 0, 101);         /* rille ends what it began */
    CHECK(q && m.used == 1001);
    memory_free(&m, p, 900);
    memory_free(&m, q, 101);
    memory_release(&m);
}

static void
what_records_is_not_refused(void)
{
    Interrupt it;
    Memory m;
    void *p;

    interrupt_init(&it);
    CHECK(memory_init(&m, NULL, NULL, 10, &it, NULL) == OK);
    it.holds = 1;
    p = memory_alloc(&m, NULL, 0, 100);
    CHECK(p && interrupt_check(&it) == INTERRUPT_NONE);
    memory_free(&m, p, 100);
    memory_release(&m);
}

static Memory *collected;
static void *garbage;

static void
collect(void *user)
{
    (void)user;
    if (garbage)
        memory_free(collected, garbage, 900);
    garbage = NULL;
}

static void
garbage_is_collected_before_c_is_refused(void)
{
    Interrupt it;
    Memory m;
    void *p;

    interrupt_init(&it);
    CHECK(memory_init(&m, NULL, NULL, 1000, &it, NULL) == OK);
    m.collect = collect;
    collected = &m;
    garbage = memory_get(&m, 900);
    p = memory_get(&m, 500);
    CHECK(p && !garbage && interrupt_check(&it) == INTERRUPT_NONE);
    memory_free(&m, p, 500);
    memory_release(&m);
}

/* Blocks of C leave room for those of Lua, whose own collection frees nothing of C. */
static void
c_collects_before_the_memory_is_full(void)
{
    Interrupt it;
    Memory m;
    void *p, *of_lua;

    interrupt_init(&it);
    CHECK(memory_init(&m, NULL, NULL, 1000, &it, NULL) == OK);
    m.collect = collect;
    collected = &m;
    garbage = memory_get(&m, 900);
    p = memory_get(&m, 60);
    CHECK(p && !garbage && m.used == 60);
    of_lua = memory_alloc(&m, NULL, 0, 900);
    CHECK(of_lua && interrupt_check(&it) == INTERRUPT_NONE);
    memory_free(&m, of_lua, 900);
    memory_free(&m, p, 60);
    memory_release(&m);
}

static void
the_hosts_allocator_is_used_and_told_the_true_sizes(void)
{
    Interrupt it;
    Memory m;
    void *p;

    interrupt_init(&it);
    CHECK(memory_init(&m, host_alloc, NULL, 0, &it, NULL) == OK);
    p = memory_alloc(&m, NULL, 8, 50);
    CHECK(host_bytes == 50);
    p = memory_alloc(&m, p, 50, 70);
    CHECK(host_bytes == 70);
    memory_free(&m, p, 70);
    CHECK(host_bytes == 0);
    memory_release(&m);
}

int
main(void)
{
    RUN(blocks_are_counted);
    RUN(what_is_refused_twice_ends_the_call);
    RUN(what_records_is_not_refused);
    RUN(garbage_is_collected_before_c_is_refused);
    RUN(c_collects_before_the_memory_is_full);
    RUN(the_hosts_allocator_is_used_and_told_the_true_sizes);
    return check_done();
}
