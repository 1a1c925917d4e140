/* interruptlib.c -- rille.host.interrupt: has what this thread is doing to end? */
#include <lauxlib.h>

#include "base/interrupt.h"

int luaopen_rille_host_interrupt(lua_State *L);

static int
push_reason(lua_State *L, const Interrupt *it)
{
    static const char *const names[] = {"", "exit", "cancelled", "time", "memory"};

    if (!it || !it->reason)
        return 0;
    lua_pushstring(L, names[it->reason]);
    lua_pushstring(L, it->message);
    return 2;
}

/* interrupt.reason() -> nil | "exit" | "cancelled" | "time" | "memory", message */
static int
l_reason(lua_State *L)
{
    Interrupt *it = interrupt_here();

    interrupt_check(it);
    return push_reason(L, it);
}

/* interrupt.noticed() -> as reason, but nil where nobody has looked at it yet: what was made till
 * now is whole */
static int
l_noticed(lua_State *L)
{
    return push_reason(L, interrupt_here());
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
    {"reason", l_reason}, {"noticed", l_noticed}, {"hold", l_hold}, {NULL, NULL}
};

int
luaopen_rille_host_interrupt(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
