/* sqlite_open.c -- see sqlite_open.h */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/db.h"
#include "os/sys.h"
#include "sqlite/sqlite_open.h"

enum {
    BUSY_MS = 5000,
    HEADER = 100,               /* bytes */
    WAL = 2,                    /* in the bytes 18 and 19 of the header */
    FILES = 3
};

static const char *const SUFFIX[FILES] = {"", "-wal", "-journal"};

/* The default file system of SQLite with a clock that is watched, and logs that are opened
 * for reading alone: as root SQLite would change their owner, which changes their times. */
typedef struct Watched {
    sqlite3_vfs vfs;            /* first: SQLite passes its address */
    sqlite3_vfs *whole;
    int *asked;
    char name[32];
} Watched;

struct SqliteFile {
    sqlite3 *db;
    Watched watched;
    SqliteSeen seen;
    int lockless;
    struct stat before[FILES];
    char path[PATH_MAX];
    const char *name;
};

static int
watch_clock(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
    Watched *w = (Watched *)(void *)vfs;

    *w->asked = 1;
    return w->whole->xCurrentTimeInt64(w->whole, now);
}

static int
watch_old_clock(sqlite3_vfs *vfs, double *now)
{
    Watched *w = (Watched *)(void *)vfs;

    *w->asked = 1;
    return w->whole->xCurrentTime(w->whole, now);
}

static int
open_watched(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    sqlite3_vfs *whole = ((Watched *)(void *)vfs)->whole;
    int plain = SQLITE_OPEN_READONLY | SQLITE_OPEN_TEMP_JOURNAL;

    if ((flags & SQLITE_OPEN_WAL) && whole->xOpen(whole, name, file, plain, out) == SQLITE_OK)
        return SQLITE_OK;
    return whole->xOpen(whole, name, file, flags, out);
}

static int
begin_watch(SqliteFile *f, Err *err)
{
    sqlite3_vfs *whole = sqlite3_vfs_find(NULL);
    Watched *w = &f->watched;

    if (!whole)
        return err_set(err, ERR_ANY, "SQLite has no file system");
    w->vfs = *whole;
    w->whole = whole;
    w->asked = &f->seen.clock;
    snprintf(w->name, sizeof w->name, "rille-%p", (void *)f);
    w->vfs.zName = w->name;
    w->vfs.pNext = NULL;
    w->vfs.xOpen = open_watched;
    w->vfs.xCurrentTime = watch_old_clock;
    if (whole->iVersion >= 2)
        w->vfs.xCurrentTimeInt64 = watch_clock;
    return sqlite3_vfs_register(&w->vfs, 0) ? err_nomem(err) : OK;
}

/* Notes the functions whose results are not of the file alone. */
static int
watch_functions(void *user, int action, const char *a, const char *name, const char *c,
                const char *d)
{
    static const char *const random[] = {
        "random", "randomblob", "sqlite_version", "sqlite_source_id", "sqlite_compileoption_get",
        "sqlite_compileoption_used", "changes", "total_changes", "last_insert_rowid"};
    static const char *const dates[] = {"date", "time", "datetime", "julianday", "unixepoch",
                                        "strftime", "timediff"};
    SqliteSeen *seen = user;

    (void)a, (void)c, (void)d;
    if (action != SQLITE_FUNCTION || !name)
        return SQLITE_OK;
    for (size_t i = 0; i < sizeof random / sizeof *random; i++)
        seen->random |= sqlite3_stricmp(name, random[i]) == 0;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        seen->zone |= sqlite3_stricmp(name, dates[i]) == 0;
    return SQLITE_OK;
}

/* The first bytes of the file, by way of SQLite; how many there are, at most HEADER, or -1. */
static int
read_header(const char *path, unsigned char header[HEADER])
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_file *file = vfs ? calloc(1, (size_t)vfs->szOsFile) : NULL;
    char real[PATH_MAX];
    const char *name = realpath(path, real) ? sqlite3_create_filename(real, "", "", 0, NULL)
                                            : NULL;
    struct stat st;
    int rc = SQLITE_ERROR;

    memset(header, 0, HEADER);
    if (file && name && stat(path, &st) == 0 && S_ISREG(st.st_mode))
        rc = vfs->xOpen(vfs, name, file, SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY, NULL);
    if (rc == SQLITE_OK)
        rc = file->pMethods->xRead(file, header, HEADER, 0);
    if (file && file->pMethods)
        file->pMethods->xClose(file);
    sqlite3_free_filename((char *)(uintptr_t)name);
    free(file);
    if (rc == SQLITE_OK)
        return HEADER;
    return rc == SQLITE_IOERR_SHORT_READ ? (int)(st.st_size < HEADER ? st.st_size : HEADER) : -1;
}

SqliteKind
sqlite_kind(const char *path)
{
    unsigned char header[HEADER];
    int n = read_header(path, header);
    const unsigned char *id = header + 68;

    if (n == 0)
        return SQLITE_IS_EMPTY;
    if (n < HEADER || memcmp(header, "SQLite format 3", 16) != 0)
        return SQLITE_IS_NONE;
    return ((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3])
                   == DB_APPLICATION_ID
               ? SQLITE_IS_STORE : SQLITE_IS_FILE;
}

/* The state of the three files; one that is not there is all zero. */
static void
look(const SqliteFile *f, struct stat now[FILES])
{
    char path[PATH_MAX + 16];

    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s%s", f->path, SUFFIX[i]);
        if (stat(path, &now[i]))
            memset(&now[i], 0, sizeof now[i]);
    }
}

