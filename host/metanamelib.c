/* metanamelib.c -- rille.host.meta: names and tags given later, pipelines deleted. */
#include "bind.h"
#include "metalib.h"
#include "rowslib.h"

/* The item at the top: { step_run, position, name[, tags] }; its strings stay. */
static MetaName
read_name(lua_State *L)
{
    MetaName n = {0};
    int t = lua_gettop(L);

    luaL_checktype(L, t, LUA_TTABLE);
    lua_rawgeti(L, t, 1);
    n.step_run = luaL_checkinteger(L, -1);
    lua_rawgeti(L, t, 2);
    n.position = luaL_checkinteger(L, -1);
    lua_rawgeti(L, t, 3);
    n.name = rowslib_text(L, lua_gettop(L));
    if (lua_rawgeti(L, t, 4) != LUA_TNIL)
        n.tags = rowslib_text(L, lua_gettop(L));
    lua_settop(L, t);
    return n;
}

/* m:name_outputs{ { step_run, position, name[, tags] }, ... }   tags: JSON, a list
 *   -> true
 *   -> nil, message, code */
static int
l_name_outputs(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    MetaName *list;
    size_t n;
    Err err;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    n = lua_rawlen(L, 2);
    if (n > SIZE_MAX / sizeof *list)
        return luaL_error(L, "the list is too long");
    list = lua_newuserdatauv(L, n * sizeof *list, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        list[i] = read_name(L);
        lua_pop(L, 1);
    }
    if (meta_name_outputs(m, list, n, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* m:tag(row of an artifact version, tag, added)
 *   -> changed
 *   -> nil, message, code */
static int
l_tag(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    int64_t version = luaL_checkinteger(L, 2);
    Slice tag = rowslib_text(L, 3);
    int changed;
    Err err;

    if (meta_tag(m, version, tag, lua_toboolean(L, 4), &changed, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, changed);
    return 1;
}

/* m:delete_pipeline(name)
 *   -> how many runs it had
 *   -> nil, message, code       ERR_NOTFOUND, ERR_BUSY */
static int
l_delete_pipeline(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Slice name = rowslib_text(L, 2);
    int64_t runs = 0;
    Err err;

    if (meta_delete_pipeline(m, name, &runs, &err))
        return bind_fail(L, &err);
    lua_pushinteger(L, runs);
    return 1;
}

const luaL_Reg metanamelib_methods[] = {
    {"name_outputs", l_name_outputs},
    {"tag", l_tag},
    {"delete_pipeline", l_delete_pipeline},
    {NULL, NULL}
};
