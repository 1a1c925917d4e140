/* slab.c -- see slab.h */
#include <stdlib.h>
#include <string.h>

#include "base/slab.h"

enum { GRAIN = 16, CLASSES = POOL_LARGEST / GRAIN, SLAB = 64 * 1024 };

#ifdef __SANITIZE_ADDRESS__
enum { POOLED = 0 };
#else
enum { POOLED = POOL_LARGEST };
#endif

typedef struct Free {
    struct Free *next;
} Free;

typedef struct Slab {
    struct Slab *next;
    max_align_t data[];
} Slab;

struct Pool {
    Free *free[CLASSES];
    char *at, *end;             /* what is left of the newest slab */
    Slab *slabs;
    size_t live;                /* blocks that are out */
    int left;                   /* nobody else releases it */
};

/* The class of a size from 1 to POOL_LARGEST. */
static size_t
class_of(size_t size)
{
    return (size - 1) / GRAIN;
}

/* A block of a new slab; the rest of the last one, less than a block, is lost. */
static void *
from_new_slab(Pool *p, size_t size)
{
    Slab *s = malloc(SLAB);

    if (!s)
        return NULL;
    s->next = p->slabs;
    p->slabs = s;
    p->at = (char *)s->data + size;
    p->end = (char *)s + SLAB;
    return s->data;
}

static void *
take(Pool *p, size_t size)
{
    size_t class = class_of(size), room = (class + 1) * GRAIN;
    Free *f = p->free[class];
    void *block = p->at;

    if (f) {
        p->free[class] = f->next;
        return f;
    }
    if ((size_t)(p->end - p->at) < room)
        return from_new_slab(p, room);
    p->at += room;
    return block;
}

static void
give(Pool *p, void *block, size_t size)
{
    Free *f = block, **list = &p->free[class_of(size)];

    f->next = *list;
    *list = f;
}

/* A small block becomes a large one, a large one small, or one changes class. */
static void *
move(Pool *p, void *block, size_t old_size, size_t new_size)
{
    void *other;

    if (old_size <= POOLED && new_size <= POOLED && class_of(old_size) == class_of(new_size))
        return block;
    other = new_size <= POOLED ? take(p, new_size) : malloc(new_size);
    if (!other)
        return NULL;
    memcpy(other, block, old_size < new_size ? old_size : new_size);
    if (old_size <= POOLED)
        give(p, block, old_size);
    else
        free(block);
    return other;
}

Pool *
pool_new(void)
{
    return calloc(1, sizeof(Pool));
}

void
pool_free(Pool *p)
{
    Slab *next;

    if (!p)
        return;
    for (Slab *s = p->slabs; s; s = next) {
        next = s->next;
        free(s);
    }
    free(p);
}

void
pool_leave(Pool *p)
{
    p->left = 1;
}

static void
give_back(Pool *p, void *block, size_t size)
{
    if (size <= POOLED)
        give(p, block, size);
    else
        free(block);
    if (--p->live == 0 && p->left)
        pool_free(p);
}

static void *
hand_out(Pool *p, size_t size)
{
    void *block = size <= POOLED ? take(p, size) : malloc(size);

    p->live += block != NULL;
    return block;
}

void *
pool_alloc(void *ud, void *block, size_t old_size, size_t new_size)
{
    Pool *p = ud;

    if (!block)                         /* old_size is then a type of Lua's */
        return new_size ? hand_out(p, new_size) : NULL;
    if (new_size == 0) {
        give_back(p, block, old_size);
        return NULL;
    }
    if (old_size > POOLED && new_size > POOLED)
        return realloc(block, new_size);
    return move(p, block, old_size, new_size);
}
