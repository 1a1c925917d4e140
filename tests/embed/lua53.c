/* lua53.c -- a host that is linked with a Lua 5.3 of its own, and uses it before and after.
 *
 *     lua53 STORE          prints the status of a load and its message */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include <rille.h>

#if LUA_VERSION_NUM != 503
#error "this host is one with Lua 5.3"
#endif

static int
use_own_lua(lua_State *L)
{
    int rc = luaL_dostring(L, "assert(_VERSION == 'Lua 5.3') return #string.rep('x', 1000)");
    int fine = rc == LUA_OK && lua_tointeger(L, -1) == 1000;

    lua_settop(L, 0);
    return fine;
}

int
main(int argc, char **argv)
{
    static const char script[] = "local rille = require 'rille' assert(_VERSION == 'Lua 5.4')";
    lua_State *L = luaL_newstate();
    rille_engine *e = NULL;
    int rc, fine;

    if (argc != 2 || !L)
        return 2;
    luaL_openlibs(L);
    fine = use_own_lua(L);
    rc = rille_open(&e, argv[1], NULL);
    rc = rc ? rc : rille_load_string(e, "script", script, strlen(script));
    printf("%d %s\n", rc, rille_errmsg(e));
    rille_close(e);
    fine = fine && use_own_lua(L);
    lua_close(L);
    return !fine;
}
