/* meta.c -- see meta.h: opening, beginning a run, adding its steps, ending it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "meta/meta_core.h"
#include "meta/node_memo.h"
#include "meta/meta_model.h"
#include "os/sys.h"

/* -- opening --------------------------------------------------------------- */

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
meta_close(Meta *m)
{
    if (!m)
        return;
    meta_abandon(m);
    db_close(m->db);
    digest_map_release(&m->codes);
    digest_map_release(&m->artifacts);
    digest_map_release(&m->records);
    buf_release(&m->own_runs);
    buf_release(&m->remembered);
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

/* -- runs ------------------------------------------------------------------ */

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
    if (rc == OK && f->models.data)
        rc = meta_model_finish(m, run, f->models, f->told, err);
    if (rc == OK && f->traced)
        rc = run_outcomes_pack(&trace, f->trace, f->n_trace, err);
    if (rc == OK)
        rc = db_run(m->db, err,
                    "update run set status = ?, reason = ?, seconds = ?, counts = ?,"
                    " expansion = ?, trace = ?, git = coalesce(?, git),"
                    " last_step = (select coalesce(max(id), 0) from step_run)"
                    " where row = ? and status = 'running'",
                    "ssdssbsi", f->status, f->reason, f->seconds, f->counts, f->expansion,
                    (Slice){(char *)trace.data, trace.len}, f->git, run);
    buf_release(&trace);
    if (rc == OK && db_changes(m->db) != 1)
        rc = err_set(err, ERR_INVAL, "run %lld is not running", (long long)run);
    if (rc == OK)
        rc = node_memo_put(m, run, f, err);
    return rc ? rc : meta_trace_metrics(m, run, f, err);
}

int
meta_begin_run(Meta *m, const MetaBegin *b, const MetaFinish *finish, MetaRun *out, Err *err)
{
    OwnRun *own;
    int rc;

    memset(out, 0, sizeof *out);
    if (!meta_is_id(b->id))
        return err_set(err, ERR_INVAL, "a run's id must have %d hex digits", META_ID);
    if (finish && (rc = check_trace(NULL, finish, err)))
        return rc;
    /* before the row: a row without a lock is a dead run.  A run that is over
     * when its row appears needs none. */
    if (!finish && (rc = meta_lock_take(m, b->id, err)))
        return rc;
    if ((rc = meta_begin(m, finish != NULL, err)) == OK) {
        rc = meta_insert_run(m, b, out, err);
        if (rc == OK && finish)
            rc = finish_run(m, out->row, NULL, finish, err);
        rc = meta_end(m, rc, err);
    }
    own = finish ? NULL : meta_lock_of(m, 0);
    if (own && rc)
        meta_lock_drop(m, own);
    else if (own)
        own->row = out->row;
    if (rc)
        buf_release(&out->name);
    return rc;
}

int
meta_commit(Meta *m, int64_t run, const MetaBatch *b, const MetaFinish *finish, Err *err)
{
    OwnRun *own;
    int rc;

    if ((finish && (rc = check_trace(b, finish, err))) ||
        (rc = meta_begin(m, finish != NULL, err)))
        return rc;
    rc = meta_put_steps(m, run, b, err);
    if (rc == OK && finish)
        rc = finish_run(m, run, b, finish, err);
    if ((rc = meta_end(m, rc, err)))
        return rc;
    own = finish ? meta_lock_of(m, run) : NULL;
    if (own)
        meta_lock_drop(m, own);
    return OK;
}
