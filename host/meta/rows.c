/* rows.c -- see rows.h; bytes are kept by their offset while the buffer grows. */
#include <string.h>

#include "meta/rows.h"

typedef struct Cell {
    DbType type;
    union {
        int64_t i;
        double d;
        struct {
            size_t at, len;
        } s;
    } as;
} Cell;

static int
take_names(Rows *r, DbStmt *st)
{
    r->columns = db_columns(st);
    for (int i = 0; i < r->columns; i++)
        if (buf_put(&r->names, db_name(st, i), strlen(db_name(st, i)) + 1))
            return ERR_NOMEM;
    return OK;
}

static int
take_cell(Rows *r, DbStmt *st, int column)
{
    Cell cell = {db_type(st, column), {0}};
    Slice s;

    switch (cell.type) {
    case DB_INT:
        cell.as.i = db_int(st, column);
        break;
    case DB_REAL:
        cell.as.d = db_real(st, column);
        break;
    case DB_TEXT:
    case DB_BLOB:
        s = db_bytes(st, column);
        cell.as.s.at = r->bytes.len;
        cell.as.s.len = s.len;
        if (buf_reserve(&r->bytes, s.len + 1) || buf_put(&r->bytes, s.data, s.len))
            return ERR_NOMEM;
        break;
    default:
        break;
    }
    return buf_put(&r->cells, &cell, sizeof cell);
}

void
rows_init(Rows *r)
{
    memset(r, 0, sizeof *r);
}

void
rows_release(Rows *r)
{
    buf_release(&r->cells);
    buf_release(&r->bytes);
    buf_release(&r->names);
    rows_init(r);
}

void
rows_clear(Rows *r)
{
    r->n = 0;
    r->cells.len = r->bytes.len = 0;
}

int
rows_take(Rows *r, DbStmt *st, Err *err)
{
    int rc = r->columns ? OK : take_names(r, st);

    for (int i = 0; rc == OK && i < r->columns; i++)
        rc = take_cell(r, st, i);
    if (rc)
        return err_nomem(err);
    r->n++;
    return OK;
}

int
rows_all(Rows *r, Db *db, DbStmt *st, Err *err)
{
    int rc;

    while ((rc = db_step(db, st, err)) == 1)
        if ((rc = rows_take(r, st, err))) {
            db_reset(st);
            return rc;
        }
    return rc;
}

DbValue
rows_cell(const Rows *r, size_t row, int column)
{
    const Cell *cell = (Cell *)(void *)r->cells.data + row * (size_t)r->columns + column;
    DbValue out = {cell->type, {0}};

    if (cell->type == DB_INT)
        out.as.i = cell->as.i;
    else if (cell->type == DB_REAL)
        out.as.d = cell->as.d;
    else if (cell->type != DB_NULL)
        out.as.s = (Slice){(char *)r->bytes.data + cell->as.s.at, cell->as.s.len};
    return out;
}

const char *
rows_name(const Rows *r, int column)
{
    const char *name = (const char *)r->names.data;

    while (column--)
        name += strlen(name) + 1;
    return name;
}

int64_t
rows_int(const Rows *r, size_t row, int column)
{
    DbValue v = rows_cell(r, row, column);

    return v.type == DB_INT ? v.as.i : 0;
}

DbValue
rows_get(const Rows *r, size_t row, const char *name)
{
    const char *p = (const char *)r->names.data;

    for (int i = 0; i < r->columns; i++, p += strlen(p) + 1)
        if (strcmp(p, name) == 0)
            return rows_cell(r, row, i);
    return (DbValue){DB_NULL, {0}};
}

Slice
rows_text(const Rows *r, size_t row, const char *name)
{
    DbValue v = rows_get(r, row, name);

    return v.type == DB_TEXT || v.type == DB_BLOB ? v.as.s : (Slice){NULL, 0};
}

int64_t
rows_number(const Rows *r, size_t row, const char *name)
{
    DbValue v = rows_get(r, row, name);

    return v.type == DB_INT ? v.as.i : 0;
}
