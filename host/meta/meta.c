/* meta.c -- see meta.h */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/blob.h"
#include "base/hash.h"
#include "meta/meta_core.h"
#include "os/run_lock.h"
#include "os/sys.h"

enum {
    MEMO_MAX = 1 << 20,                 /* artifacts remembered */
    LIVE_MOST = 64 << 20                /* bytes of a .live that are kept: more has none */
};

/* A run that this process has begun. */
typedef struct Live {
    int64_t row;
    int fd;
    char id[META_ID + 1];
} Live;

typedef struct Remembered {
    unsigned char digest[HASH_SIZE];
    MetaSeen seen;
} Remembered;


/* -- ids and locks of runs ------------------------------------------------ */

static int
is_id(Slice id)
{
    if (!id.data || id.len != META_ID)
        return 0;
    for (size_t i = 0; i < id.len; i++)
        if (!memchr("0123456789abcdef", id.data[i], 16))
            return 0;
    return 1;
}

static void
lock_path(const Meta *m, const char *id, char path[PATH_MAX])
{
    /* db_open refused longer folders */
    snprintf(path, PATH_MAX, "%.*s/runs/%.*s.lock", PATH_MAX - 64, db_dir(m->db), META_ID,
             id);
}

static Live *
live_of(Meta *m, int64_t row)
{
    Live *live = (Live *)(void *)m->live.data;

    for (size_t i = 0; i < m->live.len / sizeof *live; i++)
        if (live[i].row == row)
            return &live[i];
    return NULL;
}

static void
drop_live(Meta *m, Live *live)
{
    Live *last = (Live *)(void *)(m->live.data + m->live.len) - 1;
    char path[PATH_MAX];

    lock_path(m, live->id, path);
    unlink(path);
    close(live->fd);
    *live = *last;
    m->live.len -= sizeof *live;
}

/* The file of a lock, new; in *fd. */
static int
make_lock(const Meta *m, const char *path, int *fd, Err *err)
{
    char folder[PATH_MAX];
    int rc;

    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (*fd < 0 && errno == ENOENT) {
        snprintf(folder, sizeof folder, "%s/runs", db_dir(m->db));
        if ((rc = sys_mkdirs(folder, err)))
            return rc;
        *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }
    if (*fd < 0)
        return err_set(err, errno == EEXIST ? ERR_EXISTS : ERR_IO, "%s: %s", path,
                       err_reason(errno));
    return OK;
}

/* The same, taken.  Until then it is like that of a dead run: who looks for those may
 * hold it for a moment, and remove it, so that it is made again. */
static int
take_new_lock(const Meta *m, const char *path, int *fd, Err *err)
{
    struct stat st;
    int rc;

    for (;;) {
        if ((rc = make_lock(m, path, fd, err)))
            return rc;
        rc = sys_lock(*fd, 1, err);
        if (rc == OK && fstat(*fd, &st))
            rc = err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
        if (rc)
            unlink(path);
        else if (st.st_nlink)
            return OK;
        close(*fd);
        if (rc)
            return rc;
    }
}

/* Makes and takes the lock; the entry's row is 0 until there is one. */
static int
lock_run(Meta *m, Slice id, Err *err)
{
    char path[PATH_MAX];
    Live live = {0};
    int rc;

    memcpy(live.id, id.data, META_ID);
    lock_path(m, live.id, path);
    if ((rc = take_new_lock(m, path, &live.fd, err)))
        return rc;
    if (buf_put(&m->live, &live, sizeof live))
        rc = err_nomem(err);
    if (rc) {
        unlink(path);
        close(live.fd);
    } else {
        run_lock_sign(live.fd);
    }
    return rc;
}

void
meta_progress(Meta *m, int64_t run, int64_t done, int64_t total)
{
    Live *live = live_of(m, run);

    if (live)
        run_lock_progress(live->fd, done, total);
}

/* Is the process of this run gone?  *fd is then its lock, ours now, or -1. */
static int
is_dead(const char *path, int *fd)
{
    *fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        return errno == ENOENT;
    if (sys_lock(*fd, 0, NULL) == OK)
        return 1;
    close(*fd);
    *fd = -1;
    return 0;
}

/* -- transactions -------------------------------------------------------- */

