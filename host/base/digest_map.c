/* digest_map.c -- see digest_map.h; open addressing, at most half full. */
#include <stdlib.h>
#include <string.h>

#include "base/digest_map.h"
#include "base/err.h"

static DigestEntry *
find(DigestEntry *entries, size_t cap, const unsigned char *digest)
{
    uint64_t hash;
    size_t i;

    memcpy(&hash, digest, sizeof hash);
    /* tests make digests that are not evenly spread */
    i = (size_t)((hash * 0x9e3779b97f4a7c15u) >> 20) & (cap - 1);
    while (entries[i].used && memcmp(entries[i].digest, digest, 32) != 0)
        i = (i + 1) & (cap - 1);
    return &entries[i];
}

static int
grow(DigestMap *m)
{
    size_t cap = m->cap ? 2 * m->cap : 64;
    DigestEntry *entries = calloc(cap, sizeof *entries);

    if (!entries)
        return ERR_NOMEM;
    for (size_t i = 0; i < m->cap; i++)
        if (m->entries[i].used)
            *find(entries, cap, m->entries[i].digest) = m->entries[i];
    free(m->entries);
    m->entries = entries;
    m->cap = cap;
    return OK;
}

void
digest_map_init(DigestMap *m)
{
    m->entries = NULL;
    m->n = m->cap = 0;
}

void
digest_map_release(DigestMap *m)
{
    free(m->entries);
    digest_map_init(m);
}

void
digest_map_clear(DigestMap *m)
{
    if (m->n)
        memset(m->entries, 0, m->cap * sizeof *m->entries);
    m->n = 0;
}

DigestEntry *
digest_map_get(const DigestMap *m, const unsigned char *digest)
{
    DigestEntry *e = m->n ? find(m->entries, m->cap, digest) : NULL;

    return e && e->used ? e : NULL;
}

int
digest_map_put(DigestMap *m, const unsigned char *digest, int64_t a, int64_t b)
{
    DigestEntry *e;

    if (2 * (m->n + 1) > m->cap && grow(m))
        return ERR_NOMEM;
    e = find(m->entries, m->cap, digest);
    m->n += !e->used;
    memcpy(e->digest, digest, 32);
    e->a = a;
    e->b = b;
    e->used = 1;
    return OK;
}
