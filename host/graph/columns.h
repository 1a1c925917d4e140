/* columns.h -- the hits of a first plan, by the positions of nodes, from 1.
 *
 * A position is a hit or is not.  A hit has the row of the step run whose result it takes,
 * its key and the digests of its outputs, end to end.  Nothing here knows Lua. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "base/buf.h"
#include "base/hash.h"
#include "meta/db.h"

typedef struct ColumnsHit {
    int64_t row;                        /* 0: the position is no hit */
    size_t outs, outs_len;              /* in Columns.outs */
    unsigned char key[HASH_SIZE];
} ColumnsHit;

typedef struct Columns {
    ColumnsHit *hits;
    size_t n, n_hits;
    Buf outs;
} Columns;

/* For n positions, none of them a hit; release with columns_release.  0 or ERR_NOMEM. */
int columns_init(Columns *c, size_t n);
void columns_release(Columns *c);
/* The position, which is no hit yet, is one; row is not 0.  0 or ERR_NOMEM. */
int columns_put(Columns *c, size_t position, int64_t row, const unsigned char *key, Slice outs);
/* The hit, borrowed until columns_release; NULL where the position is none. */
const ColumnsHit *columns_hit(const Columns *c, size_t position);
/* The digests of its outputs, borrowed until the next columns_put. */
Slice columns_outs(const Columns *c, const ColumnsHit *hit);
/* The position is no hit after all. */
void columns_undo(Columns *c, size_t position);

#endif
