/* syslib.c -- rille.host.sys: what rille's own Lua asks of the system. */
#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"
#include "faces.h"
#include "sys.h"

int luaopen_rille_host_sys(lua_State *L);

/* Where the C part of a battery is: beside the program (build/), in PREFIX/lib
 * for a program in PREFIX/bin, and for a library in PREFIX/lib. */
static const char *const places[] = {"%s/%s.so", "%s/../lib/rille/%s.so", "%s/rille/%s.so", NULL};

/* Pushes the path of NAME.so; NULL, with nothing pushed, when it is nowhere. */
static const char *
push_path(lua_State *L, const char *name)
{
    char home[PATH_MAX];
    Err err;

    if (sys_home(home, sizeof home, &err))
        bind_raise(L, &err);
    for (int i = 0; places[i]; i++) {
        const char *path = lua_pushfstring(L, places[i], home, name);

        if (access(path, F_OK) == 0)
            return path;
        lua_pop(L, 1);
    }
    return NULL;
}

/* sys.module(name, package) -> the C part of a battery, opened: what
 * luaopen_rille_NAME_core of NAME.so returned.  Raises when it is not there or
 * cannot be opened; package, of Debian, is what it needs.  It is never closed:
 * libraries keep pointers into it. */
static int
l_module(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1), *package = luaL_checkstring(L, 2);
    const char *path, *opener;
    lua_CFunction open;
    void *handle;

    luaL_argcheck(L, strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name), 1,
                  "a module's name is lower-case letters");
    path = push_path(L, name);
    if (!path) {
        lua_pushfstring(L, "%s.so is not there; install %s (Debian) and run make", name, package);
        return lua_error(L);
    }
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        lua_pushfstring(L, "%s; install %s (Debian)", dlerror(), package);
        return lua_error(L);
    }
    opener = lua_pushfstring(L, "luaopen_rille_%s_core", name);
    *(void **)&open = dlsym(handle, opener);
    if (!open)
        return luaL_error(L, "%s: it has no %s", path, opener);
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    return 1;
}

int
luaopen_rille_host_sys(lua_State *L)
{
    static const luaL_Reg lib[] = {{"module", l_module}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}
