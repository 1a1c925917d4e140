/* csv_writelib.c -- rille.csv: write and encode, frames as text */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "base/datetime.h"
#include "base/decimal.h"
#include "csv/csv_args.h"
#include "csv/csv_box.h"
#include "csv/csv_lex.h"
#include "csv/csvlib.h"
#include "embedded/embedded.h"
#include "observe/observe.h"
#include "os/output_file.h"

enum { LOOK_EVERY = 1024 };             /* rows between two looks at what ends a call */

/* A frame being written: its columns, a list, are at index columns. */
typedef struct Writer {
    lua_State *L;
    Buf *out;
    int columns;
    lua_Integer ncolumns;
    struct Field {
        Array *array;           /* NULL for a column of strings */
        int dates;              /* the array is of milliseconds */
        DatetimeUnit unit;
    } *fields;
    char separator;
    int quote;                  /* text in quotes that would be read as something else */
} Writer;

static int
put_integer(Buf *out, int64_t i)
{
    char text[DECIMAL_SIZE];

    return buf_put(out, text, decimal_put_int(i, text));
}

static int
put_double(Buf *out, double d)
{
    char text[DECIMAL_SIZE];

    if (isnan(d))
        return OK;
    if (isinf(d))
        return buf_puts(out, d < 0 ? "-inf" : "inf");
    return buf_put(out, text, decimal_put_double(d, text));
}

/* The shortest text that reads back as this float, not as its double. */
static int
put_float(Buf *out, float f)
{
    char text[DECIMAL_SIZE];

    for (int digits = FLT_DIG; isfinite(f) && digits <= FLT_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)f);
        if (strtof(text, NULL) == f)
            return put_double(out, strtod(text, NULL));
    }
    return put_double(out, (double)f);
}

static int
put_date(Buf *out, const struct Field *f, lua_Integer row)
{
    const int64_t *ms = (const void *)(f->array->data + (row - 1) * f->array->stride[0]);
    char text[DATETIME_SIZE];

    return buf_put(out, text, datetime_format(*ms, f->unit, text));
}

static int
put_element(Buf *out, const Array *a, lua_Integer row)
{
    const void *at = a->data + (row - 1) * a->stride[0];

    switch (a->type) {
    case ARRAY_BOOL:
        return buf_puts(out, *(const unsigned char *)at ? "true" : "false");
    case ARRAY_U8:
        return put_integer(out, *(const unsigned char *)at);
    case ARRAY_I32:
        return put_integer(out, *(const int32_t *)at);
    case ARRAY_I64:
        return put_integer(out, *(const int64_t *)at);
    case ARRAY_F32:
        return put_float(out, *(const float *)at);
    case ARRAY_F64:
        return put_double(out, *(const double *)at);
    }
    return OK;
}

/* The string in the list on top of the stack.  What may be taken for a separator, in a table
 * of one column, is in quotes. */
static int
put_string(Writer *w, lua_Integer row)
{
    const char *text;
    size_t len;
    int rc;

    lua_rawgeti(w->L, -1, row);
    text = lua_tolstring(w->L, -1, &len);
    if (text && ((w->quote && csv_lex_is_typed(text, len))
                 || (w->ncolumns == 1 && strcspn(text, ";\t|") < len)))
        rc = csv_lex_put_quoted(w->out, text, len);
    else
        rc = text ? csv_lex_put(w->out, text, len, w->separator) : OK;
    lua_pop(w->L, 1);
    return rc;
}

static int
put_field(Writer *w, lua_Integer column, lua_Integer row)
{
    const struct Field *f = &w->fields[column - 1];
    int rc;

    if (f->dates)
        return put_date(w->out, f, row);
    if (f->array)
        return put_element(w->out, f->array, row);
    lua_rawgeti(w->L, w->columns, column);
    rc = put_string(w, row);
    lua_pop(w->L, 1);
    return rc;
}

/* The record of row, or for row 0 the one of the names in the list on top. */
static int
put_record(Writer *w, lua_Integer row)
{
    size_t start = w->out->len;
    int rc = OK;

    for (lua_Integer i = 1; i <= w->ncolumns && rc == OK; i++) {
        if (i > 1)
            rc = buf_byte(w->out, w->separator);
        if (rc == OK)
            rc = row ? put_field(w, i, row) : put_string(w, i);
    }
    /* an empty line would be passed over when it is read */
    if (rc == OK && w->out->len == start && w->ncolumns)
        rc = buf_puts(w->out, "\"\"");
    return rc ? rc : buf_byte(w->out, '\n');
}

