/* meta_dead_runs.c -- runs whose process died: how they are ended, and what is kept of what
 * their steps printed. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "meta/packed_bytes.h"
#include "meta/meta_core.h"
#include "os/sys.h"

enum { LINES_MOST = 64 << 20 };         /* bytes of an ID.live that are kept; of more, none */

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
        if (!meta_is_id(id))
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
    rc = sys_read_plain(path, LINES_MOST, &lines, NULL) ? OK
             : packed_bytes_pack(&packed, lines.data ? (char *)lines.data : "", lines.len, err);
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
    meta_lock_path(m, r->id, path);
    snprintf(live, sizeof live, "%.*s/runs/%.*s.live", PATH_MAX - 64, db_dir(m->db), META_ID,
             r->id);
    if (!meta_lock_is_dead(path, &fd))
        return OK;
    if ((rc = meta_begin(m, 1, err)) == OK) {
        rc = db_run(m->db, err,
                    "update run set status = 'failed', reason = 'interrupted', named = null,"
                    " last_step = (select coalesce(max(id), 0) from step_run),"
                    " counts = (select json_object("
                    "   'ran', count(case s.status when 'completed' then 1 end),"
                    "   'failed', count(case s.status when 'failed' then 1 end)) from step_run s"
                    "  where s.id >= run.first_step and s.run = run.row),"
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
    rc = packed_bytes_unpack(out, db_bytes(st, 0), err);
    db_reset(st);
    return rc ? rc : 1;
}
