/* lua_module.c -- luaopen_rille, require "rille" for a Lua that is not rille's: of rille.so, and of
 * hosts that link the library.
 *
 * Nothing of the state is changed but package.preload: the standard library stays as it is, so
 * nothing is observed there, and a step that can reach io or os is cached only when it insists.
 * In the state of an engine the module is the engine's. */
#include "base/bind.h"
#include "modules.h"
#include "rille_lua.h"
#include "state/lua_release.h"
#include "state/state.h"

/* Calls the require of rille's own Lua. */
static int
require(lua_State *L, const char *name)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV);
    lua_getfield(L, -1, "require");
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
    return 1;
}

int
luaopen_rille(lua_State *L)
{
    Err err;

    luaL_checkversion(L);
    if (lua_release_check(&err))
        return bind_raise(L, &err);
    if (state_is_attached(L))
        return require(L, "rille.face");
    state_attach(L, modules);
    return require(L, "rille.stock_lua");
}
