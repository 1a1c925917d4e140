/* rows_box.h -- the rows of a graph (rows.h) in Lua: the userdata of rille.host.graph_rows. */
#ifndef GRAPH_ROWS_BOX_H
#define GRAPH_ROWS_BOX_H

#include <lua.h>

#include "graph/rows.h"

/* The rows in the userdata at idx; raises for another value. */
GraphRows *graph_rows_check(lua_State *L, int idx);
/* Pushes a table: the steps by number, and the number of each step. */
void graph_rows_push_steps(lua_State *L, int idx);

#endif
