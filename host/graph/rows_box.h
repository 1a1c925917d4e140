/* rows_box.h -- the rows of a graph (rows.h) in Lua: the userdata of rille.host.graph_rows. */
#ifndef GRAPH_ROWS_BOX_H
#define GRAPH_ROWS_BOX_H

#include <lua.h>

#include "graph/rows.h"

#define GRAPH_ROWS_TYPE "rille.graph_rows"

/* Its user values: a table with the steps by number and the number of each step; the graph's
 * tables nodes and by_id; what nodes are made of, and the metatable of the graph's light nodes
 * (node_box.h). */
enum {
    GRAPH_ROWS_STEPS = 1, GRAPH_ROWS_NODES, GRAPH_ROWS_BY_ID, GRAPH_ROWS_KNOWN,
    GRAPH_ROWS_LIGHT
};

/* The rows in the userdata at idx; raises for another value. */
GraphRows *graph_rows_check(lua_State *L, int idx);
/* Pushes the table of the steps. */
void graph_rows_push_steps(lua_State *L, int idx);

#endif
