/* options.c -- the structs that a host fills: their sizes, flags and texts. */
#include <string.h>

#include <lauxlib.h>

#include "library/engine.h"

enum { LARGEST = 4096 };                /* a struct that says it has more was not initialised */

int
engine_take_struct(rille_engine *e, const char *what, void *out, size_t known, const void *given)
{
    size_t size;

    if (!given)
        return RILLE_OK;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size || size > LARGEST)
        return engine_report_as(e, RILLE_EINVAL,
                                "%s: its size is %zu, so it was not made with its *_INIT", what,
                                size);
    for (size_t i = known; i < size; i++)
        if (((const unsigned char *)given)[i])
            return engine_report_as(e, RILLE_EVERSION,
                                    "%s: it is of a newer header (%zu bytes; this library, rille "
                                    "%s, knows %zu) and sets fields that this library does not "
                                    "know", what, size, RILLE_VERSION, known);
    memcpy(out, given, size < known ? size : known);
    return RILLE_OK;
}

int
engine_check_flags(rille_engine *e, const char *what, unsigned flags, unsigned known)
{
    return flags & ~known
        ? engine_report_as(e, RILLE_EVERSION,
                           "%s: flags 0x%x: this library, rille %s, knows 0x%x only", what, flags,
                           RILLE_VERSION, known)
        : RILLE_OK;
}

/* As LUA_PATH is read: the first ";;" is the default, which is there already. */
static void
set_path(lua_State *L, const char *field, const char *path)
{
    const char *mark = path ? strstr(path, ";;") : NULL;

    if (!path)
        return;
    lua_getglobal(L, "package");
    if (mark) {
        lua_pushlstring(L, path, (size_t)(mark - path));
        lua_pushstring(L, mark > path ? ";" : "");
        lua_getfield(L, -3, field);
        lua_pushstring(L, mark[2] ? ";" : "");
        lua_pushstring(L, mark + 2);
        lua_concat(L, 5);
    } else {
        lua_pushstring(L, path);
    }
    lua_setfield(L, -2, field);
    lua_pop(L, 1);
}

void
options_set_paths(lua_State *L, const rille_engine *e)
{
    set_path(L, "path", e->lua_path);
    set_path(L, "cpath", e->lua_cpath);
}
