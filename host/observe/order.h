/* order.h -- pairs, next and table.sort whose order is the same in every process.
 *
 * pairs walks 1..n up to the first nil, then the other keys: booleans (false
 * first), integers, floats, strings by their bytes, then the keys that have no
 * order of their own (tables, functions...), as next finds them.  Fields may be
 * cleared while walking; __pairs is honoured.  A list costs no memory but the
 * iterator; only when another key turns up are the rest listed and sorted.
 * table.sort is a stable merge sort; a comparator that contradicts itself gives
 * some order, never an error.  When it raises, the table is as it was.
 *
 * These are C functions of Lua.  Upvalue 1 of pairs is true for the one of rille's
 * own Lua; a script's notes a walk over keys without order as impure. */
#ifndef ORDER_H
#define ORDER_H

#include <lua.h>

int order_pairs(lua_State *L);
int order_sort(lua_State *L);
/* next(t, k) in the order of pairs.  Upvalues 3 to 5 remember the walk.  *other
 * is set when it went on past 1..n or met keys without order. */
int order_next(lua_State *L, int *other);
/* Puts rille's own pairs and table.sort into the environment at the top. */
void order_install(lua_State *L);

#endif
