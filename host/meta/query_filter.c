/* query_filter.c -- see query_filter.h
 *
 * In the SQL of a field NaN is the blob "nan", since SQL takes a real one for null. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meta/query_core.h"
#include "meta/query_filter.h"

static const char *const statuses[] = {"completed", "failed", "running", "stopped", NULL};
static const char *const truths[] = {"true", "false", NULL};

static const FilterColumn run_columns[] = {
    {"name", "r.name", FILTER_ANY, NULL},
    {"pipeline", "p.name", FILTER_ANY, NULL},
    {"status", "r.status", FILTER_ANY, statuses},
    {"reason", "r.reason", FILTER_ANY, NULL},
    {"started", "r.started", FILTER_TIME, NULL},
    {"seconds", "r.seconds", FILTER_NUMBER, NULL},
    {"number", "r.number", FILTER_NUMBER, NULL},
    {"stack", "r.stack", FILTER_ANY, NULL},
    {"script", "r.script", FILTER_ANY, NULL},
    {"ran", "json_extract(r.counts, '$.ran')", FILTER_NUMBER, NULL},
    {"cached", "(json_extract(r.counts, '$.cached') + json_extract(r.counts, '$.cut_off'))",
     FILTER_NUMBER, NULL},
    {"failed", "json_extract(r.counts, '$.failed')", FILTER_NUMBER, NULL},
    {"git.sha", "json_extract(r.git, '$.sha')", FILTER_ANY, NULL},
    {"git.dirty", "json_extract(r.git, '$.dirty')", FILTER_ANY, truths},
    {NULL, NULL, FILTER_ANY, NULL}
};

const FilterSubject filter_runs = {
    "run", "run", run_columns, META_TAG_RUN, "r.row", " and r.row in (", ")"
};

static const FilterColumn artifact_columns[] = {
    {"name", "v.name", FILTER_ANY, NULL},
    {"version", "v.number", FILTER_NUMBER, NULL},
    {"type", "a.type", FILTER_ANY, NULL},
    {"size", "a.size", FILTER_NUMBER, NULL},
    {"created", QUERY_VERSION_CREATED, FILTER_TIME, NULL},
    {"pipeline", "p.name", FILTER_ANY, NULL},
    {"run", "r.name", FILTER_ANY, NULL},
    {"stack", "r.stack", FILTER_ANY, NULL},
    {NULL, NULL, FILTER_ANY, NULL}
};

/* an older program did not say of each version which run had it */
const FilterSubject filter_artifacts = {
    "artifact", "artifact", artifact_columns, META_TAG_ARTIFACT, "v.id",
    " and v.id in (select id from artifact_version where run is null union all"
    " select id from artifact_version where run in (", "))"
};

/* A field that was met: the first parameter of params, the id of a metric. */
typedef struct FilterPlace {
    const FilterField *field;
    int64_t at;
} FilterPlace;

enum { NARROW_MOST = 20000 };           /* rows: with more, looking at each run is as quick */

static int
is_name(Slice s, const char *name)
{
    return s.len == strlen(name) && memcmp(s.data, name, s.len) == 0;
}

const FilterColumn *
filter_column(const FilterSubject *subject, Slice name)
{
    for (const FilterColumn *c = subject->columns; c->name; c++)
        if (is_name(name, c->name))
            return c;
    return NULL;
}

/* The SQL of a field that is a column, or NULL. */
static const char *
column_of(const FilterSubject *subject, Slice name)
{
    const FilterColumn *column = filter_column(subject, name);

    return column ? column->sql : NULL;
}

int
filter_is_metric(const FilterField *field)
{
    return field->name.data && is_name(field->name, "metric");
}

int
filter_known(const FilterSubject *subject, Slice name, size_t n_path)
{
    if (is_name(name, "params"))
        return n_path > 0;
    if (is_name(name, "metric"))
        return n_path == 1 || n_path == 2;
    return n_path == 0 && (is_name(name, "tag") || column_of(subject, name));
}

void
filter_release(Filter *f)
{
    buf_release(&f->nodes);
    buf_release(&f->shown);
    buf_release(&f->names);
}

