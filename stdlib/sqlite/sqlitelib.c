/* sqlitelib.c -- rille.host.sqlite: SQLite files for rille.sqlite */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "base/datetime.h"
#include "base/utf8.h"
#include "observe/observe.h"
#include "os/sys.h"
#include "sqlite/sqlite_write.h"

#define TABLE_TYPE "rille.sqlite.table"
#define WRITER_TYPE "rille.sqlite.writer"

int luaopen_rille_host_sqlite(lua_State *L);

/* ---- reading ---- */

/* Notes the file, its log and its journal, there or not, before they are opened: the step
 * is not kept for reuse when one of them changes until it ends. */
static void
note_files(lua_State *L, const char *path, char resolved[PATH_MAX])
{
    static const char *const suffixes[] = {"-wal", "-journal"};
    char real[PATH_MAX], unused[PATH_MAX];
    const char *beside = path;
    struct stat st;

    observe_read(L, path, resolved, PATH_MAX);
    if (lstat(resolved, &st) == 0 && S_ISLNK(st.st_mode) && realpath(resolved, real))
        beside = real;
    for (int i = 0; i < 2; i++) {
        observe_read(L, lua_pushfstring(L, "%s%s", beside, suffixes[i]), unused, sizeof unused);
        lua_pop(L, 1);
    }
}

/* What SQL asked beside the file; zone: the functions of dates read TZ and this file. */
static void
note_seen(lua_State *L, SqliteSeen seen)
{
    char unused[PATH_MAX];

    if (seen.clock)
        observe_impure(L, "the clock, in SQL");
    if (seen.random)
        observe_impure(L, "random() or another function in SQL that differs each time");
    if (seen.zone) {
        observe_env(L, "TZ");
        observe_read(L, "/etc/localtime", unused, sizeof unused);
    }
}

static int
l_table_gc(lua_State *L)
{
    SqliteTable **box = luaL_checkudata(L, 1, TABLE_TYPE);

    sqlite_table_free(*box);
    *box = NULL;
    return 0;
}

static int
l_writer_gc(lua_State *L)
{
    SqliteWriter **box = luaL_checkudata(L, 1, WRITER_TYPE);

    sqlite_writer_free(*box);
    *box = NULL;
    return 0;
}

static void
push_strings(lua_State *L, SqliteTable *t, int column)
{
    int64_t n = sqlite_table_rows(t);

    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (int64_t row = 0; row < n; row++) {
        size_t len;
        const char *text = sqlite_table_text(t, column, row, &len);

        lua_pushlstring(L, text, len);
        lua_rawseti(L, -2, row + 1);
    }
}

/* Pushes { name, is it of dates?, values }. */
static void
push_column(lua_State *L, SqliteTable *t, int column)
{
    SqliteColumnKind kind = sqlite_table_kind(t, column);
    Array **box;
    Err err;

    lua_createtable(L, 3, 0);
    lua_pushstring(L, sqlite_table_name(t, column));
    lua_rawseti(L, -2, 1);
    lua_pushboolean(L, kind == SQLITE_C_DATE);
    lua_rawseti(L, -2, 2);
    if (kind == SQLITE_C_STRING) {
        push_strings(L, t, column);
    } else {
        box = array_box_new(L);
        array_box_done(L, sqlite_table_array(t, column, box, &err), &err);
    }
    lua_rawseti(L, -2, 3);
}

/* The value at the top as one that is bound; it stays where the caller keeps it. */
static SqliteValue
value_at_top(lua_State *L)
{
    SqliteValue v = {0};

    switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
        v.type = lua_isinteger(L, -1) ? SQLITE_T_INT : SQLITE_T_REAL;
        v.i = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
        v.d = lua_tonumber(L, -1);
        break;
    case LUA_TBOOLEAN:
        v.type = SQLITE_T_INT;
        v.i = lua_toboolean(L, -1);
        break;
    case LUA_TSTRING:
        v.text = lua_tolstring(L, -1, &v.len);
        v.type = utf8_valid(v.text, v.len) == v.len ? SQLITE_T_TEXT : SQLITE_T_BLOB;
        break;
    default:
        break;                  /* null */
    }
    return v;
}

