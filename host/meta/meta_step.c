/* meta_step.c -- the part of meta.h that writes the steps of a batch: rows, artifacts, versions,
 * edges, attempts, records.
 *
 * A table gets the rows of all steps, many in one statement.  Their ids are known before: they
 * follow the largest one, in the order of the steps.  An artifact or a version of a name may be
 * there already; a statement leaves such rows out, and when it did, all of its rows are looked
 * at one by one. */
#include <string.h>

#include "base/hash.h"
#include "meta/cache_record.h"
#include "meta/meta_core.h"
#include "meta/meta_rows.h"

enum { STEP_COLUMNS = 19, EDGE_COLUMNS = 7, VERSION_COLUMNS = 7 };

typedef struct Writer {
    Meta *m;
    int64_t run;
    const MetaBatch *b;
    MetaRows rows;                      /* of the table that is being written */
    int64_t next;                       /* its next id */
    Artifact artifacts[META_ROWS_MANY]; /* in the rows, with what they point to */
    Buf packed[META_ROWS_MANY], bytes[META_ROWS_MANY];
    Named names[META_ROWS_MANY];        /* in the rows, and whose they are */
    MetaOutput *named[META_ROWS_MANY];
} Writer;

static void
begin_table(Writer *w, const char *many, const char *one, size_t columns)
{
    meta_rows_release(&w->rows);
    meta_rows_init(&w->rows, many, one, columns);
}

static int
flush_if_full(Writer *w, Err *err)
{
    return meta_rows_is_full(&w->rows) ? meta_rows_flush(&w->rows, w->m->db, NULL, err) : OK;
}

/* -- the steps ------------------------------------------------------------------ */

/* Sets *id of the step's code, 0 when it has none. */
static int
put_code(Meta *m, const MetaStep *s, int64_t *id, Err *err)
{
    DigestEntry *known = s->code ? digest_map_get(&m->codes, s->code) : NULL;
    int rc;

    *id = known ? known->a : 0;
    if (known || !s->code)
        return OK;
    if ((rc = db_run(m->db, err,
                     "insert into code(digest, leaves) values(?, ?)"
                     " on conflict(digest) do nothing",
                     "hs", s->code, s->leaves)) ||
        (rc = db_get_int(m->db, id, 0, err, "select id from code where digest = ?", "h",
                         s->code)))
        return rc;
    return digest_map_put(&m->codes, s->code, *id, 0) ? err_nomem(err) : OK;
}

#define STEP_INSERT                                                                       \
    "insert or fail into step_run(id, run, node, step, position, status, started, seconds," \
    " key, code, reusable, params, reason, error, metrics, metadata, reads, log, notes) values "
#define STEP_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

static const char step_one[] = STEP_INSERT STEP_ROW;
static const char step_many[] = STEP_INSERT META_ROWS_32(STEP_ROW);

static int
add_step(Writer *w, MetaStep *s, Err *err)
{
    DbValue *v = meta_rows_add(&w->rows, err);
    int64_t code;
    int rc = v ? put_code(w->m, s, &code, err) : ERR_NOMEM;

    if (rc)
        return rc;
    s->row = w->next++;
    *v++ = meta_rows_int(s->row);
    *v++ = meta_rows_int(w->run);
    *v++ = meta_rows_text(s->node);
    *v++ = meta_rows_text(s->step);
    *v++ = meta_rows_int(s->position);
    *v++ = meta_rows_text(s->status);
    *v++ = meta_rows_real(s->started);
    *v++ = meta_rows_real(s->seconds);
    *v++ = meta_rows_digest(s->key);
    *v++ = meta_rows_row(code);
    *v++ = meta_rows_int(s->reusable);
    *v++ = meta_rows_text(s->params);
    *v++ = meta_rows_text(s->reason);
    *v++ = meta_rows_text(s->error);
    *v++ = meta_rows_text(s->metrics);
    *v++ = meta_rows_text(s->metadata);
    *v++ = meta_rows_blob(s->reads);
    *v++ = meta_rows_text(s->log);
    *v++ = meta_rows_text(s->notes);
    return flush_if_full(w, err);
}

static int
put_step_runs(Writer *w, Err *err)
{
    int rc = db_get_int(w->m->db, &w->next, 0, err, "select max(id) from step_run", "");

    w->next++;
    begin_table(w, step_many, step_one, STEP_COLUMNS);
    for (size_t i = 0; rc == OK && i < w->b->n_steps; i++)
        rc = add_step(w, &w->b->steps[i], err);
    return rc ? rc : meta_rows_flush(&w->rows, w->m->db, NULL, err);
}

