/* meta_transaction.c -- the write transactions of meta.h, and what lives as long as they do:
 * rows that were written, files that were seen to hold what their names say. */
#include <string.h>

#include "base/hash.h"
#include "meta/meta_core.h"

enum { MEMO_MAX = 1 << 20 };            /* artifacts remembered */

typedef struct Remembered {
    unsigned char digest[HASH_SIZE];
    MetaSeen seen;
} Remembered;

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

void
meta_note_artifact(Meta *m, const Artifact *a)
{
    /* forgotten like those that were written, when another process changes something */
    if (m->artifacts.n < MEMO_MAX)
        digest_map_put(&m->artifacts, a->digest, a->id, a->objects);
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
