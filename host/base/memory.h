/* memory.h -- the memory of an engine of the library, where its host gives it or bounds it.
 *
 * Counted are the blocks of the Lua state and those of arrays (stdlib/array).  What would go past
 * the limit is refused; when it is asked for once more, after the state has collected its garbage,
 * the call has to end (interrupt.h), and from then on all is given: rille ends what it began.  So
 * is it while rille records (Interrupt.holds).
 *
 * In the rille program, and in an engine without these options, there is none: memory_here is
 * NULL, and a state has its own allocator (slab.h). */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/interrupt.h"

struct Slab;

typedef struct Memory {
    void *(*alloc)(void *user, void *p, size_t old_size, size_t new_size);
    void *user;
    struct Slab *slab;                  /* where alloc is its own */
    uint64_t limit, used;               /* bytes; limit 0: any number */
    uint64_t kept;                      /* the least that was used since C collected last */
    size_t refused;                     /* the size that was refused last, or 0 */
    int was_short;                      /* something was refused since the host set it to 0 */
    Interrupt *interrupt;               /* of the same engine */
    void (*collect)(void *user);        /* frees arrays that are garbage; may be NULL */
    void *collect_user;
} Memory;

/* alloc: the host's, or NULL.  ERR_NOMEM.  The Memory outlives all that it gave. */
int memory_init(Memory *m, void *(*alloc)(void *user, void *p, size_t old_size, size_t new_size),
                void *user, uint64_t limit, Interrupt *interrupt, Err *err);
void memory_release(Memory *m);
/* A lua_Alloc; memory is a Memory. */
void *memory_alloc(void *memory, void *p, size_t old_size, size_t new_size);
/* The same for C, which collects garbage before it refuses. */
void *memory_get(Memory *m, size_t size);
void memory_free(Memory *m, void *p, size_t size);
/* That of the engine which this thread works for, or NULL. */
Memory *memory_here(void);

#endif
