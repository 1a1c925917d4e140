/* array_builderlib.c -- rille.array: builders, the Lua face of array_builder.h */
#include <limits.h>

#include "array/array_args.h"
#include "array/array_box.h"
#include "array/array_builder.h"
#include "array/arraylib.h"
#include "base/bind.h"
#include "observe/observe.h"

#define TYPE "rille.array.builder"

/* array.builder(folder[, dtype[, columns]]) -> builder of a vector, or with columns
 * of a matrix; the file is in the folder (in a step: ctx.tmpdir) and has no name */
static int
l_builder(lua_State *L)
{
    bind_most(L, 3);

    const char *folder = bind_string(L, 1, NULL);
    ArrayType type = array_args_type(L, 2, ARRAY_F64);
    lua_Integer columns = bind_optinteger(L, 3, 0);
    char resolved[PATH_MAX];
    ArrayBuilder **box;
    Err err;

    bind_argcheck(L, columns > 0 || lua_isnoneornil(L, 3), 3, "expected a number of columns");
    observe_resolve(L, folder, resolved, sizeof resolved);
    box = bind_box(L, TYPE);
    if (array_builder_new(box, resolved, type, columns, &err))
        return array_box_raise(L, &err);
    return 1;
}

/* b:append(a) -> b */
static int
l_append(lua_State *L)
{
    ArrayBuilder *b = bind_self(L, TYPE);
    Array *rows = array_box_check(L, 2);
    Err err;

    bind_most(L, 2);
    if (array_builder_append(b, rows, &err))
        return array_box_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* b:finish() -> array, mapped and read only */
static int
l_finish(lua_State *L)
{
    ArrayBuilder *b = bind_self(L, TYPE);
    Array **box;
    Err err;

    bind_most(L, 1);
    box = array_box_new(L);
    return array_box_done(L, array_builder_finish(b, box, &err), &err);
}

/* #b: rows so far */
static int
l_len(lua_State *L)
{
    lua_pushinteger(L, array_builder_rows(bind_check(L, 1, TYPE)));
    return 1;
}

static int
l_gc(lua_State *L)
{
    ArrayBuilder **box = luaL_checkudata(L, 1, TYPE);

    array_builder_free(*box);
    *box = NULL;
    return 0;
}

/* __index of the methods: (methods, key) */
static int
l_absent(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushliteral(L, TYPE);
    lua_insert(L, 1);
    lua_insert(L, 2);
    return bind_misuse(L, "field", 3);
}

void
array_builderlib_add(lua_State *L)
{
    static const luaL_Reg methods[] = {{"append", l_append}, {"finish", l_finish}, {NULL, NULL}};
    static const luaL_Reg meta[] = {
        {"__len", l_len}, {"__gc", l_gc}, {"__close", l_gc}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_getmetatable(L, TYPE);
    lua_getfield(L, -1, "__index");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_absent);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 2);
    lua_pushcfunction(L, l_builder);
    lua_setfield(L, -2, "builder");
}
