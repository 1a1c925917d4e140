/* columns.c -- see columns.h */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "graph/columns.h"

int
columns_init(Columns *c, size_t n)
{
    *c = (Columns){0};
    buf_init(&c->outs);
    c->hits = calloc(n ? n : 1, sizeof *c->hits);
    if (!c->hits)
        return ERR_NOMEM;
    c->n = n;
    return OK;
}

void
columns_release(Columns *c)
{
    free(c->hits);
    buf_release(&c->outs);
    *c = (Columns){0};
}

int
columns_put(Columns *c, size_t position, int64_t row, const unsigned char *key, Slice outs)
{
    ColumnsHit *hit = &c->hits[position - 1];

    hit->outs = c->outs.len;
    hit->outs_len = outs.len;
    if (buf_put(&c->outs, outs.data, outs.len))
        return ERR_NOMEM;
    memcpy(hit->key, key, HASH_SIZE);
    hit->row = row;
    c->n_hits++;
    return OK;
}

const ColumnsHit *
columns_hit(const Columns *c, size_t position)
{
    return position >= 1 && position <= c->n && c->hits[position - 1].row
               ? &c->hits[position - 1]
               : NULL;
}

Slice
columns_outs(const Columns *c, const ColumnsHit *hit)
{
    return (Slice){hit->outs_len ? (const char *)c->outs.data + hit->outs : "", hit->outs_len};
}

void
columns_undo(Columns *c, size_t position)
{
    if (!columns_hit(c, position))
        return;
    c->hits[position - 1].row = 0;
    c->n_hits--;
}
