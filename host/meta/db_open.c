/* db_open.c -- opening and closing the database of db.h: what has to be so before SQLite
 * may touch it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "meta/db_core.h"
#include "meta/db_image.h"
#include "os/sys.h"

enum {
    BUSY_MS = 10000,
    HEADER = 100,                       /* bytes */
    READERS_MS = 500,                   /* how long a log past DB_WAL_MOST waits for readers */
    FRAME = 4096 + 24                   /* bytes of a page in the log */
};

/* ERR_CORRUPT when one of the files is none: SQLite would only say "unable to open". */
static int
check_kinds(const char *dir, Err *err)
{
    static const char *const names[] = {"meta.db", "meta.db-wal", "meta.db-shm", "lock"};
    char path[PATH_MAX];
    struct stat st;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
            return err_set(err, ERR_CORRUPT, "%s: it is %s, not a file; move it away", path,
                           sys_kind(st.st_mode));
    }
    return OK;
}

static int
check_folder(const char *dir, Err *err)
{
    struct statfs fs;
    struct stat st;

    if (strlen(dir) + 64 > PATH_MAX)
        return err_set(err, ERR_INVAL, "%s: the path is too long", dir);
    if (stat(dir, &st) || statfs(dir, &fs))
        return err_set(err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", dir,
                       err_reason(errno));
    /* as git's safe.directory: what lies there may name commands to run */
    if (st.st_uid != geteuid())
        return err_set(err, ERR_INVAL,
                       "%s belongs to another user (uid %ld); name a store of your "
                       "own with --store DIR",
                       dir, (long)st.st_uid);
    switch ((uint32_t)fs.f_type) {
    case 0x6969u:               /* NFS */
    case 0xff534d42u:           /* CIFS */
    case 0xfe534d42u:           /* SMB2 */
    case 0x5346414fu:           /* AFS */
        return err_set(err, ERR_INVAL,
                       "%s is on a network file system, where SQLite's WAL is not "
                       "safe; keep the store on a local disk",
                       dir);
    default:
        return OK;
    }
}

/* Bytes of meta.db, by way of SQLite: a descriptor of ours would drop the locks of
 * another handle in this process when it is closed.  SQLite's code, or ERR_NOMEM. */
static int
read_at(const char *dir, void *bytes, int n, sqlite3_int64 at, Err *err)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_file *file = vfs ? calloc(1, (size_t)vfs->szOsFile) : NULL;
    char path[PATH_MAX];
    const char *name;
    int rc, flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY;

    snprintf(path, sizeof path, "%.*s/meta.db", PATH_MAX - 64, dir);
    name = sqlite3_create_filename(path, "", "", 0, NULL);
    if (!file || !name) {
        rc = err_nomem(err);
    } else {
        rc = vfs->xOpen(vfs, name, file, flags, NULL);
        if (rc == SQLITE_OK)
            rc = file->pMethods->xRead(file, bytes, n, at);
        if (file->pMethods)
            file->pMethods->xClose(file);
    }
    sqlite3_free_filename((char *)(uintptr_t)name);
    free(file);
    return rc;
}

static int
read_header(const char *dir, unsigned char header[HEADER], Err *err)
{
    int rc = read_at(dir, header, HEADER, 0, err);

    if (rc < 0)
        return rc;
    if (rc == SQLITE_IOERR_SHORT_READ || (!rc && memcmp(header, "SQLite format 3", 16) != 0))
        return db_damaged(dir, sqlite3_errstr(SQLITE_NOTADB), err);
    return rc ? err_set(err, ERR_IO, "%s/meta.db: %s", dir, sqlite3_errstr(rc)) : OK;
}

