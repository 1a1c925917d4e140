/* lua_release.c -- see lua_release.h */
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include <lua.h>

#include "state/lua_release.h"

/* The file that the function is in; *base is where it is loaded. */
static const char *
file_of(uintptr_t function, void **base)
{
    Dl_info info;

    if (!dladdr((void *)function, &info))
        return NULL;
    *base = info.dli_fbase;
    return info.dli_fname;
}

/* "Lua 5.3.6" of the Lua whose names come first, or NULL when that is 5.4. */
static const char *
other_release(int *length)
{
    const char *ident = dlsym(RTLD_DEFAULT, "lua_ident"), *text = ident;

    text = text ? strstr(text, "Lua 5") : NULL;
    *length = text ? (int)strcspn(text, " ") + 1 : 0;
    *length += text ? (int)strcspn(text + *length, " $") : 0;
    return text && strncmp(text, "Lua 5.4", 7) != 0 ? text : NULL;
}

int
lua_release_check(Err *err)
{
    /* lua_newstate is in every Lua, lua_newuserdatauv since 5.4 */
    void *base[3] = {NULL, NULL, NULL};
    const char *file = file_of((uintptr_t)lua_newstate, &base[0]), *release;
    int length;

    file_of((uintptr_t)lua_newuserdatauv, &base[1]);
    file_of((uintptr_t)lua_version, &base[2]);
    if (base[0] == base[1] && base[0] == base[2] && lua_version(NULL) == LUA_VERSION_NUM)
        return OK;
    release = other_release(&length);
    return err_set(err, ERR_VERSION,
                   "%s exports functions of %.*s, which hide those of Lua 5.4 that rille needs: "
                   "link it with Lua 5.4, or hide that Lua (-Wl,--exclude-libs,ALL, no -rdynamic)",
                   file ? file : "this process",
                   release ? length : 11, release ? release : "another Lua");
}

int
lua_release_is_own(void)
{
    return strstr(lua_ident, LUA_RELEASE " ") != NULL;
}
