/* forestlib.h -- the C part of rille.forest, a field of rille.tree.core */
#ifndef FORESTLIB_H
#define FORESTLIB_H

#include <lua.h>

/* Pushes the table of its functions. */
void forestlib_open(lua_State *L);

#endif