static int
write_remembered(Meta *m, Err *err)
{
    const Remembered *r = (Remembered *)(void *)m->remembered.data;
    int rc = OK;

    for (size_t i = 0; rc == OK && i < m->remembered.len / sizeof *r; i++, r++)
        rc = db_run(m->db, err,
                    "insert or replace into verified(digest, inode, size, mtime, ctime)"
                    " values(?, ?, ?, ?, ?)",
                    "hiiii", r->digest, r->seen.inode, r->seen.size, r->seen.mtime,
                    r->seen.ctime);
    return rc;
}

static void
forget_rows(Meta *m)
{
    digest_map_clear(&m->codes);
    digest_map_clear(&m->artifacts);
}

int
meta_begin(Meta *m, int durable, Err *err)
{
    int changed, rc = db_begin(m->db, durable, err);

    if (rc)
        return rc;
    rc = db_changed_by_others(m->db, &changed, err);
    if (rc)
        db_rollback(m->db);
    else if (changed || m->artifacts.n > MEMO_MAX)
        forget_rows(m);         /* a collector may have removed some */
    return rc;
}

int
meta_end(Meta *m, int rc, Err *err)
{
    if (rc == OK)
        rc = write_remembered(m, err);
    if (rc == OK && (rc = db_commit(m->db, err)) == OK) {
        m->remembered.len = 0;
        return OK;
    }
    db_rollback(m->db);
    forget_rows(m);
    return rc;
}

/* -- runs ---------------------------------------------------------------- */

static int
check_trace(const MetaBatch *b, const MetaFinish *f, Err *err)
{
    for (size_t i = 0; i < f->n_trace; i++)
        if (f->trace[i].step < 0 || (size_t)f->trace[i].step > (b ? b->n_steps : 0))
            return err_set(err, ERR_INVAL, "item %zu of the trace names no step", i + 1);
    return OK;
}

static int
finish_run(Meta *m, int64_t run, const MetaBatch *b, const MetaFinish *f, Err *err)
{
    Buf trace;
    int rc = OK;

    buf_init(&trace);
    for (size_t i = 0; i < f->n_trace; i++)
        if (f->trace[i].step)
            f->trace[i].row = b->steps[f->trace[i].step - 1].row;
    rc = meta_name_run(m, run, f, err);
    if (rc == OK && f->traced)
        rc = trace_pack(&trace, f->trace, f->n_trace, err);
    if (rc == OK)
        rc = db_run(m->db, err,
                    "update run set status = ?, reason = ?, seconds = ?, counts = ?,"
                    " expansion = ?, trace = ?, last_step = (select coalesce(max(id), 0) from step_run)"
                    " where row = ? and status = 'running'",
                    "ssdssbi", f->status, f->reason, f->seconds, f->counts, f->expansion,
                    (Slice){(char *)trace.data, trace.len}, run);
    buf_release(&trace);
    if (rc == OK && db_changes(m->db) != 1)
        rc = err_set(err, ERR_INVAL, "run %lld is not running", (long long)run);
    return rc;
}

static int
put_pipeline(Meta *m, Slice name, int64_t *id, Err *err)
{
    int rc = db_get_int(m->db, id, 0, err, "select id from pipeline where name = ? and deleted is null",
                        "s", name);

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
    rc = blob_pack(&spec, b->spec.data, b->spec.len, err);
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
    same = blob_unpack(&bytes, packed, NULL) == OK && bytes.len == spec.len &&
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
    int rc = find_spec(m, b, pipeline, id, &out->spec_version, err);

    if (rc || *id)
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
    rc = db_run(m->db, err, "insert into key_format(format, run) values(?, ?) on conflict do nothing",
                "si", b->keys, out->row);
    if (rc == OK && db_changes(m->db))
        rc = db_get_int(m->db, &others, 0, err, "select exists(select 1 from record)", "");
    out->keys_new = others != 0;
    return rc;
}

