/* db.h -- the metadata database: one SQLite file in a folder.
 *
 *     DIR/meta.db, -wal, -shm    WAL mode; a writer that closes empties the WAL
 *     DIR/lock                   flock: one writer or checkpointer at a time; a line
 *                                in it names the last durable transaction
 *     DIR/meta.db.vN.bak         a copy, made before the migration from N
 * Invariants
 *   1. A process that writes holds DIR/lock, from db_begin to db_commit or db_rollback.
 *      The descriptor lives no longer, so a forked process never inherits it.
 *   2. meta.db appears complete (made in memory, then sys_write_file), in WAL mode.
 *   3. A database of a newer format is not changed by a byte.
 *   4. A handle belongs to the process that opened it; in a forked one every
 *      call fails, and db_close only forgets.
 *   5. The WAL is bounded: a commit that finds it long moves it into meta.db, and
 *      a process that wrote moves and empties it when it closes, unless a reader
 *      or another writer is at work: then the next one does.  So a process has only
 *      to read what those before it left when they were killed.
 *   6. A WAL that does not go on from the meta.db beside it is refused (db_wal_match.c).
 *   7. Pages of meta.db carry check values (db_page_check.c), which db_check_pages compares.
 * Nothing but db*.c includes sqlite3.h.  The table transaction_state is db_transaction.c's own.
 *
 * SQL given to db_run and db_query is a string literal: its statement is
 * prepared once and found again by the address.  Values are bound, never
 * pasted.  TYPES has a letter for each ?, followed by its argument(s):
 *     i  int64_t          r  int64_t, a row: 0 binds null
 *     d  double, NaN binds null
 *     s  Slice, as text   b  Slice, as blob   h  const unsigned char *, 32 bytes
 * A Slice whose data is NULL, and a NULL h, bind null.  Bound bytes are borrowed
 * until the statement ends. */
#ifndef DB_H
#define DB_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct Db Db;
typedef struct DbStmt DbStmt;

typedef struct Slice {
    const char *data;           /* NULL: no value */
    size_t len;
} Slice;

enum { DB_CREATE = 1, DB_READONLY = 2 };
enum { DB_APPLICATION_ID = 0x72696c6c };     /* "rill", in the header of a store's database */

typedef enum DbType { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB } DbType;

typedef struct DbValue {
    DbType type;
    union {
        int64_t i;
        double d;
        Slice s;
    } as;
} DbValue;

/* For a program whose SQLite is its own, before the first use: nobody asks SQLite how much memory
 * it has, which it would count at each block, under a lock. */
void db_of_program(void);
/* schema: the text of schema.sql, borrowed for the call.  With DB_CREATE a
 * missing folder and database are made.  Release with db_close (NULL is fine).
 * Errors: ERR_NOTFOUND, ERR_VERSION (newer), ERR_CORRUPT, ERR_INVAL (another
 * user's folder, a network file system), ERR_IO. */
int db_open(Db **out, const char *dir, const char *schema, int flags, Err *err);
void db_close(Db *db);
/* ERR_VERSION for a database of a newer format, by the header of its file alone. */
int db_judge(const char *dir, const char *schema, Err *err);
const char *db_dir(const Db *db);       /* borrowed from db */
/* What the last call said that met damage or a failure of the disk, or NULL. */
const char *db_trouble(const Db *db);   /* borrowed from db */
/* ERR_INVAL in a process that did not open db. */
int db_usable(const Db *db, Err *err);

/* A write transaction; durable: it is on disk when db_commit returns, otherwise
 * it is safe from a crash of the program but not of the machine. */
int db_begin(Db *db, int durable, Err *err);
/* From now on db_begin waits so many seconds for another writer, then fails with ERR_BUSY.  0, as
 * at first: as long as it takes. */
void db_limit_wait(Db *db, double seconds);
int db_commit(Db *db, Err *err);        /* rolls back when it fails */
void db_rollback(Db *db);

/* How many durable transactions the database lacks: those after the last one that it
 * has, when DIR/lock names a later one, and what was found to be lost before. */
int db_lost(Db *db, int64_t *n, Err *err);
void db_acknowledge_lost(Db *db);       /* a user was told: the next durable commit forgets it */
/* Calls bad for every page of meta.db whose check value is wrong. */
int db_check_pages(Db *db, int (*bad)(void *user, int64_t page, Err *err), void *user, Err *err);

/* Keeps one view of the database until db_release or db_begin: queries then cost
 * no locks, and do not see what others commit meanwhile.  For a burst of them. */
int db_hold(Db *db, Err *err);
void db_release(Db *db);
int db_is_held(const Db *db);

/* Runs a statement that gives no rows. */
int db_run(Db *db, Err *err, const char *sql, const char *types, ...);
int64_t db_last_id(const Db *db);
void db_forget_pages(Db *db);           /* gives back the memory of pages that were read */
int64_t db_changes(const Db *db);       /* rows that the last db_run touched */
/* Starts a query; *out is borrowed from db until the same SQL is used again. */
int db_query(Db *db, DbStmt **out, Err *err, const char *sql, const char *types, ...);
/* As db_run, with n values. */
int db_run_values(Db *db, Err *err, const char *sql, const DbValue *values, size_t n);
/* The same as db_query; of a parameter that is used twice, ?1, there is one value. */
int db_query_values(Db *db, DbStmt **out, Err *err, const char *sql, const DbValue *values,
                    size_t n);
/* 1 a row, 0 no more, or an error; the last two end the statement. */
int db_step(Db *db, DbStmt *st, Err *err);
void db_reset(DbStmt *st);              /* ends it early */
/* The first column of the only row; fallback when there is none or it is null. */
int db_get_int(Db *db, int64_t *out, int64_t fallback, Err *err, const char *sql,
               const char *types, ...);

/* Columns of the row, from 0; bytes are borrowed until the next db_step. */
int db_columns(DbStmt *st);
const char *db_name(DbStmt *st, int column);
DbType db_type(DbStmt *st, int column);
int64_t db_int(DbStmt *st, int column);
double db_real(DbStmt *st, int column);
Slice db_bytes(DbStmt *st, int column); /* text or blob; data NULL for null */
/* 32 bytes, or NULL when the column holds something else. */
const unsigned char *db_digest(DbStmt *st, int column);

/* SQL that was put together, used once: prepared, bound and ended by db_finish, which
 * accepts NULL.  ERR_INVAL: SQLite finds it too long or too deep. */
int db_select(Db *db, DbStmt **out, const char *sql, const DbValue *values,
              size_t n, Err *err);
void db_finish(DbStmt *st);

/* Counts up when another connection changed the database. */
int db_changed_by_others(Db *db, int *changed, Err *err);

#endif
