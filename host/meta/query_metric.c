/* query_metric.c -- the metrics' part of query.h: a number per run. */
#include <math.h>
#include <stdlib.h>

#include "meta/query_core.h"

static int
by_key(const void *a, const void *b)
{
    int64_t x = ((const DbPair *)a)->key, y = ((const DbPair *)b)->key;

    return (x > y) - (x < y);
}

/* The number in the column; NaN has no value. */
static double
value_of(DbStmt *st, int column)
{
    return db_type(st, column) == DB_NULL ? NAN : db_real(st, column);
}

static int
put_pair(Buf *out, int64_t key, double value, Err *err)
{
    DbPair pair = {key, value};

    return buf_put(out, &pair, sizeof pair) ? err_nomem(err) : OK;
}

/* Every step run that logged it, in order. */
static int
load_logged(Meta *m, Slice name, Buf *out, Err *err)
{
    Db *db = meta_db(m);
    DbStmt *st;
    int rc = db_query(db, &st, err,
                      "select step_run, value from metric where name = ? order by step_run",
                      "s", name);

    while (rc == OK && (rc = db_step(db, st, err)) == 1) {
        if ((rc = put_pair(out, db_int(st, 0), value_of(st, 1), err)))
            db_reset(st);
    }
    return rc;
}

/* What the last step of the trace that logged it gave. */
static const DbPair *
last_of(const Buf *trace, const Buf *logged)
{
    const TraceItem *items = (TraceItem *)(void *)trace->data;

    for (size_t i = trace->len / sizeof *items; i > 0; i--) {
        DbPair key = {items[i - 1].row, 0};
        const DbPair *found = bsearch(&key, logged->data, logged->len / sizeof key,
                                      sizeof key, by_key);

        if (found)
            return found;
    }
    return NULL;
}

/* From the traces; a damaged one has no metric. */
static int
put_traced(Meta *m, int64_t pipeline, const Buf *logged, Buf *out, Err *err)
{
    Db *db = meta_db(m);
    Buf trace;
    DbStmt *st;
    int rc = db_query(db, &st, err,
                      "select row, trace from run where trace is not null"
                      " and (?1 = 0 or pipeline = ?1)",
                      "i", pipeline);

    buf_init(&trace);
    while (rc == OK && (rc = db_step(db, st, err)) == 1) {
        const DbPair *found;

        trace.len = 0;
        rc = OK;
        if (run_outcomes_unpack(&trace, db_bytes(st, 1), NULL) == OK &&
            (found = last_of(&trace, logged)) &&
            (rc = put_pair(out, db_int(st, 0), found->value, err)))
            db_reset(st);
    }
    buf_release(&trace);
    return rc;
}

/* Of runs without a trace: those that go on, or whose process died. */
static int
put_untraced(Meta *m, Slice name, int64_t pipeline, Buf *out, Err *err)
{
    Db *db = meta_db(m);
    DbStmt *st;
    int rc = db_query(db, &st, err,
                      "select r.row, m.value, max(s.position) from run r join step_run s"
                      " on s.id between r.first_step and coalesce(r.last_step, 1 << 62)"
                      " and s.run = r.row join metric m on m.name = ?1 and m.step_run = s.id"
                      " where r.trace is null and (?2 = 0 or r.pipeline = ?2) group by r.row",
                      "si", name, pipeline);

    while (rc == OK && (rc = db_step(db, st, err)) == 1)
        if ((rc = put_pair(out, db_int(st, 0), value_of(st, 1), err)))
            db_reset(st);
    return rc;
}

int
query_metric(Meta *m, Slice name, Slice pipeline, Buf *out, Err *err)
{
    int64_t row;
    Buf logged;
    int rc = query_pipeline_row(m, pipeline, &row, err);

    buf_init(&logged);
    if (rc == OK && (rc = load_logged(m, name, &logged, err)) == OK && logged.len &&
        (rc = put_traced(m, row, &logged, out, err)) == OK &&
        (rc = put_untraced(m, name, row, out, err)) == OK && out->len)
        qsort(out->data, out->len / sizeof(DbPair), sizeof(DbPair), by_key);
    buf_release(&logged);
    return rc;
}
