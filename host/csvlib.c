/* csvlib.c -- rille.csv, the Lua face of csv.h: frames from text and back.
 *
 * Options, all of them optional:
 *     header      true: the first line names the columns; false: there is none
 *     types       { column = "string" | "integer" | "number" | "boolean" }
 *     missing     a string or a list: fields that mean "no value", besides ""
 *     separator   one character, ","
 * What csv.h says of types and missing values holds here.  Mistakes and
 * failures raise a message with the position of the caller. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arraylib.h"
#include "bind.h"
#include "csv.h"
#include "csvlex.h"
#include "decimal.h"
#include "faces.h"
#include "observelib.h"
#include "sys.h"

/* upvalues of every function: rille.frame, rille.mistake, rille.suggest */
enum { FRAME = 1, MISTAKE, SUGGEST, UPVALUES = 3 };

static const char TABLE[] = "rille.csv.table", BYTES[] = "rille.csv.bytes";

int luaopen_rille_csv(lua_State *L);

/* --- boxes ------------------------------------------------------------------ */

static int
l_table_gc(lua_State *L)
{
    CsvTable **box = luaL_checkudata(L, 1, TABLE);

    csv_free(*box);
    *box = NULL;
    return 0;
}

static int
l_bytes_gc(lua_State *L)
{
    buf_release(luaL_checkudata(L, 1, BYTES));
    return 0;
}

/* Bytes that are released with the value on top of the stack. */
static Buf *
new_bytes(lua_State *L)
{
    Buf *b = lua_newuserdatauv(L, sizeof *b, 0);

    buf_init(b);
    luaL_setmetatable(L, BYTES);
    return b;
}

/* --- options ---------------------------------------------------------------- */

/* Raises when the table at idx has a field that is not in allowed. */
static void
check_fields(lua_State *L, int idx, const char *what, const char *const *allowed)
{
    lua_getfield(L, lua_upvalueindex(MISTAKE), "check_fields");
    lua_pushstring(L, what);
    lua_pushvalue(L, idx);
    lua_newtable(L);
    for (; *allowed; allowed++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, *allowed);
    }
    lua_call(L, 3, 0);
}

/* Pushes "; did you mean ..." for the name at idx and the list on top, which it
 * removes. */
static const char *
push_hint(lua_State *L, int idx)
{
    lua_getfield(L, lua_upvalueindex(SUGGEST), "hint");
    lua_insert(L, -2);
    lua_pushvalue(L, idx);
    lua_insert(L, -2);
    lua_call(L, 2, 1);
    return lua_tostring(L, -1);
}

/* Fills the source from the options at idx; they may be absent. */
static void
read_format(lua_State *L, int idx, CsvSource *source)
{
    size_t len = 1;

    source->separator = ',';
    source->header = 1;
    if (lua_isnoneornil(L, idx))
        return;
    if (lua_getfield(L, idx, "header") != LUA_TNIL) {
        luaL_argcheck(L, lua_isboolean(L, -1), idx, "header: expected true or false");
        source->header = lua_toboolean(L, -1);
    }
    if (lua_getfield(L, idx, "separator") != LUA_TNIL) {
        const char *s = lua_tolstring(L, -1, &len);

        luaL_argcheck(L, s && len == 1, idx, "separator: expected one character");
        source->separator = *s;
    }
    lua_pop(L, 2);
}

static void
add_marker(lua_State *L, int idx, CsvTable *t)
{
    const char *marker;
    size_t len;

    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, idx,
                  "missing: expected a string or a list of strings");
    marker = lua_tolstring(L, -1, &len);
    if (csv_missing(t, marker, len))
        luaL_error(L, "out of memory");
    lua_pop(L, 1);
}

static void
read_missing(lua_State *L, int idx, CsvTable *t)
{
    if (lua_getfield(L, idx, "missing") == LUA_TTABLE) {
        lua_Integer n = luaL_len(L, -1);

        for (lua_Integer i = 1; i <= n; i++) {
            lua_geti(L, -1, i);
            add_marker(L, idx, t);
        }
        lua_pop(L, 1);
    } else if (!lua_isnil(L, -1)) {
        add_marker(L, idx, t);
    } else {
        lua_pop(L, 1);
    }
}