/* -- fields -------------------------------------------------------------- */

static const Slice *
path_of(const FilterSql *x, const FilterField *field)
{
    return (Slice *)(void *)x->filter->names.data + field->path;
}

static int
same_field(const FilterSql *x, const FilterField *a, const FilterField *b)
{
    const Slice *s = path_of(x, a), *t = path_of(x, b);

    if (a->n_path != b->n_path || a->name.len != b->name.len ||
        memcmp(a->name.data, b->name.data, a->name.len) != 0)
        return 0;
    for (size_t i = 0; i < a->n_path; i++)
        if (s[i].len != t[i].len || memcmp(s[i].data, t[i].data, s[i].len) != 0)
            return 0;
    return 1;
}

/* Binds the JSON path of a parameter, $."a"."b". */
static size_t
bind_path(FilterSql *x, const FilterField *field)
{
    const Slice *name = path_of(x, field);
    Buf path;
    int failed;

    buf_init(&path);
    failed = buf_puts(&path, "$");
    for (size_t i = 0; i < field->n_path; i++)
        failed |= buf_puts(&path, ".\"") || buf_put(&path, name[i].data, name[i].len) ||
                  buf_puts(&path, "\"");
    x->select->failed |= failed;
    return select_bind_own(x->select, DB_TEXT, (char *)path.data, path.len);
}

int
filter_metric(FilterSql *x, const FilterField *field, int64_t *id, Err *err)
{
    const Slice *path = path_of(x, field);
    Slice step = field->n_path == 2 ? path[0] : (Slice){"", 0};

    return db_get_int(meta_db(x->meta), id, 0, err,
                      "select id from metric_field where name = ? and step = ?", "ss",
                      path[field->n_path - 1], step);
}

/* Where the field is, which is looked for when it is met first. */
static int
place_of(FilterSql *x, const FilterField *field, int64_t *at, Err *err)
{
    const FilterPlace *place = (FilterPlace *)(void *)x->places.data;
    int rc = OK;

    for (size_t i = 0; i < x->places.len / sizeof *place; i++)
        if (same_field(x, place[i].field, field)) {
            *at = place[i].at;
            return OK;
        }
    if (is_name(field->name, "params")) {
        *at = (int64_t)bind_path(x, field);
    } else {
        rc = filter_metric(x, field, at, err);
    }
    if (rc == OK && buf_put(&x->places, &(FilterPlace){field, *at}, sizeof *place))
        rc = err_nomem(err);
    return rc;
}

/* Appends the SQL of a field. */
static int
add_field(FilterSql *x, const FilterField *field, Err *err)
{
    const char *column = column_of(x->filter->subject, field->name);
    int64_t at;
    int rc;

    if (column) {
        select_add(x->select, column);
        return OK;
    }
    if (is_name(field->name, "tag")) {
        const FilterSubject *subject = x->filter->subject;

        select_printf(x->select,
                      "(select group_concat(tag, ', ') from (select tag from tagged"
                      " where kind = '%s' and row = %s order by tagging))",
                      subject->kind, subject->row);
        return OK;
    }
    if ((rc = place_of(x, field, &at, err)))
        return rc;
    if (is_name(field->name, "params"))
        select_printf(x->select, "json_number(json_extract(r.params, ?%lld))", (long long)at);
    else if (at)
        select_printf(x->select,
                      "(select coalesce(k.value, x'6e616e') from run_metric k"
                      " where k.run = r.row and k.field = %lld)", (long long)at);
    else
        select_add(x->select, "null");
    return OK;
}

/* The same between two pieces of SQL. */
static int
add_between(FilterSql *x, const char *before, const FilterField *field, const char *after,
            Err *err)
{
    int rc;

    select_add(x->select, before);
    rc = add_field(x, field, err);
    select_add(x->select, after);
    return rc;
}

/* -- conditions ---------------------------------------------------------- */

static const char *const signs[] = {"=", "<>", "<", "<=", ">", ">="};

