/* csv_chunklib.c -- rille.csv: chunks, the frames of a file one after another
 *
 * The iterator is a box of a CsvChunks with one user value, a list: path, options, how
 * many rows, the
 * form of the text, and after the first chunk the types of its columns by name. */
#include <limits.h>

#include "base/bind.h"
#include "csv/csv_args.h"
#include "csv/csv_box.h"
#include "csv/csv_chunk.h"
#include "csv/csvlib.h"
#include "observe/observe.h"

static const char CHUNKS[] = "rille.csv.chunks";

enum { PATH = 1, OPTIONS, ROWS, FORM, TYPES };

static int
l_chunks_gc(lua_State *L)
{
    CsvChunks **box = luaL_checkudata(L, 1, CHUNKS);

    csv_chunk_close(*box);
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
check_types(lua_State *L, int idx, const CsvTable *t, const CsvSource *source)
{
    size_t line = source->lines + 1;

    for (size_t i = 0; i < source->head; i++)
        line += source->text[i] == '\n';
    lua_rawgeti(L, idx, TYPES);
    for (size_t i = 0; i < csv_columns(t); i++) {
        size_t len;
        const char *name = csv_name(t, i, &len);

        name = lua_pushlstring(L, name, len);
        lua_pushvalue(L, -1);
        lua_rawget(L, -3);
        if (lua_tointeger(L, -1) != (lua_Integer)csv_type(t, i))
            bind_error(L, "%s: column \"%s\" has missing values in the chunk from line %d "
                       "on, after a first chunk of integers; set its type: types = "
                       "{ [\"%s\"] = \"number\" }",
                       csv_source(t), name, (int)line, name);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
}

/* The frame of a piece; the list of the box is at 2, the options at 3. */
static int
decode_chunk(lua_State *L, const CsvSource *source)
{
    CsvTable **box = csv_box_table(L);
    int later = lua_rawgeti(L, 2, TYPES) != LUA_TNIL;
    Err err;

    lua_pop(L, 1);
    if (csv_open(box, source, &err))
        return bind_error(L, "%s", err.msg);
    csv_args_columns(L, 3, *box);
    if (later)
        expect_types(L, 2, *box);
    if (csv_parse(*box, &err))
        return bind_error(L, "%s", err.msg);
    if (later)
        check_types(L, 2, *box, source);
    else
        remember_types(L, 2, *box);
    csv_framelib_push(L, *box);
    csv_free(*box);
    *box = NULL;
    return 1;
}

/* The iterator; upvalue of its own: the box. */
static int
l_next_chunk(lua_State *L)
{
    CsvChunks *c = bind_check(L, lua_upvalueindex(CSV_BOX_UPVALUES + 1), CHUNKS);
    CsvSource source = {0};
    lua_Integer rows;
    Err err;
    int got;

    lua_settop(L, 1);
    lua_getiuservalue(L, lua_upvalueindex(CSV_BOX_UPVALUES + 1), 1);
    lua_rawgeti(L, 2, OPTIONS);
    lua_rawgeti(L, 2, ROWS);
    rows = lua_tointeger(L, -1);
    lua_pop(L, 1);
    got = csv_chunk_next(c, rows, &source, &err);
    if (got < 0)
        return bind_error(L, "%s", err.msg);
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

/* Pushes an empty box for the path at 1, the options at 2 and the form at 3. */
static CsvChunks **
push_box(lua_State *L, lua_Integer rows)
{
    CsvChunks **box = lua_newuserdatauv(L, sizeof *box, 1);

    *box = NULL;
    luaL_setmetatable(L, CHUNKS);
    lua_createtable(L, 4, 0);
    lua_pushvalue(L, 1);                /* the source's name lives there */
    lua_rawseti(L, -2, PATH);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, OPTIONS);
    lua_pushinteger(L, rows);
    lua_rawseti(L, -2, ROWS);
    lua_pushvalue(L, 3);
    lua_rawseti(L, -2, FORM);
    lua_setiuservalue(L, -2, 1);
    return box;
}

/* csv.chunks(path[, options with rows]) -> for f in it, frames of so many rows */
int
csv_chunklib_chunks(lua_State *L)
{
    static const char *const known[] = {CSV_ARGS_READ, "rows", NULL};
    const char *path = bind_string(L, 1, NULL);
    char resolved[PATH_MAX];
    CsvSource source = {0};
    lua_Integer rows;
    CsvChunks **box;
    Err err;

    bind_most(L, 2);
    lua_settop(L, 2);
    csv_args_check(L, 2, "csv.chunks", known);
    rows = check_rows(L, 2);
    csv_args_format(L, 2, &source);
    source.name = path;
    csv_args_form(L, 2, &source);
    observe_read(L, path, resolved, sizeof resolved);
    for (int i = 1; i <= CSV_BOX_UPVALUES; i++)
        lua_pushvalue(L, lua_upvalueindex(i));
    box = push_box(L, rows);
    if (csv_chunk_open(box, resolved, &source, &err))
        return bind_error(L, "%s", err.msg);
    lua_pushvalue(L, -1);
    lua_replace(L, 3);                  /* for the loop to close */
    lua_pushcclosure(L, l_next_chunk, CSV_BOX_UPVALUES + 1);
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, 3);
    return 4;
}

void
csv_chunklib_type(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_chunks_gc}, {"__close", l_chunks_gc}, {NULL, NULL}};

    bind_type(L, CHUNKS, none, meta);
}