static int
insert_run(Meta *m, const MetaBegin *b, MetaRun *out, Err *err)
{
    int64_t pipeline, spec;
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
                " cache, unlisted, script, first_step, params, tags, extra, sources, naming,"
                " placed, named)"
                " values(?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?,"
                " (select coalesce(max(id), 0) + 1 from step_run), ?, ?, ?, ?, ?, 1,"
                " (select coalesce(max(id), 0) from artifact_version))",
                "ssiiidsiissssss", b->id, (Slice){(char *)out->name.data, out->name.len},
                pipeline, out->number, spec, b->started, b->stack, (int64_t)b->cache,
                (int64_t)b->unlisted, b->script, b->params, b->tags, b->extra,
                (Slice){(char *)sources.data, sources.len}, b->naming);
    out->row = db_last_id(m->db);
    if (rc == OK)
        rc = put_keys(m, b, out, err);
    if (rc == OK)
        rc = put_origins(m, b, out->row, err);
done:
    buf_release(&sources);
    return rc;
}

/* -- public -------------------------------------------------------------- */

int
meta_open(Meta **out, const char *dir, const char *schema, int flags, Err *err)
{
    Meta *m = calloc(1, sizeof *m);
    int rc;

    *out = NULL;
    if (!m)
        return err_nomem(err);
    if ((rc = db_open(&m->db, dir, schema, flags, err))) {
        free(m);
        return rc;
    }
    *out = m;
    return OK;
}

void
meta_abandon(Meta *m)
{
    const Live *live = (Live *)(void *)m->live.data;

    for (size_t i = 0; i < m->live.len / sizeof *live; i++)
        close(live[i].fd);
    m->live.len = 0;
}

void
meta_close(Meta *m)
{
    if (!m)
        return;
    meta_abandon(m);
    db_close(m->db);
    digest_map_release(&m->codes);
    digest_map_release(&m->artifacts);
    digest_map_release(&m->records);
    buf_release(&m->live);
    buf_release(&m->remembered);
    buf_release(&m->packed);
    buf_release(&m->bytes);
    buf_release(&m->outs);
    free(m);
}

int
meta_new_id(char out[META_ID + 1], Err *err)
{
    uint64_t ms = (uint64_t)(sys_now() * 1000);
    unsigned char random[10];
    int n, rc = sys_random(random, sizeof random, err);

    if (rc)
        return rc;
    n = snprintf(out, META_ID + 1, "%012llx", (unsigned long long)(ms & 0xffffffffffff));
    for (size_t i = 0; i < sizeof random; i++)
        n += snprintf(out + n, (size_t)(META_ID + 1 - n), "%02x", random[i]);
    return OK;
}

int
meta_begin_run(Meta *m, const MetaBegin *b, const MetaFinish *finish, MetaRun *out, Err *err)
{
    Live *live;
    int rc;

    memset(out, 0, sizeof *out);
    if (!is_id(b->id))
        return err_set(err, ERR_INVAL, "a run's id has %d hex digits", META_ID);
    if (finish && (rc = check_trace(NULL, finish, err)))
        return rc;
    /* before the row: a row without a lock is a dead run.  A run that is over
     * when its row appears needs none. */
    if (!finish && (rc = lock_run(m, b->id, err)))
        return rc;
    if ((rc = meta_begin(m, finish != NULL, err)) == OK) {
        rc = insert_run(m, b, out, err);
        if (rc == OK && finish)
            rc = finish_run(m, out->row, NULL, finish, err);
        rc = meta_end(m, rc, err);
    }
    live = finish ? NULL : live_of(m, 0);
    if (live && rc)
        drop_live(m, live);
    else if (live)
        live->row = out->row;
    if (rc)
        buf_release(&out->name);
    return rc;
}

int
meta_commit(Meta *m, int64_t run, const MetaBatch *b, const MetaFinish *finish, Err *err)
{
    Live *live;
    int rc;

    if ((finish && (rc = check_trace(b, finish, err))) ||
        (rc = meta_begin(m, finish != NULL, err)))
        return rc;
    for (size_t i = 0; rc == OK && i < b->n_steps; i++)
        rc = meta_put_step(m, run, b, &b->steps[i], err);
    if (rc == OK && finish)
        rc = finish_run(m, run, b, finish, err);
    if ((rc = meta_end(m, rc, err)))
        return rc;
    live = finish ? live_of(m, run) : NULL;
    if (live)
        drop_live(m, live);
    return OK;
}

typedef struct Running {
    int64_t row;
    char id[META_ID + 1];
} Running;

