/* interrupt_box.c -- see interrupt_box.h */
#include "base/interrupt_box.h"

static const char KEY = 0;

void
interrupt_install(lua_State *L, Interrupt *it)
{
    lua_pushlightuserdata(L, it);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &KEY);
}

Interrupt *
interrupt_of(lua_State *L)
{
    Interrupt *it;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &KEY);
    it = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return it;
}

void
interrupt_raise(lua_State *L, Interrupt *it)
{
    if (interrupt_check(it)) {
        lua_pushstring(L, it->message);
        lua_error(L);
    }
}
