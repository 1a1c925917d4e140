/* cache.h -- looking keys up in the records.
 *
 * For a plan of many steps all records are read once, in the order of their keys, and
 * searched in memory; for a small plan beside a long history each key is a query, until
 * there were many.  A key
 * that this process has recorded since is always a query.  A damaged record is no hit. */
#ifndef CACHE_H
#define CACHE_H

#include "meta/meta.h"

typedef struct Cache Cache;

typedef struct CacheHit {
    int64_t step_run;
    Slice outs;                 /* digests of the outputs, end to end */
    int64_t objects;            /* members of them that are objects */
    Slice reads;                /* what to check first; data NULL: nothing */
} CacheHit;

/* For a plan of n steps; m is borrowed until cache_close (NULL is fine). */
int cache_open(Cache **out, Meta *m, size_t n, Err *err);
void cache_close(Cache *c);
/* The i-th newest record of the key, from 1: 1 and *hit, borrowed until
 * cache_release, which must follow; 0; or an error. */
int cache_get(Cache *c, const unsigned char *key, int i, CacheHit *hit, Err *err);
void cache_release(Cache *c);
/* How many records are in memory; 0 when each key is a query. */
size_t cache_loaded(const Cache *c);

#endif
