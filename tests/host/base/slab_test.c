/* slab_test.c -- blocks keep their bytes through every change of size. */
#include <string.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/slab.h"
#include "check.h"

enum { BLOCKS = 200, TURNS = 20000, LARGEST = 3 * SLAB_LARGEST };

typedef struct Block {
    unsigned char *p;
    size_t size;
    unsigned char mark;
} Block;

static int
keeps_mark(const Block *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (b->p[i] != b->mark)
            return 0;
    return 1;
}

/* The block takes another size, 0 included; what both sizes have must be kept. */
static int
resize(Slab *slab, Block *b, size_t size)
{
    size_t both = size < b->size ? size : b->size;

    b->p = slab_alloc(slab, b->p, b->p ? b->size : 5, size);
    if (!b->p || !keeps_mark(b, both) || (uintptr_t)b->p % 16 != 0) {
        int gone = !b->p && size == 0;

        b->size = 0;
        return gone;
    }
    memset(b->p, b->mark, size);
    b->size = size;
    return 1;
}

static void
blocks_keep_their_bytes(void)
{
    Block blocks[BLOCKS] = {{NULL, 0, 0}};
    Slab *slab = slab_new();
    uint32_t seed = 1, bad = 0;

    CHECK(slab != NULL);
    for (int i = 0; i < TURNS; i++) {
        Block *b;

        seed = seed * 1664525u + 1013904223u;
        b = &blocks[(seed >> 16) % BLOCKS];
        b->mark = b->p ? b->mark : (unsigned char)(seed >> 8);
        bad += !resize(slab, b, (seed >> 4) % 5 ? seed % LARGEST + 1 : 0);
    }
    CHECK(bad == 0);
    for (int i = 0; i < BLOCKS; i++)
        CHECK(resize(slab, &blocks[i], 0));
    slab_free(slab);
}

static void
small_memory_is_used_again(void)
{
    Slab *slab = slab_new();
    void *first = slab_alloc(slab, NULL, 0, 40), *second;

    slab_alloc(slab, first, 40, 0);
    second = slab_alloc(slab, NULL, 0, 48);     /* of the same class */
#ifndef __SANITIZE_ADDRESS__
    CHECK(first == second);
#endif
    CHECK(slab_alloc(slab, second, 48, 0) == NULL);
    slab_free(slab);
}

static void
nothing_is_made_of_nothing(void)
{
    Slab *slab = slab_new();

    CHECK(slab_alloc(slab, NULL, 0, 0) == NULL);
    CHECK(slab_alloc(slab, NULL, 0, SIZE_MAX / 2) == NULL);
    slab_free(slab);
    slab_free(NULL);
}

int
main(void)
{
    RUN(blocks_keep_their_bytes);
    RUN(small_memory_is_used_again);
    RUN(nothing_is_made_of_nothing);
    return check_done();
}
