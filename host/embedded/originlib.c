/* originlib.c -- rille.host.origin: what is rille's own, by its identity (embedded.h). */
#include <lauxlib.h>

#include "base/bind.h"
#include "embedded/embedded.h"
#include "embedded/module_loader.h"

int luaopen_rille_host_origin(lua_State *L);

/* origin.is_ours(source) -> boolean: the source of a function, as debug.getinfo has it */
static int
l_is_ours(lua_State *L)
{
    lua_pushboolean(L, embedded_is_ours(luaL_checkstring(L, 1)));
    return 1;
}

/* origin.is_at(message) -> boolean: it begins with a position in rille's own Lua */
static int
l_is_at(lua_State *L)
{
    lua_pushboolean(L, embedded_is_at(luaL_checkstring(L, 1)));
    return 1;
}

/* origin.owns(module) -> name | nil: a value that rille's own loader gave */
static int
l_owns(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushstring(L, module_loader_owns(L, 1));
    return 1;
}

/* origin.offers(name) -> boolean: is there a module of rille's own of that name, which require
 * would load or has loaded? */
static int
l_offers(lua_State *L)
{
    lua_pushboolean(L, module_loader_would_load(L, luaL_checkstring(L, 1)));
    return 1;
}

/* origin.strict(module) -> module, in which a name that does not exist is a mistake
 * instead of nil */
static int
l_strict(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    bind_strict(L);
    return 1;
}

/* origin.is_strict(v) -> boolean: is it such a module? */
static int
l_is_strict(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, bind_isstrict(L, 1));
    return 1;
}

/* origin.files(prefix) -> list of the paths of rille's own files that begin so: "lua/cmd/run.lua";
 * those that only the folder of --scripts has come last, in no order */
static int
l_files(lua_State *L)
{
    module_loader_push_files(L, luaL_checkstring(L, 1));
    return 1;
}

/* origin.text(path) -> the text of a file of rille's own, may its owner execute it */
static int
l_text(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    const EmbeddedFile *f = embedded_find(path);

    if (!module_loader_push_text(L, path))
        return luaL_error(L, "rille has no file %s", path);
    lua_pushboolean(L, f && f->executable);
    return 2;
}

/* origin.batteries() -> list of the names of the modules rille.NAME that scripts require;
 * it is the same table each time */
static int
l_batteries(lua_State *L)
{
    module_loader_push_batteries(L);
    return 1;
}

/* origin.parts() -> list of the names of the loaded modules that are parts of batteries */
static int
l_parts(lua_State *L)
{
    module_loader_push_parts(L);
    return 1;
}

int
luaopen_rille_host_origin(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"is_ours", l_is_ours}, {"is_at", l_is_at}, {"owns", l_owns}, {"offers", l_offers},
        {"strict", l_strict},   {"is_strict", l_is_strict}, {"files", l_files}, {"text", l_text},
        {"batteries", l_batteries}, {"parts", l_parts}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}
