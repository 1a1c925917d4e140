/* meta_name.c -- the part of meta.h about names: versions of artifacts, pipelines that are
 * deleted. */
#include <string.h>

#include "meta/memo.h"
#include "meta/packed_bytes.h"
#include "meta/meta_core.h"
#include "meta/wiring_bytes.h"
#include "os/sys.h"

/* -- versions ------------------------------------------------------------ */

static int
add_version(Meta *m, const Named *n, int64_t number, Err *err)
{
    return db_run(m->db, err,
                  "insert into artifact_version(name, number, artifact, step_run, run,"
                  " position, output) values(?, ?, ?, ?, ?, ?, ?)"
                  " on conflict(name, number) do nothing",
                  "siiiiii", n->name, number, n->artifact, n->step_run, n->run, n->position,
                  n->output);
}

int
meta_put_version(Meta *m, const Named *n, int64_t *version, Err *err)
{
    int64_t number = 0, latest = 0;
    DbStmt *st;
    int rc;

    /* most names are new: try that before asking */
    if ((rc = add_version(m, n, 1, err)))
        return rc;
    *version = db_last_id(m->db);
    if (db_changes(m->db))
        return OK;
    if ((rc = db_query(m->db, &st, err,
                       "select id, number, artifact from artifact_version where name = ?"
                       " order by number desc limit 1",
                       "s", n->name)) ||
        (rc = db_step(m->db, st, err)) < 0)
        return rc;
    if (rc == 1) {
        *version = db_int(st, 0);
        number = db_int(st, 1);
        latest = db_int(st, 2);
        db_reset(st);
    }
    if (number && latest == n->artifact)
        return OK;
    rc = add_version(m, n, number + 1, err);
    *version = db_last_id(m->db);
    return rc;
}

int
meta_hold_version(Meta *m, int64_t run, Slice name, int64_t version, Err *err)
{
    return db_run(m->db, err,
                  "insert into holding(pipeline, name, version)"
                  " select pipeline, ?2, ?3 from run where row = ?1"
                  " on conflict(pipeline, name, version) do nothing",
                  "isi", run, name, version);
}

/* -- the names of a run ---------------------------------------------------- */

/* An output that a step of the run computed gets its version when its row is written; one
 * that was taken from the cache, when the run ends.  A run of many hits must not query as
 * many names.  Where an earlier run of the same wiring had the same result at the same
 * position, the latest version of NODE::PORT is still that result, unless another run has
 * given that name since. */
enum {
    EARLIER = 8,                        /* runs looked at for such a one */
    CHANGED_MOST = 64                   /* names since then, before all are asked for */
};

typedef struct Naming {
    Meta *m;
    const MetaFinish *f;
    int64_t run, since;                 /* versions up to since are accounted for */
    Buf spec, nodes;                    /* the wiring, and Slices: id and step of each */
    Buf before;                         /* TraceItems of the earlier run */
    Buf changed;                        /* NODE::PORT, each with its zero byte */
    Buf name;
    int read;                           /* nodes are there */
} Naming;

static Slice
buf_slice(const Buf *b)
{
    return (Slice){(const char *)b->data, b->len};
}

/* An earlier run of the same wiring, whose ports gave the same names and whose maps
 * had as many items: a position is the same node then. */
static int
read_earlier(Naming *n, Err *err)
{
    Db *db = n->m->db;
    int64_t row = 0;
    DbStmt *st;
    int rc = db_get_int(
        db, &row, 0, err,
        "select e.row from run r join (select row from run where unlisted = 0 and pipeline ="
        "  (select pipeline from run where row = ?1) order by number desc limit ?2) q"
        " join run e on e.row = q.row where r.row = ?1 and e.row <> ?1 and e.spec = r.spec"
        " and e.naming is r.naming and e.expansion is ?3"
        " and e.named is not null and e.trace is not null"
        /* of a run that was asked for some steps the others are not named */
        " and (e.extra is null or"
        "  case json_valid(e.extra) when 1 then json_extract(e.extra, '$.only') is null end)"
        " order by e.row desc limit 1",
        "iis", n->run, (int64_t)EARLIER, n->f->expansion);

    if (rc || !row)
        return rc;
    if ((rc = db_query(db, &st, err, "select trace, named from run where row = ?", "i", row)) ||
        (rc = db_step(db, st, err)) != 1)
        return rc;
    /* a damaged one is none: every name is asked for then */
    if (run_outcomes_unpack(&n->before, db_bytes(st, 0), NULL))
        n->before.len = 0;
    else if (db_int(st, 1) < n->since)
        n->since = db_int(st, 1);
    db_reset(st);
    return OK;
}

/* The names of this pipeline's steps that other runs gave since then; too many of
 * them count as all. */
