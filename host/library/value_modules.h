/* value_modules.h -- what the ways of values into and out of Lua share. */
#ifndef LIBRARY_VALUE_MODULES_H
#define LIBRARY_VALUE_MODULES_H

#include <lua.h>

/* Pushes a field of a module of rille's own, which is loaded as rille's Lua loads it.  May
 * raise. */
void value_modules_push(lua_State *L, const char *module, const char *field);

#endif
