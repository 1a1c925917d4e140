/* run_json.c -- a run with its steps as JSON, for rille_run_json: what `rille show --json` prints
 * (lua/show/json_rows.lua), without Lua. */
#include <stdlib.h>
#include <string.h>

#include "library/metadata_json.h"
#include "library/run_json.h"

/* ---- the run's own fields ---- */

static void
put_text(JsonObject *o, const char *key, Slice s)
{
    json_object_text(o, key, s.data, s.len);
}

/* A real number, or null. */
static void
put_real(JsonObject *o, const char *key, DbValue v)
{
    if (v.type == DB_REAL)
        json_object_float(o, key, v.as.d);
    else if (v.type == DB_INT)
        json_object_float(o, key, (double)v.as.i);
    else
        json_object_null(o, key);
}

/* [{"path", "digest"}, ...], in the order of the program's fields. */
static int
put_sources(JsonObject *o, Slice text, Err *err)
{
    static const char *const names[] = {"digest", "path"};
    JsonTree t;
    const JsonNode *c;
    JsonObject one;
    int first = 1, rc = json_tree_parse(&t, "sources", text.data, text.len, err);

    json_object_key(o, "sources", 7);
    o->bad = o->bad || buf_byte(o->out, '[');
    for (c = rc ? NULL : json_tree_first(&t, json_tree_top(&t)); c;
         c = json_tree_next(&t, json_tree_top(&t), c), first = 0) {
        o->bad = o->bad || (!first && buf_byte(o->out, ','));
        json_object_begin(&one, o->out);
        for (size_t i = 0; i < 2; i++) {
            size_t n;
            const char *s = json_tree_string(&t, json_tree_field(&t, c, names[i]), &n);

            json_object_text(&one, names[i], s, s ? n : 0);
        }
        o->bad = json_object_end(&one) || o->bad;
    }
    o->bad = o->bad || buf_byte(o->out, ']');
    json_tree_release(&t);
    return rc == ERR_SYNTAX ? err_set(err, ERR_CORRUPT, "the metadata are damaged: sources; run "
                                      "rille fsck") : rc;
}

/* The commit of the run's code; the texts that ran where these are in no commit. */
static int
put_git(const RunRecord *r, JsonObject *o, Err *err)
{
    const JsonTree *t = &r->git;
    const JsonNode *top = json_tree_top(t), *dirty = json_tree_field(t, top, "dirty");
    const char *names[] = {"remote", "sha"};
    Slice sources = run_record_text(r, "sources");
    JsonObject git;
    int rc = OK;
    size_t n;

    if (!top) {
        json_object_null(o, "git");
        return OK;
    }
    json_object_key(o, "git", 3);
    json_object_begin(&git, o->out);
    if (dirty && (dirty->kind == JSON_TRUE || dirty->kind == JSON_FALSE))
        json_object_bool(&git, "dirty", dirty->kind == JSON_TRUE);
    else
        json_object_null(&git, "dirty");
    for (size_t i = 0; i < 2; i++) {
        const char *s = json_tree_string(t, json_tree_field(t, top, names[i]), &n);

        if (s)
            json_object_text(&git, names[i], s, n);
    }
    if (dirty && dirty->kind == JSON_TRUE && sources.data)
        rc = put_sources(&git, sources, err);
    return rc ? rc : json_object_end(&git) ? err_nomem(err) : OK;
}

static int
put_model(const Rows *rows, size_t i, Buf *out)
{
    Slice asked = rows_text(rows, i, "asked"), name = rows_text(rows, i, "name");
    Slice stage = rows_text(rows, i, "stage");
    JsonObject o;

    json_object_begin(&o, out);
    if (asked.data)
        put_text(&o, "asked", asked);
    if (rows_get(rows, i, "deleted").type != DB_NULL)
        json_object_bool(&o, "deleted", 1);
    put_text(&o, "model", rows_text(rows, i, "model"));
    if (name.data)
        put_text(&o, "name", name);
    put_text(&o, "role", rows_text(rows, i, "role"));
    put_text(&o, "stage", stage.data ? stage : (Slice){"none", 4});
    json_object_int(&o, "version", rows_number(rows, i, "number"));
    return json_object_end(&o);
}

static int
put_note(const Rows *rows, size_t i, Buf *out)
{
    Slice text = rows_text(rows, i, "text");

    return json_object_put_text(out, text.data ? text.data : "", text.len);
}

