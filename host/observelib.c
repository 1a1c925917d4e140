/* observelib.c -- see observelib.h */
#include <stdio.h>

#include "bind.h"
#include "observelib.h"

void
observe_resolve(lua_State *L, const char *path, char *out, size_t size)
{
    if (snprintf(out, size, "%s", path) >= (int)size)
        luaL_error(L, "%s: the path is too long", path);
}

void
observe_read(lua_State *L, const char *path, char *out, size_t size)
{
    observe_resolve(L, path, out, size);
}

void
observe_write(lua_State *L, const char *path, char *out, size_t size)
{
    observe_resolve(L, path, out, size);
}
