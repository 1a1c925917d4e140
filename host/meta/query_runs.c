/* query_runs.c -- the runs' part of query.h. */
#include <stdio.h>
#include <string.h>

#include "meta/query_core.h"
#include "meta/query_filter.h"

#define RUN_COLUMNS \
    "r.row as row, r.id as id, r.name as name, p.name as pipeline, r.number as number," \
    " s.hash as spec_hash, s.version as spec_version, r.spec as spec, r.status as status," \
    " r.reason as reason, r.started as started, r.seconds as seconds, r.stack as stack," \
    " r.cache as \"cache?\", r.unlisted as \"unlisted?\", r.script as script," \
    " r.params as params, r.counts as counts, r.extra as extra," \
    " (select json_group_array(tag) from (select tag from tagged where kind = 'run'" \
    "   and row = r.row order by tagging)) as tags," \
    " r.expansion as expansion, r.naming as naming, r.named as named, r.placed as placed," \
    " r.git as git"
/* left joins: they keep the order of r, and a damaged reference hides no run */
#define RUN_JOINS \
    " left join pipeline p on p.id = r.pipeline left join pipeline_spec s on s.id = r.spec"
#define RUN_FROM " from run r" RUN_JOINS

/* The order of the page and where it begins.  Without an order of the reader it
 * is that of an index, so a page costs its own rows only. */
static int
add_order(FilterSql *x, const QueryRuns *q, const char *column, Err *err)
{
    const char *way = q->ascending ? "" : " desc";
    int sorted = q->filter->sort.name.data != NULL, rc = OK;
    int64_t field = 1;                  /* 0: a metric that no run has */
    Select *s = x->select;

    if (q->before && !sorted) {
        select_printf(s, " and %s %s", column, q->ascending ? ">" : "<");
        select_int(s, " ", q->before);
    }
    select_add(s, " order by ");
    if (filter_is_metric(&q->filter->sort) &&
        (rc = filter_metric(x, &q->filter->sort, &field, err)))
        return rc;
    if (sorted && field) {
        rc = filter_sort(x, err);
        select_printf(s, "%s nulls last, ", way);
    }
    select_printf(s, "%s%s", column, way);
    select_int(s, " limit ", q->limit);
    if (sorted)
        select_int(s, " offset ", q->before);
    return rc;
}

/* Was there another pipeline of that name, which was deleted? */
static int
has_namesakes(Meta *m, const QueryRuns *q, int64_t pipeline, int *has, Err *err)
{
    int64_t other = 0;
    int rc = OK;

    if (pipeline && q->unlisted)
        rc = db_get_int(meta_db(m), &other, 0, err,
                        "select 1 from pipeline where name = ? and id <> ? limit 1", "si",
                        q->pipeline, pipeline);
    *has = other != 0;
    return rc;
}

/* The conditions that are no filter; namesakes: those of deleted pipelines too. */
static void
add_plain(Select *s, const QueryRuns *q, int64_t pipeline, int namesakes)
{
    if (namesakes)
        select_text(s, " and p.name = ", q->pipeline);
    else if (pipeline)
        select_int(s, " and r.pipeline = ", pipeline);
    if (q->status.data)
        select_text(s, " and r.status = ", q->status);
    select_add(s, q->unlisted ? " and r.unlisted < 2" : " and r.unlisted = 0");
}

static int
add_conditions(FilterSql *x, const QueryRuns *q, int64_t pipeline, Err *err)
{
    int namesakes, rc = has_namesakes(x->meta, q, pipeline, &namesakes, err);

    if (rc == OK && q->filter->nodes.len) {
        select_add(x->select, " and ");
        rc = filter_where(x, err);
        if (rc == OK)
            rc = filter_narrow(x, err);
    }
    add_plain(x->select, q, pipeline, namesakes);
    return rc;
}

static int
build(FilterSql *x, const QueryRuns *q, int64_t pipeline, Err *err)
{
    int rc;

    select_add(x->select, "select " RUN_COLUMNS);
    rc = filter_shown(x, err);
    select_add(x->select, RUN_FROM " where 1");
    if (rc == OK)
        rc = add_conditions(x, q, pipeline, err);
    return rc ? rc : add_order(x, q, pipeline ? "r.number" : "r.row", err);
}

static int
page(Meta *m, const QueryRuns *q, int64_t pipeline, Rows *out, Err *err)
{
    Select s = {0};
    FilterSql x = {.filter = q->filter, .meta = m, .select = &s};
    int rc = build(&x, q, pipeline, err);

    if (rc == OK)
        rc = select_rows(&s, m, out, err);
    buf_release(&x.places);
    select_release(&s);
    return rc;
}

/* -- runs in the order of a metric ------------------------------------------ */

/* Runs that have a number there come in the order of an index; then the others, in the order of
 * rows.  Of few runs of a pipeline all are looked at instead. */
