/* lua_module.c -- rille.so, the module for a stock lua5.4: require "rille".
 *
 * It holds no Lua of its own and changes nothing of the state but
 * package.preload: the standard library stays as it is, so nothing is observed
 * there, and a step that can reach io or os is cached only when it insists. */
#include "base/bind.h"
#include "modules.h"
#include "rille.h"
#include "state/state.h"

RILLE_API int luaopen_rille(lua_State *L);

int
luaopen_rille(lua_State *L)
{
    luaL_checkversion(L);
    state_attach(L, modules);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "rille.stock_lua");
    lua_call(L, 1, 1);
    return 1;
}