/* The column on top of the stack, whose place stays. */
static void
read_field(lua_State *L, struct Field *f)
{
    f->array = array_box_test(L, -1);
    f->dates = 0;
    if (f->array || !lua_getmetatable(L, -1))
        return;
    lua_pop(L, 1);
    lua_getfield(L, -1, "ms");
    f->array = array_box_check(L, -1);
    f->dates = 1;
    f->unit = DATETIME_DAY;
    for (int64_t i = 0; i < f->array->shape[0]; i++) {
        const int64_t *ms = (const void *)(f->array->data + i * f->array->stride[0]);
        DatetimeUnit unit = datetime_unit(*ms);

        f->unit = unit > f->unit ? unit : f->unit;
    }
    lua_pop(L, 1);
}

/* Pushes the list of a frame's columns and their fields. */
static struct Field *
push_columns(lua_State *L, int frame, lua_Integer *n)
{
    struct Field *fields;
    int list;

    lua_getfield(L, frame, "columns");
    *n = luaL_len(L, -1);
    lua_getfield(L, frame, "data");
    lua_newtable(L);
    list = lua_gettop(L);
    fields = lua_newuserdatauv(L, (size_t)(*n + 1) * sizeof *fields, 0);
    for (lua_Integer i = 1; i <= *n; i++) {
        lua_rawgeti(L, list - 2, i);
        lua_gettable(L, list - 1);
        read_field(L, &fields[i - 1]);
        lua_rawseti(L, list, i);
    }
    return fields;
}

/* The frame is at 1; leaves three arguments. */
static void
check_frame(lua_State *L)
{
    int same;

    bind_most(L, 3);
    lua_settop(L, 3);
    lua_getfield(L, lua_upvalueindex(CSV_BOX_FRAME), "class");
    same = lua_getmetatable(L, 1) && lua_rawequal(L, -1, -2);
    if (!same) {
        lua_settop(L, 3);
        bind_typeerror(L, 1, "a frame");
    }
    lua_settop(L, 3);
}

/* Pushes a box with the text of the frame at 1; options at idx. */
static Buf *
encode(lua_State *L, int idx, int quote, const char *what)
{
    static const char *const known[] = {"header", "separator", NULL};
    CsvSource format;
    lua_Integer rows;
    Writer w = {0};
    int rc = OK;

    csv_args_check(L, idx, what, known);
    csv_args_format(L, idx, &format);
    if (!format.separator)
        format.separator = ',';
    lua_getfield(L, 1, "n_rows");
    rows = lua_tointeger(L, -1);
    w.L = L;
    w.separator = format.separator;
    w.quote = quote;
    w.fields = push_columns(L, 1, &w.ncolumns);
    w.columns = lua_gettop(L) - 1;
    w.out = csv_box_bytes(L);
    lua_getfield(L, 1, "columns");
    if (format.header && w.ncolumns)
        rc = put_record(&w, 0);
    lua_pop(L, 1);
    for (lua_Integer row = 1; row <= rows && rc == OK; row++) {
        rc = put_record(&w, row);
        if (row % LOOK_EVERY == 0)
            embedded_check_interrupt(L);
    }
    if (rc)
        bind_error(L, "out of memory");
    return w.out;
}

/* csv.encode(frame[, options[, quote]]) -> text; quote: for a program, whose output
 * csv.decode reads by the names of the frame's columns of text */
int
csv_writelib_encode(lua_State *L)
{
    Buf *text;

    check_frame(L);
    text = encode(L, 2, lua_toboolean(L, 3), "csv.encode");
    lua_pushlstring(L, text->len ? (const char *)text->data : "", text->len);
    buf_release(text);
    return 1;
}

/* What is written is text, and a path that ends as a compressed file would say otherwise. */
static void
check_ending(lua_State *L, const char *path)
{
    static const char *const endings[] = {".gz", ".zst", ".bz2", ".xz", ".zip"};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0)
            bind_error(L, "csv.write: %s ends in %s, and what is written is not compressed; "
                       "write a path that ends in .csv", path, dot);
}

/* csv.write(frame, path[, options]) */
int
csv_writelib_write(lua_State *L)
{
    char resolved[PATH_MAX];
    const char *path;
    Buf *text;
    Err err;

    check_frame(L);
    path = bind_string(L, 2, NULL);
    check_ending(L, path);
    text = encode(L, 3, 0, "csv.write");
    observe_write(L, path, resolved, sizeof resolved);
    if (output_file_write(resolved, text->data, text->len, &err))
        return bind_error(L, "%s", err.msg);
    buf_release(text);
    return 0;
}
