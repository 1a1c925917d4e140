/* model.c -- versions of models as the library gives them out: found, as JSON, their artifacts. */
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "format/json_object.h"
#include "library/metadata_json.h"
#include "library/query.h"
#include "library/model_stage.h"

enum { RECENT = 20 };                   /* versions whose names a wrong one is compared with */

/* ---- life ---- */

rille_model *
query_model_of(rille_engine *e, const Rows *rows, size_t i)
{
    rille_model *m = calloc(1, sizeof *m);

    if (m)
        m->name = query_copy(rows_text(rows, i, "model"));
    if (!m || !m->name) {
        free(m);
        engine_nomem(e);
        return NULL;
    }
    m->e = e;
    engine_reference(e);
    m->row = rows_number(rows, i, "id");
    m->number = rows_number(rows, i, "number");
    return m;
}

void
rille_model_free(rille_model *m)
{
    if (!m)
        return;
    free(m->name);
    free(m->json);
    engine_unreference(m->e);
    free(m);
}

const char *
rille_model_name(const rille_model *m)
{
    return m ? m->name : NULL;
}

int64_t
rille_model_number(const rille_model *m)
{
    return m ? m->number : 0;
}

/* ---- finding ---- */

typedef struct Search {
    rille_engine *e;
    Meta *m;
    const char *name;                   /* of the model */
    int64_t model;                      /* its row */
    Stages stages;
    Buf message;
    Err err;
} Search;

static Slice
slice(const char *s)
{
    return (Slice){s, strlen(s)};
}

/* The first cell of the answer, 0 where there is none. */
static int
cell(const Rows *rows, int rc, int64_t *out)
{
    *out = rc == OK && rows->n ? rows_int(rows, 0, 0) : 0;
    return rc;
}

static int
fail(Search *s, int code, int bad)
{
    if (bad || !buf_cstr(&s->message))
        return err_nomem(&s->err);
    return err_set(&s->err, code, "%s", buf_cstr(&s->message));
}

static int
find_model(Search *s)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = query_ask(s->m, &rows, &s->err, "model", slice(s->name));
    s->model = rc == OK && rows.n ? rows_number(&rows, 0, "id") : 0;
    rows_release(&rows);
    if (rc || s->model)
        return rc;
    if (buf_printf(&s->message, "there is no model \"%s\"", s->name))
        return err_nomem(&s->err);
    rc = query_hint_model(s->m, s->name, &s->message, &s->err);
    return rc ? rc : fail(s, ERR_NOTFOUND, 0);
}

/* "3" or "v3", with the number. */
static int
is_number(const char *which, int64_t *out)
{
    const char *digits = which + (*which == 'v');

    if (!*digits || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 18)
        return 0;
    *out = strtoll(digits, NULL, 10);
    return 1;
}

/* The row of the version in the stage, of that name or with that tag; 0 where there is none. */
static int
row_named(Search *s, const char *which, int64_t *row)
{
    static const char *const questions[] = {"model_version_named", "model_version_tagged"};
    int in_stage = stages_have(&s->stages, which), rc = OK;
    Rows rows;

    *row = 0;
    if (strcmp(which, "archived") == 0)
        return err_set(&s->err, ERR_INVAL, "model \"%s\": several versions may be archived; name "
                       "one by its number", s->name);
    for (size_t i = 0; i < (in_stage ? 1 : 2) && rc == OK && !*row; i++) {
        rows_init(&rows);
        rc = cell(&rows, query_ask(s->m, &rows, &s->err,
                                   in_stage ? "model_version_in" : questions[i], s->model,
                                   slice(which)), row);
        rows_release(&rows);
    }
    return rc;
}

static int
find_row(Search *s, const char *which, int64_t *row)
{
    int64_t number = 1;
    Rows rows;
    int rc, is_newest = !which || strcmp(which, "latest") == 0;

    if (!is_newest && !is_number(which, &number))
        return row_named(s, which, row);
    rows_init(&rows);
    rc = cell(&rows, query_ask(s->m, &rows, &s->err,
                               is_newest ? "model_version_at" : "model_version_numbered",
                               s->model, number), row);
    rows_release(&rows);
    return rc;
}