static int
put_attempts(Writer *w, const MetaStep *s, Err *err)
{
    const MetaAttempt *a = s->n_attempts ? w->b->attempts + s->attempt : NULL;
    int rc = OK;

    for (size_t i = 0; rc == OK && i < s->n_attempts; i++, a++)
        rc = db_run(w->m->db, err,
                    "insert into attempt(step_run, number, started, seconds, error, log)"
                    " values(?, ?, ?, ?, ?, ?)",
                    "iiddss", s->row, (int64_t)i + 1, a->started, a->seconds, a->error,
                    a->log);
    return rc;
}

/* -- artifacts ------------------------------------------------------------------ */

static const char artifact_many[] = ARTIFACT_INSERT META_ROWS_32(ARTIFACT_ROW) ARTIFACT_OTHERWISE;
static const char artifact_one[] = ARTIFACT_INSERT ARTIFACT_ROW ARTIFACT_OTHERWISE;

/* Inserts the artifacts in the rows.  Those of an incomplete statement, or that are there
 * already, are put one by one, which compares them with their rows. */
static int
flush_artifacts(Writer *w, Err *err)
{
    size_t n = w->rows.n;
    int64_t changed = 0;
    int rc = OK;

    if (n == META_ROWS_MANY)
        rc = meta_rows_flush(&w->rows, w->m->db, &changed, err);
    w->rows.n = w->rows.values.len = 0;
    for (size_t i = 0; rc == OK && i < n && changed != META_ROWS_MANY; i++) {
        Artifact *a = &w->artifacts[i];

        rc = artifact_put(w->m->db, a, err);
        if (rc == OK && digest_map_put(&w->m->artifacts, a->digest, a->id, a->objects))
            rc = err_nomem(err);
    }
    return rc;
}

static int
add_artifact(Writer *w, size_t index, Err *err)
{
    const MetaArtifact *from = &w->b->artifacts[index];
    size_t k = w->rows.n;
    Artifact *a = &w->artifacts[k];
    DbValue *v;
    int rc;

    if (digest_map_get(&w->m->artifacts, from->row.digest))
        return OK;
    if (!k) {
        if ((rc = db_get_int(w->m->db, &w->next, 0, err, "select max(id) from artifact", "")))
            return rc;
        w->next++;
    }
    *a = from->row;
    if ((rc = artifact_pack(a, w->b->members + from->member, from->n_members, &w->packed[k],
                            &w->bytes[k], err)))
        return rc;
    a->id = w->next + (int64_t)k;
    if (!(v = meta_rows_add(&w->rows, err)))
        return ERR_NOMEM;
    artifact_values(a, v);
    if (digest_map_put(&w->m->artifacts, a->digest, a->id, a->objects))
        return err_nomem(err);
    return meta_rows_is_full(&w->rows) ? flush_artifacts(w, err) : OK;
}

static int
put_artifacts(Writer *w, Err *err)
{
    const MetaBatch *b = w->b;
    int rc = OK;

    begin_table(w, artifact_many, artifact_one, ARTIFACT_VALUES);
    for (size_t i = 0; rc == OK && i < b->n_steps; i++) {
        const MetaStep *s = &b->steps[i];

        for (size_t k = 0; rc == OK && k < s->n_inputs; k++)
            if (b->inputs[s->input + k].literal)
                rc = add_artifact(w, b->inputs[s->input + k].literal - 1, err);
        for (size_t k = 0; rc == OK && k < s->n_outputs; k++)
            rc = add_artifact(w, b->outputs[s->output + k].artifact, err);
    }
    return rc ? rc : flush_artifacts(w, err);
}

/* The id of an artifact; one of an input that no step of this batch made is read. */
static int
find_artifact(Meta *m, const unsigned char *digest, int64_t *id, Err *err)
{
    DigestEntry *known = digest_map_get(&m->artifacts, digest);
    char hex[HASH_HEX + 1];
    int rc;

    if (known) {
        *id = known->a;
        return OK;
    }
    if ((rc = db_get_int(m->db, id, 0, err, "select id from artifact where digest = ?",
                         "h", digest)))
        return rc;
    if (!*id) {
        hash_hex(digest, hex);
        return err_set(err, ERR_NOTFOUND, "input artifact %s does not exist", hex);
    }
    return OK;
}

/* -- names ---------------------------------------------------------------------- */

#define VERSION_INSERT                                                                     \
    "insert or fail into artifact_version(id, name, number, artifact, step_run, run, position," \
    " output) values "
#define VERSION_ROW "(?, ?, 1, ?, ?, ?, ?, ?)"
#define VERSION_OTHERWISE " on conflict(name, number) do nothing"

