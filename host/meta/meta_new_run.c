/* meta_new_run.c -- the row of a run that begins, and the rows that it refers to: its
 * pipeline, its wiring, its sources, what it takes from outside. */
#include <string.h>

#include "base/hash.h"
#include "meta/packed_bytes.h"
#include "meta/meta_core.h"

static int
put_pipeline(Meta *m, Slice name, int64_t *id, Err *err)
{
    int rc = db_get_int(m->db, id, 0, err,
                        "select id from pipeline where name = ? and deleted is null", "s", name);

    if (rc || *id)
        return rc;
    rc = db_run(m->db, err, "insert into pipeline(name) values(?)", "s", name);
    *id = db_last_id(m->db);
    return rc;
}

static int
new_spec(Meta *m, const MetaBegin *b, int64_t pipeline, int64_t version, Err *err)
{
    Buf spec;
    int rc;

    buf_init(&spec);
    rc = packed_bytes_pack(&spec, b->spec.data, b->spec.len, err);
    if (rc == OK)
        rc = db_run(m->db, err,
                    "insert into pipeline_spec(pipeline, hash, version, spec)"
                    " values(?, ?, ?, ?)",
                    "ihib", pipeline, b->spec_hash, version,
                    (Slice){(char *)spec.data, spec.len});
    buf_release(&spec);
    return rc;
}

/* Is it that spec, byte for byte? */
static int
same_spec(Slice packed, Slice spec)
{
    Buf bytes;
    int same;

    buf_init(&bytes);
    same = packed_bytes_unpack(&bytes, packed, NULL) == OK && bytes.len == spec.len &&
           (!spec.len || memcmp(bytes.data, spec.data, spec.len) == 0);
    buf_release(&bytes);
    return same;
}

/* Sets *id of the spec that has the nodes in this order, 0 when there is none, and
 * the version of its wiring, or 0. */
static int
find_spec(Meta *m, const MetaBegin *b, int64_t pipeline, int64_t *id, int64_t *version,
          Err *err)
{
    DbStmt *st;
    int rc = db_query(m->db, &st, err,
                      "select id, version, spec from pipeline_spec"
                      " where hash = ? and pipeline = ? order by id desc",
                      "hi", b->spec_hash, pipeline);

    *id = *version = 0;
    while (rc == OK && (rc = db_step(m->db, st, err)) == 1) {
        rc = OK;
        *version = db_int(st, 1);
        if (same_spec(db_bytes(st, 2), b->spec)) {
            *id = db_int(st, 0);
            db_reset(st);
            return OK;
        }
    }
    return rc;
}

static int
put_spec(Meta *m, const MetaBegin *b, int64_t pipeline, int64_t *id, MetaRun *out, Err *err)
{
    int rc;

    if (b->spec_row) {
        *id = b->spec_row;
        return db_get_int(m->db, &out->spec_version, 0, err,
                          "select version from pipeline_spec where id = ?", "i", *id);
    }
    if (!b->spec.data)
        return err_set(err, ERR_INVAL, "field 'spec' is missing");
    if ((rc = find_spec(m, b, pipeline, id, &out->spec_version, err)) || *id)
        return rc;
    out->spec_new = !out->spec_version;
    if ((out->spec_new &&
         (rc = db_get_int(m->db, &out->spec_version, 1, err,
                          "select max(version) + 1 from pipeline_spec where pipeline = ?",
                          "i", pipeline))) ||
        (rc = new_spec(m, b, pipeline, out->spec_version, err)))
        return rc;
    *id = db_last_id(m->db);
    return OK;
}

/* What the run takes from outside. */
static int
put_origins(Meta *m, const MetaBegin *b, int64_t run, Err *err)
{
    int rc = OK;

    for (size_t i = 0; rc == OK && i < b->n_origins; i++) {
        const MetaOrigin *o = &b->origins[i];

        rc = db_run(m->db, err,
                    "insert into origin(run, label, artifact, version, source, position, output)"
                    " select ?, ?, id, ?, ?, ?, ? from artifact where digest = ?",
                    "isrrrrh", run, o->label, o->version, o->source, o->position, o->output,
                    o->digest);
    }
    return rc;
}

/* Fills {n} in. */
static int
expand_name(Slice name, int64_t number, Buf *out, Err *err)
{
    const char *p = name.data, *end = p + name.len, *mark;

    while ((mark = memmem(p, (size_t)(end - p), "{n}", 3))) {
        if (buf_put(out, p, (size_t)(mark - p)) || buf_printf(out, "%lld", (long long)number))
            return err_nomem(err);
        p = mark + 3;
    }
    return buf_put(out, p, (size_t)(end - p)) || !buf_cstr(out) ? err_nomem(err) : OK;
}

