/* bind.c -- see bind.h */
#include "bind.h"

static const char PLAIN = 0;    /* its address is the key in the registry */

int
bind_fail(lua_State *L, const Err *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->msg);
    lua_pushinteger(L, err->code);
    return 3;
}

int
bind_raise(lua_State *L, const Err *err)
{
    lua_pushstring(L, err->msg);
    return lua_error(L);
}

void
bind_type(lua_State *L, const char *type, const luaL_Reg *methods,
          const luaL_Reg *meta)
{
    luaL_newmetatable(L, type);
    if (meta)
        luaL_setfuncs(L, meta, 0);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

void *
bind_box(lua_State *L, const char *type)
{
    void **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    luaL_setmetatable(L, type);
    return box;
}

void *
bind_check(lua_State *L, int idx, const char *type)
{
    void **box = luaL_checkudata(L, idx, type);

    if (!*box)
        luaL_argerror(L, idx, "it is closed");
    return *box;
}

void
bind_set_plain(lua_State *L)
{
    lua_rawsetp(L, LUA_REGISTRYINDEX, &PLAIN);
}

int
bind_is_plain(lua_State *L, int idx)
{
    int same;

    if (!lua_istable(L, idx))
        return 0;
    if (!lua_getmetatable(L, idx))
        return 1;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &PLAIN);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}