/* The stages, "latest" and the names of the newest versions, of which one is near. */
static int
hint_version(Search *s, const char *which, int *near)
{
    const char *known[MOST_STAGES + RECENT + 1];
    size_t n = 0, before = s->message.len;
    QueryNames names = {0};
    Rows own;
    int rc;

    rows_init(&own);
    rc = query_ask(s->m, &own, &s->err, "model_version_names", s->model, (int64_t)RECENT);
    if (rc == OK)
        rc = query_names_init(&names, &own, &s->err);
    for (; n < s->stages.n; n++)
        known[n] = s->stages.list[n];
    known[n++] = "latest";
    for (size_t i = 0; rc == OK && i < names.n && i < RECENT; i++)
        known[n++] = names.list[i];
    if (rc == OK && suggest_hint(&s->message, which, known, n))
        rc = err_nomem(&s->err);
    *near = rc == OK && s->message.len > before && buf_cstr(&s->message)
            && strstr((char *)s->message.data + before, "did you mean");
    query_names_release(&names);
    rows_release(&own);
    return rc;
}

/* "its versions: 1 to 4"; numbers of deleted versions are missing. */
static int
put_versions(Search *s)
{
    Rows rows;
    int64_t n, first, last;
    int rc, bad;

    rows_init(&rows);
    rc = query_ask(s->m, &rows, &s->err, "model_version_count", s->model);
    n = rc == OK && rows.n ? rows_number(&rows, 0, "n") : 0;
    first = n ? rows_number(&rows, 0, "first") : 0;
    last = n ? rows_number(&rows, 0, "last") : 0;
    rows_release(&rows);
    if (rc)
        return rc;
    bad = !n ? buf_puts(&s->message, "; it has none")
        : n == 1 ? buf_printf(&s->message, "; its only version is %lld", (long long)last)
        : buf_printf(&s->message, n == last - first + 1 ? "; its versions: %lld to %lld"
                                  : "; it has versions from %lld to %lld, others were deleted",
                     (long long)first, (long long)last);
    return bad ? err_nomem(&s->err) : OK;
}

static int
no_version(Search *s, const char *which)
{
    int64_t number;
    int near = 0, rc = OK;

    if (!which || strcmp(which, "latest") == 0)
        return err_set(&s->err, ERR_NOTFOUND, "model \"%s\" has no versions", s->name);
    if (stages_have(&s->stages, which))
        return err_set(&s->err, ERR_NOTFOUND, "model \"%s\" has no version in %s", s->name, which);
    if (buf_printf(&s->message, "model \"%s\" has no version %s", s->name, which))
        return err_nomem(&s->err);
    if (!is_number(which, &number))
        rc = hint_version(s, which, &near);
    if (rc == OK && !near)
        rc = put_versions(s);
    return rc ? rc : fail(s, ERR_NOTFOUND, 0);
}

static int
find(Search *s, const char *which, rille_model **out)
{
    int64_t row = 0;
    Rows rows;
    int rc = find_model(s);

    if (rc || (rc = stages_read(&s->stages, s->e->store, &s->err))
        || (rc = find_row(s, which, &row)))
        return rc;
    if (!row)
        return no_version(s, which);
    rows_init(&rows);
    rc = query_ask(s->m, &rows, &s->err, "model_version", row);
    if (rc == OK && !rows.n)
        rc = no_version(s, which);      /* deleted meanwhile */
    if (rc == OK && !(*out = query_model_of(s->e, &rows, 0)))
        rc = err_nomem(&s->err);
    rows_release(&rows);
    return rc;
}

int
rille_find_model(rille_model **out, rille_engine *e, const char *name,
                 const char *version_or_stage)
{
    Search s = {.e = e, .name = name};
    int rc;

    if (out)
        *out = NULL;
    if (!out || !e)
        return RILLE_EINVAL;
    if (!name)
        return engine_report(e, RILLE_EINVAL, "rille_find_model: name is NULL");
    if ((rc = query_begin(e, &s.m)))
        return rc;
    rc = find(&s, version_or_stage, out);
    stages_release(&s.stages);
    buf_release(&s.message);
    return query_end(e, rc, &s.err);
}

/* ---- JSON ---- */