static void
add_tag(FilterSql *x, const FilterNode *node)
{
    const FilterSubject *subject = x->filter->subject;
    size_t tag = select_bind(x->select, node->value);

    select_printf(x->select,
                  "%sexists (select 1 from tagged where kind = '%s' and tag = ?%zu and row = %s)",
                  node->cmp == FILTER_NE ? "not " : "", subject->kind, tag, subject->row);
}

/* A number is compared with numbers, a text with texts: SQL has all numbers before all texts,
 * and these before the blob that NaN is.  The field is in it once, since a parameter is dear;
 * its + takes the column's affinity off. */
static int
add_ordered(FilterSql *x, const FilterNode *node, Err *err)
{
    int is_text = node->value.type == DB_TEXT, up = node->cmp >= FILTER_GT;
    size_t value = select_bind(x->select, node->value);
    int rc = add_between(x, "nullif(+", &node->field, "", err);

    /* = itself: not less and not more; x'00' is in no order here */
    if (node->cmp == FILTER_LT || node->cmp == FILTER_GT)
        select_printf(x->select, ", ?%zu)", value);
    else
        select_add(x->select, ", x'00')");
    if (up)
        select_printf(x->select, " between ?%zu and %s", value, is_text ? "x''" : "9e999");
    else
        select_printf(x->select, " between %s and ?%zu", is_text ? "''" : "-9e999", value);
    return rc;
}

static int
add_comparison(FilterSql *x, const FilterNode *node, Err *err)
{
    const FilterField *field = &node->field;
    int ordered = node->cmp >= FILTER_LT, rc;
    size_t value;

    if (node->value.type == DB_REAL && isnan(node->value.as.d)) {
        if (ordered) {
            select_add(x->select, "0");
            return OK;
        }
        /* a text that says so is meant, too */
        return add_between(x, "", field,
                           node->cmp == FILTER_NE ? " not in (x'6e616e', 'nan')"
                                                  : " in (x'6e616e', 'nan')", err);
    }
    if (node->value.type == DB_NULL)
        return add_between(x, "", field,
                           node->cmp == FILTER_NE ? " is not null" : " is null", err);
    if (ordered)
        return add_ordered(x, node, err);
    rc = add_field(x, field, err);
    value = select_bind(x->select, node->value);
    select_printf(x->select, " %s ?%zu", signs[node->cmp], value);
    return rc;
}

/* Appends the condition whose first node it is, and sets *node to the one after it. */
static int
add_condition(FilterSql *x, const FilterNode **node, Err *err)
{
    const FilterNode *own = (*node)++;
    int rc = OK;

    if (own->op == FILTER_COMPARE) {
        if (!is_name(own->field.name, "tag"))
            return add_comparison(x, own, err);
        add_tag(x, own);
        return OK;
    }
    select_add(x->select, own->op == FILTER_NOT ? "not coalesce(" : "(");
    for (size_t i = 0; rc == OK && i < own->n; i++) {
        if (i)
            select_add(x->select, own->op == FILTER_AND ? " and " : " or ");
        rc = add_condition(x, node, err);
    }
    select_add(x->select, own->op == FILTER_NOT ? ", 0)" : ")");
    return rc;
}

int
filter_where(FilterSql *x, Err *err)
{
    const FilterNode *node = (FilterNode *)(void *)x->filter->nodes.data;

    return node ? add_condition(x, &node, err) : OK;
}

/* -- columns and order --------------------------------------------------- */

int
filter_shown(FilterSql *x, Err *err)
{
    const FilterField *field = (FilterField *)(void *)x->filter->shown.data;
    size_t n = x->filter->shown.len / sizeof *field;
    int rc = OK;

    for (size_t i = 0; rc == OK && i < n; i++) {
        rc = add_between(x, ", ", &field[i], "", err);
        select_printf(x->select, " as \"shown.%zu~\"", i + 1);
    }
    return rc;
}

/* NaN is last in both ways, as is what has no value. */
int
filter_sort(FilterSql *x, Err *err)
{
    int rc = add_between(x, "case when typeof(", &x->filter->sort, ") <> 'blob' then ", err);

    return rc ? rc : add_between(x, "", &x->filter->sort, " end", err);
}

/* -- what an index finds -------------------------------------------------- */

