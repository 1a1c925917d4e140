/* meta_rows.c -- see meta_rows.h */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "meta/meta_rows.h"

void
meta_rows_init(MetaRows *r, const char *many, const char *one, size_t columns)
{
    *r = (MetaRows){.many = many, .one = one, .columns = columns};
    buf_init(&r->values);
}

void
meta_rows_release(MetaRows *r)
{
    buf_release(&r->values);
}

DbValue *
meta_rows_add(MetaRows *r, Err *err)
{
    size_t size = r->columns * sizeof(DbValue);
    DbValue *v;

    if (buf_reserve(&r->values, size)) {
        err_nomem(err);
        return NULL;
    }
    v = (DbValue *)(void *)(r->values.data + r->values.len);
    memset(v, 0, size);
    r->values.len += size;
    r->n++;
    return v;
}

int
meta_rows_is_full(const MetaRows *r)
{
    return r->n == META_ROWS_MANY;
}

int
meta_rows_flush(MetaRows *r, Db *db, int64_t *changed, Err *err)
{
    const DbValue *v = (DbValue *)(void *)r->values.data;
    int64_t sum = 0;
    int rc = OK;

    if (r->n == META_ROWS_MANY) {
        rc = db_run_values(db, err, r->many, v, r->n * r->columns);
        sum = db_changes(db);
    } else {
        for (size_t i = 0; rc == OK && i < r->n; i++) {
            rc = db_run_values(db, err, r->one, v + i * r->columns, r->columns);
            sum += db_changes(db);
        }
    }
    if (changed)
        *changed = sum;
    r->n = r->values.len = 0;
    return rc;
}

DbValue
meta_rows_int(int64_t i)
{
    return (DbValue){.type = DB_INT, .as.i = i};
}

DbValue
meta_rows_row(int64_t row)
{
    return row ? meta_rows_int(row) : (DbValue){.type = DB_NULL};
}

DbValue
meta_rows_real(double d)
{
    return isnan(d) ? (DbValue){.type = DB_NULL} : (DbValue){.type = DB_REAL, .as.d = d};
}

DbValue
meta_rows_text(Slice s)
{
    return (DbValue){.type = s.data ? DB_TEXT : DB_NULL, .as.s = s};
}

DbValue
meta_rows_blob(Slice s)
{
    return (DbValue){.type = s.data ? DB_BLOB : DB_NULL, .as.s = s};
}

DbValue
meta_rows_digest(const unsigned char *digest)
{
    return meta_rows_blob((Slice){(const char *)digest, HASH_SIZE});
}