/* The parameters, { { name or false, value }, ... } at idx; memory of Lua's. */
static void
read_values(lua_State *L, int idx, SqliteQuery *q)
{
    size_t n = lua_rawlen(L, idx);
    SqliteValue *values = lua_newuserdatauv(L, (n + 1) * sizeof *values, 0);

    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, idx, (lua_Integer)i + 1);
        lua_rawgeti(L, -1, 2);
        values[i] = value_at_top(L);
        lua_rawgeti(L, -2, 1);
        values[i].name = lua_isstring(L, -1) ? lua_tostring(L, -1) : NULL;
        lua_pop(L, 3);
    }
    q->values = values;
    q->n_values = n;
}

/* sqlite.read(path, query, parameters)      parameters: { { name or false, value }, ... }
 *   -> { { name, is it of dates?, values } ... }
 *   -> nil, message, code */
static int
l_read(lua_State *L)
{
    SqliteQuery q = {0};
    char resolved[PATH_MAX];
    SqliteTable **box;
    Err err;
    int rc;

    q.name = luaL_checkstring(L, 1);
    q.text = luaL_checkstring(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_settop(L, 3);
    read_values(L, 3, &q);
    observe_resolve(L, q.name, resolved, sizeof resolved);
    /* not hashed: closing a descriptor of it drops the locks of the store's own handle */
    if (sqlite_kind(resolved) == SQLITE_IS_STORE)
        observe_impure(L, "the database of a store");
    else
        note_files(L, q.name, resolved);
    q.path = resolved;
    box = bind_box(L, TABLE_TYPE);
    rc = sqlite_table_read(box, &q, &err);
    if (rc)
        return bind_fail(L, &err);
    lua_createtable(L, sqlite_table_columns(*box), 0);
    for (int i = 0; i < sqlite_table_columns(*box); i++) {
        push_column(L, *box, i);
        lua_rawseti(L, -2, i + 1);
    }
    note_seen(L, sqlite_table_seen(*box));
    sqlite_table_free(*box);
    *box = NULL;
    return 1;
}

/* sqlite.names(path, columns)      the names of the tables and views, or of all columns
 *   -> list
 *   -> nil, message, code */
static int
l_names(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    int columns = lua_toboolean(L, 2);
    char resolved[PATH_MAX];
    SqliteTable **box;
    Err err;

    observe_resolve(L, path, resolved, sizeof resolved);
    if (sqlite_kind(resolved) == SQLITE_IS_STORE)
        observe_impure(L, "the database of a store");
    else
        note_files(L, path, resolved);
    box = bind_box(L, TABLE_TYPE);
    if (sqlite_table_names(box, resolved, path, columns, &err))
        return bind_fail(L, &err);
    push_strings(L, *box, 0);
    return 1;
}

/* ---- writing ---- */

/* A column that is written: an array, or the list at a place of the stack. */
typedef struct Source {
    const Array *array;
    int list, dates;
    DatetimeUnit unit;          /* that shows all of the dates */
    char text[DATETIME_SIZE];
} Source;

typedef struct Give {
    lua_State *L;
    Source *sources;
} Give;

/* The value is in the list, which keeps it. */
static void
give_string(lua_State *L, int list, int64_t row, SqliteValue *out)
{
    lua_rawgeti(L, list, row + 1);
    out->text = lua_tolstring(L, -1, &out->len);
    lua_pop(L, 1);
    if (!out->len)
        out->type = SQLITE_T_NULL;
    else if (utf8_valid(out->text, out->len) == out->len && !memchr(out->text, 0, out->len))
        out->type = SQLITE_T_TEXT;
    else
        out->type = SQLITE_T_BLOB;
}

static void
give(void *user, int column, int64_t row, SqliteValue *out)
{
    Give *g = user;
    Source *s = &g->sources[column];
    ArrayItem item;

    if (!s->array) {
        give_string(g->L, s->list, row, out);
        return;
    }
    item = array_peek(s->array->type, array_at(s->array, &row));
    out->i = item.i;
    out->d = item.f;
    if (s->dates) {
        out->text = s->text;
        out->len = datetime_format(item.i, s->unit, s->text);
        out->type = item.i == DATETIME_MISSING ? SQLITE_T_NULL : SQLITE_T_TEXT;
    } else {
        out->type = item.type != ARRAY_F64 ? SQLITE_T_INT
                    : item.f == item.f ? SQLITE_T_REAL : SQLITE_T_NULL;
    }
}

/* The unit that shows all of the milliseconds. */
static DatetimeUnit
unit_of(const Array *a)
{
    DatetimeUnit unit = DATETIME_DAY;

    for (int64_t i = 0; i < a->shape[0]; i++) {
        int64_t ms = array_peek(a->type, array_at(a, &i)).i;

        if (ms != DATETIME_MISSING && datetime_unit(ms) > unit)
            unit = datetime_unit(ms);
    }
    return unit;
}

/* What a column is declared as. */
static const char *
declared(Source *s)
{
    const Array *a = s->array;

    if (!a)
        return "TEXT";
    if (s->dates) {
        s->unit = unit_of(a);
        return s->unit == DATETIME_DAY ? "DATE" : "DATETIME";
    }
    return a->type == ARRAY_BOOL ? "BOOLEAN" : array_isfloat(a->type) ? "REAL" : "INTEGER";
}

/* writer(): a new file
 *   -> writer
 *   -> nil, message, code */
static int
l_writer(lua_State *L)
{
    SqliteWriter **box = bind_box(L, WRITER_TYPE);
    Err err;

    return sqlite_writer_new(box, &err) ? bind_fail(L, &err) : 1;
}

/* sqlite.add(writer, table, rows, columns)      columns: { { name, is it of dates?, values } ... }
 *   -> true
 *   -> nil, message, code */
static int
l_add(lua_State *L)
{
    SqliteWriter *w = bind_check(L, 1, WRITER_TYPE);
    const char *table = luaL_checkstring(L, 2);
    int64_t rows = luaL_checkinteger(L, 3);
    int n, base;
    SqliteNewColumn *columns;
    Give g = {L, NULL};
    Err err;

    luaL_checktype(L, 4, LUA_TTABLE);
    n = (int)lua_rawlen(L, 4);
    luaL_checkstack(L, n + 8, "too many columns");
    columns = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *columns, 0);
    g.sources = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *g.sources, 0);
    base = lua_gettop(L);
    for (int i = 0; i < n; i++) {
        Source *s = &g.sources[i];

        lua_rawgeti(L, 4, i + 1);
        lua_rawgeti(L, -1, 3);          /* stays, at base + i + 1 */
        lua_rawgeti(L, -2, 2);
        lua_rawgeti(L, -3, 1);
        s->dates = lua_toboolean(L, -2);
        columns[i].name = luaL_checkstring(L, -1);
        lua_pop(L, 2);
        lua_remove(L, -2);
        s->list = base + i + 1;
        s->array = array_box_test(L, s->list);
        columns[i].declared = declared(s);
    }
    if (sqlite_writer_add(w, table, columns, n, rows, give, &g, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* sqlite.bytes(writer) -> the file
 *   -> nil, message, code */
static int
l_bytes(lua_State *L)
{
    SqliteWriter *w = bind_check(L, 1, WRITER_TYPE);
    const void *bytes;
    size_t n;
    Err err;

    if (sqlite_writer_bytes(w, &bytes, &n, &err))
        return bind_fail(L, &err);
    lua_pushlstring(L, bytes, n);
    return 1;
}

/* sqlite.check(path, tables)      may the file be replaced by one with these tables?
 *   -> true
 *   -> nil, message, code */
static int
l_check(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), **tables;
    char resolved[PATH_MAX];
    int n;
    Err err;

    luaL_checktype(L, 2, LUA_TTABLE);
    n = (int)lua_rawlen(L, 2);
    luaL_checkstack(L, n + 4, "too many tables");
    tables = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *tables, 0);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, 2, i + 1);
        tables[i] = luaL_checkstring(L, -1);
    }
    observe_resolve(L, path, resolved, sizeof resolved);
    if (sqlite_write_check(resolved, path, tables, n, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

int
luaopen_rille_host_sqlite(lua_State *L)
{
    static const luaL_Reg lib[] = {{"read", l_read},   {"names", l_names}, {"writer", l_writer},
                                   {"add", l_add},     {"bytes", l_bytes}, {"check", l_check},
                                   {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg table[] = {{"__gc", l_table_gc}, {NULL, NULL}};
    static const luaL_Reg writer[] = {{"__gc", l_writer_gc}, {NULL, NULL}};

    bind_type(L, TABLE_TYPE, none, table);
    bind_type(L, WRITER_TYPE, none, writer);
    luaL_newlib(L, lib);
    return 1;
}