/* The answer to a question as a list, where there is one. */
static int
put_rows(const RunRecord *r, JsonObject *o, const char *key, const char *question,
         int (*put)(const Rows *rows, size_t i, Buf *out), Err *err)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = query_ask(r->meta, &rows, err, question, r->run->row);
    if (rc == OK && rows.n) {
        json_object_key(o, key, strlen(key));
        for (size_t i = 0; i < rows.n; i++)
            o->bad = o->bad || buf_byte(o->out, i ? ',' : '[') || put(&rows, i, o->out);
        o->bad = o->bad || buf_byte(o->out, ']');
    }
    rows_release(&rows);
    return rc;
}

static int
put_steps(const RunRecord *r, JsonObject *o, Err *err)
{
    int rc = OK;

    json_object_key(o, "steps", 5);
    o->bad = o->bad || buf_byte(o->out, '[');
    for (size_t i = 0; i < r->n && rc == OK && !o->bad; i++) {
        o->bad = i && buf_byte(o->out, ',');
        rc = run_json_step(r, &r->steps[i], o->out, err);
    }
    o->bad = o->bad || buf_byte(o->out, ']');
    return rc;
}

/* Its fields from `number` on. */
static int
put_rest(const RunRecord *r, JsonObject *o, Err *err)
{
    Slice tags = run_record_text(r, "tags");
    int rc;

    json_object_int(o, "number", rows_number(&r->row, 0, "number"));
    if ((rc = metadata_json_put(o, "parameters", run_record_text(r, "params"), JSON_PLAIN_OBJECTS,
                             err)))
        return rc;
    if (run_record_text(r, "pipeline").data)
        put_text(o, "pipeline", run_record_text(r, "pipeline"));
    put_text(o, "reason", run_record_text(r, "reason"));
    put_text(o, "script", run_record_text(r, "script"));
    put_real(o, "seconds", rows_get(&r->row, 0, "seconds"));
    if (run_record_text(r, "stack").data)
        put_text(o, "stack", run_record_text(r, "stack"));
    json_object_time(o, "started", rows_get(&r->row, 0, "started").as.d);
    put_text(o, "status", run_record_text(r, "status"));
    if ((rc = put_steps(r, o, err)))
        return rc;
    return metadata_json_put(o, "tags", tags.data ? tags : (Slice){"[]", 2}, 0, err);
}

static int
put_run(const RunRecord *r, Buf *out, Err *err)
{
    Slice extra = run_record_text(r, "extra");
    JsonObject o;
    int rc;

    json_object_begin(&o, out);
    if ((rc = metadata_json_put(&o, "counts", run_record_text(r, "counts"), JSON_PLAIN_OBJECTS,
                                err))
        || (extra.data && (rc = metadata_json_put(&o, "extra", extra, JSON_PLAIN_OBJECTS, err)))
        || (rc = put_git(r, &o, err)))
        return rc;
    put_text(&o, "id", run_record_text(r, "id"));
    if ((rc = put_rows(r, &o, "models", "run_models", put_model, err)))
        return rc;
    put_text(&o, "name", run_record_text(r, "name"));
    if ((rc = put_rows(r, &o, "notes", "run_notes", put_note, err))
        || (rc = put_rest(r, &o, err)))
        return rc;
    return json_object_end(&o) || !buf_cstr(out) ? err_nomem(err) : OK;
}

/* ---- the handle's text ---- */

static int
make_json(rille_run *run, Meta *meta, Err *err)
{
    RunRecord record;
    Buf out;
    int rc = run_record_read(&record, run, meta, err);

    buf_init(&out);
    if (rc == OK && (rc = put_run(&record, &out, err)) == OK) {
        run->json = (char *)out.data;
        buf_init(&out);
    }
    buf_release(&out);
    run_record_release(&record);
    return rc;
}

int
rille_run_json(rille_run *r, const char **out)
{
    Meta *meta;
    Err err;
    int rc;

    if (out)
        *out = NULL;
    if (!r || !out)
        return RILLE_EINVAL;
    if (r->json) {                      /* made before, or the plan of a run that was planned */
        *out = r->json;
        return RILLE_OK;
    }
    if ((rc = query_begin(r->e, &meta)))
        return rc;
    rc = make_json(r, meta, &err);
    *out = rc ? NULL : r->json;
    return query_end(r->e, rc, &err);
}
