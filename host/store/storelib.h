/* storelib.h -- for other faces: the Store in a Lua value. */
#ifndef STORELIB_H
#define STORELIB_H

#include <lua.h>

#include "store/store.h"

/* The open Store at idx, borrowed while that value lives and is not closed;
 * raises for anything else. */
Store *storelib_check(lua_State *L, int idx);

/* The open StoreWriter at idx, likewise. */
StoreWriter *storelib_writer(lua_State *L, int idx);

#endif
