/* observe_pin.c -- see observe_pin.h */
#include <string.h>

#include "base/bind.h"
#include "observe/observe_pin.h"
#include "observe/observelib.h"

enum { MOST_LEVELS = 200 };

/* Pushes the loader of the innermost function of a file that is running, or returns 0.
 * Functions in C, as pcall, and chunks of texts act for who called them. */
static int
push_loader(lua_State *L)
{
    lua_Debug ar;

    recorder_held(L, HELD_PINS);
    for (int level = 1; level < MOST_LEVELS && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (ar.source[0] != '@')
            continue;
        lua_getfield(L, -1, ar.source);
        lua_remove(L, -2);
        if (lua_isfunction(L, -1))
            return 1;
        break;
    }
    lua_pop(L, 1);
    return 0;
}

int
observe_pin_asked(lua_State *L, Recorder *rec, const char *what, int top)
{
    if (!rec->pins || !push_loader(L))
        return 0;
    if (rec->top) {
        recorder_note_impure(L, rec, "code of a commit that it loads");
        rec->top->unknown_effects = 1;
    }
    luaL_checkstack(L, top + 4, what);
    lua_pushstring(L, what);
    for (int i = 1; i <= top; i++)
        lua_pushvalue(L, i);
    lua_call(L, top + 1, LUA_MULTRET);
    if (lua_gettop(L) > top && lua_toboolean(L, top + 1)) {
        lua_remove(L, top + 1);
        return 1;
    }
    lua_settop(L, top);
    return 0;
}

/* observe.pin(chunkname, loader): chunks of that name load by that function */
int
observe_pin_l_pin(lua_State *L)
{
    Recorder *rec = recorder_of(L);

    luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    if (!rec->pins) {
        lua_newtable(L);
        recorder_hold(L, HELD_PINS);
        rec->pins = 1;
    }
    recorder_held(L, HELD_PINS);
    lua_insert(L, 1);
    lua_rawset(L, 1);
    return 0;
}
