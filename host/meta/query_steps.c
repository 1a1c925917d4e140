/* query_steps.c -- the steps' part of query.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/packed_bytes.h"
#include "meta/query_core.h"
#include "meta/wiring_bytes.h"

#define STEP_COLUMNS \
    "s.id as row, s.node as node, s.step as step, s.position as position," \
    " s.status as status, s.started as started, s.seconds as seconds, s.key as key," \
    " s.reusable as \"reusable?\", s.params as params, s.reason as reason," \
    " s.error as error, s.metrics as metrics, s.metadata as metadata," \
    " s.notes as notes," \
    " r.row as \"run.row\", r.id as \"run.id\", r.name as \"run.name\", s.node as \"run.node\""
#define STEP_FROM " from step_run s left join run r on r.row = s.run"

void
query_steps_init(QuerySteps *s)
{
    memset(s, 0, sizeof *s);
}

void
query_steps_release(QuerySteps *s)
{
    buf_release(&s->steps);
    buf_release(&s->names);
    rows_release(&s->rows);
}

/* The items of maps, which follow the steps of the wiring: the n-th is MAP[n].  A
 * damaged expansion names none. */
static int
name_items(Meta *m, int64_t run, QuerySteps *out, size_t wired, Err *err)
{
    QueryStep *s = (QueryStep *)(void *)out->steps.data;
    size_t n = out->steps.len / sizeof *s, next = wired;
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]')"
                      " from run r, json_each(case json_valid(r.expansion) when 1"
                      " then json_extract(r.expansion, '$.maps') else '[]' end) j"
                      " where r.row = ? order by j.key",
                      "i", run);

    while (rc == OK && (rc = db_step(meta_db(m), st, err)) == 1) {
        int64_t map = db_int(st, 0), items = db_int(st, 1);

        rc = OK;
        if (map < 1 || (uint64_t)map > wired || !s[map - 1].node.data)
            continue;
        for (int64_t i = 1; i <= items && next < n; i++, next++) {
            s[next].of = s[map - 1].node;
            s[next].index = i;
            s[next].step = s[map - 1].step;
        }
    }
    return rc;
}

/* From the packed trace and spec; out->names keeps the spec's bytes. */
static int
expand_trace(QuerySteps *out, Slice trace, Slice spec, size_t *wired, Err *err)
{
    const TraceItem *items;
    const Slice *name;
    Buf list, names;
    size_t n_names;
    int rc;

    buf_init(&list);
    buf_init(&names);
    rc = run_outcomes_unpack(&list, trace, err);
    if (rc == OK && spec.data && (rc = packed_bytes_unpack(&out->names, spec, err)) == OK &&
        wiring_names(&names, (Slice){(char *)out->names.data, out->names.len}, NULL))
        names.len = 0;          /* without names a hit is called what its maker was */
    items = (TraceItem *)(void *)list.data;
    name = (Slice *)(void *)names.data;
    n_names = names.len / sizeof *name;
    *wired = n_names / 2;
    for (size_t i = 0; rc == OK && i < list.len / sizeof *items; i++) {
        QueryStep s = {.position = (int64_t)i + 1, .row = items[i].row, .code = items[i].code};

        if (2 * i + 1 < n_names) {
            s.node = name[2 * i];
            s.step = name[2 * i + 1];
        }
        if (buf_put(&out->steps, &s, sizeof s))
            rc = err_nomem(err);
    }
    buf_release(&list);
    buf_release(&names);
    return rc;
}

/* -- runs of older programs ------------------------------------------------ */

/* An older program wrote a trace in the order in which `define` had the nodes then,
 * and kept the spec of the first order.  What a position is, is recorded where the
 * run has a step run of its own there; a result that was taken says it where one
 * node alone is of its step.  Of others it is not known. */
typedef struct Place {
    Slice node, step;                   /* of the row */
    int64_t run;
    int taken;                          /* by another position: the node at it */
} Place;

static const Slice unknown = {"unknown", 7};

