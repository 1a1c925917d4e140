/* modules.h -- the Lua faces of the host, one module each, by the name under
 * which a script requires it.  A new *lib.c adds its line to modules.c. */
#ifndef MODULES_H
#define MODULES_H

#include <lauxlib.h>

extern const luaL_Reg faces[];      /* ends with NULL */

#endif
