/* meta_step.c -- the part of meta.h that writes steps: rows, artifacts, versions,
 * edges, attempts, records. */
#include <string.h>

#include "base/hash.h"
#include "meta/cache_record.h"
#include "meta/meta_core.h"

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

static int
put_step_run(Meta *m, int64_t run, MetaStep *s, Err *err)
{
    int64_t code;
    int rc = put_code(m, s, &code, err);

    if (rc)
        return rc;
    rc = db_run(m->db, err,
                "insert into step_run(run, node, step, position, status, started, seconds,"
                " key, code, reusable, params, reason, error, metrics, metadata, reads, log,"
                " notes)"
                " values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "issisddhrisssssbss", run, s->node, s->step, s->position, s->status,
                s->started, s->seconds, s->key, code, (int64_t)s->reusable, s->params,
                s->reason, s->error, s->metrics, s->metadata, s->reads, s->log,
                s->notes);
    s->row = db_last_id(m->db);
    return rc;
}

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

static int
put_artifact(Meta *m, const MetaBatch *b, size_t index, Artifact *a, Err *err)
{
    const MetaArtifact *from = &b->artifacts[index];
    DigestEntry *known = digest_map_get(&m->artifacts, from->row.digest);
    int rc;

    *a = from->row;
    if (known) {
        a->id = known->a;
        a->objects = known->b;
        return OK;
    }
    if ((rc = artifact_pack(a, b->members + from->member, from->n_members, &m->packed,
                            &m->bytes, err)) ||
        (rc = artifact_put(m->db, a, err)))
        return rc;
    return digest_map_put(&m->artifacts, a->digest, a->id, a->objects) ? err_nomem(err) : OK;
}

typedef struct Edge {
    int64_t role, position;
    Slice port;
    int64_t artifact, version, source;
} Edge;

static int
put_edge(Meta *m, const MetaStep *s, const Edge *e, Err *err)
{
    return db_run(m->db, err,
                  "insert into edge(step_run, role, position, port, artifact, version, source)"
                  " values(?, ?, ?, ?, ?, ?, ?)",
                  "iiisirr", s->row, e->role, e->position, e->port, e->artifact, e->version,
                  e->source);
}

static int
put_inputs(Meta *m, const MetaBatch *b, const MetaStep *s, Err *err)
{
    const MetaInput *in = s->n_inputs ? b->inputs + s->input : NULL;
    int rc = OK;

    for (size_t i = 0; rc == OK && i < s->n_inputs; i++, in++) {
        Edge e = {in->whole ? 2 : 0, (int64_t)i + 1, in->port, 0, 0, in->source};
        Artifact a;

        rc = in->literal ? put_artifact(m, b, in->literal - 1, &a, err)
                         : find_artifact(m, in->digest, &a.id, err);
        e.artifact = a.id;
        if (rc == OK)
            rc = put_edge(m, s, &e, err);
    }
    return rc;
}

/* The version that the output is of its name, with the tags of its port. */
static int
name_output(Meta *m, const Named *n, const MetaOutput *o, int64_t *version, Err *err)
{
    int rc = meta_put_version(m, n, version, err);

    if (rc == OK && o->own)
        rc = meta_hold_version(m, n->run, n->name, *version, err);
    return rc == OK && o->tags.data ? meta_put_tags(m, META_TAG_ARTIFACT, *version, o->tags, err)
                                   : rc;
}

/* Leaves the digests in m->outs and counts the objects. */
static int
put_outputs(Meta *m, int64_t run, const MetaBatch *b, const MetaStep *s, int64_t *objects,
            Err *err)
{
    const MetaOutput *o = s->n_outputs ? b->outputs + s->output : NULL;
    int rc = OK;

    m->outs.len = 0;
    *objects = 0;
    for (size_t i = 0; rc == OK && i < s->n_outputs; i++, o++) {
        Edge e = {1, (int64_t)i + 1, o->port, 0, 0, 0};
        Artifact a;

        if ((rc = put_artifact(m, b, o->artifact, &a, err)))
            return rc;
        e.artifact = a.id;
        if (o->name.data) {
            Named n = {o->name, run, s->position, e.position, a.id, s->row};

            if ((rc = name_output(m, &n, o, &e.version, err)))
                return rc;
        }
        rc = put_edge(m, s, &e, err);
        *objects += a.objects;
        if (buf_put(&m->outs, a.digest, HASH_SIZE))
            return err_nomem(err);
    }
    return rc;
}

static int
put_attempts(Meta *m, const MetaBatch *b, const MetaStep *s, Err *err)
{
    const MetaAttempt *a = s->n_attempts ? b->attempts + s->attempt : NULL;
    int rc = OK;

    for (size_t i = 0; rc == OK && i < s->n_attempts; i++, a++)
        rc = db_run(m->db, err,
                    "insert into attempt(step_run, number, started, seconds, error, log)"
                    " values(?, ?, ?, ?, ?, ?)",
                    "iiddss", s->row, (int64_t)i + 1, a->started, a->seconds, a->error,
                    a->log);
    return rc;
}

static int
put_record(Meta *m, const MetaStep *s, int64_t objects, Err *err)
{
    CacheRecord r = {s->key, s->row, {"", m->outs.len}, objects, s->reads.data != NULL};

    if (!s->reusable || !s->key || s->status.len != 9 ||
        memcmp(s->status.data, "completed", 9) != 0)
        return OK;
    if (m->outs.len)
        r.outs.data = (char *)m->outs.data;
    if (digest_map_put(&m->records, s->key, 1, 0))
        return err_nomem(err);
    return cache_record_put(m->db, &r, err);
}

int
meta_put_step(Meta *m, int64_t run, const MetaBatch *b, MetaStep *s, Err *err)
{
    int64_t objects;
    int rc;

    if ((rc = put_step_run(m, run, s, err)) || (rc = put_inputs(m, b, s, err)) ||
        (rc = put_outputs(m, run, b, s, &objects, err)) ||
        (rc = meta_put_metrics(m, run, s, err)) || (rc = put_attempts(m, b, s, err)))
        return rc;
    return put_record(m, s, objects, err);
}