static int
same_slice(Slice a, Slice b)
{
    return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

/* The place of the node with that id, or of the only one of that step; or -1. */
static int64_t
node_named(const QueryStep *s, size_t wired, Slice name, int by_step)
{
    int64_t found = -1;

    for (size_t i = 0; i < wired; i++)
        if (same_slice(by_step ? s[i].step : s[i].node, name)) {
            if (found >= 0)
                return -1;
            found = (int64_t)i;
        }
    return found;
}

/* Gives each position its node; names are those of the spec, place what rows say. */
static int
replace_names(QueryStep *s, size_t wired, Place *place, int64_t run, Err *err)
{
    QueryStep *names = wired ? malloc(wired * sizeof *names) : NULL;
    size_t left = 0, last = 0;

    if (wired && !names)
        return err_nomem(err);
    memcpy(names, s, wired * sizeof *names);
    for (size_t i = 0; i < wired; i++) {
        s[i].node = unknown;
        s[i].step = place[i].step;
    }
    for (int own = 1; own >= 0; own--)
        for (size_t i = 0; i < wired; i++) {
            int64_t at;

            if (!s[i].row || (place[i].run == run) != own)
                continue;
            at = node_named(names, wired, own ? place[i].node : place[i].step, !own);
            if (at >= 0 && !place[at].taken) {
                place[at].taken = 1;
                s[i].node = names[at].node;
                s[i].step = names[at].step;
            }
        }
    for (size_t i = 0; i < wired; i++)
        if (s[i].node.data == unknown.data) {
            left++;
            last = i;
        }
    for (size_t at = 0; left == 1 && at < wired; at++)
        if (!place[at].taken) {         /* the only one that is left */
            s[last].node = names[at].node;
            s[last].step = names[at].step;
        }
    free(names);
    return OK;
}

/* The run whose spec it is: the first that names it. */
static int
is_first(Meta *m, int64_t run, int *first, Err *err)
{
    int64_t row;
    int rc = db_get_int(meta_db(m), &row, 0, err,
                        "select min(o.row) from run r join run o"
                        " on o.pipeline = r.pipeline and o.spec = r.spec where r.row = ?",
                        "i", run);

    *first = row == run;
    return rc;
}

/* Reads what the rows of the wired positions say; *differs: it is not the spec. */
static int
read_places(Meta *m, QuerySteps *out, int64_t run, size_t wired, Place *place, int *differs,
            Err *err)
{
    QueryStep *s = (QueryStep *)(void *)out->steps.data;
    DbStmt *st;
    int rc = OK;

    *differs = 0;
    for (size_t i = 0; rc == OK && i < wired; i++)
        if (s[i].row && (rc = db_query(meta_db(m), &st, err,
                                       "select run, node, step, ?2 from step_run where id = ?1",
                                       "ii", s[i].row, (int64_t)i)) == OK)
            rc = rows_all(&out->rows, meta_db(m), st, err);
    for (size_t k = 0; rc == OK && k < out->rows.n; k++) {
        size_t i = (size_t)rows_int(&out->rows, k, 3);

        place[i].run = rows_int(&out->rows, k, 0);
        place[i].node = rows_cell(&out->rows, k, 1).as.s;
        place[i].step = rows_cell(&out->rows, k, 2).as.s;
        *differs |= !same_slice(place[i].node, s[i].node) &&
                    (place[i].run == run || node_named(s, wired, place[i].node, 0) >= 0);
    }
    return rc;
}

static int
mend_names(Meta *m, int64_t run, QuerySteps *out, size_t wired, Err *err)
{
    Place *place = wired ? calloc(wired, sizeof *place) : NULL;
    int differs = 0, first, rc;

    if (!wired)
        return OK;
    if (!place)
        return err_nomem(err);
    rc = read_places(m, out, run, wired, place, &differs, err);
    if (rc == OK && differs && (rc = is_first(m, run, &first, err)) == OK && !first)
        rc = replace_names((QueryStep *)(void *)out->steps.data, wired, place, run, err);
    free(place);
    return rc;
}

/* The step runs of a run without a trace. */
static int
list_step_runs(Meta *m, int64_t run, QuerySteps *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select s.id, s.node, s.step, s.position from run r join step_run s"
                      " on s.id between r.first_step and coalesce(r.last_step, 1 << 62)"
                      " where r.row = ?1 and s.run = ?1 order by s.position, s.id",
                      "i", run);

    if (rc || (rc = rows_all(&out->rows, meta_db(m), st, err)))
        return rc;
    for (size_t i = 0; i < out->rows.n; i++) {
        QueryStep s = {.node = rows_cell(&out->rows, i, 1).as.s,
                       .step = rows_cell(&out->rows, i, 2).as.s,
                       .position = rows_int(&out->rows, i, 3),
                       .row = rows_int(&out->rows, i, 0), .code = -1};

        if (buf_put(&out->steps, &s, sizeof s))
            return err_nomem(err);
    }
    return OK;
}

