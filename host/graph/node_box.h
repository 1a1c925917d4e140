/* node_box.h -- light nodes: nodes (lua/graph/graph.lua) that are in the rows of their graph.
 *
 *     { [POSITION] = n }     until a field is read: the metatable, one of each graph's own, has
 *                            the rows; getmetatable shows that of nodes
 *     { [ID] = ... }         from then on, with the metatable of nodes
 *
 * Most nodes of a pipeline that is cached never get their fields.  Who reads fields of nodes raw,
 * or compares metatables raw, completes them before. */
#ifndef NODE_BOX_H
#define NODE_BOX_H

#include <lua.h>

/* Keys of nodes and wires, as in lua/graph/graph.lua. */
#define NODE_ID "\1id"
#define NODE_STEP "\1step"
#define NODE_INPUTS "\1inputs"
#define NODE_PARAMS "\1params"
#define NODE_POSITION "\1position"
#define WIRE_FROM "\1from"
#define WIRE_OUTPUT "\1output"

/* Pushes the list of what nodes are made of, from the module lua/graph/graph.lua at the index. */
void graph_node_push_known(lua_State *L, int graph);
/* Pushes a metatable for the light nodes of a graph whose rows are the userdata at `rows`; the
 * module is at `graph`. */
void graph_node_push_meta(lua_State *L, int rows, int graph);
/* Gives the value at idx all its fields, where it is a light node. */
void graph_node_complete(lua_State *L, int idx);

#endif
