/* query_select.c -- see query_select.h */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "meta/query_select.h"

void
select_add(Select *s, const char *sql)
{
    s->failed |= buf_puts(&s->sql, sql) != OK;
}

void
select_printf(Select *s, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    select_add(s, text);
}

size_t
select_bind(Select *s, DbValue value)
{
    s->failed |= buf_put(&s->values, &value, sizeof value) != OK;
    return s->values.len / sizeof value;
}

size_t
select_bind_text(Select *s, Slice value)
{
    return select_bind(s, (DbValue){DB_TEXT, {.s = value}});
}

size_t
select_bind_own(Select *s, DbType type, char *data, size_t n)
{
    if (!data || buf_put(&s->kept, &data, sizeof data)) {
        s->failed = 1;
        free(data);
        data = NULL;
    }
    return select_bind(s, (DbValue){type, {.s = {data, n}}});
}

void
select_text(Select *s, const char *sql, Slice value)
{
    select_printf(s, "%s?%zu", sql, select_bind_text(s, value));
}

void
select_int(Select *s, const char *sql, int64_t value)
{
    select_printf(s, "%s?%zu", sql, select_bind(s, (DbValue){DB_INT, {.i = value}}));
}

void
select_real(Select *s, const char *sql, double value)
{
    select_printf(s, "%s?%zu", sql, select_bind(s, (DbValue){DB_REAL, {.d = value}}));
}

int
select_rows(Select *s, Meta *m, Rows *out, Err *err)
{
    DbStmt *st = NULL;
    int rc = s->failed || !buf_cstr(&s->sql) ? err_nomem(err) : OK;

    if (rc == OK)
        rc = db_select(meta_db(m), &st, (char *)s->sql.data, (DbValue *)(void *)s->values.data,
                       s->values.len / sizeof(DbValue), err);
    if (rc == OK)
        rc = rows_all(out, meta_db(m), st, err);
    db_finish(st);
    select_release(s);
    return rc;
}

void
select_release(Select *s)
{
    char **kept = (char **)(void *)s->kept.data;

    for (size_t i = 0; i < s->kept.len / sizeof *kept; i++)
        free(kept[i]);
    buf_release(&s->sql);
    buf_release(&s->values);
    buf_release(&s->kept);
}
