/* interruptlib.c -- rille.host.interrupt: has what this thread is doing to end? */
#include <lauxlib.h>

#include "base/interrupt.h"

int luaopen_rille_host_interrupt(lua_State *L);

/* interrupt.reason() -> nil | "exit" | "cancelled" | "time" | "memory", message */
static int
l_reason(lua_State *L)
{
    static const char *const names[] = {"", "exit", "cancelled", "time", "memory"};
    Interrupt *it = interrupt_here();
    InterruptReason reason = interrupt_check(it);

    if (!reason)
        return 0;
    lua_pushstring(L, names[reason]);
    lua_pushstring(L, it->message);
    return 2;
}

/* interrupt.hold(boolean) -> what it was: whether functions in C go on all the same */
static int
l_hold(lua_State *L)
{
    Interrupt *it = interrupt_here();
    int before = it ? it->holds : 0;

    luaL_checktype(L, 1, LUA_TBOOLEAN);
    if (it)
        it->holds = lua_toboolean(L, 1);
    lua_pushboolean(L, before);
    return 1;
}

static const luaL_Reg functions[] = {
    {"reason", l_reason}, {"hold", l_hold}, {NULL, NULL}
};

int
luaopen_rille_host_interrupt(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
