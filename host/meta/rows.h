/* rows.h -- the result of a query, copied out of the database.
 *
 * A reader copies all rows and ends its statement before it makes anything of them: an
 * error while Lua tables are built leaves no statement open.
 *
 * Lives in the caller's memory: rows_init, rows_take or rows_all, rows_release.
 * The names of the columns are those of the first statement taken; all rows of
 * one Rows come from the same SQL. */
#ifndef ROWS_H
#define ROWS_H

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"

typedef struct Rows {
    size_t n;
    int columns;
    Buf cells, bytes, names;
} Rows;

void rows_init(Rows *r);
void rows_release(Rows *r);
void rows_clear(Rows *r);               /* for the next rows of the same SQL */
/* Appends the statement's row at hand. */
int rows_take(Rows *r, DbStmt *st, Err *err);
/* Appends all rows that are left, and ends the statement, also on error. */
int rows_all(Rows *r, Db *db, DbStmt *st, Err *err);
/* Borrowed until the next append.  Text and blobs: as.s. */
DbValue rows_cell(const Rows *r, size_t row, int column);
/* The cell of the column of that name; DB_NULL where there is none.  _text: a text or blob, no
 * value for others. */
DbValue rows_get(const Rows *r, size_t row, const char *name);
Slice rows_text(const Rows *r, size_t row, const char *name);
int64_t rows_number(const Rows *r, size_t row, const char *name);   /* an integer; 0 for others */
const char *rows_name(const Rows *r, int column);
int64_t rows_int(const Rows *r, size_t row, int column);     /* 0 for others */

#endif
