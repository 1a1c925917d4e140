/* db_core.h -- what the files db*.c share, which alone include it and sqlite3.h:
 *
 *     db_wal_match.c             whose the log is, the last durable transaction
 *     db_page_check.c            check values of pages
 *     db.c                 errors, statements
 *     db_transaction.c     the lock, transactions
 *     db_schema.c          versions of the schema
 *     db_image.c           an empty database
 *     db_functions.c       functions in the SQL
 *     db_open.c            opening and closing */
#ifndef DB_CORE_H
#define DB_CORE_H

#include <stdint.h>
#include <sys/types.h>

#include <sqlite3.h>

#include "base/err.h"
#include "meta/db.h"

/* The row of the table transaction_state, which every write transaction changes:
 *     "rilletxn", id, before, number; 8 bytes each, integers with the high byte first
 * id is drawn at random, before is the id of the transaction before it, number
 * counts.  So a log says which state of meta.db it goes on from. */
enum { DB_STATE_SIZE = 32 };

typedef struct DbState {
    uint64_t id, before;
    int64_t number;             /* 0: nothing was written yet */
} DbState;

/* Makes the table where it is not there. */
extern const char db_state_table[];
/* From the n bytes of the row; 0 when they are none. */
int db_state_decode(const void *p, size_t n, DbState *out);
void db_state_encode(const DbState *s, unsigned char out[DB_STATE_SIZE]);
/* The row that this connection sees: 1, or 0 when there is none. */
int db_state_read(sqlite3 *sqlite, DbState *out);

/* Does DIR/meta.db-wal go on from the meta.db whose own state (0 when it has none)
 * this is?  1, 0, or an error.  A log without a finished transaction belongs to any. */
int db_log_fits(const char *dir, const DbState *file, Err *err);

/* The page that has the row in DIR/meta.db-wal, and its bytes: 1, 0 when the log has
 * none, or an error. */
int db_log_state_page(const char *dir, uint32_t *number, uint32_t *size, Err *err);
/* The row in the bytes of that page: 1, or 0 when it is not there. */
int db_state_in_page(const unsigned char *page, size_t size, DbState *out);

/* The last durable transaction, which DIR/lock holds as a line of text outside the
 * database, and how many before it were found to be lost.  fd: of DIR/lock. */
void db_log_note(int fd, const DbState *s, int64_t lost);
/* How many a database in this state lacks of what was noted; *before: those that
 * were found to be lost earlier. */
int64_t db_log_lost(int fd, const DbState *now, int64_t *before);

/* Bytes at the end of each page that hold its check value. */
enum { DB_PAGE_RESERVE = 8 };

/* Pages carry check values where byte 20 of the header says so. */
int db_page_checked(const unsigned char *header);
/* Sets those of an image of a database: n pages of that size. */
void db_page_stamp_image(unsigned char *image, uint64_t n, uint32_t size);

/* From now on every page that this connection writes to meta.db gets its value. */
int db_page_attach(sqlite3 *sqlite, Err *err);
/* Calls bad(user, page) for each page of the file that has a wrong one; *checked:
 * whether pages have any.  The caller holds DIR/lock, so that no process writes. */
int db_page_verify(sqlite3 *sqlite, int *checked, int (*bad)(void *user, int64_t page, Err *err),
                  void *user, Err *err);

/* -- an open database -------------------------------------------------------- */

enum {
    DB_SLOTS = 256,                     /* statements, a power of two */
    DB_WAL_MOST = 4096,                 /* pages, after which a commit moves them */
    DB_WAL_TRY = 256                    /* pages more, after which it tries again */
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
    double patience;            /* db_limit_wait; 0: none */
    int held;                   /* db_hold began a transaction that only reads */
    int wal_pages;              /* in the WAL after the last commit */
    int wal_tried;              /* when it was opened, or a commit last tried to move them */
    int wal_found;              /* in its file when it was opened, or a little less */
    DbState state;              /* after the last commit */
    int acknowledged;           /* db_acknowledge_lost was called, and no commit came after */
    Err trouble;                /* code 0: none yet */
    int64_t data_version;
    size_t used;
    Slot slots[DB_SLOTS];
};

/* -- db.c -------------------------------------------------------------------- */

int db_damaged(const char *dir, const char *what, Err *err);
/* The error that SQLite had last, as one of ours; db_fail notes it as trouble. */
int db_fail_at(sqlite3 *sqlite, const char *dir, Err *err);
int db_fail(Db *db, Err *err);

/* -- db_transaction.c -------------------------------------------------------- */

/* Takes DIR/lock; wait 0: ERR_BUSY when another process holds it. */
int db_lock_folder(const char *dir, int wait, int *fd, Err *err);
void db_unlock(Db *db);
/* Makes commits durable, or not. */
int db_synchronous(Db *db, int full, Err *err);

/* -- db_functions.c ---------------------------------------------------------- */

/* Adds them to the connection; a code of SQLite's. */
int db_functions_add(sqlite3 *sqlite);

/* -- db_schema.c ------------------------------------------------------------- */

/* Runs the blocks of the schema after version FROM, and notes the version reached.
 * dir is for messages. */
int db_schema_run(sqlite3 *sqlite, const char *dir, const char *schema, int from, Err *err);
/* The newest version that the text of schema.sql has. */
int db_schema_latest(const char *schema);
/* ERR_CORRUPT when it is another program's, ERR_VERSION when it is newer than known. */
int db_schema_judge(const char *dir, int64_t application, int64_t number, int known, Err *err);
/* The same of an open database, its log included; *version is what it is. */
int db_schema_check(sqlite3 *sqlite, const char *dir, int known, int *version, Err *err);
int db_schema_migrate(Db *db, const char *schema, Err *err);
/* Should a process that closes wait for readers, to empty a WAL that had so many pages when it was
 * opened and has so many now?  Only those whose commits take it past one more DB_WAL_MOST do: a
 * reader that stays would cost every run the wait. */
int db_waits_for_readers(int found, int pages);
/* Size of DIR/NAME, -1 when it is not there. */
int64_t db_file_size(const char *dir, const char *name);

#endif
