/* first_plan_box.c -- see first_plan_box.h */
#include <lauxlib.h>

#include "graph/first_plan_box.h"

FirstPlan *
first_plan_check(lua_State *L, int idx)
{
    return luaL_checkudata(L, idx, FIRST_PLAN_TYPE);
}

int
first_plan_no_memory(lua_State *L)
{
    return luaL_error(L, "out of memory");
}
