/* query_artifact_list.c -- the listing of artifacts in query.h. */
#include <string.h>

#include "meta/query_core.h"
#include "meta/query_filter.h"

#define CREATED QUERY_VERSION_CREATED
#define COLUMNS \
    "v.name as name, v.number as version, v.id as version_row, a.digest as digest," \
    " a.type as type, a.size as size, a.preview as preview, " CREATED " as created," \
    " (select group_concat(tag, ',') from" \
    "   (select tag from tag where version = v.id order by +tag)) as tags"
#define JOINS \
    " left join artifact a on a.id = v.artifact left join step_run s on s.id = v.step_run" \
    " left join run r on r.row = coalesce(v.run, s.run) left join pipeline p on p.id = r.pipeline"

/* Binds the pattern of `like` that texts with s in them fit; its escape is \. */
static size_t
bind_pattern(Select *s, Slice text)
{
    Buf out;

    buf_init(&out);
    s->failed |= buf_puts(&out, "%");
    for (size_t i = 0; i < text.len; i++) {
        if (memchr("%_\\", text.data[i], 3))
            s->failed |= buf_puts(&out, "\\");
        s->failed |= buf_put(&out, text.data + i, 1);
    }
    s->failed |= buf_puts(&out, "%");
    return select_bind_own(s, DB_TEXT, (char *)out.data, out.len);
}

/* Is the version (v or w) of the pipeline: by its name, or by a name that its port
 * gives and a run of it had?  start is the parameter "PIPELINE::", name the pipeline. */
static void
add_of_pipeline(Select *s, const char *version, size_t start, size_t name)
{
    select_printf(s, " and (substr(%s.name, 1, length(?%zu)) = ?%zu", version, start, start);
    select_printf(s,
                  " or exists (select 1 from pipeline p join holding h on h.pipeline = p.id"
                  " where p.name = ?%zu and h.name = %s.name and h.version = %s.id))",
                  name, version, version);
}

/* The conditions on the version v. */
static void
add_conditions(Select *s, const QueryArtifacts *q, size_t start, size_t pipeline)
{
    if (q->name.data)
        select_printf(s, " and v.name like ?%zu escape '\\'", bind_pattern(s, q->name));
    if (q->type.data)
        select_text(s, " and a.type = ", q->type);
    if (q->has_since)
        select_real(s, " and " CREATED " >= ", q->since);
    if (q->pipeline.data)
        add_of_pipeline(s, "v", start, pipeline);
    if (q->search.data) {
        size_t n = bind_pattern(s, q->search);

        select_printf(s,
                      " and (v.name like ?%zu escape '\\' or a.type like ?%zu escape '\\'"
                      " or a.preview like ?%zu escape '\\' or a.metadata like ?%zu escape '\\'"
                      " or exists (select 1 from tag where version = v.id"
                      " and tag like ?%zu escape '\\'))",
                      n, n, n, n, n);
    }
}

static int
add_columns(FilterSql *x, const char *before, Err *err)
{
    select_add(x->select, before);
    select_add(x->select, "select " COLUMNS);
    return x->filter ? filter_shown(x, err) : OK;
}

static int
add_filter(FilterSql *x, Err *err)
{
    int rc;

    if (!x->filter || !x->filter->nodes.len)
        return OK;
    select_add(x->select, " and ");
    rc = filter_where(x, err);
    return rc ? rc : filter_narrow(x, err);
}

static int
is_sorted(const QueryArtifacts *q)
{
    return q->filter && q->filter->sort.name.data;
}

/* In the order of a field, or by name and the newest first. */
static int
add_order(FilterSql *x, const QueryArtifacts *q, Err *err)
{
    const char *way = q->ascending ? "" : " desc";
    int rc = OK;

    select_add(x->select, " order by ");
    if (is_sorted(q)) {
        rc = filter_sort(x, err);
        select_printf(x->select, "%s nulls last, ", way);
    }
    select_add(x->select, "v.name, v.number desc");
    return rc;
}

/* All versions, or those that have the tag.  Which they are is found first, by their rows alone:
 * the columns of all would be dear to sort. */
