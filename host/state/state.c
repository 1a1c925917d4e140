/* state.c -- see state.h */
#include <stdint.h>

#include <lualib.h>

#include "base/bind.h"
#include "base/slab.h"
#include "embedded/module_loader.h"
#include "observe/order.h"
#include "state/lua_release.h"
#include "state/state.h"

static const char ENV[] = BIND_ENV;

enum {
    GC_PAUSE = 250,             /* percent of what was alive */
    FIRST_CYCLE = 2048          /* KiB; a small run never collects */
};

static int
stray_read(lua_State *L)
{
    return luaL_error(L, "rille: stray global '%s' is read", luaL_tolstring(L, 2, NULL));
}

static int
stray_write(lua_State *L)
{
    return luaL_error(L, "rille: stray global '%s' is set", luaL_tolstring(L, 2, NULL));
}

/* Copies the table at the top, replacing it by the copy. */
static void
copy_table(lua_State *L)
{
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
    lua_remove(L, -2);
}

static const char *const libs[] = {"string", "table", "math", "io", "os",
                                   "coroutine", "utf8", "debug", NULL};

/* The environment of rille's own Lua: the standard library as it is now, so it
 * must be made before anything of it is wrapped. */
static void
make_env(lua_State *L)
{
    lua_pushglobaltable(L);
    copy_table(L);
    for (int i = 0; libs[i]; i++)
        if (lua_getfield(L, -1, libs[i]) == LUA_TTABLE) {
            copy_table(L);
            lua_setfield(L, -2, libs[i]);
        } else {
            lua_pop(L, 1);
        }
    order_install(L);
    lua_pushnil(L);
    lua_setfield(L, -2, "_G");
    lua_newtable(L);
    lua_pushcfunction(L, stray_read);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, stray_write);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, ENV);
}

static int
open_own(lua_State *L)
{
    const StateOptions *o = lua_touserdata(L, 1);

    luaL_checkversion(L);
    luaL_openlibs(L);
    module_loader_search(L, o->modules);
    if (o->prepare)
        o->prepare(L, o->user);
    make_env(L);
    module_loader_install(L, o->modules, o->scripts, o->compiled);
    module_loader_offer_face(L);
    return 0;
}

int
state_attach(lua_State *L, const luaL_Reg *modules)
{
    make_env(L);
    module_loader_install(L, modules, NULL, 0);
    return 0;
}

int
state_is_attached(lua_State *L)
{
    int yes = lua_getfield(L, LUA_REGISTRYINDEX, ENV) != LUA_TNIL;

    lua_pop(L, 1);
    return yes;
}

/* ---- the state of a host ---- */

typedef struct Share {
    const StateOptions *options;
    int is_taken;
} Share;

static int
share(lua_State *L)
{
    Share *s = lua_touserdata(L, 1);

    luaL_checkversion(L);
    if ((s->is_taken = state_is_attached(L)))
        return 0;
    for (int i = 0; libs[i]; i++)
        if (lua_getglobal(L, libs[i]) != LUA_TTABLE)
            luaL_error(L, "the lua_State has no library \"%s\": call luaL_openlibs first", libs[i]);
    state_attach(L, s->options->modules);
    module_loader_offer_face(L);
    s->options->prepare(L, s->options->user);
    return 0;
}

int
state_share(lua_State *L, const StateOptions *options, Err *err)
{
    Share s = {options, 1};             /* until it is known that it is not */
    int rc = lua_release_check(err), top;

    if (rc)
        return rc;
    if (!lua_checkstack(L, LUA_MINSTACK))
        return err_nomem(err);
    top = lua_gettop(L);
    lua_pushcfunction(L, share);
    lua_pushlightuserdata(L, &s);
    rc = lua_pcall(L, 1, 0, 0);
    if (rc)
        rc = err_set(err, rc == LUA_ERRMEM ? ERR_NOMEM : ERR_INVAL, "%s", lua_tostring(L, -1));
    else if (s.is_taken)
        rc = err_set(err, ERR_EXISTS, "rille_options.lua_state: the state has rille already: a "
                     "state belongs to one engine, or to require \"rille\"");
    lua_settop(L, top);
    if (rc && !s.is_taken)
        state_unshare(L);
    return rc;
}

static int
unshare(lua_State *L)
{
    module_loader_remove(L);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, ENV);
    return 0;
}

void
state_unshare(lua_State *L)
{
    if (!lua_checkstack(L, LUA_MINSTACK))
        return;
    lua_pushcfunction(L, unshare);
    if (lua_pcall(L, 0, 0, 0))
        lua_pop(L, 1);
}

/* ---- states of our own ---- */

/* luaL_newstate's panic and warnings are left out: nothing of ours raises outside
 * a protected call, and a library does not write to stderr. */
static lua_State *
new_state(const StateOptions *options)
{
    Slab *slab = options->alloc ? NULL : slab_new();
    lua_State *L;

    if (options->alloc)
        return lua_newstate(options->alloc, options->alloc_user);
    L = slab ? lua_newstate(slab_alloc, slab) : NULL;

    if (L)
        slab_free_when_empty(slab);
    else
        slab_free(slab);
    return L;
}

lua_State *
state_new(const StateOptions *options, Err *err)
{
    lua_State *L;
    int rc;

    if (!options->linked && lua_release_check(err))
        return NULL;
    L = new_state(options);
    if (!L) {
        err_nomem(err);
        return NULL;
    }
    /* a plan is many small tables that all live: marking them again and again is
     * most of the collector's work, so wait until memory has grown by this much */
    lua_gc(L, LUA_GCINC, GC_PAUSE, 200, 0);
    lua_gc(L, LUA_GCSTEP, -FIRST_CYCLE);
    lua_pushcfunction(L, open_own);
    lua_pushlightuserdata(L, (void *)(uintptr_t)options);
    rc = lua_pcall(L, 1, 0, 0);
    if (rc) {
        err_set(err, rc == LUA_ERRMEM ? ERR_NOMEM : ERR_ANY, "%s", lua_tostring(L, -1));
        lua_close(L);
        return NULL;
    }
    return L;
}
