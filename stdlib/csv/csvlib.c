/* csvlib.c -- rille.csv, the Lua face of csv.h: frames from text and back.
 *
 * Options, all of them optional:
 *     header      true: the first line names the columns; false: there is none
 *     types       { column = "string" | "integer" | "number" | "boolean" | "date" }
 *     missing     a string or a list: fields that mean "no value", besides ""
 *     separator   one character, ","
 * What csv.h says of types and missing values holds here.  Mistakes and
 * failures raise a message with the position of the caller. */
#include <limits.h>
#include <string.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "csv/csv.h"
#include "csv/csv_chunk.h"
#include "csv/csvlib.h"
#include "observe/observelib.h"
#include "os/sys.h"


static const char TABLE[] = "rille.csv.table", BYTES[] = "rille.csv.bytes",
                  CHUNKS[] = "rille.csv.chunks";

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
Buf *
csvlib_bytes(lua_State *L)
{
    Buf *b = lua_newuserdatauv(L, sizeof *b, 0);

    buf_init(b);
    luaL_setmetatable(L, BYTES);
    return b;
}

/* --- options ---------------------------------------------------------------- */

/* Raises when the table at idx has a field that is not in allowed. */
void
csvlib_check_fields(lua_State *L, int idx, const char *what, const char *const *allowed)
{
    lua_getfield(L, lua_upvalueindex(CSVLIB_MISTAKE), "check_fields");
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
    lua_getfield(L, lua_upvalueindex(CSVLIB_SUGGEST), "hint");
    lua_insert(L, -2);
    lua_pushvalue(L, idx);
    lua_insert(L, -2);
    lua_call(L, 2, 1);
    return lua_tostring(L, -1);
}

/* Fills the source from the options at idx; they may be absent. */
void
csvlib_format(lua_State *L, int idx, CsvSource *source)
{
    size_t len = 1;

    source->separator = ',';
    source->header = 1;
    if (lua_isnoneornil(L, idx))
        return;
    if (lua_getfield(L, idx, "header") != LUA_TNIL) {
        bind_argcheck(L, lua_isboolean(L, -1), idx, "header: expected true or false");
        source->header = lua_toboolean(L, -1);
    }
    if (lua_getfield(L, idx, "separator") != LUA_TNIL) {
        const char *s = lua_tolstring(L, -1, &len);

        bind_argcheck(L, s && len == 1, idx, "separator: expected one character");
        source->separator = *s;
    }
    lua_pop(L, 2);
}