static int
is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

int
sqlite_has_changed(const SqliteFile *f)
{
    struct stat now[FILES];

    if (!f->lockless)
        return 0;
    look(f, now);
    for (int i = 0; i < FILES; i++)
        if (now[i].st_ino != f->before[i].st_ino || now[i].st_size != f->before[i].st_size
            || !is_same_time(now[i].st_mtim, f->before[i].st_mtim)
            || !is_same_time(now[i].st_ctim, f->before[i].st_ctim))
            return 1;
    return 0;
}

int
sqlite_fail(sqlite3 *db, int code, const char *name, Err *err)
{
    switch (code) {
    case SQLITE_READONLY_ROLLBACK:
        return err_set(err, ERR_BUSY, "%s: a program was interrupted while it wrote, and "
                       "%s-journal has what undoes that; open the file once with a "
                       "program that may write: sqlite3 %s .tables", name, name, name);
    case SQLITE_READONLY_CANTINIT:
    case SQLITE_READONLY_RECOVERY:
        return err_set(err, ERR_IO, "%s: changes are in %s-wal, and reading them creates %s-shm, "
                       "which the folder does not permit; copy the file and its -wal to a folder "
                       "of your own", name, name, name);
    default:
        break;
    }
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return err_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_BUSY, "%s: another program has locked it for writing; try again "
                       "when that program is done", name);
    case SQLITE_CORRUPT:
        return err_set(err, ERR_CORRUPT, "%s: the database is damaged: %s", name,
                       sqlite3_errmsg(db));
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return err_set(err, ERR_IO, "%s: %s", name,
                       sqlite3_system_errno(db) ? err_reason(sqlite3_system_errno(db))
                                                : sqlite3_errstr(code));
    default:
        return err_set(err, ERR_SYNTAX, "%s: %s", name, sqlite3_errmsg(db));
    }
}

/* Why the file is no database. */
static int
refuse(const char *path, const char *name, Err *err)
{
    struct stat st;

    if (stat(path, &st))
        return err_set(err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", name,
                       err_reason(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVAL, "%s: not a file but %s", name, sys_kind(st.st_mode));
    if (access(path, R_OK))
        return err_set(err, ERR_IO, "%s: %s", name, err_reason(errno));
    return err_set(err, ERR_CORRUPT, "%s: not a SQLite database, or an encrypted one", name);
}

/* "file:PATH?..." */
static void
format_uri(const SqliteFile *f, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "file:");

    for (const char *p = f->path; *p; p++)
        n += (size_t)snprintf(out + n, size - n, strchr("?#%", *p) ? "%%%02x" : "%c",
                              (unsigned char)*p);
    snprintf(out + n, size - n, f->lockless ? "?mode=ro&immutable=1" : "?mode=ro");
}

static int
is_wal(const char *path)
{
    unsigned char header[HEADER];

    return read_header(path, header) == HEADER && header[18] == WAL && header[19] == WAL;
}

static int
connect(SqliteFile *f, Err *err)
{
    char uri[3 * PATH_MAX + 64];
    int rc, flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;

    format_uri(f, uri, sizeof uri);
    rc = sqlite3_open_v2(uri, &f->db, flags, f->watched.name);
    if (rc)
        return f->db ? sqlite_fail(f->db, rc, f->name, err) : err_nomem(err);
    sqlite3_extended_result_codes(f->db, 1);
    sqlite3_busy_timeout(f->db, BUSY_MS);
    sqlite3_limit(f->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    sqlite3_set_authorizer(f->db, watch_functions, &f->seen);
    rc = sqlite3_exec(f->db, "pragma temp_store=memory; begin", NULL, NULL, NULL);
    return rc ? sqlite_fail(f->db, rc, f->name, err) : OK;
}

int
sqlite_open(SqliteFile **out, const char *path, const char *name, int flags, Err *err)
{
    SqliteFile *f;
    SqliteKind kind = sqlite_kind(path);
    int rc;

    if (kind == SQLITE_IS_NONE)
        return refuse(path, name, err);
    if (kind == SQLITE_IS_STORE)
        return err_set(err, ERR_INVAL, "%s: this is the database of a rille store, whose tables "
                       "are for rille alone; use rille runs, rille artifact or rille.pipelines",
                       name);
    f = calloc(1, sizeof *f);
    if (!f)
        return err_nomem(err);
    f->name = name;
    /* the log is beside the file, not beside a link to it */
    if (!realpath(path, f->path)) {
        rc = err_set(err, ERR_IO, "%s: %s", name, err_reason(errno));
        free(f);
        return rc;
    }
    look(f, f->before);
    f->lockless = (flags & SQLITE_LOCKLESS) && f->before[1].st_size == 0 && is_wal(f->path);
    rc = begin_watch(f, err);
    if (rc == OK)
        rc = connect(f, err);
    if (rc == OK)
        *out = f;
    else
        sqlite_close(f);
    return rc;
}

void
sqlite_close(SqliteFile *f)
{
    if (!f)
        return;
    sqlite3_close(f->db);
    sqlite3_vfs_unregister(&f->watched.vfs);
    free(f);
}

sqlite3 *
sqlite_handle(SqliteFile *f)
{
    return f->db;
}

SqliteSeen
sqlite_seen(const SqliteFile *f)
{
    return f->seen;
}
