/* interruptlib.c -- rille.host.interrupt: has what this state is doing to end? */
#include <lauxlib.h>

#include "base/interrupt_box.h"

/* interrupt.reason() -> nil | "exit" | "cancelled" | "time" | "memory", message */
static int
l_reason(lua_State *L)
{
    static const char *const names[] = {"", "exit", "cancelled", "time", "memory"};
    Interrupt *it = interrupt_of(L);
    InterruptReason reason = interrupt_check(it);

    if (!reason)
        return 0;
    lua_pushstring(L, names[reason]);
    lua_pushstring(L, it->message);
    return 2;
}

static const luaL_Reg functions[] = {
    {"reason", l_reason},
    {NULL, NULL}
};

int luaopen_rille_host_interrupt(lua_State *L);

int
luaopen_rille_host_interrupt(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
