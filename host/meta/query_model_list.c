/* query_model_list.c -- the listing of versions of models in query.h. */
#include "meta/query_core.h"
#include "meta/query_filter.h"
#include "meta/query_models.h"

static const FilterColumn columns[] = {
    {"model", "m.name", FILTER_ANY, NULL},
    {"number", "v.number", FILTER_NUMBER, NULL},
    {"name", "v.name", FILTER_ANY, NULL},
    {"stage", "coalesce(v.stage, 'none')", FILTER_ANY, NULL},
    {"created", "v.created", FILTER_TIME, NULL},
    {"license", "m.license", FILTER_ANY, NULL},
    {"pipeline", "p.name", FILTER_ANY, NULL},
    {"run", "r.name", FILTER_ANY, NULL},
    {NULL, NULL, FILTER_ANY, NULL}
};

const FilterSubject filter_models = {
    "version", "version of a model", columns, META_TAG_MODEL, "v.id", " and v.run in (", ")"
};

#define JOINS \
    " join model m on m.id = v.model and m.deleted is null" \
    " left join run r on r.row = v.run left join pipeline p on p.id = r.pipeline"

/* In the order of a field, or the newest first. */
static int
add_order(FilterSql *x, const QueryModelVersions *q, Err *err)
{
    int rc = OK;

    select_add(x->select, " order by ");
    if (x->filter && x->filter->sort.name.data) {
        rc = filter_sort(x, err);
        select_printf(x->select, "%s nulls last, ", q->ascending ? "" : " desc");
    }
    select_add(x->select, q->model ? "v.number desc" : "v.id desc");
    return rc;
}

/* The rows of the page. */
static int
add_page(FilterSql *x, const QueryModelVersions *q, Err *err)
{
    Select *s = x->select;
    int rc = OK;

    if (q->tag.data) {
        select_text(s, "select v.id from (select row from tagged where kind = 'model' and tag = ",
                    q->tag);
        select_add(s, ") g cross join model_version v on v.id = g.row" JOINS);
    } else {
        select_add(s, "select v.id from model_version v" JOINS);
    }
    select_add(s, " where v.deleted is null");
    if (q->model)
        select_int(s, " and v.model = ", q->model);
    if (q->before)
        select_int(s, " and v.id < ", q->before);
    if (q->stage.data)
        select_text(s, " and v.stage <> 'archived' and v.stage = ", q->stage);
    if (q->has_since)
        select_real(s, " and v.created >= ", q->since);
    if (x->filter && x->filter->nodes.len) {
        select_add(s, " and ");
        if ((rc = filter_where(x, err)) == OK)
            rc = filter_narrow(x, err);
    }
    if (rc == OK)
        rc = add_order(x, q, err);
    select_int(s, " limit ", q->limit);
    select_int(s, " offset ", q->offset);
    return rc;
}

/* What is shown is made for the rows of the page alone. */
int
query_model_versions(Meta *m, const QueryModelVersions *q, Rows *out, Err *err)
{
    Select s = {0};
    FilterSql x = {.filter = q->filter, .meta = m, .select = &s};
    int rc = OK;

    select_add(&s, "select " QUERY_MODEL_VERSION ", m.name as model");
    if (x.filter)
        rc = filter_shown(&x, err);
    select_add(&s, " from model_version v" JOINS " where v.id in (");
    if (rc == OK)
        rc = add_page(&x, q, err);
    select_add(&s, ")");
    if (rc == OK)
        rc = add_order(&x, q, err);
    if (rc == OK)
        rc = select_rows(&s, m, out, err);
    buf_release(&x.places);
    select_release(&s);
    return rc;
}