int
query_steps(Meta *m, int64_t run, QuerySteps *out, Err *err)
{
    size_t wired = 0;
    int placed;
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select r.trace, s.spec, r.placed from run r"
                      " left join pipeline_spec s on s.id = r.spec where r.row = ?",
                      "i", run);

    if (rc || (rc = db_step(meta_db(m), st, err)) < 0)
        return rc;
    if (!rc)
        return err_set(err, ERR_NOTFOUND, "there is no run %lld", (long long)run);
    if (db_type(st, 0) == DB_NULL) {
        db_reset(st);
        return list_step_runs(m, run, out, err);
    }
    placed = db_type(st, 2) != DB_NULL;
    rc = expand_trace(out, db_bytes(st, 0), db_bytes(st, 1), &wired, err);
    db_reset(st);
    if (wired > out->steps.len / sizeof(QueryStep))
        wired = out->steps.len / sizeof(QueryStep);
    if (rc == OK && !placed)
        rc = mend_names(m, run, out, wired, err);
    if (rc == OK && wired && out->steps.len / sizeof(QueryStep) > wired)
        rc = name_items(m, run, out, wired, err);
    return rc;
}

static int
compare_hits(const void *a, const void *b)
{
    const QueryHit *x = a, *y = b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->run != y->run)
        return x->run < y->run ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/* Appends the hits of a run. */
static int
add_hits(Buf *out, const Buf *trace, int64_t run, Err *err)
{
    const TraceItem *items = (TraceItem *)(void *)trace->data;

    for (size_t i = 0; i < trace->len / sizeof *items; i++) {
        QueryHit hit = {items[i].row, (int32_t)run, (int32_t)i + 1};

        if (hit.row && (items[i].code == TRACE_CACHED || items[i].code == TRACE_CUT_OFF) &&
            buf_put(out, &hit, sizeof hit))
            return err_nomem(err);
    }
    return OK;
}

int
query_hits(Meta *m, Buf *out, Err *err)
{
    Buf trace;
    DbStmt *st;
    size_t before = out->len;
    int rc = db_query(meta_db(m), &st, err, "select row, trace from run where trace is not null"
                      " and unlisted < 2",
                      "");

    buf_init(&trace);
    while (rc == OK && (rc = db_step(meta_db(m), st, err)) == 1) {
        trace.len = 0;
        /* a damaged one tells nothing; fsck speaks of it */
        rc = run_outcomes_unpack(&trace, db_bytes(st, 1), err) == ERR_NOMEM ? ERR_NOMEM : OK;
        if (rc == OK)
            rc = add_hits(out, &trace, db_int(st, 0), err);
        if (rc)
            db_reset(st);
    }
    buf_release(&trace);
    if (rc == OK && out->len > before)
        qsort(out->data + before, (out->len - before) / sizeof(QueryHit), sizeof(QueryHit),
              compare_hits);
    return rc;
}

int
query_step_run(Meta *m, int64_t row, int full, Rows *out, Err *err)
{
    DbStmt *st;
    int rc;

    if (full)
        rc = db_query(meta_db(m), &st, err,
                      "select " STEP_COLUMNS ", s.reads as reads, s.log as log,"
                      " c.digest as \"code.digest\", c.leaves as \"code.leaves\"" STEP_FROM
                      " left join code c on c.id = s.code where s.id = ?",
                      "i", row);
    else
        rc = db_query(meta_db(m), &st, err,
                      "select " STEP_COLUMNS STEP_FROM " where s.id = ?", "i", row);
    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

int
query_edges(Meta *m, int64_t step_run, int role, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select e.port as name, " ARTIFACT_COLUMNS ","
                      " v.number as version, v.name as artifact, e.source as source"
                      " from edge e left join artifact a on a.id = e.artifact"
                      " left join artifact_version v on v.id = e.version"
                      " where e.step_run = ? and e.role = ? order by e.position",
                      "ii", step_run, (int64_t)role);

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}
