/* query.c -- see query.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/query_core.h"
#include "meta/wiring.h"

#define RUN_COLUMNS \
    "r.row as row, r.id as id, r.name as name, p.name as pipeline, r.number as number," \
    " s.hash as spec_hash, s.version as spec_version, r.spec as spec, r.status as status," \
    " r.reason as reason, r.started as started, r.seconds as seconds, r.stack as stack," \
    " r.cache as \"cache?\", r.unlisted as \"unlisted?\", r.script as script," \
    " r.params as params, r.tags as tags, r.counts as counts, r.extra as extra," \
    " r.expansion as expansion, r.naming as naming, r.named as named, r.placed as placed"
/* left joins: they keep the order of r, and a damaged reference hides no run */
#define RUN_FROM \
    " from run r left join pipeline p on p.id = r.pipeline" \
    " left join pipeline_spec s on s.id = r.spec"

#define STEP_COLUMNS \
    "s.id as row, s.node as node, s.step as step, s.position as position," \
    " s.status as status, s.started as started, s.seconds as seconds, s.key as key," \
    " s.reusable as \"reusable?\", s.params as params, s.reason as reason," \
    " s.error as error, s.metrics as metrics, s.metadata as metadata," \
    " s.notes as notes," \
    " r.row as \"run.row\", r.id as \"run.id\", r.name as \"run.name\", s.node as \"run.node\""
#define STEP_FROM " from step_run s left join run r on r.row = s.run"

/* -- runs ---------------------------------------------------------------- */

typedef struct Select {
    Buf sql;
    DbValue values[QUERY_VALUES + 8];
    size_t n;
    int failed;
} Select;

/* Appends SQL of ours. */
static void
add(Select *q, const char *sql)
{
    q->failed |= buf_puts(&q->sql, sql) != OK;
}

/* Appends SQL and the number of its value: those of the caller have numbers. */
static void
add_value(Select *q, const char *sql, DbValue value)
{
    q->values[q->n++] = value;
    q->failed |= buf_printf(&q->sql, "%s?%zu", sql, q->n) != OK;
}

static void
add_text(Select *q, const char *sql, Slice value)
{
    if (value.data)
        add_value(q, sql, (DbValue){DB_TEXT, {.s = value}});
}

static void
add_int(Select *q, const char *sql, int64_t value)
{
    add_value(q, sql, (DbValue){DB_INT, {.i = value}});
}

/* Appends SQL of the caller. */
static void
add_slice(Select *q, const char *before, Slice sql, const char *after)
{
    if (sql.data)
        q->failed |= buf_puts(&q->sql, before) || buf_put(&q->sql, sql.data, sql.len) ||
                     buf_puts(&q->sql, after);
}

/* Runs it and releases the text. */
static int
run_select(Meta *m, Select *q, Rows *out, Err *err)
{
    DbStmt *st = NULL;
    int rc = q->failed || !buf_cstr(&q->sql) ? err_nomem(err) : OK;

    if (rc == OK)
        rc = db_select(meta_db(m), &st, (char *)q->sql.data, q->values, q->n, err);
    if (rc == OK)
        rc = rows_all(out, meta_db(m), st, err);
    db_finish(st);
    buf_release(&q->sql);
    return rc;
}

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

/* The order of the page and where it begins.  Without an order of the caller it
 * is that of an index, so a page costs its own rows only. */
static void
add_order(Select *s, const QueryRuns *q, const char *column, int64_t limit)
{
    const char *way = q->ascending ? "" : " desc";
    char part[64];

    if (q->before && !q->sort.data) {
        snprintf(part, sizeof part, " and %s %s ", column, q->ascending ? ">" : "<");
        add_int(s, part, q->before);
    }
    add_slice(s, " order by ", q->sort, way);
    add(s, q->sort.data ? " nulls last, " : " order by ");
    add(s, column);
    add(s, way);
    add_int(s, " limit ", limit);
    if (q->sort.data)
        add_int(s, " offset ", q->before);
}

int
query_runs(Meta *m, const QueryRuns *q, Rows *out, int64_t *next, Err *err)
{
    int64_t limit = q->limit < 1 ? 1 : q->limit > 1000000 ? 1000000 : q->limit, pipeline;
    Select s = {0};
    int rc = query_pipeline_row(m, q->pipeline, &pipeline, err);

    *next = 0;
    if (rc)
        return rc;
    if (q->n_values > QUERY_VALUES)
        return err_set(err, ERR_INVAL, "the condition has more than %d values", QUERY_VALUES);
    if (q->n_values)
        memcpy(s.values, q->values, q->n_values * sizeof *q->values);
    s.n = q->n_values;
    add(&s, "select " RUN_COLUMNS);
    add_slice(&s, ", ", q->columns, "");
    add(&s, RUN_FROM " where 1");
    add_slice(&s, " and (", q->where, ")");
    if (pipeline && q->unlisted)        /* those of one that was deleted too */
        add_text(&s, " and p.name = ", q->pipeline);
    else if (pipeline)
        add_int(&s, " and r.pipeline = ", pipeline);
    add_text(&s, " and r.status = ", q->status);
    if (!q->unlisted)
        add(&s, " and r.unlisted = 0");
    add_order(&s, q, pipeline ? "r.number" : "r.row", limit);
    if ((rc = run_select(m, &s, out, err)))
        return rc;
    if (out->n == (size_t)limit)
        *next = q->sort.data ? q->before + limit : rows_int(out, out->n - 1, pipeline ? 4 : 0);
    return OK;
}