static void
add_marker(lua_State *L, int idx, CsvTable *t)
{
    const char *marker;
    size_t len;

    bind_argcheck(L, lua_type(L, -1) == LUA_TSTRING, idx,
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
    static const char *const names[] = {"integer", "number", "boolean", "date", "string",
                                        NULL};
    const char *name = lua_tostring(L, -1);

    for (int i = 0; name && names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return (CsvType)(CSV_INTEGER + i);
    luaL_tolstring(L, -1, NULL);
    lua_createtable(L, 5, 0);
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
    bind_argcheck(L, lua_istable(L, -1), idx, "types: expected { column = type }");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        size_t len;
        const char *name;

        bind_argcheck(L, lua_type(L, -2) == LUA_TSTRING, idx,
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
    bind_table(L, idx, "a table of options");
    csvlib_check_fields(L, idx, what, known);
}

/* --- reading ---------------------------------------------------------------- */

/* Where strings lie that were pushed before: the same text again is taken from its
 * row, which is cheaper than to have Lua look it up among all of its strings. */
enum { SEEN = 4096 };

typedef struct Seen {
    const char *text;
    size_t len;
    int64_t row;
} Seen;

static uint64_t
mix(const char *text, size_t len)
{
    uint64_t first = 0, last = 0;

    memcpy(&first, text, len < 8 ? len : 8);
    if (len > 8)
        memcpy(&last, text + len - 8, 8);
    return ((first ^ len) * UINT64_C(0x9e3779b97f4a7c15) ^ last)
           * UINT64_C(0xbf58476d1ce4e5b9);
}

/* Pushes the text of a row of the list on top. */
static void
push_text(lua_State *L, Seen *seen, const char *text, size_t len, int64_t row)
{
    Seen *s = &seen[mix(text, len) >> 52];

    if (s->text && s->len == len && memcmp(s->text, text, len) == 0) {
        lua_rawgeti(L, -1, s->row);
        return;
    }
    *s = (Seen){text, len, row};
    lua_pushlstring(L, text, len);
}

static void
push_strings(lua_State *L, CsvTable *t, size_t column)
{
    int64_t n = csv_rows(t);
    Seen *seen = lua_newuserdatauv(L, SEEN * sizeof *seen, 0);

    memset(seen, 0, SEEN * sizeof *seen);
    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (int64_t i = 0; i < n; i++) {
        size_t len;
        int lasts;
        const char *text = csv_text(t, column, i, &len, &lasts);

        if (!text)
            luaL_error(L, "out of memory");
        if (lasts)
            push_text(L, seen, text, len, i + 1);
        else
            lua_pushlstring(L, text, len);
        lua_rawseti(L, -2, i + 1);
    }
    lua_remove(L, -2);
}

static void
push_column(lua_State *L, CsvTable *t, size_t column)
{
    CsvType type = csv_type(t, column);

    if (type == CSV_STRING) {
        push_strings(L, t, column);
        return;
    }
    if (type == CSV_DATE)
        lua_getfield(L, lua_upvalueindex(CSVLIB_FRAME), "dates");
    array_box_push(L, csv_take(t, column));
    if (type == CSV_DATE)
        lua_call(L, 1, 1);
}

static void
push_frame(lua_State *L, CsvTable *t)
{
    lua_getfield(L, lua_upvalueindex(CSVLIB_FRAME), "assemble");
    push_names(L, t);
    lua_newtable(L);
    for (size_t i = 0; i < csv_columns(t); i++) {
        push_column(L, t, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, csv_rows(t));
    lua_call(L, 3, 1);
}

/* The list of names at idx, which may be none. */
static void
read_quoted(lua_State *L, int idx, CsvTable *t)
{
    if (lua_isnoneornil(L, idx))
        return;
    for (lua_Integer i = 1; lua_rawgeti(L, idx, i) == LUA_TSTRING; i++, lua_pop(L, 1)) {
        size_t len;
        const char *name = lua_tolstring(L, -1, &len);

        csv_quoted(t, name, len);
    }
    lua_pop(L, 1);
}

/* The frame in the text, by the checked options at idx; quoted is the index of the names
 * of columns in which what is in quotes is text. */
static int
decode(lua_State *L, CsvSource *source, int idx, int quoted)
{
    CsvTable **box;
    Err err;

    csvlib_format(L, idx, source);
    box = bind_box(L, TABLE);
    if (csv_open(box, source, &err))
        return luaL_error(L, "%s", err.msg);
    if (!lua_isnoneornil(L, idx)) {
        read_missing(L, idx, *box);
        read_types(L, idx, *box);
    }
    read_quoted(L, quoted, *box);
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
    const char *path = bind_string(L, 1, NULL);
    char resolved[PATH_MAX];
    CsvSource source = {0};
    Buf *bytes;
    Err err;

    lua_settop(L, 2);
    lua_pushnil(L);
    check_options(L, 2, "csv.read");
    observe_read(L, path, resolved, sizeof resolved);
    bytes = csvlib_bytes(L);
    if (sys_read_stream(resolved, SIZE_MAX, bytes, &err))
        return luaL_error(L, "%s", err.msg);
    source.text = buf_cstr(bytes);
    if (!source.text)
        return luaL_error(L, "out of memory");
    source.len = bytes->len;
    source.name = path;
    decode(L, &source, 2, 3);
    buf_release(bytes);
    return 1;
}

/* csv.decode(text[, options[, name[, quoted]]]) -> frame
 * name is for messages; quoted: the columns in which what is in quotes is text */
static int
l_decode(lua_State *L)
{
    CsvSource source = {0};

    source.text = bind_string(L, 1, &source.len);
    source.name = bind_optstring(L, 3, "csv");
    lua_settop(L, 4);
    check_options(L, 2, "csv.decode");
    return decode(L, &source, 2, 4);
}

/* --- in chunks ---------------------------------------------------------------
 *
 * A box of a CsvChunks with one user value, a list: path, options, how many rows,
 * and after the first chunk the types of its columns by name. */

enum { PATH = 1, OPTIONS, ROWS, TYPES };

static int
l_chunks_gc(lua_State *L)
{
    CsvChunks **box = luaL_checkudata(L, 1, CHUNKS);

    csvchunk_close(*box);
    *box = NULL;
    return 0;
}

/* The types of the first chunk hold for the others: the list is at idx. */
static void
remember_types(lua_State *L, int idx, const CsvTable *t)
{
    lua_newtable(L);
    for (size_t i = 0; i < csv_columns(t); i++) {
        size_t len;
        const char *name = csv_name(t, i, &len);

        lua_pushlstring(L, name, len);
        lua_pushinteger(L, csv_type(t, i));
        lua_rawset(L, -3);
    }
    lua_rawseti(L, idx, TYPES);
}

static void
expect_types(lua_State *L, int idx, CsvTable *t)
{
    lua_rawgeti(L, idx, TYPES);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        size_t len;
        const char *name = lua_tolstring(L, -2, &len);

        csv_expect(t, name, len, (CsvType)lua_tointeger(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* An integer column that has a missing value by now would change its type. */
static void
check_types(lua_State *L, int idx, const CsvTable *t)
{
    lua_rawgeti(L, idx, TYPES);
    for (size_t i = 0; i < csv_columns(t); i++) {
        size_t len;
        const char *name = csv_name(t, i, &len);

        name = lua_pushlstring(L, name, len);
        lua_pushvalue(L, -1);
        lua_rawget(L, -3);
        if (lua_tointeger(L, -1) != (lua_Integer)csv_type(t, i))
            luaL_error(L, "%s: column \"%s\" has missing values after a first chunk of "
                       "integers; say what it is: types = { [\"%s\"] = \"number\" }",
                       csv_source(t), name, name);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
}

/* The frame of a piece; the list of the box is at 2, the options at 3. */
static int
decode_chunk(lua_State *L, const CsvSource *source)
{
    CsvTable **box = bind_box(L, TABLE);
    int later = lua_rawgeti(L, 2, TYPES) != LUA_TNIL;
    Err err;

    lua_pop(L, 1);
    if (csv_open(box, source, &err))
        return luaL_error(L, "%s", err.msg);
    if (!lua_isnil(L, 3)) {
        read_missing(L, 3, *box);
        read_types(L, 3, *box);
    }
    if (later)
        expect_types(L, 2, *box);
    if (csv_parse(*box, &err))
        return luaL_error(L, "%s", err.msg);
    if (later)
        check_types(L, 2, *box);
    else
        remember_types(L, 2, *box);
    push_frame(L, *box);
    csv_free(*box);
    *box = NULL;
    return 1;
}

/* The iterator; upvalue of its own: the box. */
static int
l_next_chunk(lua_State *L)
{
    CsvChunks *c = bind_check(L, lua_upvalueindex(CSVLIB_UPVALUES + 1), CHUNKS);
    CsvSource source = {0};
    lua_Integer rows;
    Err err;
    int got;

    lua_settop(L, 1);
    lua_getiuservalue(L, lua_upvalueindex(CSVLIB_UPVALUES + 1), 1);
    lua_rawgeti(L, 2, OPTIONS);
    lua_rawgeti(L, 2, ROWS);
    rows = lua_tointeger(L, -1);
    lua_pop(L, 1);
    got = csvchunk_next(c, rows, &source, &err);
    if (got < 0)
        return luaL_error(L, "%s", err.msg);
    return got ? decode_chunk(L, &source) : 0;
}

static lua_Integer
check_rows(lua_State *L, int idx)
{
    lua_Integer rows = 100000;

    if (!lua_isnil(L, idx) && lua_getfield(L, idx, "rows") != LUA_TNIL) {
        bind_argcheck(L, lua_isinteger(L, -1) && lua_tointeger(L, -1) > 0, idx,
                      "rows: expected a number of rows, at least 1");
        rows = lua_tointeger(L, -1);
    }
    lua_settop(L, idx);
    return rows;
}

/* csv.chunks(path[, options with rows]) -> for f in it, frames of so many rows */
static int
l_chunks(lua_State *L)
{
    static const char *const known[] = {"header", "types", "missing", "separator", "rows",
                                        NULL};
    const char *path = bind_string(L, 1, NULL);
    char resolved[PATH_MAX];
    CsvSource source = {0};
    lua_Integer rows;
    CsvChunks **box;
    Err err;

    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        bind_table(L, 2, "a table of options");
        csvlib_check_fields(L, 2, "csv.chunks", known);
    }
    rows = check_rows(L, 2);
    csvlib_format(L, 2, &source);
    source.name = path;
    lua_settop(L, 2);
    observe_read(L, path, resolved, sizeof resolved);
    for (int i = 1; i <= CSVLIB_UPVALUES; i++)
        lua_pushvalue(L, lua_upvalueindex(i));
    box = lua_newuserdatauv(L, sizeof *box, 1);
    *box = NULL;
    luaL_setmetatable(L, CHUNKS);
    lua_createtable(L, 4, 0);
    lua_pushvalue(L, 1);                /* the source's name lives there */
    lua_rawseti(L, -2, PATH);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, OPTIONS);
    lua_pushinteger(L, rows);
    lua_rawseti(L, -2, ROWS);
    lua_setiuservalue(L, -2, 1);
    if (csvchunk_open(box, resolved, &source, &err))
        return luaL_error(L, "%s", err.msg);
    lua_pushvalue(L, -1);
    lua_insert(L, 3);                   /* for the loop to close */
    lua_pushcclosure(L, l_next_chunk, CSVLIB_UPVALUES + 1);
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, 3);
    return 4;
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
                                   {"chunks", l_chunks},
                                   {"decode", l_decode},
                                   {"write", csvlib_write},
                                   {"encode", csvlib_encode},
                                   {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg table[] = {{"__gc", l_table_gc}, {NULL, NULL}};
    static const luaL_Reg chunks[] = {{"__gc", l_chunks_gc}, {"__close", l_chunks_gc}, {NULL, NULL}};
    static const luaL_Reg bytes[] = {{"__gc", l_bytes_gc}, {NULL, NULL}};

    bind_type(L, TABLE, none, table);
    bind_type(L, BYTES, none, bytes);
    bind_type(L, CHUNKS, none, chunks);
    luaL_newlibtable(L, lib);
    require_module(L, "rille.frame");
    require_module(L, "rille.base.errors");
    require_module(L, "rille.base.suggest");
    luaL_setfuncs(L, lib, CSVLIB_UPVALUES);
    bind_strict(L);
    return 1;
}
