/* lua_release.h -- which Lua the functions of this process are of.
 *
 * The library finds Lua's functions where the dynamic linker does: a host that exports those of
 * another Lua (one linked with -rdynamic) comes first, and then some functions are the host's,
 * and those that only Lua 5.4 has are of the library's own Lua. */
#ifndef LUA_RELEASE_H
#define LUA_RELEASE_H

#include "base/err.h"

/* OK; ERR_VERSION when they are of another Lua than 5.4, or of two. */
int lua_release_check(Err *err);
/* Whether it is the very release that rille was compiled with, so that code which that one compiled
 * can be loaded. */
int lua_release_is_own(void);

#endif