/* Has the query so few rows that its list is worth having? */
static int
is_few(FilterSql *x, Select *s, int *few, Err *err)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    select_int(s, " limit ", NARROW_MOST);
    select_add(s, ")");
    rc = select_rows(s, x->meta, &rows, err);
    *few = rc == OK && rows.n == 1 && rows_int(&rows, 0, 0) < NARROW_MOST;
    rows_release(&rows);
    return rc;
}

/* Adds the rows of a metric that compare so, and their runs, to the SELECT. */
static void
add_metric_rows(Select *s, const FilterNode *node, int64_t id)
{
    size_t value = select_bind(s, node->value);

    select_printf(s, "select run from run_metric where field = %lld and value %s ?%zu",
                  (long long)id, signs[node->cmp], value);
}

static void
add_tag_rows(Select *s, const char *kind, const FilterNode *node)
{
    select_printf(s, "select row from tagged where kind = '%s' and tag = ?%zu", kind,
                  select_bind(s, node->value));
}

/* The condition on a metric or a tag, whose rows are in an index. */
static int
narrow_listed(FilterSql *x, const FilterNode *node, int is_tag, Err *err)
{
    const FilterSubject *subject = x->filter->subject;
    Select count = {0};
    int64_t id = 0;
    int few, rc = is_tag ? OK : filter_metric(x, &node->field, &id, err);

    if (rc)
        return rc;
    select_add(&count, "select count(*) from (");
    if (is_tag)
        add_tag_rows(&count, subject->kind, node);
    else
        add_metric_rows(&count, node, id);
    if ((rc = is_few(x, &count, &few, err)) || !few)
        return rc;
    x->narrowed = 1;
    if (is_tag) {
        select_printf(x->select, " and %s in (", subject->row);
        add_tag_rows(x->select, subject->kind, node);
        select_add(x->select, ")");
    } else {
        select_add(x->select, subject->narrow);
        add_metric_rows(x->select, node, id);
        select_add(x->select, subject->narrow_end);
    }
    return OK;
}

/* The first row that began since then; rows grow with time, but for a clock that was set. */
static int
narrow_started(FilterSql *x, const FilterNode *node, Err *err)
{
    Select first = {0};
    Rows rows;
    int rc;

    rows_init(&rows);
    select_printf(&first, "select coalesce(min(+row), 0) from run where started >= ?%zu",
                  select_bind(&first, node->value));
    rc = select_rows(&first, x->meta, &rows, err);
    if (rc == OK && rows.n == 1)
        select_printf(x->select, rows_int(&rows, 0, 0) ? " and r.row >= %lld" : " and %lld",
                      (long long)rows_int(&rows, 0, 0));
    rows_release(&rows);
    return rc;
}

static int
narrow_one(FilterSql *x, const FilterNode *node, Err *err)
{
    DbType type = node->value.type;
    int is_number = type == DB_INT || (type == DB_REAL && !isnan(node->value.as.d));

    if (is_name(node->field.name, "tag") && node->cmp == FILTER_EQ)
        return narrow_listed(x, node, 1, err);
    if (filter_is_metric(&node->field) && node->cmp != FILTER_NE && is_number)
        return narrow_listed(x, node, 0, err);
    if (is_name(node->field.name, "started") && is_number &&
        (node->cmp == FILTER_GE || node->cmp == FILTER_GT))
        return narrow_started(x, node, err);
    return OK;
}

/* The node after the condition. */
static const FilterNode *
after(const FilterNode *node)
{
    size_t left = 1;

    for (; left; node++, left--)
        if (node->op != FILTER_COMPARE)
            left += node->n;
    return node;
}

int
filter_narrow(FilterSql *x, Err *err)
{
    const FilterNode *node = (FilterNode *)(void *)x->filter->nodes.data;
    size_t n = 1;
    int rc = OK;

    if (!node)
        return OK;
    if (node->op == FILTER_AND)
        n = (node++)->n;
    for (; rc == OK && n; n--, node = after(node))
        if (node->op == FILTER_COMPARE)
            rc = narrow_one(x, node, err);
    return rc;
}
