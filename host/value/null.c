/* null.c -- see null.h */
#include <lauxlib.h>

#include "value/null.h"

static int
l_null_text(lua_State *L)
{
    lua_pushliteral(L, "null");
    return 1;
}

static const char null_key;             /* its address is that of null in the registry */

void
null_push(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &null_key) == LUA_TUSERDATA)
        return;
    lua_pop(L, 1);
    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "null");
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, l_null_text);
    lua_setfield(L, -2, "__tostring");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &null_key);
}

int
null_is(lua_State *L, int idx)
{
    int type = lua_type(L, idx), same;

    if (type == LUA_TLIGHTUSERDATA)
        return !lua_touserdata(L, idx);
    if (type != LUA_TUSERDATA)
        return 0;
    lua_pushvalue(L, idx);
    null_push(L);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

const char *
null_key_name(lua_State *L, int table, int type)
{
    int null;

    table = lua_absindex(L, table);
    null_push(L);
    null = type == LUA_TUSERDATA && lua_rawget(L, table) != LUA_TNIL;
    lua_pop(L, 1);
    return null ? "null" : lua_typename(L, type);
}
