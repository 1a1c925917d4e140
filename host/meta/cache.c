/* cache.c -- see cache.h */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "meta/cache.h"
#include "meta/cache_record.h"

enum {
    SCAN_MIN = 64,              /* steps from which a scan may pay */
    SCAN_RATIO = 8              /* records a scan reads in the time of one query */
};

typedef struct Loaded {
    unsigned char key[HASH_SIZE];
    int64_t step_run;
    size_t outs, outs_len;      /* in Cache.outs */
    int64_t objects, observed;
} Loaded;

struct Cache {
    Meta *m;
    Buf loaded;                 /* Loaded, by key, then newest first */
    Buf outs;
    uint32_t *start;            /* by the leading bits of the key: first index */
    int bits;
    DbStmt *hit, *reads;        /* what the last hit is borrowed from */
    uint64_t records, asked;    /* at most so many when it was opened; queries since then */
};

static int
add(Cache *c, const CacheRecord *r, Err *err)
{
    Loaded l = {{0}, r->step_run, c->outs.len, r->outs.len, r->objects, r->observed};

    memcpy(l.key, r->key, HASH_SIZE);
    return buf_put(&c->outs, r->outs.data, r->outs.len) || buf_put(&c->loaded, &l, sizeof l)
               ? err_nomem(err)
               : OK;
}

static const Loaded *
loaded(const Cache *c)
{
    return (const Loaded *)(const void *)c->loaded.data;
}

size_t
cache_loaded(const Cache *c)
{
    return c->loaded.len / sizeof(Loaded);
}

static size_t
bucket(const Cache *c, const unsigned char *key)
{
    return (size_t)(((uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 |
                     (uint32_t)key[2] << 8 | key[3]) >>
                    (32 - c->bits));
}

/* start[b] .. start[b + 1] are the records whose keys begin with b. */
static int
build_start(Cache *c, Err *err)
{
    size_t n = cache_loaded(c), next = 0;

    if (n > UINT32_MAX - 1)
        return err_set(err, ERR_INVAL, "%zu records are too many", n);
    for (c->bits = 1; c->bits < 24 && (size_t)1 << c->bits < n; c->bits++)
        ;
    c->start = malloc((((size_t)1 << c->bits) + 1) * sizeof *c->start);
    if (!c->start)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++)
        for (size_t b = bucket(c, loaded(c)[i].key); next <= b; next++)
            c->start[next] = (uint32_t)i;
    for (; next <= (size_t)1 << c->bits; next++)
        c->start[next] = (uint32_t)n;
    return OK;
}

static int
scan(Cache *c, Err *err)
{
    Db *db = meta_db(c->m);
    CacheRecord r;
    DbStmt *st;
    int rc = db_query(db, &st, err,
                      "select " CACHE_RECORD_COLUMNS
                      " from record order by key, step_run desc", "");

    while (rc == OK && (rc = db_step(db, st, err)) == 1) {
        rc = cache_record_read(st, &r) ? add(c, &r, err) : OK;
        if (rc)
            db_reset(st);
    }
    return rc ? rc : build_start(c, err);
}

/* The first record of the key, or NULL. */
static const Loaded *
find(const Cache *c, const unsigned char *key)
{
    size_t b = bucket(c, key), low = c->start[b], high = c->start[b + 1];
    const Loaded *r = loaded(c);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(r[middle].key, key, HASH_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->start[b + 1] && memcmp(r[low].key, key, HASH_SIZE) == 0 ? r + low : NULL;
}

/* 1 when the step run is there; its reads when the record says so. */
static int
get_reads(Cache *c, int64_t observed, CacheHit *hit, Err *err)
{
    Db *db = meta_db(c->m);
    int rc;

    if (!observed)
        return 1;
    if ((rc = db_query(db, &c->reads, err, "select reads from step_run where id = ?", "i",
                       hit->step_run)) ||
        (rc = db_step(db, c->reads, err)) <= 0)
        return rc;
    hit->reads = db_bytes(c->reads, 0);
    return hit->reads.data != NULL;
}

static int
get_loaded(Cache *c, const unsigned char *key, int i, CacheHit *hit, Err *err)
{
    const Loaded *r = find(c, key), *end = loaded(c) + cache_loaded(c);

    if (!r || i > end - r)
        return 0;
    r += i - 1;
    if (memcmp(r->key, key, HASH_SIZE) != 0)
        return 0;
    *hit = (CacheHit){r->step_run, {"", r->outs_len}, r->objects, {NULL, 0}};
    if (r->outs_len)
        hit->outs.data = (char *)c->outs.data + r->outs;
    return get_reads(c, r->observed, hit, err);
}

static int
get_queried(Cache *c, const unsigned char *key, int i, CacheHit *hit, Err *err)
{
    Db *db = meta_db(c->m);
    CacheRecord r;
    int rc;

    if ((rc = db_query(db, &c->hit, err,
                       "select " CACHE_RECORD_COLUMNS " from record where key = ?"
                       " order by step_run desc",
                       "h", key)))
        return rc;
    while ((rc = db_step(db, c->hit, err)) == 1)
        if (cache_record_read(c->hit, &r) && --i == 0) {
            *hit = (CacheHit){r.step_run, r.outs, r.objects, {NULL, 0}};
            return get_reads(c, r.observed, hit, err);
        }
    return rc;
}

int
cache_open(Cache **out, Meta *m, size_t n, Err *err)
{
    int64_t most;
    Cache *c;
    int rc;

    *out = NULL;
    /* every record is of a step run of its own */
    if ((rc = db_get_int(meta_db(m), &most, 0, err, "select max(id) from step_run", "")))
        return rc;
    c = calloc(1, sizeof *c);
    if (!c)
        return err_nomem(err);
    c->m = m;
    c->records = (uint64_t)most;
    if (n >= SCAN_MIN && c->records / SCAN_RATIO <= n && (rc = scan(c, err))) {
        cache_close(c);
        return rc;
    }
    *out = c;
    return OK;
}

void
cache_close(Cache *c)
{
    if (!c)
        return;
    buf_release(&c->loaded);
    buf_release(&c->outs);
    free(c->start);
    free(c);
}

int
cache_get(Cache *c, const unsigned char *key, int i, CacheHit *hit, Err *err)
{
    int rc;

    if (i < 1)
        return 0;
    /* the queries so far have cost as much as a scan, and many more may follow */
    if (!c->start && ++c->asked >= SCAN_MIN && c->records / SCAN_RATIO <= c->asked &&
        (rc = scan(c, err)))
        return rc;
    if (c->start && !meta_wrote(c->m, key))
        return get_loaded(c, key, i, hit, err);
    return get_queried(c, key, i, hit, err);
}

void
cache_release(Cache *c)
{
    if (c->hit)
        db_reset(c->hit);
    if (c->reads)
        db_reset(c->reads);
    c->hit = c->reads = NULL;
}
