/* query.c -- see query.h: what its other files share, and texts. */
#include <stdio.h>
#include <string.h>

#include "meta/packed_bytes.h"
#include "meta/query_core.h"

int
query_pipeline_row(Meta *m, Slice name, int64_t *row, Err *err)
{
    *row = 0;
    return name.data ? db_get_int(meta_db(m), row, -1, err,
                                  "select id from pipeline"
                                  " where name = ? and deleted is null",
                                  "s", name)
                     : OK;
}

int
query_ambiguous(const Rows *found, Slice what, Err *err)
{
    char names[256] = "";
    size_t n = 0;

    for (size_t i = 0; i < found->n && n < sizeof names - 1; i++) {
        Slice s = rows_cell(found, i, 0).as.s;

        n += (size_t)snprintf(names + n, sizeof names - n, "%s%.*s", i ? ", " : "",
                              (int)s.len, s.data);
    }
    return err_set(err, ERR_INVAL, "ambiguous: '%.*s' is %s%s", (int)what.len, what.data,
                   names, found->n > 3 ? ", ..." : "");
}

int
query_is_hex(Slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!memchr("0123456789abcdef", s.data[i], 16))
            return 0;
    return s.len >= 4;
}

/* -- texts --------------------------------------------------------------- */

static int
unpack_spec(Meta *m, DbStmt *st, Buf *out, Err *err)
{
    int rc = db_step(meta_db(m), st, err);

    if (rc != 1)
        return rc;
    rc = packed_bytes_unpack(out, db_bytes(st, 0), err);
    db_reset(st);
    return rc ? rc : 1;
}

int
query_spec(Meta *m, int64_t row, Buf *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err, "select spec from pipeline_spec where id = ?",
                      "i", row);

    return rc ? rc : unpack_spec(m, st, out, err);
}

int
query_wiring(Meta *m, Slice pipeline, const unsigned char *hash, Buf *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select spec from pipeline_spec where hash = ?1 and pipeline ="
                      " (select id from pipeline where name = ?2 and deleted is null)"
                      " order by id desc limit 1",
                      "hs", hash, pipeline);

    return rc ? rc : unpack_spec(m, st, out, err);
}

int
query_source(Meta *m, const unsigned char *digest, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err, "select text from source where digest = ?", "h",
                      digest);

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

int
query_code(Meta *m, const unsigned char *digest, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err, "select leaves from code where digest = ?", "h",
                      digest);

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}
