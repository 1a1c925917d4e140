/* query_filter.c -- see query_filter.h
 *
 * In the SQL of a field NaN is the blob "nan", since SQL takes a real one for null. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meta/query.h"
#include "meta/query_filter.h"

typedef struct Column {
    const char *name, *sql;
} Column;

static const Column columns[] = {
    {"name", "r.name"}, {"pipeline", "p.name"}, {"status", "r.status"}, {"reason", "r.reason"},
    {"started", "r.started"}, {"seconds", "r.seconds"}, {"number", "r.number"},
    {"stack", "r.stack"}, {"script", "r.script"}, {"ran", "json_extract(r.counts, '$.ran')"},
    {"cached", "(json_extract(r.counts, '$.cached') + json_extract(r.counts, '$.cut_off'))"},
    {"failed", "json_extract(r.counts, '$.failed')"}, {"git.sha", "json_extract(r.git, '$.sha')"},
    {"git.dirty", "json_extract(r.git, '$.dirty')"}, {NULL, NULL}
};

/* The first parameter of a field that was met. */
typedef struct FilterPlace {
    const FilterField *field;
    size_t parameter;
} FilterPlace;

static int
is_name(Slice s, const char *name)
{
    return s.len == strlen(name) && memcmp(s.data, name, s.len) == 0;
}

/* The SQL of a field that is a column, or NULL. */
static const char *
column_of(Slice name)
{
    for (const Column *c = columns; c->name; c++)
        if (is_name(name, c->name))
            return c->sql;
    return NULL;
}

int
filter_known(Slice name, size_t n_path)
{
    if (is_name(name, "params"))
        return n_path > 0;
    if (is_name(name, "metric"))
        return n_path == 1;
    return n_path == 0 && (is_name(name, "tag") || column_of(name));
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

/* Binds the JSON path of a parameter, $."a"."b", with more after it. */
static size_t
bind_path(FilterSql *x, const FilterField *field, const char *more)
{
    const Slice *name = path_of(x, field);
    Buf path;
    int failed;

    buf_init(&path);
    failed = buf_puts(&path, "$");
    for (size_t i = 0; i < field->n_path; i++)
        failed |= buf_puts(&path, ".\"") || buf_put(&path, name[i].data, name[i].len) ||
                  buf_puts(&path, "\"");
    failed |= buf_puts(&path, more);
    x->select->failed |= failed;
    return select_bind_own(x->select, DB_TEXT, (char *)path.data, path.len);
}

static int
bind_metric(FilterSql *x, const FilterField *field, size_t *parameter, Err *err)
{
    Buf pairs;
    int rc;

    buf_init(&pairs);
    if ((rc = query_metric(x->meta, *path_of(x, field), x->pipeline, &pairs, err)))
        buf_release(&pairs);
    else if (pairs.data)
        *parameter = select_bind_own(x->select, DB_BLOB, (char *)pairs.data, pairs.len);
    else
        *parameter = select_bind(x->select, (DbValue){DB_NULL, {0}});
    return rc;
}

/* The first parameter of the field, which is bound when it is met first. */
static int
place_of(FilterSql *x, const FilterField *field, size_t *parameter, Err *err)
{
    const FilterPlace *place = (FilterPlace *)(void *)x->places.data;
    int rc = OK;

    for (size_t i = 0; i < x->places.len / sizeof *place; i++)
        if (same_field(x, place[i].field, field)) {
            *parameter = place[i].parameter;
            return OK;
        }
    if (is_name(field->name, "params")) {
        *parameter = bind_path(x, field, "");
        bind_path(x, field, ".\"$number\"");
    } else {
        rc = bind_metric(x, field, parameter, err);
    }
    if (rc == OK && buf_put(&x->places, &(FilterPlace){field, *parameter}, sizeof *place))
        rc = err_nomem(err);
    return rc;
}

/* Appends the SQL of a field.  A number that JSON has not is {"$number": "inf"}
 * (value/json_pack.c). */
static int
add_field(FilterSql *x, const FilterField *field, Err *err)
{
    const char *column = column_of(field->name);
    size_t parameter;
    int rc;

    if (column) {
        select_add(x->select, column);
        return OK;
    }
    if ((rc = place_of(x, field, &parameter, err)))
        return rc;
    if (is_name(field->name, "params"))
        select_printf(x->select,
                      "case json_extract(r.params, ?%zu) when 'inf' then 9e999"
                      " when '-inf' then -9e999 when 'nan' then x'6e616e'"
                      " else json_extract(r.params, ?%zu) end",
                      parameter + 1, parameter);
    else
        select_printf(x->select, "lookup(?%zu, r.row)", parameter);
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

static void
add_tag(FilterSql *x, const FilterNode *node)
{
    size_t tag = select_bind(x->select, node->value);

    select_printf(x->select,
                  "%sexists (select 1 from tagged where kind = 'run' and tag = ?%zu"
                  " and row = r.row)",
                  node->cmp == FILTER_NE ? "not " : "", tag);
}

static int
add_comparison(FilterSql *x, const FilterNode *node, Err *err)
{
    static const char *const signs[] = {"=", "<>", "<", "<=", ">", ">="};
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
    if (ordered && (rc = add_between(x, "(typeof(", field,
                                     node->value.type == DB_TEXT
                                         ? ") = 'text' and "
                                         : ") in ('integer', 'real') and ", err)))
        return rc;
    rc = add_field(x, field, err);
    value = select_bind(x->select, node->value);
    select_printf(x->select, " %s ?%zu%s", signs[node->cmp], value, ordered ? ")" : "");
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