static const char version_many[] = VERSION_INSERT META_ROWS_32(VERSION_ROW) VERSION_OTHERWISE;
static const char version_one[] = VERSION_INSERT VERSION_ROW VERSION_OTHERWISE;

/* Names the outputs in the rows.  Most names are new: then they are the first versions. */
static int
flush_names(Writer *w, Err *err)
{
    size_t n = w->rows.n;
    int64_t changed = 0;
    int rc = OK;

    if (n == META_ROWS_MANY)
        rc = meta_rows_flush(&w->rows, w->m->db, &changed, err);
    w->rows.n = w->rows.values.len = 0;
    if (n == META_ROWS_MANY && changed != META_ROWS_MANY)
        w->m->has_names = 1;
    for (size_t i = 0; rc == OK && i < n && changed != META_ROWS_MANY; i++)
        rc = meta_put_version(w->m, &w->names[i], &w->named[i]->version, err);
    return rc;
}

static int
add_name(Writer *w, const Named *n, MetaOutput *o, Err *err)
{
    size_t k = w->rows.n;
    DbValue *v;
    int rc;

    if (!k) {
        if ((rc = db_get_int(w->m->db, &w->next, 0, err, "select max(id) from artifact_version",
                             "")))
            return rc;
        w->next++;
    }
    if (!(v = meta_rows_add(&w->rows, err)))
        return ERR_NOMEM;
    w->names[k] = *n;
    w->named[k] = o;
    o->version = w->next + (int64_t)k;
    *v++ = meta_rows_int(o->version);
    *v++ = meta_rows_text(n->name);
    *v++ = meta_rows_int(n->artifact);
    *v++ = meta_rows_int(n->step_run);
    *v++ = meta_rows_int(n->run);
    *v++ = meta_rows_int(n->position);
    *v++ = meta_rows_int(n->output);
    return meta_rows_is_full(&w->rows) ? flush_names(w, err) : OK;
}

/* The version that the output is of its name, with the tags of its port. */
static int
name_output(Writer *w, const Named *n, MetaOutput *o, Err *err)
{
    Meta *m = w->m;
    int rc;

    if (!o->own && !o->tags.data && !m->has_names)
        return add_name(w, n, o, err);
    if ((rc = flush_names(w, err)) == OK)
        rc = meta_put_version(m, n, &o->version, err);
    if (rc == OK && o->own)
        rc = meta_hold_version(m, n->run, n->name, o->version, err);
    return rc == OK && o->tags.data ? meta_put_tags(m, META_TAG_ARTIFACT, o->version, o->tags, err)
                                    : rc;
}

static int
put_names(Writer *w, Err *err)
{
    const MetaBatch *b = w->b;
    int rc = OK;

    begin_table(w, version_many, version_one, VERSION_COLUMNS);
    for (size_t i = 0; rc == OK && i < b->n_steps; i++) {
        const MetaStep *s = &b->steps[i];

        for (size_t k = 0; rc == OK && k < s->n_outputs; k++) {
            MetaOutput *o = &b->outputs[s->output + k];
            Named n = {o->name, w->run, s->position, (int64_t)k + 1, 0, s->row};

            if (!o->name.data)
                continue;
            rc = find_artifact(w->m, b->artifacts[o->artifact].row.digest, &n.artifact, err);
            if (rc == OK)
                rc = name_output(w, &n, o, err);
        }
    }
    return rc ? rc : flush_names(w, err);
}

/* -- edges ---------------------------------------------------------------------- */

#define EDGE_INSERT                                                                          \
    "insert or fail into edge(step_run, role, position, port, artifact, version, source) values "
#define EDGE_ROW "(?, ?, ?, ?, ?, ?, ?)"

static const char edge_many[] = EDGE_INSERT META_ROWS_32(EDGE_ROW);
static const char edge_one[] = EDGE_INSERT EDGE_ROW;

typedef struct Edge {
    int64_t role, position;
    Slice port;
    const unsigned char *digest;
    int64_t version, source;
} Edge;

static int
add_edge(Writer *w, const MetaStep *s, const Edge *e, Err *err)
{
    DbValue *v = meta_rows_add(&w->rows, err);
    int64_t artifact;
    int rc = v ? find_artifact(w->m, e->digest, &artifact, err) : ERR_NOMEM;

    if (rc)
        return rc;
    *v++ = meta_rows_int(s->row);
    *v++ = meta_rows_int(e->role);
    *v++ = meta_rows_int(e->position);
    *v++ = meta_rows_text(e->port);
    *v++ = meta_rows_int(artifact);
    *v++ = meta_rows_row(e->version);
    *v++ = meta_rows_row(e->source);
    return flush_if_full(w, err);
}