static int
read_changed(Naming *n, Err *err)
{
    Slice prefix = n->f->naming.prefix;
    DbStmt *st;
    int count = 0,
        rc = db_query(n->m->db, &st, err,
                      "select name from artifact_version where id > ? and run is not ?", "ii",
                      n->since, n->run);

    while (rc == OK && (rc = db_step(n->m->db, st, err)) == 1) {
        Slice name = db_bytes(st, 0);

        rc = OK;
        if (name.len <= prefix.len || memcmp(name.data, prefix.data, prefix.len) != 0)
            continue;
        if (count++ == CHANGED_MOST ||
            buf_put(&n->changed, name.data + prefix.len, name.len - prefix.len) ||
            buf_put(&n->changed, "", 1)) {
            db_reset(st);
            if (count <= CHANGED_MOST)
                return err_nomem(err);
            n->before.len = n->changed.len = 0;
            n->since = -1;
            return OK;
        }
    }
    return rc;
}

/* The id of the node at the position, from 1. */
static int
node_id(Naming *n, size_t position, Slice *id, Err *err)
{
    const MetaNaming *g = &n->f->naming;
    size_t wired;
    DbStmt *st;
    int rc = OK;

    if (!n->read) {
        if ((rc = db_query(n->m->db, &st, err,
                           "select s.spec from run r join pipeline_spec s on s.id = r.spec"
                           " where r.row = ?",
                           "i", n->run)) ||
            (rc = db_step(n->m->db, st, err)) < 0)
            return rc;
        rc = rc == 1 ? packed_bytes_unpack(&n->spec, db_bytes(st, 0), err) : OK;
        db_reset(st);
        if (rc == OK)
            rc = wiring_names(&n->nodes, buf_slice(&n->spec), err);
        n->read = rc == OK;
    }
    wired = n->nodes.len / sizeof(Slice) / 2;
    if (rc == OK && position <= wired)
        *id = ((Slice *)(void *)n->nodes.data)[2 * position - 2];
    else if (rc == OK && position - wired <= g->n_items)
        *id = g->items[position - wired - 1];
    else if (rc == OK)
        rc = err_set(err, ERR_INVAL, "position %zu of the trace has no name", position);
    return rc;
}

/* Has another run named an output of the node since? */
static int
is_changed(const Naming *n, Slice id)
{
    const char *p = (const char *)n->changed.data, *end = p + n->changed.len;

    for (; p < end; p += strlen(p) + 1)
        if (strlen(p) > id.len + 2 && memcmp(p, id.data, id.len) == 0 &&
            memcmp(p + id.len, "::", 2) == 0)
            return 1;
    return 0;
}

/* Are the names of the node at i, from 0, sure to be those of its outputs?  What
 * the run computed is named when its row is written. */
static int
is_named(Naming *n, size_t i, int *named, Err *err)
{
    const TraceItem *item = &n->f->trace[i], *before = (TraceItem *)(void *)n->before.data;
    Slice id;
    int rc = OK;

    *named = item->code == TRACE_RAN;
    if (!*named && i < n->before.len / sizeof *before)
        *named = before[i].row == item->row && run_outcomes_has_result(before[i].code);
    if (n->since < 0) {
        *named = 0;             /* so much was named since that all are asked for */
    } else if (*named && n->changed.len && (rc = node_id(n, i + 1, &id, err)) == OK) {
        *named = !is_changed(n, id);
    }
    return rc;
}

/* The name that a port gives. */
static int
put_given(Naming *n, const TraceItem *item, const MetaName *g, Named *v, Err *err)
{
    int64_t version;
    int rc;

    v->name = g->name;
    if ((rc = meta_put_version(n->m, v, &version, err)) ||
        (rc = meta_hold_version(n->m, n->run, g->name, version, err)))
        return rc;
    if (g->tags.data && (rc = meta_put_tags(n->m, META_TAG_ARTIFACT, version, g->tags, err)))
        return rc;
    if (item->code != TRACE_RAN)
        return OK;
    return db_run(n->m->db, err,
                  "update edge set version = ? where step_run = ? and role = 1"
                  " and position = ? and version is null",
                  "iii", version, item->row, g->output);
}

/* The name PREFIX NODE::PORT. */
static int
put_plain(Naming *n, Slice id, Slice port, Named *v, Err *err)
{
    Slice prefix = n->f->naming.prefix;
    int64_t version;

    n->name.len = 0;
    if (buf_put(&n->name, prefix.data, prefix.len) || buf_put(&n->name, id.data, id.len) ||
        buf_puts(&n->name, "::") || buf_put(&n->name, port.data, port.len))
        return err_nomem(err);
    v->name = buf_slice(&n->name);
    return meta_put_version(n->m, v, &version, err);
}