typedef struct ByMetric {
    Meta *m;
    const QueryRuns *q;
    int64_t pipeline, field;
} ByMetric;

enum { FEW_RUNS = 5000 };

static int
has_few_runs(Meta *m, int64_t pipeline, int *few, Err *err)
{
    int64_t n = 0;
    int rc = OK;

    if (pipeline)
        rc = db_get_int(meta_db(m), &n, 0, err,
                        "select count(*) from (select 1 from run where pipeline = ?"
                        " limit ?)",
                        "ii", pipeline, (int64_t)FEW_RUNS);
    *few = pipeline && n < FEW_RUNS;
    return rc;
}

static void
add_ranked(Select *s, int ranked, int64_t field)
{
    select_printf(s,
                  ranked ? " from run_metric k cross join run r on r.row = k.run" RUN_JOINS
                           " where k.field = %lld and k.value is not null"
                         : RUN_FROM " where not exists (select 1 from run_metric k"
                                    " where k.run = r.row and k.field = %lld"
                                    " and k.value is not null)",
                  (long long)field);
}

/* Runs with a number (ranked) or without, from the offset; count: how many instead. */
static int
ranked_rows(const ByMetric *b, int ranked, int count, int64_t limit, int64_t offset, Rows *out,
            Err *err)
{
    const char *way = b->q->ascending ? "" : " desc";
    Select s = {0};
    FilterSql x = {.filter = b->q->filter, .meta = b->m, .select = &s};
    int rc = OK;

    select_add(&s, count ? "select count(*)" : "select " RUN_COLUMNS);
    if (!count)
        rc = filter_shown(&x, err);
    add_ranked(&s, ranked, b->field);
    if (rc == OK)
        rc = add_conditions(&x, b->q, b->pipeline, err);
    if (!count) {
        select_add(&s, " order by ");
        if (ranked)
            select_printf(&s, "k.value%s, k.run%s", way, way);
        else
            select_printf(&s, "r.row%s", way);
        select_int(&s, " limit ", limit);
        select_int(&s, " offset ", offset);
    }
    if (rc == OK)
        rc = select_rows(&s, b->m, out, err);
    buf_release(&x.places);
    select_release(&s);
    return rc;
}

static int
count_ranked(const ByMetric *b, int64_t *n, Err *err)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = ranked_rows(b, 1, 1, 0, 0, &rows, err);
    *n = rc == OK && rows.n ? rows_int(&rows, 0, 0) : 0;
    rows_release(&rows);
    return rc;
}

static int
page_by_metric(const ByMetric *b, Rows *out, Err *err)
{
    int64_t limit = b->q->limit, n, ranked = 0;
    int rc = ranked_rows(b, 1, 0, limit, b->q->before, out, err);

    n = (int64_t)out->n;
    if (rc || n == limit)
        return rc;
    if (!n && b->q->before && (rc = count_ranked(b, &ranked, err)))
        return rc;
    return ranked_rows(b, 0, 0, limit - n, n || !b->q->before ? 0 : b->q->before - ranked, out,
                       err);
}

/* Does an index have the order, and do the conditions leave more than few runs? */
static int
is_ranked(ByMetric *b, int *ranked, Err *err)
{
    const Filter *filter = b->q->filter;
    Select s = {0};
    FilterSql x = {.filter = filter, .meta = b->m, .select = &s};
    int few = 0, rc;

    *ranked = filter_is_metric(&filter->sort);
    if (!*ranked)
        return OK;
    rc = filter_metric(&x, &filter->sort, &b->field, err);
    if (rc == OK)
        rc = has_few_runs(b->m, b->pipeline, &few, err);
    if (rc == OK)
        rc = filter_narrow(&x, err);
    *ranked = !few && !x.narrowed && b->field;
    select_release(&s);
    return rc;
}

int
query_runs(Meta *m, const QueryRuns *q, Rows *out, int64_t *next, Err *err)
{
    static const Filter none = {.subject = &filter_runs};
    QueryRuns own = *q;
    ByMetric by = {.m = m, .q = &own};
    int ranked, rc = query_pipeline_row(m, q->pipeline, &by.pipeline, err);

    *next = 0;
    own.limit = q->limit < 1 ? 1 : q->limit > 1000000 ? 1000000 : q->limit;
    if (!own.filter)
        own.filter = &none;
    if (rc || (rc = is_ranked(&by, &ranked, err)))
        return rc;
    rc = ranked ? page_by_metric(&by, out, err) : page(m, &own, by.pipeline, out, err);
    if (rc == OK && out->n == (size_t)own.limit)
        *next = own.filter->sort.name.data ? q->before + own.limit
                                           : rows_int(out, out->n - 1, by.pipeline ? 4 : 0);
    return rc;
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
        return err_set(err, ERR_NOTFOUND, "no run named '%.*s'",
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
        " where p.deleted is null and not exists(select 1 from run u"
        "  where u.pipeline = p.id and u.unlisted = 2) order by p.name",
        "");

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}