static int
put_edges(Writer *w, Err *err)
{
    const MetaBatch *b = w->b;
    int rc = OK;

    begin_table(w, edge_many, edge_one, EDGE_COLUMNS);
    for (size_t i = 0; rc == OK && i < b->n_steps; i++) {
        const MetaStep *s = &b->steps[i];

        for (size_t k = 0; rc == OK && k < s->n_inputs; k++) {
            const MetaInput *in = &b->inputs[s->input + k];
            Edge e = {in->whole ? 2 : 0, (int64_t)k + 1, in->port, in->digest, 0, in->source};

            rc = add_edge(w, s, &e, err);
        }
        for (size_t k = 0; rc == OK && k < s->n_outputs; k++) {
            const MetaOutput *o = &b->outputs[s->output + k];
            Edge e = {1, (int64_t)k + 1, o->port, b->artifacts[o->artifact].row.digest,
                      o->version, 0};

            rc = add_edge(w, s, &e, err);
        }
    }
    return rc ? rc : meta_rows_flush(&w->rows, w->m->db, NULL, err);
}

/* -- records -------------------------------------------------------------------- */

static const char record_many[] = CACHE_RECORD_INSERT META_ROWS_32(CACHE_RECORD_ROW);
static const char record_one[] = CACHE_RECORD_INSERT CACHE_RECORD_ROW;

static int
is_record(const MetaStep *s)
{
    return s->reusable && s->key && s->status.len == 9 &&
           memcmp(s->status.data, "completed", 9) == 0;
}

/* Appends the digests of the step's outputs, for which there is room; their objects. */
static int64_t
put_outs(Writer *w, const MetaStep *s)
{
    int64_t objects = 0;

    for (size_t k = 0; k < s->n_outputs; k++) {
        const unsigned char *digest =
            w->b->artifacts[w->b->outputs[s->output + k].artifact].row.digest;
        const DigestEntry *known = digest_map_get(&w->m->artifacts, digest);

        buf_put(&w->m->outs, digest, HASH_SIZE);
        objects += known ? known->b : 0;
    }
    return objects;
}

static int
put_records(Writer *w, Err *err)
{
    const MetaBatch *b = w->b;
    Buf *outs = &w->m->outs;
    size_t n = 0;
    int rc = OK;

    begin_table(w, record_many, record_one, CACHE_RECORD_VALUES);
    for (size_t i = 0; i < b->n_steps; i++)
        n += b->steps[i].n_outputs;
    outs->len = 0;
    /* room for all, so that none of them moves */
    if (buf_reserve(outs, n * HASH_SIZE + 1))
        return err_nomem(err);
    for (size_t i = 0; rc == OK && i < b->n_steps; i++) {
        const MetaStep *s = &b->steps[i];
        CacheRecord r = {s->key, s->row, {(char *)outs->data + outs->len, 0}, 0,
                         s->reads.data != NULL};
        DbValue *v;

        if (!is_record(s))
            continue;
        r.objects = put_outs(w, s);
        r.outs.len = s->n_outputs * HASH_SIZE;
        if (digest_map_put(&w->m->records, s->key, s->row, !r.observed && !r.objects))
            return err_nomem(err);
        if (!(v = meta_rows_add(&w->rows, err)))
            return ERR_NOMEM;
        cache_record_values(&r, v);
        rc = flush_if_full(w, err);
    }
    return rc ? rc : meta_rows_flush(&w->rows, w->m->db, NULL, err);
}

/* -- all ------------------------------------------------------------------------ */

int
meta_put_steps(Meta *m, int64_t run, const MetaBatch *b, Err *err)
{
    Writer w = {.m = m, .run = run, .b = b};
    int rc;

    if (!b->n_steps)
        return OK;
    if ((rc = put_step_runs(&w, err)) == OK && (rc = put_artifacts(&w, err)) == OK &&
        (rc = put_names(&w, err)) == OK && (rc = put_edges(&w, err)) == OK)
        rc = put_records(&w, err);
    for (size_t i = 0; rc == OK && i < b->n_steps; i++)
        if ((rc = meta_put_metrics(m, run, &b->steps[i], err)) == OK)
            rc = put_attempts(&w, &b->steps[i], err);
    meta_rows_release(&w.rows);
    for (size_t i = 0; i < META_ROWS_MANY; i++) {
        buf_release(&w.packed[i]);
        buf_release(&w.bytes[i]);
    }
    return rc;
}
