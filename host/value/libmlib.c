/* libmlib.c -- rille.host.libm: the mathematical library as something that results
 * depend on. */
#include "base/bind.h"
#include "os/libm.h"

int luaopen_rille_host_libm(lua_State *L);

/* libm.name() -> string, see libm.h; worked out at the first call.  Upvalue 1 keeps it. */
static int
l_name(lua_State *L)
{
    char name[LIBM_NAME];

    if (lua_isnil(L, lua_upvalueindex(1))) {
        libm_name(name);
        lua_pushstring(L, name);
        lua_replace(L, lua_upvalueindex(1));
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

int
luaopen_rille_host_libm(lua_State *L)
{
    static const luaL_Reg lib[] = {{"name", l_name}, {NULL, NULL}};

    luaL_newlibtable(L, lib);
    lua_pushnil(L);
    luaL_setfuncs(L, lib, 1);
    return 1;
}