static int
put_link(const Rows *links, size_t i, Buf *out)
{
    Slice name = rows_text(links, i, "name"), kind = rows_text(links, i, "kind");
    Slice type = rows_text(links, i, "type"), run = rows_text(links, i, "run");
    Slice digest = rows_text(links, i, "digest");
    char hex[HASH_HEX + 1] = "";
    JsonObject o;

    if (digest.len == HASH_SIZE)
        hash_hex((const unsigned char *)digest.data, hex);
    json_object_begin(&o, out);
    json_object_text(&o, "name", name.data, name.len);
    json_object_int(&o, "number", rows_number(links, i, "number"));
    json_object_text(&o, "kind", kind.data, kind.len);
    json_object_text(&o, "digest", hex, strlen(hex));
    json_object_text(&o, "type", type.data, type.len);
    json_object_int(&o, "size", rows_number(links, i, "size"));
    if (rows_number(links, i, "version"))
        json_object_int(&o, "version", rows_number(links, i, "version"));
    else
        json_object_null(&o, "version");
    json_object_text(&o, "run", run.data, run.len);
    return json_object_end(&o);
}

/* Each is put after a comma but the first. */
static int
put_list(const Rows *rows, int (*put)(const Rows *rows, size_t i, Buf *out), Buf *out)
{
    int bad = buf_byte(out, '[');

    for (size_t i = 0; i < rows->n && !bad; i++)
        bad = (i && buf_byte(out, ',')) || put(rows, i, out);
    return bad || buf_byte(out, ']');
}

static int
put_tag(const Rows *rows, size_t i, Buf *out)
{
    Slice tag = rows_cell(rows, i, 0).as.s;

    return json_object_put_text(out, tag.data, tag.len);
}

static int
put_json(const Rows *version, const Rows *tags, const Rows *links, Buf *out, Err *err)
{
    Slice model = rows_text(version, 0, "model"), name = rows_text(version, 0, "name");
    Slice stage = rows_text(version, 0, "stage"), run = rows_text(version, 0, "run");
    JsonObject o;
    int rc;

    json_object_begin(&o, out);
    json_object_text(&o, "model", model.data, model.len);
    json_object_text(&o, "name", name.data, name.len);
    json_object_int(&o, "number", rows_number(version, 0, "number"));
    json_object_text(&o, "stage", stage.data ? stage.data : "none", stage.data ? stage.len : 4);
    json_object_time(&o, "created", rows_get(version, 0, "created").as.d);
    json_object_text(&o, "run", run.data, run.len);
    if ((rc = metadata_json_put(&o, "metadata", rows_text(version, 0, "metadata"),
                                JSON_PLAIN_OBJECTS, err)))
        return rc;
    json_object_key(&o, "tags", 4);
    o.bad = o.bad || put_list(tags, put_tag, out);
    json_object_key(&o, "links", 5);
    o.bad = o.bad || put_list(links, put_link, out);
    return json_object_end(&o) || !buf_cstr(out) ? err_nomem(err) : OK;
}

/* The version as it is now; ERR_NOTFOUND where it is deleted. */
static int
read_version(Meta *meta, const rille_model *m, Rows *out, Err *err)
{
    int rc = query_ask(meta, out, err, "model_version", m->row);

    return rc || out->n ? rc : err_set(err, ERR_NOTFOUND, "model \"%s\", version %lld is deleted",
                                       m->name, (long long)m->number);
}

static int
make_json(Meta *meta, rille_model *m, Err *err)
{
    Rows version, tags, links;
    Buf out;
    int rc;

    rows_init(&version);
    rows_init(&tags);
    rows_init(&links);
    buf_init(&out);
    if ((rc = read_version(meta, m, &version, err)) == OK
        && (rc = query_ask(meta, &tags, err, "tags", slice("model"), m->row)) == OK
        && (rc = query_ask(meta, &links, err, "model_links", m->row)) == OK
        && (rc = put_json(&version, &tags, &links, &out, err)) == OK) {
        free(m->json);
        m->json = (char *)out.data;
        buf_init(&out);
    }
    buf_release(&out);
    rows_release(&version);
    rows_release(&tags);
    rows_release(&links);
    return rc;
}

int
rille_model_json(rille_model *m, const char **out)
{
    Meta *meta;
    Err err;
    int rc;

    if (out)
        *out = NULL;
    if (!m || !out)
        return RILLE_EINVAL;
    if ((rc = query_begin(m->e, &meta)))
        return rc;
    rc = make_json(meta, m, &err);
    *out = rc ? NULL : m->json;
    return query_end(m->e, rc, &err);
}
