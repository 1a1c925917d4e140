/* sqlite_table.h -- the rows of a table or a query, column by column.
 *
 * SQLite has a type for each value, a column of a frame one for all:
 *     integers                 i64; BOOL of 0 and 1: booleans
 *     and reals, or NULL       f64, NULL is NaN; past 2^53, where that rounds: text
 *     text, blobs              strings, NULL is ""; numbers among them are written out
 *     text, declared DATE...   dates where all are ISO 8601
 *     NULL alone               by the declared type, else f64 */
#ifndef SQLITE_TABLE_H
#define SQLITE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "array/array.h"
#include "sqlite/sqlite_open.h"

typedef enum SqliteType {
    SQLITE_T_NULL, SQLITE_T_INT, SQLITE_T_REAL, SQLITE_T_TEXT, SQLITE_T_BLOB
} SqliteType;

/* A value that is bound or written; text is borrowed. */
typedef struct SqliteValue {
    SqliteType type;
    const char *name;           /* of a parameter; NULL: by position */
    int64_t i;
    double d;
    const char *text;
    size_t len;
} SqliteValue;

typedef struct SqliteQuery {
    const char *path, *name;    /* name: for messages */
    const char *text;           /* a table, or SELECT, WITH, VALUES */
    const SqliteValue *values;
    size_t n_values;
} SqliteQuery;

typedef enum SqliteColumnKind {
    SQLITE_C_INTEGER, SQLITE_C_NUMBER, SQLITE_C_BOOLEAN, SQLITE_C_STRING, SQLITE_C_DATE
} SqliteColumnKind;

typedef struct SqliteTable SqliteTable;

/* ERR_NOTFOUND: there is no such table.  Release with sqlite_table_free, which accepts NULL. */
int sqlite_table_read(SqliteTable **out, const SqliteQuery *q, Err *err);
/* The names of the tables and views, or of all of their columns, as one column of text. */
int sqlite_table_names(SqliteTable **out, const char *path, const char *name, int columns,
                       Err *err);
void sqlite_table_free(SqliteTable *t);

int64_t sqlite_table_rows(const SqliteTable *t);
int sqlite_table_columns(const SqliteTable *t);
SqliteSeen sqlite_table_seen(const SqliteTable *t);
const char *sqlite_table_name(const SqliteTable *t, int column);
SqliteColumnKind sqlite_table_kind(const SqliteTable *t, int column);
/* A column but one of strings, the caller's. */
int sqlite_table_array(SqliteTable *t, int column, Array **out, Err *err);
/* A string, borrowed until the next call; NULL when out of memory. */
const char *sqlite_table_text(SqliteTable *t, int column, int64_t row, size_t *len);

#endif