static void
push_names(lua_State *L, const CsvTable *t)
{
    size_t n = csv_columns(t);

    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (size_t i = 0; i < n; i++) {
        size_t len;
        const char *name = csv_name(t, i, &len);

        lua_pushlstring(L, name, len);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* The type named on top of the stack, for the column named below it. */
static CsvType
type_named(lua_State *L)
{
    static const char *const names[] = {"integer", "number", "boolean", "string", NULL};
    const char *name = lua_tostring(L, -1);

    for (int i = 0; name && names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return (CsvType)(CSV_INTEGER + i);
    luaL_tolstring(L, -1, NULL);
    lua_createtable(L, 4, 0);
    for (int i = 0; names[i]; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, i + 1);
    }
    push_hint(L, lua_gettop(L) - 1);
    luaL_error(L, "types: column \"%s\": there is no type \"%s\"%s", lua_tostring(L, -4),
               lua_tostring(L, -2), lua_tostring(L, -1));
    return CSV_AUTO;
}

static void
read_types(lua_State *L, int idx, CsvTable *t)
{
    if (lua_getfield(L, idx, "types") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    luaL_argcheck(L, lua_istable(L, -1), idx, "types: expected { column = type }");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        size_t len;
        const char *name;

        luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, idx,
                      "types: expected { column = type }");
        name = lua_tolstring(L, -2, &len);
        if (csv_force(t, name, len, type_named(L))) {
            push_names(L, t);
            push_hint(L, lua_gettop(L) - 2);
            luaL_error(L, "types: %s has no column \"%s\"%s", csv_source(t), name,
                       lua_tostring(L, -1));
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void
check_options(lua_State *L, int idx, const char *what)
{
    static const char *const known[] = {"header", "types", "missing", "separator", NULL};

    if (lua_isnoneornil(L, idx))
        return;
    luaL_checktype(L, idx, LUA_TTABLE);
    check_fields(L, idx, what, known);
}

/* --- reading ---------------------------------------------------------------- */

static void
push_strings(lua_State *L, CsvTable *t, size_t column)
{
    int64_t n = csv_rows(t);

    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (int64_t i = 0; i < n; i++) {
        size_t len;
        const char *text = csv_text(t, column, i, &len);

        if (!text)
            luaL_error(L, "out of memory");
        lua_pushlstring(L, text, len);
        lua_rawseti(L, -2, i + 1);
    }
}

static void
push_frame(lua_State *L, CsvTable *t)
{
    lua_getfield(L, lua_upvalueindex(FRAME), "assemble");
    push_names(L, t);
    lua_newtable(L);
    for (size_t i = 0; i < csv_columns(t); i++) {
        if (csv_type(t, i) == CSV_STRING)
            push_strings(L, t, i);
        else
            arraylib_push(L, csv_take(t, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, csv_rows(t));
    lua_call(L, 3, 1);
}

/* The frame in the text, by the checked options at idx. */
static int
decode(lua_State *L, CsvSource *source, int idx)
{
    CsvTable **box;
    Err err;

    read_format(L, idx, source);
    box = bind_box(L, TABLE);
    if (csv_open(box, source, &err))
        return luaL_error(L, "%s", err.msg);
    if (!lua_isnoneornil(L, idx)) {
        read_missing(L, idx, *box);
        read_types(L, idx, *box);
    }
    if (csv_parse(*box, &err))
        return luaL_error(L, "%s", err.msg);
    push_frame(L, *box);
    csv_free(*box);
    *box = NULL;
    return 1;
}

/* csv.read(path[, options]) -> frame */
static int
l_read(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    char resolved[PATH_MAX];
    CsvSource source = {0};
    Buf *bytes;
    Err err;

    lua_settop(L, 2);
    check_options(L, 2, "csv.read");
    observe_read(L, path, resolved, sizeof resolved);
    bytes = new_bytes(L);
    if (sys_read_file(resolved, bytes, &err))
        return luaL_error(L, "%s", err.msg);
    source.text = buf_cstr(bytes);
    if (!source.text)
        return luaL_error(L, "out of memory");
    source.len = bytes->len;
    source.name = path;
    decode(L, &source, 2);
    buf_release(bytes);
    return 1;
}

/* csv.decode(text[, options[, name]]) -> frame; name is for messages */
static int
l_decode(lua_State *L)
{
    CsvSource source = {0};

    source.text = luaL_checklstring(L, 1, &source.len);
    source.name = luaL_optstring(L, 3, "csv");
    lua_settop(L, 3);
    check_options(L, 2, "csv.decode");
    return decode(L, &source, 2);
}

/* --- writing ---------------------------------------------------------------- */

/* A frame being written: its columns, a list, are at index columns. */
typedef struct Writer {
    lua_State *L;
    Buf *out;
    int columns;
    lua_Integer ncolumns;
    Array **arrays;             /* NULL for a column of strings */
    char separator;
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

/* The string in the list on top of the stack. */
static int
put_string(Writer *w, lua_Integer row)
{
    const char *text;
    size_t len;
    int rc;

    lua_rawgeti(w->L, -1, row);
    text = lua_tolstring(w->L, -1, &len);
    rc = text ? csvlex_put(w->out, text, len, w->separator) : OK;
    lua_pop(w->L, 1);
    return rc;
}

static int
put_field(Writer *w, lua_Integer column, lua_Integer row)
{
    int rc;

    if (w->arrays[column - 1])
        return put_element(w->out, w->arrays[column - 1], row);
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

/* Pushes the list of a frame's columns and the array of their Array *. */
static Array **
push_columns(lua_State *L, int frame, lua_Integer *n)
{
    Array **arrays;
    int list;

    lua_getfield(L, frame, "columns");
    *n = luaL_len(L, -1);
    lua_getfield(L, frame, "data");
    lua_newtable(L);
    list = lua_gettop(L);
    arrays = lua_newuserdatauv(L, (size_t)*n * sizeof *arrays, 0);
    for (lua_Integer i = 1; i <= *n; i++) {
        lua_rawgeti(L, list - 2, i);
        lua_gettable(L, list - 1);
        arrays[i - 1] = arraylib_test(L, -1);
        lua_rawseti(L, list, i);
    }
    return arrays;
}

/* The frame is at 1; leaves three arguments. */
static void
check_frame(lua_State *L)
{
    int same;

    lua_settop(L, 3);
    lua_getfield(L, lua_upvalueindex(FRAME), "class");
    same = lua_getmetatable(L, 1) && lua_rawequal(L, -1, -2);
    luaL_argexpected(L, same, 1, "frame");
    lua_settop(L, 3);
}

/* Pushes a box with the text of the frame at 1; options at idx. */
static Buf *
encode(lua_State *L, int idx, const char *what)
{
    static const char *const known[] = {"header", "separator", NULL};
    CsvSource format;
    lua_Integer rows;
    Writer w = {0};
    int rc = OK;

    if (!lua_isnoneornil(L, idx)) {
        luaL_checktype(L, idx, LUA_TTABLE);
        check_fields(L, idx, what, known);
    }
    read_format(L, idx, &format);
    lua_getfield(L, 1, "n_rows");
    rows = lua_tointeger(L, -1);
    w.L = L;
    w.separator = format.separator;
    w.arrays = push_columns(L, 1, &w.ncolumns);
    w.columns = lua_gettop(L) - 1;
    w.out = new_bytes(L);
    lua_getfield(L, 1, "columns");
    if (format.header && w.ncolumns)
        rc = put_record(&w, 0);
    lua_pop(L, 1);
    for (lua_Integer row = 1; row <= rows && rc == OK; row++)
        rc = put_record(&w, row);
    if (rc)
        luaL_error(L, "out of memory");
    return w.out;
}

/* csv.encode(frame[, options]) -> text */
static int
l_encode(lua_State *L)
{
    Buf *text;

    check_frame(L);
    text = encode(L, 2, "csv.encode");
    lua_pushlstring(L, text->len ? (const char *)text->data : "", text->len);
    buf_release(text);
    return 1;
}

/* csv.write(frame, path[, options]) */
static int
l_write(lua_State *L)
{
    char resolved[PATH_MAX];
    const char *path;
    Buf *text;
    Err err;

    check_frame(L);
    path = luaL_checkstring(L, 2);
    text = encode(L, 3, "csv.write");
    observe_write(L, path, resolved, sizeof resolved);
    if (sys_write_file(resolved, text->data, text->len, &err))
        return luaL_error(L, "%s", err.msg);
    buf_release(text);
    return 0;
}

static void
require_module(lua_State *L, const char *name)
{
    lua_getglobal(L, "require");
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
}

int
luaopen_rille_csv(lua_State *L)
{
    static const luaL_Reg lib[] = {{"read", l_read},
                                   {"decode", l_decode},
                                   {"write", l_write},
                                   {"encode", l_encode},
                                   {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg table[] = {{"__gc", l_table_gc}, {NULL, NULL}};
    static const luaL_Reg bytes[] = {{"__gc", l_bytes_gc}, {NULL, NULL}};

    bind_type(L, TABLE, none, table);
    bind_type(L, BYTES, none, bytes);
    luaL_newlibtable(L, lib);
    require_module(L, "rille.frame");
    require_module(L, "rille.mistake");
    require_module(L, "rille.suggest");
    luaL_setfuncs(L, lib, UPVALUES);
    return 1;
}
