/* slab.c -- see slab.h */
#include <stdlib.h>
#include <string.h>

#include "base/slab.h"

enum { GRAIN = 16, CLASSES = SLAB_LARGEST / GRAIN, CHUNK = 64 * 1024 };

#ifdef __SANITIZE_ADDRESS__
enum { SMALL = 0 };
#else
enum { SMALL = SLAB_LARGEST };
#endif

typedef struct Free {
    struct Free *next;
} Free;

typedef struct Chunk {
    struct Chunk *next;
    max_align_t data[];
} Chunk;

struct Slab {
    Free *free[CLASSES];
    char *at, *end;             /* what is left of the newest chunk */
    Chunk *chunks;
    size_t live;                /* blocks in use */
    int free_when_empty;        /* the caller has let go of it */
};

/* The class of a size from 1 to SLAB_LARGEST. */
static size_t
class_of(size_t size)
{
    return (size - 1) / GRAIN;
}

/* A block of a new chunk; the rest of the last one, less than a block, is lost. */
static void *
from_new_chunk(Slab *s, size_t size)
{
    Chunk *c = malloc(CHUNK);

    if (!c)
        return NULL;
    c->next = s->chunks;
    s->chunks = c;
    s->at = (char *)c->data + size;
    s->end = (char *)c + CHUNK;
    return c->data;
}

static void *
get_small(Slab *s, size_t size)
{
    size_t class = class_of(size), room = (class + 1) * GRAIN;
    Free *f = s->free[class];
    void *block = s->at;

    if (f) {
        s->free[class] = f->next;
        return f;
    }
    if ((size_t)(s->end - s->at) < room)
        return from_new_chunk(s, room);
    s->at += room;
    return block;
}

static void
put_free(Slab *s, void *block, size_t size)
{
    Free *f = block, **list = &s->free[class_of(size)];

    f->next = *list;
    *list = f;
}

/* A small block becomes a large one, a large one small, or one changes class. */
static void *
resize(Slab *s, void *block, size_t old_size, size_t new_size)
{
    void *other;

    if (old_size <= SMALL && new_size <= SMALL && class_of(old_size) == class_of(new_size))
        return block;
    other = new_size <= SMALL ? get_small(s, new_size) : malloc(new_size);
    if (!other)
        return NULL;
    memcpy(other, block, old_size < new_size ? old_size : new_size);
    if (old_size <= SMALL)
        put_free(s, block, old_size);
    else
        free(block);
    return other;
}

Slab *
slab_new(void)
{
    return calloc(1, sizeof(Slab));
}

void
slab_free(Slab *s)
{
    Chunk *next;

    if (!s)
        return;
    for (Chunk *c = s->chunks; c; c = next) {
        next = c->next;
        free(c);
    }
    free(s);
}

void
slab_free_when_empty(Slab *s)
{
    s->free_when_empty = 1;
}

static void
put_block(Slab *s, void *block, size_t size)
{
    if (size <= SMALL)
        put_free(s, block, size);
    else
        free(block);
    if (--s->live == 0 && s->free_when_empty)
        slab_free(s);
}

static void *
get_block(Slab *s, size_t size)
{
    void *block = size <= SMALL ? get_small(s, size) : malloc(size);

    s->live += block != NULL;
    return block;
}

void *
slab_alloc(void *ud, void *block, size_t old_size, size_t new_size)
{
    Slab *s = ud;

    if (!block)                         /* old_size is then a type of Lua's */
        return new_size ? get_block(s, new_size) : NULL;
    if (new_size == 0) {
        put_block(s, block, old_size);
        return NULL;
    }
    if (old_size > SMALL && new_size > SMALL)
        return realloc(block, new_size);
    return resize(s, block, old_size, new_size);
}
