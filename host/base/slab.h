/* slab.h -- the memory of one Lua state: small blocks out of slabs, by size.
 *
 * A pipeline of many steps is millions of blocks of 16 to 128 bytes that live and
 * die with the state; malloc's headers and merging cost more than the work on
 * them.  A block of up to POOL_LARGEST bytes comes from a slab and goes back to
 * the free list of its size; a larger one is malloc's.
 *
 * Invariants
 *   1. A block's size decides where it is from, so pool_alloc must be told the
 *      true old size, as Lua does.
 *   2. Slabs are given back only by pool_free: small memory never shrinks.
 * Under AddressSanitizer every block is malloc's, so that it is watched.
 *
 * pool_new allocates (NULL when it cannot).  Until pool_leave it is the caller's, to
 * be released with pool_free, which accepts NULL; afterwards it goes with its last
 * block, so that lua_close is all that a state needs, whoever calls it (os.exit).
 * One thread at a time, as a state itself. */
#ifndef SLAB_H
#define SLAB_H

#include <stddef.h>

enum { POOL_LARGEST = 256 };

typedef struct Pool Pool;

Pool *pool_new(void);
void pool_free(Pool *p);
/* Some block is out: the pool goes when the last one comes back. */
void pool_leave(Pool *p);
/* A lua_Alloc; ud is a Pool. */
void *pool_alloc(void *ud, void *block, size_t old_size, size_t new_size);

#endif
