/* list_mark.c -- see list_mark.h */
#include <lauxlib.h>

#include "value/list_mark.h"

#define MARKS "rille.list_marks"

/* Pushes the table of marks: its keys are the tables, weak. */
static void
push_marks(lua_State *L)
{
    if (luaL_getsubtable(L, LUA_REGISTRYINDEX, MARKS))
        return;
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

void
list_mark_set(lua_State *L, int idx, int list)
{
    lua_pushvalue(L, idx);
    push_marks(L);
    lua_insert(L, -2);
    if (list)
        lua_pushboolean(L, 1);
    else
        lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

int
list_mark_get(lua_State *L, int idx)
{
    int marked;

    lua_pushvalue(L, idx);
    push_marks(L);
    lua_insert(L, -2);
    marked = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return marked;
}
