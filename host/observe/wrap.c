/* wrap.c -- see wrap.h */
#include "observe/wrap.h"

/* Any call of the original is impure.  Upvalues 3 and 4: its number, its name. */
static int
l_only_impure(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    if (rec->top) {
        recorder_note_impure(L, rec, lua_tostring(L, lua_upvalueindex(4)));
        rec->top->unknown_effects |= lua_tointeger(L, lua_upvalueindex(3)) >= RAW_DEBUG_FIRST;
    }
    return rec->raw[lua_tointeger(L, lua_upvalueindex(3))](L);
}

/* Replaces the C function at the top by its wrapper. */
static void
wrap(lua_State *L, const Wrap *row)
{
    Recorder *rec = recorder_of(L);
    int fn = lua_gettop(L);

    rec->raw[row->id] = lua_tocfunction(L, fn);
    if (!lua_getupvalue(L, fn, 1))
        lua_pushnil(L);
    recorder_push(L);
    lua_pushinteger(L, row->id);
    lua_pushfstring(L, "%s%s%s", row->lib ? row->lib : "", row->lib ? "." : "", row->name);
    lua_pushnil(L);
    lua_pushcclosure(L, row->fn ? row->fn : l_only_impure, 5);
    lua_replace(L, fn);
}

void
wrap_functions(lua_State *L, const Wrap *rows)
{
    int globals = lua_gettop(L);

    for (; rows->name; rows++) {
        if (rows->lib && lua_getfield(L, globals, rows->lib) != LUA_TTABLE) {
            lua_settop(L, globals);
            continue;
        }
        lua_getfield(L, -1, rows->name);
        if (lua_iscfunction(L, -1)) {
            wrap(L, rows);
            lua_setfield(L, -2, rows->name);
        }
        lua_settop(L, globals);
    }
}
