/* query_select.h -- a SELECT that is put together from parts, with bound values.
 *
 * Starts as {0}; select_rows runs and releases it, select_release releases it.  The
 * first failure stays: what is added after it is left out, and select_rows tells it. */
#ifndef QUERY_SELECT_H
#define QUERY_SELECT_H

#include "meta/meta.h"
#include "meta/rows.h"

typedef struct Select {
    Buf sql;
    Buf values;                 /* DbValue */
    Buf kept;                   /* char *, bytes that values are made of */
    int failed;                 /* ERR_NOMEM */
} Select;

void select_add(Select *s, const char *sql);
void select_printf(Select *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The number N of the parameter ?N that has the value; its bytes are borrowed. */
size_t select_bind(Select *s, DbValue value);
size_t select_bind_text(Select *s, Slice value);
/* The same of the n bytes at *data, which were made by malloc; releases them later. */
size_t select_bind_own(Select *s, DbType type, char *data, size_t n);
/* Appends sql and the parameter that has the value. */
void select_text(Select *s, const char *sql, Slice value);
void select_int(Select *s, const char *sql, int64_t value);
void select_real(Select *s, const char *sql, double value);

/* Appends the rows to *out. */
int select_rows(Select *s, Meta *m, Rows *out, Err *err);
void select_release(Select *s);

#endif