static int
list_running(Meta *m, Buf *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(m->db, &st, err, "select row, id from run where status = 'running'", "");

    while (rc == OK && (rc = db_step(m->db, st, err)) == 1) {
        Running r = {db_int(st, 0), {0}};
        Slice id = db_bytes(st, 1);

        rc = OK;
        if (!is_id(id))
            continue;
        memcpy(r.id, id.data, META_ID);
        if (buf_put(out, &r, sizeof r)) {
            db_reset(st);
            rc = err_nomem(err);
        }
    }
    return rc;
}

/* What the run's steps printed goes from its file into its row; path is the file's. */
static int
keep_lines(Meta *m, const Running *r, const char *path, Err *err)
{
    Buf lines, packed;
    int rc;

    buf_init(&lines);
    buf_init(&packed);
    rc = sys_read_plain(path, LIVE_MOST, &lines, NULL) ? OK
             : blob_pack(&packed, lines.data ? (char *)lines.data : "", lines.len, err);
    if (rc == OK && lines.len)
        rc = db_run(m->db, err, "insert or replace into unfinished(run, lines) values(?, ?)", "ib",
                    r->row, (Slice){(char *)packed.data, packed.len});
    buf_release(&lines);
    buf_release(&packed);
    return rc;
}

/* Ends one run when it is dead; sets *ended. */
static int
close_one(Meta *m, const Running *r, int *ended, Err *err)
{
    char path[PATH_MAX], live[PATH_MAX];
    int fd, rc;

    *ended = 0;
    lock_path(m, r->id, path);
    snprintf(live, sizeof live, "%.*s/runs/%.*s.live", PATH_MAX - 64, db_dir(m->db), META_ID,
             r->id);
    if (!is_dead(path, &fd))
        return OK;
    if ((rc = meta_begin(m, 1, err)) == OK) {
        rc = db_run(m->db, err,
                    "update run set status = 'failed', reason = 'interrupted', named = null,"
                    " last_step = (select coalesce(max(id), 0) from step_run),"
                    " seconds = (select max(s.started + s.seconds) from step_run s"
                    "  where s.id >= run.first_step and s.run = run.row) - started"
                    " where row = ? and status = 'running'",
                    "i", r->row);
        *ended = rc == OK && db_changes(m->db) == 1;
        if (*ended)
            rc = keep_lines(m, r, live, err);
        rc = meta_end(m, rc, err);
    }
    if (rc == OK) {
        unlink(live);
        unlink(path);
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

int
meta_close_dead(Meta *m, Buf *out, Err *err)
{
    const Running *r;
    Buf running;
    int ended, rc;

    buf_init(&running);
    rc = list_running(m, &running, err);
    r = (Running *)(void *)running.data;
    for (size_t i = 0; rc == OK && i < running.len / sizeof *r; i++) {
        rc = close_one(m, &r[i], &ended, err);
        if (rc == OK && ended && buf_put(out, &r[i].row, sizeof r[i].row))
            rc = err_nomem(err);
    }
    buf_release(&running);
    return rc;
}

int
meta_unfinished(Meta *m, Slice id, Buf *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(m->db, &st, err,
                      "select lines from unfinished where run = (select row from run where id = ?)",
                      "s", id);

    if (rc || (rc = db_step(m->db, st, err)) <= 0)
        return rc;
    rc = blob_unpack(out, db_bytes(st, 0), err);
    db_reset(st);
    return rc ? rc : 1;
}

int
meta_verified(Meta *m, const unsigned char *digest, const MetaSeen *seen)
{
    int64_t n;

    return db_get_int(m->db, &n, 0, NULL,
                      "select 1 from verified where digest = ? and inode = ? and size = ?"
                      " and mtime = ? and ctime = ?",
                      "hiiii", digest, seen->inode, seen->size, seen->mtime,
                      seen->ctime) == OK &&
           n == 1;
}

void
meta_remember(Meta *m, const unsigned char *digest, const MetaSeen *seen)
{
    Remembered r;

    memcpy(r.digest, digest, HASH_SIZE);
    r.seen = *seen;
    buf_put(&m->remembered, &r, sizeof r);
}

Db *
meta_db(Meta *m)
{
    return m->db;
}

int
meta_wrote(const Meta *m, const unsigned char *key)
{
    return digest_map_get(&m->records, key) != NULL;
}
