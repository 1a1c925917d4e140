/* db_transaction.c -- the transactions of db.h, the lock that a writer holds, and what was
 * lost of the durable ones. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "meta/db_core.h"
#include "os/sys.h"

/* -- the lock -------------------------------------------------------------- */

int
db_lock_folder(const char *dir, int wait, int *fd, Err *err)
{
    char path[PATH_MAX];
    int rc;

    snprintf(path, sizeof path, "%s/lock", dir);
    *fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (*fd < 0)
        return err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
    if ((rc = sys_lock(*fd, wait, err))) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

void
db_unlock(Db *db)
{
    if (db->lock >= 0)
        sys_unlock(db->lock);
    db->lock = -1;
}

/* -- transactions ---------------------------------------------------------- */

int
db_synchronous(Db *db, int full, Err *err)
{
    if (db->full == full)
        return OK;
    if (sqlite3_exec(db->sqlite,
                     full ? "pragma synchronous=full" : "pragma synchronous=normal",
                     NULL, NULL, NULL))
        return db_fail(db, err);
    db->full = full;
    return OK;
}

/* Called while the lock is held: no other process writes or moves the log. */
static void
bound_wal(Db *db)
{
    db->committed = 1;
    if (db->wal_pages < db->wal_tried)
        db->wal_tried = 0;      /* it began anew */
    /* a failure does no harm: the WAL stays, and a later commit tries again.  Not each: where a
     * reader stays, a try goes through all of the WAL for nothing */
    if (db->wal_pages <= DB_WAL_MOST || db->wal_pages < db->wal_tried + DB_WAL_TRY)
        return;
    db->wal_tried = db->wal_pages;
    sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* Gives the transaction its number, in the table transaction_state. */
static int
count_transaction(Db *db, Err *err)
{
    unsigned char bytes[DB_STATE_SIZE];
    DbState s;
    DbStmt *st;
    Slice row;
    int rc = db_query(db, &st, err, "select bytes from transaction_state where id = 1", "");

    if (rc || (rc = db_step(db, st, err)) < 0)
        return rc;
    row = rc == 1 ? db_bytes(st, 0) : (Slice){NULL, 0};
    if (!db_state_decode(row.data, row.len, &s))
        rc = db_damaged(db->dir, "its count of transactions cannot be read", err);
    else
        rc = OK;
    db_reset(st);
    if (rc)
        return rc;
    s = (DbState){.before = s.id, .number = s.number + 1};
    if ((rc = sys_random(&s.id, sizeof s.id, err)))
        return rc;
    db_state_encode(&s, bytes);
    db->state = s;
    return db_run(db, err, "update transaction_state set bytes = ? where id = 1", "b",
                  (Slice){(char *)bytes, sizeof bytes});
}

/* A reader that was left (by an error in Lua) pins an old snapshot, from which
 * a write cannot begin. */
static void
end_readers(Db *db)
{
    for (size_t i = 0; i < DB_SLOTS; i++)
        if (db->slots[i].st && sqlite3_stmt_busy(db->slots[i].st))
            sqlite3_reset(db->slots[i].st);
}

/* Without memory this fails: then the transaction stays until the next one begins. */
static void
end_transaction(Db *db)
{
    if (db->sqlite && !sqlite3_get_autocommit(db->sqlite))
        db_run(db, NULL, "rollback", "");
}

int
db_hold(Db *db, Err *err)
{
    int rc = db_usable(db, err);

    if (rc || db->held || db->lock >= 0)
        return rc;
    end_transaction(db);
    rc = db_run(db, err, "begin", "");
    db->held = rc == OK;
    return rc;
}

void
db_release(Db *db)
{
    if (db->held)
        end_transaction(db);
    db->held = 0;
}

int
db_is_held(const Db *db)
{
    return db->held;
}

void
db_limit_wait(Db *db, double seconds)
{
    db->patience = seconds;
}

/* Takes DIR/lock, for as long as patience lasts. */
static int
wait_for_lock(Db *db, Err *err)
{
    const struct timespec pause = {0, 5 * 1000 * 1000};
    double until = sys_mono() + db->patience;
    int rc;

    if (!(db->patience > 0))
        return db_lock_folder(db->dir, 1, &db->lock, err);
    while ((rc = db_lock_folder(db->dir, 0, &db->lock, err)) == ERR_BUSY && sys_mono() < until)
        nanosleep(&pause, NULL);
    return rc == ERR_BUSY ? err_set(err, ERR_BUSY, "%s: another process is writing to the store; "
                                    "try again", db->dir) : rc;
}

int
db_begin(Db *db, int durable, Err *err)
{
    int rc;

    if ((rc = db_usable(db, err)))
        return rc;
    end_readers(db);
    db->held = 0;
    end_transaction(db);
    if ((rc = db_synchronous(db, durable, err)) || (rc = wait_for_lock(db, err)))
        return rc;
    if ((rc = db_run(db, err, "begin immediate", "")))
        db_unlock(db);
    return rc;
}

/* Notes the transaction in DIR/lock, outside of the database.  Transactions that were found
 * to be lost stay noted until a user was told of them: later ones would hide the loss. */
static void
note_transaction(Db *db)
{
    DbState former = {.id = db->state.before, .number = db->state.number - 1};
    int64_t before, lost = db_log_lost(db->lock, &former, &before);

    if (db->full || lost || db->acknowledged)
        db_log_note(db->lock, &db->state, db->acknowledged ? 0 : before + lost);
    db->acknowledged = 0;
}

int
db_commit(Db *db, Err *err)
{
    int rc = count_transaction(db, err);

    if (rc || (rc = db_run(db, err, "commit", ""))) {
        db_rollback(db);
        return rc;
    }
    note_transaction(db);
    bound_wal(db);
    db_unlock(db);
    return OK;
}

void
db_rollback(Db *db)
{
    db->held = 0;
    end_transaction(db);
    db_unlock(db);
}

/* -- what was lost --------------------------------------------------------- */

int
db_lost(Db *db, int64_t *n, Err *err)
{
    DbState now;
    int64_t before;
    char path[PATH_MAX];
    int fd, rc = db_usable(db, err);

    *n = 0;
    if (rc)
        return rc;
    snprintf(path, sizeof path, "%.*s/lock", PATH_MAX - 64, db->dir);
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? OK : err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
    db_state_read(db->sqlite, &now);
    if ((*n = db_log_lost(fd, &now, &before)) > 0) {
        /* look again: another process may have ended one between the two looks */
        db_state_read(db->sqlite, &now);
        *n = db_log_lost(fd, &now, &before);
    }
    *n += before;
    close(fd);
    return OK;
}

void
db_acknowledge_lost(Db *db)
{
    db->acknowledged = 1;
}

int
db_check_pages(Db *db, int (*bad)(void *user, int64_t page, Err *err), void *user, Err *err)
{
    int lock, checked, rc = db_usable(db, err);

    if (rc || (rc = db_lock_folder(db->dir, 1, &lock, err)))
        return rc;
    rc = db_page_verify(db->sqlite, &checked, bad, user, err);
    sys_unlock(lock);
    return rc;
}