static int
add_versions(FilterSql *x, const QueryArtifacts *q, size_t start, size_t pipeline, Err *err)
{
    Select *s = x->select;
    int rc = add_columns(x, "", err);

    select_add(s, " from (select v.id as id");
    if (q->tag.data) {
        select_text(s, " from (select row from tagged where kind = 'artifact' and tag = ", q->tag);
        select_add(s, ") g cross join artifact_version v on v.id = g.row");
    } else {
        select_add(s, " from artifact_version v");
    }
    select_add(s, JOINS " where v.name >= ?1 and v.name < ?1 || char(1114111)");
    add_conditions(s, q, start, pipeline);
    if (rc || (rc = add_filter(x, err)) || (rc = add_order(x, q, err)))
        return rc;
    select_int(s, " limit ", q->limit);
    select_int(s, " offset ", q->offset);
    select_add(s, ") g cross join artifact_version v on v.id = g.id" JOINS);
    return add_order(x, q, err);
}

/* Of each name the newest version that counts, one name after the other in the index: a
 * name with ten thousand versions costs no more than one with a single version. */
static int
add_newest(FilterSql *x, const QueryArtifacts *q, size_t start, size_t pipeline, Err *err)
{
    Select *s = x->select;
    int rc = add_columns(x,
                         "with recursive names(name) as ("
                         " select min(name) from artifact_version where name >= ?1 and name > ?2"
                         " union all select (select min(name) from artifact_version"
                         "   where name > names.name) from names"
                         "  where names.name is not null and names.name < ?1 || char(1114111)) ",
                         err);

    select_add(s,
               " from names cross join artifact_version v"
               " on v.name = names.name and v.number ="
               " (select max(number) from artifact_version w where w.name = names.name");
    if (q->pipeline.data)
        add_of_pipeline(s, "w", start, pipeline);
    select_add(s, ")" JOINS " where names.name < ?1 || char(1114111)");
    add_conditions(s, q, start, pipeline);
    if (rc || (rc = add_filter(x, err)) || (is_sorted(q) && (rc = add_order(x, q, err))))
        return rc;
    select_int(s, " limit ", q->limit);
    select_int(s, " offset ", q->offset);
    return OK;
}

/* The newest version of each name among the rows up to one, newest first.  That there is a newer
 * one is seen by a single look at the index. */
static int
add_by_age(FilterSql *x, const QueryArtifacts *q, size_t start, size_t pipeline, Err *err)
{
    Select *s = x->select;
    int rc = add_columns(x, "", err);

    select_int(s, " from artifact_version v" JOINS " where v.id < ", q->before);
    select_int(s, " and v.id <= ", q->upto);
    select_int(s,
               " and not exists (select 1 from artifact_version w where w.name = v.name"
               " and w.number > v.number and w.id <= ", q->upto);
    select_add(s, ")");
    add_conditions(s, q, start, pipeline);
    if (rc || (rc = add_filter(x, err)))
        return rc;
    select_int(s, " order by v.id desc limit ", q->limit);
    return OK;
}

static size_t
bind_start(Select *s, Slice pipeline)
{
    Buf out;

    buf_init(&out);
    s->failed |= buf_put(&out, pipeline.data, pipeline.len) || buf_puts(&out, "::");
    return select_bind_own(s, DB_TEXT, (char *)out.data, out.len);
}

int
query_artifacts(Meta *m, const QueryArtifacts *q, Rows *out, Err *err)
{
    static const Slice empty = {"", 0};
    size_t start = 0, pipeline = 0;
    Select s = {0};
    FilterSql x = {.filter = q->filter, .meta = m, .select = &s};
    int rc;

    select_bind_text(&s, q->prefix.data ? q->prefix : empty);   /* ?1 */
    select_bind_text(&s, q->after.data ? q->after : empty);     /* ?2 */
    if (q->pipeline.data) {
        start = bind_start(&s, q->pipeline);
        pipeline = select_bind_text(&s, q->pipeline);
    }
    rc = q->upto ? add_by_age(&x, q, start, pipeline, err)
       : q->tag.data || q->versions ? add_versions(&x, q, start, pipeline, err)
                                    : add_newest(&x, q, start, pipeline, err);
    if (rc == OK)
        rc = select_rows(&s, m, out, err);
    buf_release(&x.places);
    select_release(&s);
    return rc;
}
