/* embedded.c -- see embedded.h */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/interrupt.h"
#include "embedded/embedded.h"

const char *const embedded_folders[] = {"lua", "stdlib", "materializers", NULL};

static int
compare(const void *key, const void *entry)
{
    return strcmp(key, ((const EmbeddedFile *)entry)->path);
}

const EmbeddedFile *
embedded_find(const char *path)
{
    return bsearch(path, embedded_files, (size_t)embedded_count, sizeof *embedded_files, compare);
}

static int
compare_module(const void *key, const void *number)
{
    return strcmp(key, embedded_files[*(const unsigned short *)number].module);
}

const EmbeddedFile *
embedded_find_module(const char *name)
{
    const unsigned short *found = bsearch(name, embedded_by_module, (size_t)embedded_module_count,
                                          sizeof *embedded_by_module, compare_module);

    return found ? &embedded_files[*found] : NULL;
}

int
embedded_is_source(const char *path, size_t n)
{
    if (n < 4 || strncmp(path + n - 4, ".lua", 4) != 0
        || strncmp(path, EMBEDDED_TEMPLATES, sizeof EMBEDDED_TEMPLATES - 1) == 0)
        return 0;
    for (const char *const *folder = embedded_folders; *folder; folder++) {
        size_t length = strlen(*folder);

        if (n > length && strncmp(path, *folder, length) == 0 && path[length] == '/')
            return 1;
    }
    return 0;
}

int
embedded_is_ours(const char *source)
{
    size_t n = sizeof EMBEDDED_PREFIX - 1;

    return strncmp(source, EMBEDDED_PREFIX, n) == 0
           && embedded_is_source(source + n, strlen(source + n));
}

int
embedded_is_machinery(const char *source)
{
    return embedded_is_ours(source)
           && strncmp(source + sizeof EMBEDDED_PREFIX - 1, "lua/", 4) == 0;
}

int
embedded_is_at(const char *message)
{
    const char *path = message + sizeof EMBEDDED_PREFIX - 2;  /* without its "@" */
    size_t n;

    if (strncmp(message, EMBEDDED_PREFIX + 1, sizeof EMBEDDED_PREFIX - 2) != 0)
        return 0;
    n = strcspn(path, ":");
    return path[n] == ':' && embedded_is_source(path, n);
}

/* Is the innermost function in Lua below the running one ours? */
static int
is_in_ours(lua_State *L)
{
    lua_Debug ar;

    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (*ar.what != 'C')
            return embedded_is_ours(ar.source);
    }
    return 1;                           /* C alone, which is ours */
}

void
embedded_check_interrupt(lua_State *L)
{
    Interrupt *it = interrupt_here();
    lua_Debug ar;

    if (!interrupt_check(it))
        return;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (*ar.what == 'C')
            continue;
        if (embedded_is_machinery(ar.source))
            return;
        break;
    }
    lua_pushstring(L, it->message);
    lua_error(L);
}

/* Adds a traceback to a message of rille's own; a user's message has the user's position. */
static int
traceback(lua_State *L)
{
    const char *message = luaL_tolstring(L, 1, NULL);

    if (lua_type(L, 1) != LUA_TSTRING || embedded_is_at(message) || is_in_ours(L))
        luaL_traceback(L, L, message, 1);
    return 1;
}

int
embedded_call(lua_State *L, int nargs, int nresults)
{
    int base = lua_gettop(L) - nargs, status;

    lua_pushcfunction(L, traceback);
    lua_insert(L, base);
    status = lua_pcall(L, nargs, nresults, base);
    lua_remove(L, base);
    return status;
}
