/* db.c -- see db.h: errors and statements.  Opening is in db_open.c, transactions in
 * db_transaction.c. */
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "meta/db_core.h"

/* -- errors ---------------------------------------------------------------- */

int
db_damaged(const char *dir, const char *what, Err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "%s/meta.db is damaged (%s); move it away, or put a backup in "
                   "its place: the objects stay, history starts over",
                   dir, what);
}

/* Speaks of the database in DIR. */
int
db_fail_at(sqlite3 *sqlite, const char *dir, Err *err)
{
    const char *text = sqlite ? sqlite3_errmsg(sqlite) : "out of memory";
    int reason = sqlite ? sqlite3_system_errno(sqlite) : 0;

    switch (sqlite ? sqlite3_errcode(sqlite) & 0xff : SQLITE_NOMEM) {
    case SQLITE_NOMEM:
        return err_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_BUSY, "%s/meta.db: locked by another program (%s)", dir,
                       text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return db_damaged(dir, text, err);
    case SQLITE_CONSTRAINT:
        return err_set(err, ERR_EXISTS, "%s/meta.db: %s", dir, text);
    case SQLITE_IOERR:
        if (reason)
            return err_set(err, ERR_IO, "%s/meta.db: %s", dir, err_reason(reason));
        return err_set(err, ERR_IO, "%s/meta.db: %s", dir, text);
    default:
        return err_set(err, ERR_IO, "%s/meta.db: %s", dir, text);
    }
}

int
db_fail(Db *db, Err *err)
{
    Err here;
    int rc = db_fail_at(db->sqlite, db->dir, &here);

    if (rc == ERR_CORRUPT || rc == ERR_IO || rc == ERR_NOMEM)
        db->trouble = here;
    return err_set(err, rc, "%s", here.msg);
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

/* -- statements ------------------------------------------------------------ */

/* The prepared statement of a literal. */
static sqlite3_stmt *
prepared(Db *db, const char *sql)
{
    size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >> 56;
    sqlite3_stmt *st = NULL;

    while (db->slots[i].sql && db->slots[i].sql != sql)
        i = (i + 1) % DB_SLOTS;
    if (db->slots[i].sql) {
        sqlite3_reset(db->slots[i].st);         /* a reader may have left it early */
        return db->slots[i].st;
    }
    if (db->used == DB_SLOTS - 1 ||
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
        rc = db_fail(db, err);
    va_end(ap);
    if (st)
        sqlite3_reset(st);
    return rc;
}

int
db_run_values(Db *db, Err *err, const char *sql, const DbValue *values, size_t n)
{
    sqlite3_stmt *st = prepared(db, sql);
    int rc = OK;

    if (!st || bind_values(st, values, n) || sqlite3_step(st) != SQLITE_DONE)
        rc = db_fail(db, err);
    if (st)
        sqlite3_reset(st);
    return rc;
}

int64_t
db_last_id(const Db *db)
{
    return sqlite3_last_insert_rowid(db->sqlite);
}

void
db_forget_pages(Db *db)
{
    sqlite3_db_release_memory(db->sqlite);
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
    return start(db, st, sql, types, ap) ? db_fail(db, err) : OK;
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
        return db_fail(db, err);
    *out = (DbStmt *)st;
    return OK;
}

int
db_step(Db *db, DbStmt *st, Err *err)
{
    int rc = sqlite3_step((sqlite3_stmt *)st);

    if (rc == SQLITE_ROW)
        return 1;
    rc = rc == SQLITE_DONE ? OK : db_fail(db, err);
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
                 : db_fail(db, err);
    else if (bind_values(st, values, n))
        rc = db_fail(db, err);
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
