/* db.c -- see db.h.  Longer than others because little else may include sqlite3.h:
 * the schema, opening, transactions, statements, other people's SQL. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "meta/db.h"
#include "meta/db_core.h"
#include "os/sys.h"

enum {
    APPLICATION_ID = 0x72696c6c,        /* "rill", in the file's header */
    BUSY_MS = 10000,
    SLOTS = 256,                        /* statements, a power of two */
    PAGE = 4096, HEADER = 100,          /* bytes */
    WAL_MOST = 4096,                    /* pages, after which a commit moves them */
    READERS_MS = 500                    /* how long such a log waits for readers */
};

typedef struct Slot {
    const char *sql;
    sqlite3_stmt *st;
} Slot;

struct Db {
    sqlite3 *sqlite;
    char *dir;
    pid_t pid;
    int lock;                   /* descriptor of DIR/lock in a transaction, or -1 */
    int full;                   /* synchronous is FULL now */
    int committed;              /* a commit was made */
    int held;                   /* db_hold began a transaction that only reads */
    int wal_pages;              /* in the WAL after the last commit */
    DbState state;              /* after the last commit */
    int told;                   /* db_acknowledge_lost was called, and no commit came after */
    Err trouble;                /* code 0: none yet */
    int64_t data_version;
    size_t used;
    Slot slots[SLOTS];
};

static int
damaged(const char *dir, const char *what, Err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "%s/meta.db is damaged (%s); move it away, or put a backup in "
                   "its place: the objects stay, the history starts anew",
                   dir, what);
}

/* Speaks of the database in DIR. */
static int
fail_at(sqlite3 *sqlite, const char *dir, Err *err)
{
    const char *text = sqlite ? sqlite3_errmsg(sqlite) : "out of memory";

    switch (sqlite ? sqlite3_errcode(sqlite) & 0xff : SQLITE_NOMEM) {
    case SQLITE_NOMEM:
        return err_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_BUSY, "%s/meta.db: another program holds it (%s)", dir,
                       text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return damaged(dir, text, err);
    case SQLITE_CONSTRAINT:
        return err_set(err, ERR_EXISTS, "%s/meta.db: %s", dir, text);
    default:
        return err_set(err, ERR_IO, "%s/meta.db: %s", dir, text);
    }
}

static int
fail(Db *db, Err *err)
{
    Err here;
    int rc = fail_at(db->sqlite, db->dir, &here);

    if (rc == ERR_CORRUPT || rc == ERR_IO || rc == ERR_NOMEM)
        db->trouble = here;
    return err_set(err, rc, "%s", here.msg);
}

/* -- the schema ---------------------------------------------------------- */

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

static int
latest_version(const char *schema)
{
    const char *body;
    int n = 0;

    for (const char *p = schema; (p = next_block(p, &n, &body)) && body; p = body)
        ;
    return n;
}

/* Runs the blocks after version FROM, and notes the version reached. */
static int
run_blocks(sqlite3 *sqlite, const char *dir, const char *schema, int from, Err *err)
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
            rc = fail_at(sqlite, dir, err);
        p = body;
    }
    buf_release(&block);
    if (rc == OK && sqlite3_exec(sqlite, db_state_table, NULL, NULL, NULL))
        rc = fail_at(sqlite, dir, err);
    snprintf(pragma, sizeof pragma, "pragma user_version=%d", latest_version(schema));
    if (rc == OK && sqlite3_exec(sqlite, pragma, NULL, NULL, NULL))
        rc = fail_at(sqlite, dir, err);
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
        rc = fail_at(sqlite, dir, err);
    else
        *out = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return rc;
}