static int
query_run_row_into(Meta *m, int64_t row, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select " RUN_COLUMNS ", r.sources as sources" RUN_FROM
                      " where r.row = ?",
                      "i", row);

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

int
query_run_row(Meta *m, int64_t row, Rows *out, Err *err)
{
    size_t before = out->n;
    int rc = query_run_row_into(m, row, out, err);

    if (rc == OK && out->n == before)
        rc = err_set(err, ERR_NOTFOUND, "there is no run %lld", (long long)row);
    return rc;
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

static int
run_by_prefix(Meta *m, Slice what, int64_t *row, Err *err)
{
    Rows found;
    DbStmt *st;
    int rc;

    rows_init(&found);
    rc = db_query(meta_db(m), &st, err,
                  "select name, row from run where id >= ?1 and id < ?1 || 'g' limit 4",
                  "s", what);
    if (rc == OK)
        rc = rows_all(&found, meta_db(m), st, err);
    if (rc == OK && found.n > 1)
        rc = query_ambiguous(&found, what, err);
    *row = found.n ? rows_int(&found, 0, 1) : 0;
    rows_release(&found);
    return rc;
}

int
query_run(Meta *m, Slice what, Rows *out, Err *err)
{
    int64_t row;
    int rc = db_get_int(meta_db(m), &row, 0, err, "select row from run where name = ?", "s",
                        what);

    if (rc == OK && !row && query_is_hex(what) && what.len <= META_ID)
        rc = run_by_prefix(m, what, &row, err);
    if (rc)
        return rc;
    if (!row)
        return err_set(err, ERR_NOTFOUND, "no run is called '%.*s'",
                       what.len > 200 ? 200 : (int)what.len, what.data);
    return query_run_row(m, row, out, err);
}

int
query_nth_run(Meta *m, Slice pipeline, int64_t n, int unlisted, Rows *out, Err *err)
{
    int64_t id, row = 0;
    int rc = query_pipeline_row(m, pipeline, &id, err);

    if (rc == OK && n > 0)
        rc = db_get_int(meta_db(m), &row, 0, err,
                        "select row from run where pipeline = ? and unlisted <= ?"
                        " order by number limit 1 offset ?",
                        "iii", id, (int64_t)unlisted, n - 1);
    else if (rc == OK && n < 0 && n > INT64_MIN)
        rc = db_get_int(meta_db(m), &row, 0, err,
                        "select row from run where pipeline = ? and unlisted <= ?"
                        " order by number desc limit 1 offset ?",
                        "iii", id, (int64_t)unlisted, -n - 1);
    return rc || !row ? rc : query_run_row(m, row, out, err);
}

int
query_pipelines(Meta *m, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(
        meta_db(m), &st, err,
        "with count as (select pipeline, sum(unlisted = 0) as runs,"
        "  sum(unlisted = 0 and status = 'completed') as completed,"
        "  sum(unlisted = 0 and status = 'failed') as failed,"
        "  sum(unlisted = 0 and status = 'running') as running,"
        "  max(case unlisted when 0 then number end) as newest from run group by pipeline)"
        "select p.name as name, coalesce(c.runs, 0) as runs,"
        " coalesce(c.completed, 0) as completed, coalesce(c.failed, 0) as failed,"
        " coalesce(c.running, 0) as running, r.row as \"newest.row\","
        " r.id as \"newest.id\", r.name as \"newest.name\", r.number as \"newest.number\","
        " r.status as \"newest.status\", r.started as \"newest.started\","
        " r.seconds as \"newest.seconds\""
        " from pipeline p left join count c on c.pipeline = p.id"
        " left join run r on r.pipeline = p.id and r.number = c.newest"
        " where p.deleted is null order by p.name",
        "");

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

/* -- steps --------------------------------------------------------------- */

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
    rc = unpack_trace(&list, trace, err);
    if (rc == OK && spec.data && (rc = unpack_bytes(&out->names, spec, err)) == OK &&
        spec_names(&names, (Slice){(char *)out->names.data, out->names.len}, NULL))
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
    int rc = db_query(meta_db(m), &st, err, "select row, trace from run where trace is not null",
                      "");

    buf_init(&trace);
    while (rc == OK && (rc = db_step(meta_db(m), st, err)) == 1) {
        trace.len = 0;
        /* a damaged one tells nothing; fsck speaks of it */
        rc = unpack_trace(&trace, db_bytes(st, 1), err) == ERR_NOMEM ? ERR_NOMEM : OK;
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

/* -- texts --------------------------------------------------------------- */

static int
unpack_spec(Meta *m, DbStmt *st, Buf *out, Err *err)
{
    int rc = db_step(meta_db(m), st, err);

    if (rc != 1)
        return rc;
    rc = unpack_bytes(out, db_bytes(st, 0), err);
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