static uint32_t
number_at(const unsigned char *header, int at)
{
    const unsigned char *p = header + at;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Checks a closed database by its header, which has the version when the log is empty;
 * nothing is created or changed. */
static int
check_header(const char *dir, int known, int *version, Err *err)
{
    unsigned char header[HEADER];
    int rc = read_header(dir, header, err);

    if (rc)
        return rc;
    *version = (int)number_at(header, 60);
    return db_schema_judge(dir, number_at(header, 68), *version, known, err);
}

/* The state that meta.db has without its log, by the page that has the row in the log, too: 1, 0
 * when it is not there, or an error.  It is where SQLite would look, who needs all of the schema
 * for it, and can be read while the log is being moved, or where a process was killed in that. */
static int
state_of_page(const char *dir, DbState *out, Err *err)
{
    uint32_t number, size;
    int rc = db_log_state_page(dir, &number, &size, err);
    unsigned char *page = rc > 0 ? malloc(size) : NULL;

    if (rc <= 0 || !page)
        return rc <= 0 ? rc : err_nomem(err);
    rc = read_at(dir, page, (int)size, (sqlite3_int64)(number - 1) * size, err);
    if (rc == OK)
        rc = db_state_in_page(page, size, out);
    else if (rc > 0)
        rc = 0;
    free(page);
    return rc;
}

/* The same by SQLite, of a log that has no such page. */
static int
state_by_sqlite(const char *dir, DbState *out, Err *err)
{
    char uri[3 * PATH_MAX + 32];
    sqlite3 *sqlite = NULL;
    size_t n = (size_t)snprintf(uri, sizeof uri, "file:");
    int rc = OK;

    for (const char *p = dir; *p; p++)
        n += (size_t)snprintf(uri + n, sizeof uri - n, strchr("?#%", *p) ? "%%%02x" : "%c",
                              (unsigned char)*p);
    snprintf(uri + n, sizeof uri - n, "/meta.db?immutable=1");
    if (sqlite3_open_v2(uri, &sqlite,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                        NULL))
        rc = db_fail_at(sqlite, dir, err);
    else
        db_state_read(sqlite, out);
    sqlite3_close(sqlite);
    return rc;
}

static int
state_of_file(const char *dir, DbState *out, Err *err)
{
    int rc = state_of_page(dir, out, err);

    return rc ? (rc < 0 ? rc : OK) : state_by_sqlite(dir, out, err);
}

static int
log_fits(const char *dir, Err *err)
{
    DbState file = {0};
    int rc = state_of_file(dir, &file, err);

    return rc ? rc : db_log_fits(dir, &file, err);
}

/* A log of another database, or of another state of this one, is never applied. */
static int
check_log(const char *dir, Err *err)
{
    int lock, rc = log_fits(dir, err);

    if (rc != 0)
        return rc < 0 ? rc : OK;
    /* another process may have moved the log between the two reads: compare again while
     * the lock keeps all others from writing */
    if ((rc = db_lock_folder(dir, 1, &lock, err)))
        return rc;
    rc = log_fits(dir, err);
    sys_unlock(lock);
    if (rc != 0)
        return rc < 0 ? rc : OK;
    return err_set(err, ERR_CORRUPT,
                   "%s/meta.db-wal is not the log of this meta.db: one of the two was "
                   "replaced; to keep this meta.db, move meta.db-wal away, or "
                   "restore both files from the same backup",
                   dir);
}

static int
on_commit(void *arg, sqlite3 *sqlite, const char *name, int pages)
{
    (void)sqlite, (void)name;
    ((Db *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

static int
configure(Db *db, Err *err)
{
    int on = 1;

    sqlite3_extended_result_codes(db->sqlite, 1);
    sqlite3_busy_timeout(db->sqlite, BUSY_MS);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
    sqlite3_wal_hook(db->sqlite, on_commit, db);
    if (db_functions_add(db->sqlite) ||
        sqlite3_exec(db->sqlite,
                     "pragma synchronous=normal; pragma cache_size=-32768;"
                     "pragma temp_store=memory; pragma secure_delete=off",
                     NULL, NULL, NULL))
        return db_fail(db, err);
    return db_page_attach(db->sqlite, err);
}

static int
open_file(Db *db, const char *schema, int flags, Err *err)
{
    int known = db_schema_latest(schema), version = 0, rc;
    int64_t log = db_file_size(db->dir, "meta.db-wal");
    char path[PATH_MAX];

    rc = log > 0 ? check_log(db->dir, err) : check_header(db->dir, known, &version, err);
    if (rc)
        return rc;
    db->wal_found = db->wal_tried = log > 0 ? (int)(log / FRAME) : 0;
    snprintf(path, sizeof path, "%s/meta.db", db->dir);
    if (sqlite3_open_v2(path, &db->sqlite,
                        (flags & DB_READONLY ? SQLITE_OPEN_READONLY
                                             : SQLITE_OPEN_READWRITE) |
                            SQLITE_OPEN_NOMUTEX,
                        NULL))
        return db_fail(db, err);
    if ((rc = configure(db, err)) ||
        (log > 0 && (rc = db_schema_check(db->sqlite, db->dir, known, &version, err))))
        return rc;
    if (version == known)
        return OK;
    if (flags & DB_READONLY)
        return err_set(err, ERR_VERSION,
                       "%s/meta.db was written by an older rille (format %d, this "
                       "program reads %d); the next run brings it up to date",
                       db->dir, version, known);
    return db_schema_migrate(db, schema, err);
}

void
db_of_program(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int
db_judge(const char *dir, const char *schema, Err *err)
{
    int version;

    return check_header(dir, db_schema_latest(schema), &version, err);
}

int
db_open(Db **out, const char *dir, const char *schema, int flags, Err *err)
{
    Db *db;
    int rc;

    *out = NULL;
    if ((flags & DB_CREATE) && (rc = sys_mkdirs(dir, err)))
        return rc;
    if ((rc = check_folder(dir, err)) || (rc = check_kinds(dir, err)))
        return rc;
    if (db_file_size(dir, "meta.db") <= 0) {
        if (!(flags & DB_CREATE))
            return err_set(err, ERR_NOTFOUND, "%s: no rille store here", dir);
        if ((rc = db_image_create(dir, schema, err)))
            return rc;
    }
    db = calloc(1, sizeof *db);
    if (!db || !(db->dir = strdup(dir))) {
        free(db);
        return err_nomem(err);
    }
    db->pid = getpid();
    db->lock = -1;
    if ((rc = open_file(db, schema, flags, err))) {
        db_close(db);
        return rc;
    }
    *out = db;
    return OK;
}

int
db_waits_for_readers(int found, int pages)
{
    return pages / DB_WAL_MOST > found / DB_WAL_MOST;
}

/* Moves the log into meta.db and empties it, when this process has written: then the next
 * process has no log to read, and meta.db is complete by itself.  A failure does no harm:
 * the log stays, and the next process that writes tries again. */
static void
fold_log(Db *db)
{
    if (!db->committed || db_lock_folder(db->dir, 0, &db->lock, NULL))
        return;                 /* the process that writes now will do it */
    sqlite3_busy_timeout(db->sqlite,
                         db_waits_for_readers(db->wal_found, db->wal_pages) ? READERS_MS : 0);
    sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    db_unlock(db);
}

void
db_close(Db *db)
{
    if (!db)
        return;
    /* in a forked process the connection is the parent's: forget it */
    if (db->pid == getpid()) {
        db_rollback(db);
        for (size_t i = 0; i < DB_SLOTS; i++)
            sqlite3_finalize(db->slots[i].st);
        fold_log(db);
        sqlite3_close_v2(db->sqlite);
    }
    free(db->dir);
    free(db);
}
