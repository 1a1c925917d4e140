/* sqlite_write.h -- a new SQLite file of some tables, made in memory: the caller writes the
 * bytes, complete or not at all.  The same tables give the same bytes. */
#ifndef SQLITE_WRITE_H
#define SQLITE_WRITE_H

#include "sqlite/sqlite_table.h"

typedef struct SqliteWriter SqliteWriter;

typedef struct SqliteNewColumn {
    const char *name, *declared;        /* "INTEGER" */
} SqliteNewColumn;

/* Gives the value at column and row, both from 0; text is borrowed until the next call. */
typedef void SqliteGive(void *user, int column, int64_t row, SqliteValue *out);

/* Release with sqlite_writer_free, which accepts NULL. */
int sqlite_writer_new(SqliteWriter **out, Err *err);
void sqlite_writer_free(SqliteWriter *w);
int sqlite_writer_add(SqliteWriter *w, const char *table, const SqliteNewColumn *columns, int n,
                      int64_t rows, SqliteGive *give, void *user, Err *err);
/* The bytes of the file, borrowed from w. */
int sqlite_writer_bytes(SqliteWriter *w, const void **bytes, size_t *n, Err *err);
/* Whether the file at path may be replaced by one with these tables: it is not there, empty,
 * or has no others, and no program is writing to it.  0 or an error. */
int sqlite_write_check(const char *path, const char *name, const char *const *tables, int n,
                       Err *err);

#endif
