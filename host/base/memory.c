/* memory.c -- see memory.h */
#include <string.h>

#include "base/memory.h"
#include "base/slab.h"

int
memory_init(Memory *m, void *(*alloc)(void *user, void *p, size_t old_size, size_t new_size),
            void *user, uint64_t limit, Interrupt *interrupt, Err *err)
{
    memset(m, 0, sizeof *m);
    m->limit = limit;
    m->interrupt = interrupt;
    m->alloc = alloc ? alloc : slab_alloc;
    m->user = user;
    if (!alloc) {
        m->slab = slab_new();
        m->user = m->slab;
        if (!m->slab)
            return err_nomem(err);
    }
    interrupt->memory = m;
    return OK;
}

void
memory_release(Memory *m)
{
    slab_free(m->slab);
    m->slab = NULL;
}

static int
is_refused(Memory *m, uint64_t more, size_t size)
{
    if (!m->limit || m->used + more <= m->limit || m->interrupt->reason || m->interrupt->holds)
        return 0;
    if (m->refused == size)
        interrupt_stop(m->interrupt, INTERRUPT_MEMORY,
                       "the memory limit of %llu bytes is used up",
                       (unsigned long long)m->limit);
    m->refused = size;
    m->was_short = 1;
    return 1;
}

void *
memory_alloc(void *memory, void *p, size_t old_size, size_t new_size)
{
    Memory *m = memory;
    size_t before = p ? old_size : 0;   /* else it says what for */
    void *block;

    if (new_size > before && is_refused(m, new_size - before, new_size))
        return NULL;
    block = m->alloc(m->user, p, before, new_size);
    if (block || !new_size) {
        m->used += new_size;
        m->used -= before;
        m->kept = m->kept < m->used ? m->kept : m->used;
        m->refused = m->refused == new_size ? 0 : m->refused;
    }
    return block;
}

/* What a state collects when it is refused memory are its own blocks, not the arrays that they
 * hold: those are freed before they take the last eighth of the limit.  Where most of what is used
 * is no garbage, not again before a sixteenth more is used. */
static void
collect_early(Memory *m, size_t size)
{
    uint64_t wanted = m->used + size;

    if (!m->limit || !m->collect || wanted <= m->limit - m->limit / 8
        || wanted < m->kept + m->limit / 16)
        return;
    m->collect(m->collect_user);
    m->kept = m->used;
}

void *
memory_get(Memory *m, size_t size)
{
    void *block;

    collect_early(m, size);
    block = memory_alloc(m, NULL, 0, size);
    if (block || m->interrupt->reason)
        return block;
    if (m->collect)
        m->collect(m->collect_user);
    m->refused = size;
    return memory_alloc(m, NULL, 0, size);
}

void
memory_free(Memory *m, void *p, size_t size)
{
    memory_alloc(m, p, size, 0);
}

Memory *
memory_here(void)
{
    Interrupt *it = interrupt_here();

    return it ? it->memory : NULL;
}