/* Is it ours, and not newer than the schema? */
static int
judge_version(const char *dir, int64_t application, int64_t number, int known, Err *err)
{
    if (application != APPLICATION_ID)
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
static int
check_version(sqlite3 *sqlite, const char *dir, int known, int *version, Err *err)
{
    int64_t application, number;
    int rc;

    if ((rc = pragma_int(sqlite, dir, "pragma application_id", &application, err)) ||
        (rc = pragma_int(sqlite, dir, "pragma user_version", &number, err)))
        return rc;
    *version = (int)number;
    return judge_version(dir, application, number, known, err);
}

/* -- making and opening -------------------------------------------------- */

/* The bytes of an empty database with the schema, for meta.db. */
static int
make_image(sqlite3 *memory, const char *dir, const char *schema, Err *err)
{
    char path[PATH_MAX], pragma[64];
    unsigned char *image;
    sqlite3_int64 size = 0;
    int rc, reserve = DB_PAGE_RESERVE;

    sqlite3_file_control(memory, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    snprintf(pragma, sizeof pragma, "pragma application_id=%d", APPLICATION_ID);
    if (sqlite3_exec(memory, "pragma page_size=4096", NULL, NULL, NULL) ||
        sqlite3_exec(memory, pragma, NULL, NULL, NULL))
        return fail_at(memory, dir, err);
    if ((rc = run_blocks(memory, dir, schema, 0, err)))
        return rc;
    image = sqlite3_serialize(memory, "main", &size, 0);
    if (!image || size < 100)
        return err_nomem(err);
    image[18] = image[19] = 2;  /* read and write format 2: WAL mode */
    if (db_page_checked(image))
        db_page_stamp_image(image, (uint64_t)size / PAGE, PAGE);
    /* what is left of an earlier database must not be taken for this one's log */
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%.*s/meta.db%s", PATH_MAX - 64, dir, i ? "-shm" : "-wal");
        if ((rc = sys_remove(path, err)))
            goto done;
    }
    snprintf(path, sizeof path, "%s/meta.db", dir);
    rc = sys_write_file(path, image, (size_t)size, err);
done:
    sqlite3_free(image);
    return rc;
}

static int
lock_folder(const char *dir, int wait, int *fd, Err *err)
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

static void
unlock(Db *db)
{
    if (db->lock >= 0)
        close(db->lock);
    db->lock = -1;
}

/* Size of DIR/NAME, -1 when it is not there. */
static int64_t
size_of(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

/* SQLite would say of them no more than that it cannot open them. */
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
create(const char *dir, const char *schema, Err *err)
{
    sqlite3 *memory = NULL;
    int lock, rc;

    if ((rc = lock_folder(dir, 1, &lock, err)))
        return rc;
    if (size_of(dir, "meta.db") <= 0) { /* nobody was faster */
        rc = sqlite3_open_v2(":memory:", &memory,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
                 ? fail_at(memory, dir, err)
                 : make_image(memory, dir, schema, err);
        sqlite3_close(memory);
    }
    close(lock);
    return rc;
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

/* The head of meta.db, by way of SQLite: a descriptor of ours would drop the locks
 * of another handle in this process when it is closed. */
static int
read_header(const char *dir, unsigned char header[HEADER], Err *err)
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
            rc = file->pMethods->xRead(file, header, HEADER, 0);
        if (file->pMethods)
            file->pMethods->xClose(file);
        if ((rc & 0xff) == SQLITE_IOERR && rc != SQLITE_IOERR_SHORT_READ)
            rc = err_set(err, ERR_IO, "%s: %s", path, sqlite3_errstr(rc));
        else if (rc == SQLITE_IOERR_SHORT_READ || (!rc && memcmp(header, "SQLite format 3", 16) != 0))
            rc = damaged(dir, sqlite3_errstr(SQLITE_NOTADB), err);
        else if (rc)
            rc = err_set(err, ERR_IO, "%s: %s", path, sqlite3_errstr(rc));
    }
    sqlite3_free_filename((char *)(uintptr_t)name);
    free(file);
    return rc;
}

static uint32_t
number_at(const unsigned char *header, int at)
{
    const unsigned char *p = header + at;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Looks at a closed database without leaving a trace: with an empty log its head
 * says it all. */
static int
look(const char *dir, int known, int *version, Err *err)
{
    unsigned char header[HEADER];
    int rc = read_header(dir, header, err);

    if (rc)
        return rc;
    *version = (int)number_at(header, 60);
    return judge_version(dir, number_at(header, 68), *version, known, err);
}

/* The state that meta.db has without its log. */
static int
state_of_file(const char *dir, DbState *out, Err *err)
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
        rc = fail_at(sqlite, dir, err);
    else
        db_state_read(sqlite, out);
    sqlite3_close(sqlite);
    return rc;
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
    /* another process may have moved the log while we looked: look again when
     * none can */
    if ((rc = lock_folder(dir, 1, &lock, err)))
        return rc;
    rc = log_fits(dir, err);
    close(lock);
    if (rc != 0)
        return rc < 0 ? rc : OK;
    return err_set(err, ERR_CORRUPT,
                   "%s/meta.db-wal is not the log of this meta.db: one of the two was "
                   "replaced; move meta.db-wal away to go on with meta.db as it is, or "
                   "put the two files of one time in place",
                   dir);
}

/* lookup(pairs, key), a function of the SQL; see db.h. */
static void
lookup(sqlite3_context *context, int n, sqlite3_value **args)
{
    const char *pairs = sqlite3_value_blob(args[0]);
    size_t low = 0, high = (size_t)sqlite3_value_bytes(args[0]) / sizeof(DbPair);
    int64_t key = sqlite3_value_int64(args[1]);

    (void)n;
    while (pairs && low < high) {
        size_t middle = low + (high - low) / 2;
        DbPair pair;

        memcpy(&pair, pairs + middle * sizeof pair, sizeof pair);   /* unaligned */
        if (pair.key == key) {
            if (pair.value == pair.value)
                sqlite3_result_double(context, pair.value);
            else
                sqlite3_result_blob(context, "nan", 3, SQLITE_STATIC);
            return;
        }
        if (pair.key < key)
            low = middle + 1;
        else
            high = middle;
    }
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
    if (sqlite3_create_function(db->sqlite, "lookup", 2,
                                SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                NULL, lookup, NULL, NULL) ||
        sqlite3_exec(db->sqlite,
                     "pragma synchronous=normal; pragma cache_size=-32768;"
                     "pragma temp_store=memory; pragma secure_delete=off",
                     NULL, NULL, NULL))
        return fail(db, err);
    return db_page_attach(db->sqlite, err);
}

static int
synchronous(Db *db, int full, Err *err)
{
    if (db->full == full)
        return OK;
    if (sqlite3_exec(db->sqlite,
                     full ? "pragma synchronous=full" : "pragma synchronous=normal",
                     NULL, NULL, NULL))
        return fail(db, err);
    db->full = full;
    return OK;
}

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

/* Writes every page anew, with room for its check value (db_core.h).  A database
 * without them works as well, so failing is no loss. */
static void
add_check_values(Db *db)
{
    int reserve = DB_PAGE_RESERVE, has = -1;

    sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_RESERVE_BYTES, &has);
    if (has == reserve || lock_folder(db->dir, 1, &db->lock, NULL))
        return;
    sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    /* the copy may be large: not in memory */
    sqlite3_exec(db->sqlite, "pragma temp_store=default; vacuum; pragma temp_store=memory", NULL,
                 NULL, NULL);
    unlock(db);
}

static int
migrate(Db *db, const char *schema, Err *err)
{
    int known = latest_version(schema), from = known, rc;

    /* the lock comes first: another process may be at it, and a copy of what it
     * has migrated must not pass for the old version */
    if ((rc = lock_folder(db->dir, 1, &db->lock, err)))
        return rc;
    rc = check_version(db->sqlite, db->dir, known, &from, err);
    if (rc == OK && from < known)
        if ((rc = back_up(db, from, err)) == OK && (rc = synchronous(db, 1, err)) == OK &&
            (rc = db_run(db, err, "begin immediate", "")) == OK &&
            (rc = run_blocks(db->sqlite, db->dir, schema, from, err)) == OK &&
            (rc = db_commit(db, err)) == OK)
            add_check_values(db);
    db_rollback(db);
    return rc;
}

static int
open_file(Db *db, const char *schema, int flags, Err *err)
{
    int known = latest_version(schema), version = 0, rc;
    int log = size_of(db->dir, "meta.db-wal") > 0;
    char path[PATH_MAX];

    rc = log ? check_log(db->dir, err) : look(db->dir, known, &version, err);
    if (rc)
        return rc;
    snprintf(path, sizeof path, "%s/meta.db", db->dir);
    if (sqlite3_open_v2(path, &db->sqlite,
                        (flags & DB_READONLY ? SQLITE_OPEN_READONLY
                                             : SQLITE_OPEN_READWRITE) |
                            SQLITE_OPEN_NOMUTEX,
                        NULL))
        return fail(db, err);
    if ((rc = configure(db, err)) ||
        (log && (rc = check_version(db->sqlite, db->dir, known, &version, err))))
        return rc;
    if (version == known)
        return OK;
    if (flags & DB_READONLY)
        return err_set(err, ERR_VERSION,
                       "%s/meta.db was written by an older rille (format %d, this "
                       "program reads %d); the next run brings it up to date",
                       db->dir, version, known);
    return migrate(db, schema, err);
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
    if (size_of(dir, "meta.db") <= 0) {
        if (!(flags & DB_CREATE))
            return err_set(err, ERR_NOTFOUND, "%s: no rille store is here", dir);
        if ((rc = create(dir, schema, err)))
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

/* Moves the log into meta.db and empties it, when this process has written: the
 * next one then has none to read, and meta.db is whole by itself.  Failing is no
 * loss: the log stays, and the next one to write tries again. */
static void
fold_log(Db *db)
{
    if (!db->committed || lock_folder(db->dir, 0, &db->lock, NULL))
        return;                 /* whoever writes now does it */
    sqlite3_busy_timeout(db->sqlite, db->wal_pages > WAL_MOST ? READERS_MS : 0);
    sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    unlock(db);
}

void
db_close(Db *db)
{
    if (!db)
        return;
    /* in a forked process the connection is the parent's: forget it */
    if (db->pid == getpid()) {
        db_rollback(db);
        for (size_t i = 0; i < SLOTS; i++)
            sqlite3_finalize(db->slots[i].st);
        fold_log(db);
        sqlite3_close_v2(db->sqlite);
    }
    free(db->dir);
    free(db);
}

const char *
db_dir(const Db *db)
{
    return db->dir;
}

const char *
db_trouble(const Db *db)
{
    return db->trouble.code ? db->trouble.msg : NULL;
}

int
db_usable(const Db *db, Err *err)
{
    if (db->pid == getpid())
        return OK;
    return err_set(err, ERR_INVAL,
                   "%s/meta.db was opened by process %ld; a forked process cannot use it",
                   db->dir, (long)db->pid);
}

/* -- transactions -------------------------------------------------------- */

/* The lock is still held: nobody writes or moves the log meanwhile. */
static void
bound_wal(Db *db)
{
    db->committed = 1;
    /* failing is no loss: the WAL stays, and the next commit tries again */
    if (db->wal_pages > WAL_MOST)
        sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* Writes down which transaction this is. */
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
        rc = damaged(db->dir, "its count of transactions cannot be read", err);
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
    for (size_t i = 0; i < SLOTS; i++)
        if (db->slots[i].st && sqlite3_stmt_busy(db->slots[i].st))
            sqlite3_reset(db->slots[i].st);
}

int
db_hold(Db *db, Err *err)
{
    int rc = db_usable(db, err);

    if (rc || db->held || db->lock >= 0)
        return rc;
    rc = db_run(db, err, "begin", "");
    db->held = rc == OK;
    return rc;
}

void
db_release(Db *db)
{
    if (db->held)
        db_run(db, NULL, "rollback", "");
    db->held = 0;
}

int
db_begin(Db *db, int durable, Err *err)
{
    int rc;

    if ((rc = db_usable(db, err)))
        return rc;
    end_readers(db);
    db_release(db);
    if ((rc = synchronous(db, durable, err)) ||
        (rc = lock_folder(db->dir, 1, &db->lock, err)))
        return rc;
    if ((rc = db_run(db, err, "begin immediate", "")))
        unlock(db);
    return rc;
}

/* Outside of the database.  That it lacked some goes on being known until a user was
 * told: later transactions would hide it. */
static void
note_transaction(Db *db)
{
    DbState former = {.id = db->state.before, .number = db->state.number - 1};
    int64_t before, lost = db_log_lost(db->lock, &former, &before);

    if (db->full || lost || db->told)
        db_log_note(db->lock, &db->state, db->told ? 0 : before + lost);
    db->told = 0;
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
    unlock(db);
    return OK;
}

void
db_rollback(Db *db)
{
    db->held = 0;
    if (db->sqlite && !sqlite3_get_autocommit(db->sqlite))
        db_run(db, NULL, "rollback", "");
    unlock(db);
}

/* -- what was lost ------------------------------------------------------- */

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
    db->told = 1;
}

int
db_check_pages(Db *db, int (*bad)(void *user, int64_t page, Err *err), void *user, Err *err)
{
    int lock, checked, rc = db_usable(db, err);

    if (rc || (rc = lock_folder(db->dir, 1, &lock, err)))
        return rc;
    rc = db_page_verify(db->sqlite, &checked, bad, user, err);
    close(lock);
    return rc;
}

/* -- statements ---------------------------------------------------------- */

/* The prepared statement of a literal. */
static sqlite3_stmt *
prepared(Db *db, const char *sql)
{
    size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >> 56;
    sqlite3_stmt *st = NULL;

    while (db->slots[i].sql && db->slots[i].sql != sql)
        i = (i + 1) % SLOTS;
    if (db->slots[i].sql) {
        sqlite3_reset(db->slots[i].st);         /* a reader may have left it early */
        return db->slots[i].st;
    }
    if (db->used == SLOTS - 1 ||
        sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL))
        return NULL;
    db->slots[i] = (Slot){sql, st};
    db->used++;
    return st;
}

static int
bind_slice(sqlite3_stmt *st, int i, Slice s, int text)
{
    if (!s.data)
        return sqlite3_bind_null(st, i);
    if (text)
        return sqlite3_bind_text64(st, i, s.data, s.len, SQLITE_STATIC, SQLITE_UTF8);
    return sqlite3_bind_blob64(st, i, s.data, s.len, SQLITE_STATIC);
}

static int
bind_all(sqlite3_stmt *st, const char *types, va_list ap)
{
    const void *digest;
    int rc = SQLITE_OK;
    int64_t row;

    for (int i = 1; rc == SQLITE_OK && *types; i++)
        switch (*types++) {
        case 'i':
            rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
            break;
        case 'r':
            row = va_arg(ap, int64_t);
            rc = row ? sqlite3_bind_int64(st, i, row) : sqlite3_bind_null(st, i);
            break;
        case 'd':
            rc = sqlite3_bind_double(st, i, va_arg(ap, double));
            break;
        case 's':
            rc = bind_slice(st, i, va_arg(ap, Slice), 1);
            break;
        case 'b':
            rc = bind_slice(st, i, va_arg(ap, Slice), 0);
            break;
        default:
            digest = va_arg(ap, const unsigned char *);
            rc = bind_slice(st, i, (Slice){digest, 32}, 0);
        }
    return rc;
}

static int
bind_values(sqlite3_stmt *st, const DbValue *v, size_t n)
{
    int rc = SQLITE_OK;

    for (size_t i = 0; rc == SQLITE_OK && i < n; i++, v++)
        switch (v->type) {
        case DB_INT:
            rc = sqlite3_bind_int64(st, (int)i + 1, v->as.i);
            break;
        case DB_REAL:
            rc = sqlite3_bind_double(st, (int)i + 1, v->as.d);
            break;
        case DB_TEXT:
        case DB_BLOB:
            rc = bind_slice(st, (int)i + 1, v->as.s, v->type == DB_TEXT);
            break;
        default:
            rc = sqlite3_bind_null(st, (int)i + 1);
        }
    return rc;
}

static int
start(Db *db, sqlite3_stmt **out, const char *sql, const char *types, va_list ap)
{
    *out = prepared(db, sql);
    return !*out || bind_all(*out, types, ap);
}

int
db_run(Db *db, Err *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *st;
    int rc = OK;
    va_list ap;

    va_start(ap, types);
    if (start(db, &st, sql, types, ap) || sqlite3_step(st) != SQLITE_DONE)
        rc = fail(db, err);
    va_end(ap);
    if (st)
        sqlite3_reset(st);
    return rc;
}

int64_t
db_last_id(const Db *db)
{
    return sqlite3_last_insert_rowid(db->sqlite);
}

int64_t
db_changes(const Db *db)
{
    return sqlite3_changes64(db->sqlite);
}

static int
query(Db *db, sqlite3_stmt **st, Err *err, const char *sql, const char *types,
      va_list ap)
{
    int rc;

    if (db->lock < 0 && (rc = db_usable(db, err)))
        return rc;
    return start(db, st, sql, types, ap) ? fail(db, err) : OK;
}

int
db_query(Db *db, DbStmt **out, Err *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    va_list ap;
    int rc;

    va_start(ap, types);
    rc = query(db, &st, err, sql, types, ap);
    va_end(ap);
    *out = (DbStmt *)st;
    return rc;
}

int
db_query_values(Db *db, DbStmt **out, Err *err, const char *sql, const DbValue *values, size_t n)
{
    sqlite3_stmt *st;
    int rc;

    *out = NULL;
    if (db->lock < 0 && (rc = db_usable(db, err)))
        return rc;
    st = prepared(db, sql);
    if (!st || bind_values(st, values, n))
        return fail(db, err);
    *out = (DbStmt *)st;
    return OK;
}

int
db_step(Db *db, DbStmt *st, Err *err)
{
    int rc = sqlite3_step((sqlite3_stmt *)st);

    if (rc == SQLITE_ROW)
        return 1;
    rc = rc == SQLITE_DONE ? OK : fail(db, err);
    sqlite3_reset((sqlite3_stmt *)st);
    return rc;
}

void
db_reset(DbStmt *st)
{
    sqlite3_reset((sqlite3_stmt *)st);
}

int
db_get_int(Db *db, int64_t *out, int64_t fallback, Err *err, const char *sql,
           const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    va_list ap;
    int rc;

    va_start(ap, types);
    rc = query(db, &st, err, sql, types, ap);
    va_end(ap);
    if (rc || (rc = db_step(db, (DbStmt *)st, err)) < 0)
        return rc;
    *out = rc && sqlite3_column_type(st, 0) != SQLITE_NULL ? sqlite3_column_int64(st, 0)
                                                           : fallback;
    sqlite3_reset(st);
    return OK;
}

int
db_columns(DbStmt *st)
{
    return sqlite3_column_count((sqlite3_stmt *)st);
}

const char *
db_name(DbStmt *st, int column)
{
    return sqlite3_column_name((sqlite3_stmt *)st, column);
}

DbType
db_type(DbStmt *st, int column)
{
    switch (sqlite3_column_type((sqlite3_stmt *)st, column)) {
    case SQLITE_INTEGER:
        return DB_INT;
    case SQLITE_FLOAT:
        return DB_REAL;
    case SQLITE_TEXT:
        return DB_TEXT;
    case SQLITE_BLOB:
        return DB_BLOB;
    default:
        return DB_NULL;
    }
}

int64_t
db_int(DbStmt *st, int column)
{
    return sqlite3_column_int64((sqlite3_stmt *)st, column);
}

double
db_real(DbStmt *st, int column)
{
    return sqlite3_column_double((sqlite3_stmt *)st, column);
}

Slice
db_bytes(DbStmt *st, int column)
{
    sqlite3_stmt *s = (sqlite3_stmt *)st;
    const char *data = sqlite3_column_blob(s, column);
    Slice out = {data, (size_t)sqlite3_column_bytes(s, column)};

    if (!data && sqlite3_column_type(s, column) != SQLITE_NULL)
        out.data = "";          /* an empty blob is a value */
    return out;
}

const unsigned char *
db_digest(DbStmt *st, int column)
{
    Slice s = db_bytes(st, column);

    return s.len == 32 ? (const unsigned char *)s.data : NULL;
}

/* -- SQL that is put together ------------------------------------------- */

int
db_select(Db *db, DbStmt **out, const char *sql, const DbValue *values, size_t n,
          Err *err)
{
    sqlite3_stmt *st = NULL;
    int rc;

    *out = NULL;
    if ((rc = db_usable(db, err)))
        return rc;
    rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &st, NULL);
    if (rc)
        rc = (rc & 0xff) == SQLITE_ERROR
                 ? err_set(err, ERR_INVAL, "%s", sqlite3_errmsg(db->sqlite))
                 : fail(db, err);
    else if (bind_values(st, values, n))
        rc = fail(db, err);
    if (rc)
        sqlite3_finalize(st);
    else
        *out = (DbStmt *)st;
    return rc;
}

void
db_finish(DbStmt *st)
{
    sqlite3_finalize((sqlite3_stmt *)st);
}

int
db_changed_by_others(Db *db, int *changed, Err *err)
{
    int64_t now;
    int rc = db_get_int(db, &now, 0, err, "pragma data_version", "");

    *changed = rc == OK && now != db->data_version;
    if (rc == OK)
        db->data_version = now;
    return rc;
}