/* Names the outputs of the node at i, from 0; given: the n_given names of its ports. */
static int
name_node(Naming *n, size_t i, const MetaName *given, size_t n_given, Err *err)
{
    const TraceItem *item = &n->f->trace[i];
    Slice id = {NULL, 0};
    int named, rc = is_named(n, i, &named, err);
    DbStmt *st;

    if (rc || (named && !n_given))
        return rc;
    if (!named && (rc = node_id(n, i + 1, &id, err)))
        return rc;
    if ((rc = db_query(n->m->db, &st, err,
                       "select position, artifact, port from edge"
                       " where step_run = ? and role = 1 order by position",
                       "i", item->row)))
        return rc;
    while ((rc = db_step(n->m->db, st, err)) == 1) {
        Named v = {{NULL, 0}, n->run, (int64_t)i + 1, db_int(st, 0), db_int(st, 1), item->row};
        const MetaName *g = n_given && given->output == v.output ? given : NULL;

        if (g) {
            rc = put_given(n, item, g, &v, err);
            given++;
            n_given--;
        } else {
            rc = named ? OK : put_plain(n, id, db_bytes(st, 2), &v, err);
        }
        if (rc) {
            db_reset(st);
            return rc;
        }
    }
    return rc;
}

/* Where the trace has the node that comes at k, from 0: its length where nothing is there. */
static size_t
node_at(const Naming *n, size_t k)
{
    const MetaNaming *g = &n->f->naming;
    uint32_t position;

    if (!g->order.data)
        return k;
    if (k >= g->order.len / sizeof position)
        return n->f->n_trace;
    memcpy(&position, g->order.data + k * sizeof position, sizeof position);
    return position && position <= n->f->n_trace ? position - 1 : n->f->n_trace;
}

/* A name that several nodes give is that of the last of them. */
static int
name_nodes(Naming *n, Err *err)
{
    const MetaNaming *g = &n->f->naming;
    const MetaName *given = g->given, *end = given + g->n_given;
    int rc = OK;

    for (size_t k = 0; rc == OK && k < n->f->n_trace; k++) {
        size_t i = node_at(n, k);
        const TraceItem *item = &n->f->trace[i];
        const MetaName *first = given;

        if (i == n->f->n_trace)
            continue;
        while (given < end && given->position == (int64_t)i + 1)
            given++;
        if (item->row && run_outcomes_has_result(item->code)
            && !(i < g->mute.len && g->mute.data[i]))
            rc = name_node(n, i, first, (size_t)(given - first), err);
    }
    return rc;
}

int
meta_name_run(Meta *m, int64_t run, const MetaFinish *f, Err *err)
{
    Naming n = {.m = m, .f = f, .run = run};
    int rc;

    if (!f->naming.prefix.data || !f->traced)
        return OK;
    rc = db_get_int(m->db, &n.since, 0, err, "select named from run where row = ?", "i", run);
    if (rc == OK && (rc = read_earlier(&n, err)) == OK && (rc = read_changed(&n, err)) == OK)
        rc = name_nodes(&n, err);
    if (rc == OK)
        rc = db_run(m->db, err,
                    "update run set named = (select coalesce(max(id), 0)"
                    " from artifact_version) where row = ?",
                    "i", run);
    buf_release(&n.spec);
    buf_release(&n.nodes);
    buf_release(&n.before);
    buf_release(&n.changed);
    buf_release(&n.name);
    return rc;
}

/* -- pipelines ----------------------------------------------------------- */

static int
unlist_runs(Meta *m, int64_t pipeline, Slice name, Err *err)
{
    int64_t running;
    int rc = db_get_int(m->db, &running, 0, err,
                        "select count(*) from run where pipeline = ? and status = 'running'",
                        "i", pipeline);

    if (rc)
        return rc;
    if (running)
        return err_set(err, ERR_BUSY, "pipeline '%.*s' has a running run; stop it first",
                       name.len > 200 ? 200 : (int)name.len, name.data);
    return db_run(m->db, err, "update run set unlisted = 1 where pipeline = ?", "i",
                  pipeline);
}

int
meta_delete_pipeline(Meta *m, Slice name, int64_t *runs, Err *err)
{
    int64_t id = 0;
    int rc = meta_begin(m, 1, err);

    if (rc)
        return rc;
    rc = db_get_int(m->db, &id, 0, err,
                    "select id from pipeline where name = ? and deleted is null", "s", name);
    if (rc == OK && !id)
        rc = err_set(err, ERR_NOTFOUND, "there is no pipeline '%.*s'",
                     name.len > 200 ? 200 : (int)name.len, name.data);
    if (rc == OK && (rc = unlist_runs(m, id, name, err)) == OK) {
        *runs = db_changes(m->db);
        rc = db_run(m->db, err, "update pipeline set deleted = ? where id = ?", "di",
                    sys_now(), id);
        if (rc == OK)
            rc = memo_forget(m->db, err);
    }
    return meta_end(m, rc, err);
}
