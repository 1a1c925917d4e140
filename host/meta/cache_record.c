/* cache_record.c -- see cache_record.h */
#include "base/checksum.h"
#include "base/hash.h"
#include "meta/cache_record.h"
#include "meta/meta_rows.h"

static int64_t
sum_of(const CacheRecord *r)
{
    Checksum s;

    checksum_init(&s);
    checksum_bytes(&s, r->key, HASH_SIZE);
    checksum_int(&s, r->step_run);
    checksum_bytes(&s, r->outs.data, r->outs.len);
    checksum_int(&s, r->objects);
    checksum_int(&s, r->observed);
    return checksum_final(&s);
}

void
cache_record_values(const CacheRecord *r, DbValue *v)
{
    *v++ = meta_rows_digest(r->key);
    *v++ = meta_rows_int(r->step_run);
    *v++ = meta_rows_blob(r->outs);
    *v++ = meta_rows_int(r->objects);
    *v++ = meta_rows_int(r->observed);
    *v = meta_rows_int(sum_of(r));
}

int
cache_record_read(DbStmt *st, CacheRecord *r)
{
    r->key = db_digest(st, 0);
    r->step_run = db_int(st, 1);
    r->outs = db_bytes(st, 2);
    r->objects = db_int(st, 3);
    r->observed = db_int(st, 4);
    return r->key && r->outs.data && r->outs.len % HASH_SIZE == 0 &&
           sum_of(r) == db_int(st, 5);
}
