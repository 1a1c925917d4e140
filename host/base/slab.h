/* slab.h -- the allocator of one Lua state: small blocks out of chunks, by size.
 *
 * A pipeline of many steps is millions of blocks of 16 to 128 bytes that live and
 * die with the state; malloc's headers and merging cost more than the work on
 * them.  A block of up to SLAB_LARGEST bytes comes from a chunk and goes back to
 * the free list of its size; a larger one is malloc's.
 *
 * Invariants
 *   1. A block's size decides where it is from, so slab_alloc must be told the
 *      true old size, as Lua does.
 *   2. Chunks are given back only by slab_free: small memory never shrinks.
 * Under AddressSanitizer every block is malloc's, so that it is watched.
 *
 * slab_new allocates (NULL when it cannot).  The Slab is the caller's, to be released
 * with slab_free, which accepts NULL.  After slab_free_when_empty it goes with its last
 * block, so that a state needs only lua_close, also when os.exit calls it.
 * One thread at a time, as a state itself. */
#ifndef SLAB_H
#define SLAB_H

#include <stddef.h>

enum { SLAB_LARGEST = 256 };

typedef struct Slab Slab;

Slab *slab_new(void);
void slab_free(Slab *s);
/* There must be a block in use: the Slab is freed when the last one comes back. */
void slab_free_when_empty(Slab *s);
/* A lua_Alloc; ud is a Slab. */
void *slab_alloc(void *ud, void *block, size_t old_size, size_t new_size);

#endif
