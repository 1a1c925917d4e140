/* db_core.h -- what db.c has beside it: db_log.c (whose the log is) and db_page.c
 * (check values of pages).  Only they and db.c include it. */
#ifndef DB_CORE_H
#define DB_CORE_H

#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"

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
 * whether pages have any.  Nobody may write meanwhile. */
int db_page_verify(sqlite3 *sqlite, int *checked, int (*bad)(void *user, int64_t page, Err *err),
                  void *user, Err *err);

#endif
