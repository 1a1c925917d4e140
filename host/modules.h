/* modules.h -- the modules in C, by the names under which Lua requires them.  A new *lib.c
 * adds its lines to modules.c; no other place knows it. */
#ifndef MODULES_H
#define MODULES_H

#include <lauxlib.h>

extern const luaL_Reg modules[];      /* ends with NULL */

#endif
