/* run_locklib.c -- rille.host.run_lock, the Lua face of run_lock.h; path is that of a lock
 * file */
#include "base/bind.h"
#include "os/run_lock.h"

int luaopen_rille_host_run_lock(lua_State *L);

static int
answer(lua_State *L, int status, const Err *err)
{
    if (status)
        return bind_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

/* run_lock.is_held(path) -> boolean: whether a process holds the lock
 *                        -> nil, message, code */
static int
l_is_held(lua_State *L)
{
    Err err;
    int held = run_lock_is_held(luaL_checkstring(L, 1), &err);

    if (held < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, held);
    return 1;
}

/* run_lock.remove(path) -> true | nil, message, code     of a run that is dead */
static int
l_remove(lua_State *L)
{
    Err err;

    return answer(L, run_lock_remove(luaL_checkstring(L, 1), &err), &err);
}

/* run_lock.stop(path, now) -> true | nil, message, code     NOTFOUND: nobody holds it */
static int
l_stop(lua_State *L)
{
    Err err;

    return answer(L, run_lock_stop(luaL_checkstring(L, 1), lua_toboolean(L, 2), &err), &err);
}

int
luaopen_rille_host_run_lock(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"is_held", l_is_held}, {"remove", l_remove}, {"stop", l_stop}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}
