/* run_metric.c -- the table run_metric: of each run its metrics, so that listings find runs
 * by them.  A step that is computed brings its own when its row is written; when the run
 * ends, the metrics of its hits are added.  Of several steps that logged one name the last by
 * its place in the run counts. */
#include "meta/meta_core.h"

/* Derives the rows of metric from the numbers in step_run.metrics: infinite ones too, which
 * value/json_pack.c writes as {"$number": "inf"}; NaN has no value. */
static int
put_numbers(Meta *m, const MetaStep *s, Err *err)
{
    return db_run(m->db, err,
                  "insert into metric(step_run, name, value) select ?, key,"
                  " case when type <> 'object' then value else"
                  "  case json_extract(value, '$.\"$number\"')"
                  "   when 'inf' then 9e999 when '-inf' then -9e999 end end"
                  " from json_each(?) where type in ('integer', 'real') or type = 'object'"
                  " and json_extract(value, '$.\"$number\"') in ('inf', '-inf', 'nan')",
                  "is", s->row, s->metrics);
}

#define LATER                                                                          \
    " on conflict(run, field) do update set value = excluded.value, place = excluded.place" \
    " where excluded.place >= place"

/* The id of the node; of an item, MAP[n], that of its map. */
static Slice
node_of(Slice node)
{
    size_t n = node.len;

    if (!n || node.data[n - 1] != ']')
        return node;
    while (n && node.data[n - 1] != '[')
        n--;
    return (Slice){node.data, n ? n - 1 : node.len};
}

int
meta_put_metrics(Meta *m, int64_t run, const MetaStep *s, Err *err)
{
    Slice node = node_of(s->node);
    int rc;

    if (!s->metrics.data)
        return OK;
    if ((rc = put_numbers(m, s, err)) || !db_changes(m->db))
        return rc;
    rc = db_run(m->db, err,
                "insert or ignore into metric_field(name, step)"
                " select name, '' from metric where step_run = ?1"
                " union all select name, ?2 from metric where step_run = ?1",
                "is", s->row, node);
    if (rc)
        return rc;
    return db_run(m->db, err,
                  "insert into run_metric(run, field, value, place)"
                  " select ?1, f.id, m.value, ?4 from metric m"
                  " join metric_field f on f.name = m.name and f.step in ('', ?3)"
                  " where m.step_run = ?2" LATER,
                  "iisi", run, s->row, node, s->position);
}

/* Has a step of the trace logged a metric?  One look for each step that did, or for each gap
 * between such: a run whose steps log none looks once. */
static int
has_metrics(Meta *m, const MetaFinish *f, int *has, Err *err)
{
    int64_t from = 0, to = 0;           /* no step run in from..to-1 logged one */
    int rc = OK;

    *has = 0;
    for (size_t i = 0; rc == OK && !*has && i < f->n_trace; i++) {
        int64_t row = f->trace[i].row;

        if (!row || (from <= row && row < to))
            continue;
        from = row;
        rc = db_get_int(m->db, &to, INT64_MAX, err,
                        "select min(step_run) from metric where step_run >= ?", "i", row);
        *has = to == row;
    }
    return rc;
}

#define TRACED                                                                                  \
    "with traced(place, step_run, node) as materialized (select json_extract(j.value, '$[2]'),"  \
    "  json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]')"                            \
    "  from run r left join pipeline_spec s on s.id = r.spec,"                                  \
    "  json_each(trace_steps(r.trace, s.spec, r.expansion)) j where r.row = ?1)"

int
meta_trace_metrics(Meta *m, int64_t run, const MetaFinish *f, Err *err)
{
    int has, rc = has_metrics(m, f, &has, err);

    if (rc || !has)
        return rc;
    /* what a running run had may be by another order, or by an id that only looks like one */
    if ((rc = db_run(m->db, err, "delete from run_metric where run = ?", "i", run)))
        return rc;
    rc = db_run(m->db, err,
                TRACED "insert or ignore into metric_field(name, step)"
                       " select m.name, '' from traced t join metric m on m.step_run = t.step_run"
                       " union select m.name, t.node from traced t"
                       " join metric m on m.step_run = t.step_run where t.node <> ''",
                "i", run);
    if (rc)
        return rc;
    return db_run(m->db, err,
                  TRACED "insert into run_metric(run, field, value, place)"
                         " select ?1, f.id, m.value, t.place from traced t"
                         " cross join metric m on m.step_run = t.step_run"
                         " join metric_field f on f.name = m.name and f.step in ('', t.node)"
                         " where true" LATER,
                  "i", run);
}