static int
name_run(Meta *m, const MetaBegin *b, MetaRun *out, Err *err)
{
    int64_t taken;
    int rc = expand_name(b->name, out->number, &out->name, err);

    if (rc == OK)
        rc = db_get_int(m->db, &taken, 0, err, "select row from run where name = ?", "s",
                        (Slice){(char *)out->name.data, out->name.len});
    if (rc == OK && taken)
        rc = err_set(err, ERR_EXISTS,
                     "run name '%.200s' is taken; choose another, or put {n} in it",
                     (char *)out->name.data);
    return rc;
}

/* Stores the texts; *json gets [{"path":...,"digest":...}, ...], made by SQLite,
 * which knows how to quote. */
static int
put_sources(Meta *m, const MetaBegin *b, Buf *json, Err *err)
{
    int rc = buf_puts(json, "[]") ? err_nomem(err) : OK;

    for (size_t i = 0; rc == OK && i < b->n_sources; i++) {
        const MetaSource *s = &b->sources[i];
        DbStmt *st;

        if ((rc = db_run(m->db, err,
                         "insert into source(digest, text) values(?, ?)"
                         " on conflict(digest) do nothing",
                         "hs", s->digest, s->text)) ||
            (rc = db_query(m->db, &st, err,
                           "select json_insert(?, '$[#]', json_object('path', ?, 'digest',"
                           " lower(hex(?))))",
                           "ssh", (Slice){(char *)json->data, json->len}, s->path,
                           s->digest)) ||
            (rc = db_step(m->db, st, err)) < 0)
            return rc;
        if (rc == 1) {
            Slice text = db_bytes(st, 0);
            Buf next;

            buf_init(&next);
            rc = buf_put(&next, text.data, text.len) ? err_nomem(err) : OK;
            db_reset(st);
            buf_release(json);
            *json = next;
        }
    }
    return rc;
}

/* Notes the format of the keys of the run, the first of it that the store sees. */
static int
put_keys(Meta *m, const MetaBegin *b, MetaRun *out, Err *err)
{
    int64_t others = 0;
    int rc;

    if (!b->keys.data)
        return OK;
    rc = db_run(m->db, err,
                "insert into key_format(format, run) values(?, ?) on conflict do nothing", "si",
                b->keys, out->row);
    if (rc == OK && db_changes(m->db))
        rc = db_get_int(m->db, &others, 0, err, "select exists(select 1 from record)", "");
    out->keys_new = others != 0;
    return rc;
}

int
meta_insert_run(Meta *m, const MetaBegin *b, MetaRun *out, Err *err)
{
    int64_t pipeline, spec = 0;
    Buf sources;
    int rc;

    buf_init(&sources);
    if ((rc = put_pipeline(m, b->pipeline, &pipeline, err)) ||
        (rc = put_spec(m, b, pipeline, &spec, out, err)) ||
        (rc = db_get_int(m->db, &out->number, 1, err,
                         /* of a deleted one too: {n} never makes a name twice */
                         "select max(number) + 1 from run where pipeline in"
                         " (select id from pipeline where name = ?)",
                         "s", b->pipeline)) ||
        (rc = name_run(m, b, out, err)) || (rc = put_sources(m, b, &sources, err)))
        goto done;
    rc = db_run(m->db, err,
                "insert into run(id, name, pipeline, number, spec, status, started, stack,"
                " cache, unlisted, script, first_step, params, extra, sources, naming,"
                " git, placed, named)"
                " values(?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?,"
                " (select coalesce(max(id), 0) + 1 from step_run), ?, ?, ?, ?, ?, 1,"
                " (select coalesce(max(id), 0) from artifact_version))",
                "ssiiidsiissssss", b->id, (Slice){(char *)out->name.data, out->name.len},
                pipeline, out->number, spec, b->started, b->stack, (int64_t)b->cache,
                (int64_t)b->unlisted, b->script, b->params, b->extra,
                (Slice){(char *)sources.data, sources.len}, b->naming, b->git);
    out->row = db_last_id(m->db);
    if (rc == OK)
        rc = put_keys(m, b, out, err);
    if (rc == OK)
        rc = put_origins(m, b, out->row, err);
    if (rc == OK && b->tags.len > sizeof "[]" - 1)
        rc = meta_put_tags(m, META_TAG_RUN, out->row, b->tags, err);
done:
    buf_release(&sources);
    return rc;
}
