/* meta_rows.h -- rows of one table, inserted many at a time: an insert of many rows costs half
 * of what as many inserts cost.
 *
 *     MetaRows r;
 *     meta_rows_init(&r, MANY, ONE, columns);      two literals, see db.h
 *     v = meta_rows_add(&r, err)                   room for the values of a row, or NULL
 *     meta_rows_flush(&r, db, err)                 whenever meta_rows_is_full, and at the end
 *     meta_rows_release(&r)
 * Within a write transaction that is rolled back when one of these calls fails.  Bytes are
 * borrowed until they are flushed. */
#ifndef META_ROWS_H
#define META_ROWS_H

#include "base/buf.h"
#include "meta/db.h"

enum { META_ROWS_MANY = 32 };

/* The text that stands for so many rows, of one row's. */
#define META_ROWS_4(row) row ", " row ", " row ", " row
#define META_ROWS_16(row)                                                         \
    META_ROWS_4(row) ", " META_ROWS_4(row) ", " META_ROWS_4(row) ", " META_ROWS_4(row)
#define META_ROWS_32(row) META_ROWS_16(row) ", " META_ROWS_16(row)

typedef struct MetaRows {
    const char *many, *one;             /* the statements: of META_ROWS_MANY rows, of one */
    size_t columns, n;
    Buf values;                         /* DbValue */
} MetaRows;

void meta_rows_init(MetaRows *r, const char *many, const char *one, size_t columns);
void meta_rows_release(MetaRows *r);
/* The values of one more row, all null; borrowed until the next call. */
DbValue *meta_rows_add(MetaRows *r, Err *err);
int meta_rows_is_full(const MetaRows *r);
/* Inserts the rows that were added; *changed (may be NULL) is how many of them were new. */
int meta_rows_flush(MetaRows *r, Db *db, int64_t *changed, Err *err);

DbValue meta_rows_int(int64_t i);
DbValue meta_rows_row(int64_t row);         /* 0: null */
DbValue meta_rows_real(double d);           /* NaN: null */
DbValue meta_rows_text(Slice s);            /* without data: null, as the following */
DbValue meta_rows_blob(Slice s);
DbValue meta_rows_digest(const unsigned char *digest);

#endif
