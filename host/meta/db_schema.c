/* db_schema.c -- the versions of the schema: making a database, checking what one is,
 * bringing an older one up to date. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "meta/db_core.h"
#include "os/run_lock.h"
#include "os/sys.h"

/* The next "-- version N" line at or after p; sets *n and *body, or NULL. */
static const char *
next_block(const char *p, int *n, const char **body)
{
    static const char mark[] = "-- version ";

    for (; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
        if (strncmp(p, mark, sizeof mark - 1) == 0) {
            *n = atoi(p + sizeof mark - 1);
            *body = strchr(p, '\n');
            return p;
        }
    return NULL;
}

int
db_schema_latest(const char *schema)
{
    const char *body;
    int n = 0;

    for (const char *p = schema; (p = next_block(p, &n, &body)) && body; p = body)
        ;
    return n;
}

int
db_schema_run(sqlite3 *sqlite, const char *dir, const char *schema, int from, Err *err)
{
    const char *p = schema, *body = NULL;
    char pragma[64];
    int n = 0, rc = OK;
    Buf block;

    buf_init(&block);
    while (rc == OK && (p = next_block(p, &n, &body)) && body) {
        int following;
        const char *ignored, *end = next_block(body, &following, &ignored);

        block.len = 0;
        if (buf_put(&block, body, end ? (size_t)(end - body) : strlen(body)) ||
            !buf_cstr(&block))
            rc = err_nomem(err);
        else if (n > from &&
                 sqlite3_exec(sqlite, (char *)block.data, NULL, NULL, NULL))
            rc = db_fail_at(sqlite, dir, err);
        p = body;
    }
    buf_release(&block);
    if (rc == OK && sqlite3_exec(sqlite, db_state_table, NULL, NULL, NULL))
        rc = db_fail_at(sqlite, dir, err);
    snprintf(pragma, sizeof pragma, "pragma user_version=%d", db_schema_latest(schema));
    if (rc == OK && sqlite3_exec(sqlite, pragma, NULL, NULL, NULL))
        rc = db_fail_at(sqlite, dir, err);
    return rc;
}

/* The first column of a pragma. */
static int
pragma_int(sqlite3 *sqlite, const char *dir, const char *sql, int64_t *out, Err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = OK;

    if (sqlite3_prepare_v2(sqlite, sql, -1, &st, NULL) ||
        sqlite3_step(st) != SQLITE_ROW)
        rc = db_fail_at(sqlite, dir, err);
    else
        *out = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return rc;
}

/* Is it ours, and not newer than the schema? */
int
db_schema_judge(const char *dir, int64_t application, int64_t number, int known, Err *err)
{
    if (application != DB_APPLICATION_ID)
        return err_set(err, ERR_CORRUPT,
                       "%s/meta.db is a database of another program; move it away",
                       dir);
    if (number > known)
        return err_set(err, ERR_VERSION,
                       "%s/meta.db was written by a newer rille (format %d, this "
                       "program knows %d); update rille",
                       dir, (int)number, known);
    return OK;
}

/* The same of an open database, its log included; *version is what it is. */
int
db_schema_check(sqlite3 *sqlite, const char *dir, int known, int *version, Err *err)
{
    int64_t application, number;
    int rc;

    if ((rc = pragma_int(sqlite, dir, "pragma application_id", &application, err)) ||
        (rc = pragma_int(sqlite, dir, "pragma user_version", &number, err)))
        return rc;
    *version = (int)number;
    return db_schema_judge(dir, application, number, known, err);
}

/* Size of DIR/NAME, -1 when it is not there. */
int64_t
db_file_size(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

/* -- bringing up to date ---------------------------------------------------- */

/* The copy of version FROM, made before anything changes. */
static int
back_up(Db *db, int from, Err *err)
{
    char path[PATH_MAX];
    int rc;

    snprintf(path, sizeof path, "%.*s/meta.db.v%d.bak", PATH_MAX - 64, db->dir, from);
    if ((rc = sys_remove(path, err)))
        return rc;
    return db_run(db, err, "vacuum into ?", "s", (Slice){path, strlen(path)});
}

/* A run of an older program would go on writing as that knows the tables: its metrics and
 * tags would be missing in those that came since. */
static int
refuse_live_runs(const Db *db, int from, Err *err)
{
    char path[PATH_MAX];
    struct dirent *e;
    int held = 0;
    DIR *dir;

    snprintf(path, sizeof path, "%.*s/runs", PATH_MAX - 300, db->dir);
    dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? OK : err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
    while (held == 0 && (e = readdir(dir))) {
        const char *end = strrchr(e->d_name, '.');

        if (!end || strcmp(end, ".lock") != 0)
            continue;
        snprintf(path, sizeof path, "%.*s/runs/%s", PATH_MAX - 300, db->dir, e->d_name);
        held = run_lock_is_held(path, err);
    }
    closedir(dir);
    if (held <= 0)
        return held;
    return err_set(err, ERR_BUSY,
                   "%s/meta.db was written by an older rille (format %d), and one of its runs is "
                   "still going; once it has ended, the next run brings meta.db up to date",
                   db->dir, from);
}

/* Rewrites every page with room for its check value (db_core.h).  A database without check
 * values works as well, so a failure does no harm. */
static void
add_check_values(Db *db)
{
    int reserve = DB_PAGE_RESERVE, has = -1;

    sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_RESERVE_BYTES, &has);
    if (has == reserve || db_lock_folder(db->dir, 1, &db->lock, NULL))
        return;
    sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    /* the copy may be large: not in memory */
    sqlite3_exec(db->sqlite, "pragma temp_store=default; vacuum; pragma temp_store=memory", NULL,
                 NULL, NULL);
    db_unlock(db);
}

int
db_schema_migrate(Db *db, const char *schema, Err *err)
{
    int known = db_schema_latest(schema), from = known, rc;

    /* the lock comes first: another process may be migrating it, and a copy of its result
     * must not be kept as that of the old version */
    if ((rc = db_lock_folder(db->dir, 1, &db->lock, err)))
        return rc;
    rc = db_schema_check(db->sqlite, db->dir, known, &from, err);
    if (rc == OK && from < known)
        if ((rc = refuse_live_runs(db, from, err)) == OK &&
            (rc = back_up(db, from, err)) == OK && (rc = db_synchronous(db, 1, err)) == OK &&
            (rc = db_run(db, err, "begin immediate", "")) == OK &&
            (rc = db_schema_run(db->sqlite, db->dir, schema, from, err)) == OK &&
            (rc = db_commit(db, err)) == OK)
            add_check_values(db);
    db_rollback(db);
    return rc;
}
