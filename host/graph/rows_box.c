/* rows_box.c -- see rows_box.h */
#include <lauxlib.h>

#include "graph/rows_box.h"

GraphRows *
graph_rows_check(lua_State *L, int idx)
{
    return luaL_checkudata(L, idx, GRAPH_ROWS_TYPE);
}

void
graph_rows_push_steps(lua_State *L, int idx)
{
    lua_getiuservalue(L, idx, GRAPH_ROWS_STEPS);
}
