/* module_loader.c -- see module_loader.h */
#include <string.h>

#include "base/bind.h"
#include "base/buf.h"
#include "embedded/embedded.h"
#include "embedded/module_loader.h"
#include "embedded/module_name.h"
#include "embedded/source_folder.h"
#include "os/sys.h"

static const char ENV[] = BIND_ENV, DISK[] = "rille.scripts", CODE[] = "rille.compiled";
static const char OWN[] = "rille.own";              /* module -> its name */
static const char BATTERIES[] = "rille.batteries";  /* list of their names */
/* the paths that only the folder of --scripts has, each with a 0 after it */
static const char ADDED[] = "rille.added";
/* the luaL_Reg list of the modules in C, where the first searcher finds modules */
static const char SEARCHED[] = "rille.searched";

static int push_searched(lua_State *L, const char *name);

/* Loads the text or code of PATH with rille's environment; pushes the function. */
static void
compile(lua_State *L, const char *path, const char *text, size_t len, const char *mode)
{
    lua_pushfstring(L, "%s%s", EMBEDDED_PREFIX, path);
    if (luaL_loadbufferx(L, text, len, lua_tostring(L, -1), mode))
        lua_error(L);
    lua_remove(L, -2);
    lua_getfield(L, LUA_REGISTRYINDEX, ENV);
    lua_setupvalue(L, -2, 1);
}

/* Pushes the text of the file PATH of DIR and returns 1; 0 when there is none. */
static int
push_disk(lua_State *L, const char *dir, const char *path)
{
    const char *full = lua_pushfstring(L, "%s/%s", dir, path);
    Buf text;
    Err err;

    buf_init(&text);
    if (sys_read_file(full, &text, &err)) {
        buf_release(&text);
        if (err.code != ERR_NOTFOUND)
            luaL_error(L, "--scripts: %s", err.msg);
        lua_pop(L, 1);
        return 0;
    }
    lua_pushlstring(L, (char *)text.data, text.len);
    buf_release(&text);
    lua_remove(L, -2);
    return 1;
}

static int
load_disk(lua_State *L, const char *dir, const char *path)
{
    if (!push_disk(L, dir, path))
        return 0;
    compile(L, path, lua_tostring(L, -1), lua_rawlen(L, -1), "t");
    return 1;
}

int
module_loader_push_text(lua_State *L, const char *path)
{
    const EmbeddedFile *f = embedded_find(path);

    if (lua_getfield(L, LUA_REGISTRYINDEX, DISK) == LUA_TSTRING
        && push_disk(L, lua_tostring(L, -1), path)) {
        lua_remove(L, -2);
        return 1;
    }
    lua_pop(L, 1);
    if (f)
        lua_pushlstring(L, f->text, f->len);
    return f != NULL;
}

/* The module at the top, called name, has loaded. */
static void
loaded(lua_State *L, const char *name)
{
    int module = lua_gettop(L);
    lua_Integer n;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, MODULE_LOADER_LIST);
    n = (lua_Integer)lua_rawlen(L, -1);
    lua_pushstring(L, strcmp(name, "rille.face") == 0 ? "rille" : name);
    lua_rawseti(L, -2, n + 1);
    lua_pushvalue(L, module);
    lua_rawseti(L, -2, n + 2);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, OWN);
    lua_pushvalue(L, module);
    lua_pushstring(L, name);
    lua_rawset(L, -3);
    if (lua_getfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_HOOK) == LUA_TFUNCTION)
        lua_call(L, 0, 0);
    lua_settop(L, module);
}

const char *
module_loader_owns(lua_State *L, int idx)
{
    const char *name;

    if (lua_isnil(L, idx))
        return NULL;
    lua_pushvalue(L, idx);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, OWN);
    lua_insert(L, -2);
    lua_rawget(L, -2);
    name = lua_tostring(L, -1);     /* the table keeps it */
    lua_pop(L, 2);
    return name;
}

void
module_loader_first(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_FIRST) == LUA_TFUNCTION) {
        lua_pushnil(L);
        lua_setfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_FIRST);
        lua_call(L, 0, 0);
    } else {
        lua_pop(L, 1);
    }
}

void
module_loader_first_of(lua_State *L, const char *name)
{
    if (strncmp(name, "rille", 5) == 0 && (name[5] == '.' || !name[5]))
        module_loader_first(L);
}

/* The module called name, one that scripts may be given, is about to be loaded.  Where that is
 * the first, what MODULE_LOADER_FIRST does may put another loader in the place of ours, or
 * load the module: then 1, and what it gave is pushed. */
static int
load_after_first(lua_State *L, const char *name)
{
    if (strchr(name + sizeof "rille." - 1, '.')
        || lua_getfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_FIRST) == LUA_TNIL) {
        lua_settop(L, 1);
        return 0;
    }
    lua_settop(L, 1);
    module_loader_first(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, name) != LUA_TNIL)
        return 1;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    if (lua_getfield(L, -1, name) == LUA_TNIL && !push_searched(L, name))
        return 0;
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/* The loader of a C face, the upvalue. */
static int
l_open(lua_State *L)
{
    if (load_after_first(L, luaL_checkstring(L, 1)))
        return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    loaded(L, lua_tostring(L, 1));
    return 1;
}

/* The loader of a module in Lua: compiles its text and runs it.  Upvalue 1 is the
 * EmbeddedFile, or the path of a file that only the folder of --scripts has. */
static int
l_load(lua_State *L)
{
    const EmbeddedFile *f = lua_touserdata(L, lua_upvalueindex(1));
    const char *path = f ? f->path : lua_tostring(L, lua_upvalueindex(1));
    int compiled;

    if (load_after_first(L, luaL_checkstring(L, 1)))
        return 1;
    compiled = lua_getfield(L, LUA_REGISTRYINDEX, CODE) != LUA_TNIL;

    lua_getfield(L, LUA_REGISTRYINDEX, DISK);
    if (lua_isstring(L, -1) && load_disk(L, lua_tostring(L, -1), path))
        ;
    else if (!f)
        luaL_error(L, "--scripts: %s no longer exists", path);
    else if (compiled)
        compile(L, path, f->code, f->code_len, "b");
    else
        compile(L, path, f->text, f->len, "t");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    loaded(L, lua_tostring(L, 1));
    return 1;
}

/* Notes the files that only the folder DIR of --scripts has. */
static void
note_added(lua_State *L, const char *dir)
{
    Buf list;
    Err err;
    int rc;

    buf_init(&list);
    rc = source_folder_list_added(dir, &list, &err);
    if (rc == OK)
        lua_pushlstring(L, list.len ? (char *)list.data : "", list.len);
    buf_release(&list);
    if (rc != OK)
        luaL_error(L, "--scripts: %s", err.msg);
    lua_setfield(L, LUA_REGISTRYINDEX, ADDED);
}

/* The first of the files noted by note_added, or NULL; valid while the registry has them. */
static const char *
first_added(lua_State *L, const char **end)
{
    const char *list = NULL;
    size_t n = 0;

    if (lua_getfield(L, LUA_REGISTRYINDEX, ADDED) == LUA_TSTRING)
        list = lua_tolstring(L, -1, &n);
    lua_pop(L, 1);
    *end = list + n;
    return list;
}

/* Whether the file is a battery's. */
static int
is_of_battery(const char *path)
{
    return strncmp(path, "stdlib/", 7) == 0 || strcmp(path, "lua/testing/testing.lua") == 0;
}

/* Adds the module called NAME to the batteries, the list below the top, when it is one. */
static void
note_battery(lua_State *L, const char *name)
{
    const char *short_name = name + sizeof "rille." - 1;

    if (strchr(short_name, '.'))
        return;
    lua_pushstring(L, short_name);
    lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1);
}

/* Makes the module in the file at path loadable, with upvalue 1 of l_load at the top;
 * package.preload is below that, the list of batteries below both. */
static void
preload_file(lua_State *L, const char *path, const char *name)
{
    lua_pushcclosure(L, l_load, 1);
    lua_setfield(L, -2, name);
    if (is_of_battery(path))
        note_battery(L, name);
}

/* Whether the module is found by the first searcher, where there is one of ours. */
static int
is_searched(const char *path, const char *name)
{
    return !is_of_battery(path) || strchr(name + sizeof "rille." - 1, '.');
}

static void
preload_in_c(lua_State *L, const luaL_Reg *modules, int is_own)
{
    for (const luaL_Reg *f = modules; f->name; f++) {
        if (is_own && strchr(f->name + sizeof "rille." - 1, '.'))
            continue;
        lua_pushcfunction(L, f->func);
        lua_pushcclosure(L, l_open, 1);
        lua_setfield(L, -2, f->name);
        note_battery(L, f->name);
    }
}

static void
preload(lua_State *L, const luaL_Reg *modules)
{
    int is_own = lua_getfield(L, LUA_REGISTRYINDEX, SEARCHED) != LUA_TNIL;
    char name[MODULE_NAME_SIZE];
    const char *end;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, BATTERIES);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    preload_in_c(L, modules, is_own);
    for (const EmbeddedFile *f = embedded_files; f->path; f++) {
        if (!f->module || (is_own && is_searched(f->path, f->module)))
            continue;
        lua_pushlightuserdata(L, (void *)f);
        preload_file(L, f->path, f->module);
    }
    for (const char *path = first_added(L, &end); path < end; path += strlen(path) + 1) {
        if (!module_name(path, name, sizeof name))
            continue;
        lua_pushstring(L, path);
        preload_file(L, path, name);
    }
    lua_pop(L, 3);
}

/* Pushes the loader of a module of rille's that the first searcher finds; 0 when there is
 * none, and nothing is pushed. */
static int
push_searched(lua_State *L, const char *name)
{
    const luaL_Reg *modules;
    const EmbeddedFile *f;

    if (strncmp(name, "rille.", 6) != 0)
        return 0;
    lua_getfield(L, LUA_REGISTRYINDEX, SEARCHED);
    modules = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (!modules)
        return 0;
    f = embedded_find_module(name);
    if (f && is_searched(f->path, name)) {
        lua_pushlightuserdata(L, (void *)f);
        lua_pushcclosure(L, l_load, 1);
        return 1;
    }
    for (; modules->name; modules++)
        if (strcmp(modules->name, name) == 0 && strchr(name + sizeof "rille." - 1, '.')) {
            lua_pushcfunction(L, modules->func);
            lua_pushcclosure(L, l_open, 1);
            return 1;
        }
    return 0;
}

/* The first searcher: what package.preload has, then a module of rille's. */
static int
l_search(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);

    module_loader_first_of(L, name);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    if (lua_getfield(L, -1, name) == LUA_TNIL && !push_searched(L, name)) {
        lua_pushfstring(L, "no field package.preload['%s']", name);
        return 1;
    }
    lua_pushliteral(L, ":preload:");
    return 2;
}

void
module_loader_search(lua_State *L, const luaL_Reg *modules)
{
    int top = lua_gettop(L);

    lua_pushlightuserdata(L, (void *)modules);
    lua_setfield(L, LUA_REGISTRYINDEX, SEARCHED);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "package");
    lua_getfield(L, -1, "searchers");
    lua_pushcfunction(L, l_search);
    lua_rawseti(L, -2, 1);
    lua_settop(L, top);
}

void
module_loader_push_batteries(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BATTERIES);
}

/* Whether the module is a file in a folder of stdlib/, and not the one that the folder is for. */
static int
is_part(lua_State *L, const char *name)
{
    const EmbeddedFile *f = embedded_find_module(name);
    char other[MODULE_NAME_SIZE];
    const char *end, *path = f ? f->path : first_added(L, &end);

    for (; !f && path && path < end; path += strlen(path) + 1)
        if (module_name(path, other, sizeof other) && strcmp(other, name) == 0)
            break;
    if (!path || (!f && path >= end) || strncmp(path, "stdlib/", 7) != 0)
        return 0;
    return strchr(path + 7, '/') && strchr(name + sizeof "rille." - 1, '.');
}

void
module_loader_push_parts(lua_State *L)
{
    int list = lua_gettop(L) + 1;
    lua_Integer n = 0;

    lua_newtable(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, MODULE_LOADER_LIST);
    for (lua_Integer i = 1; lua_rawgeti(L, list + 1, i) == LUA_TSTRING; i += 2) {
        if (is_part(L, lua_tostring(L, -1)))
            lua_rawseti(L, list, ++n);
        else
            lua_pop(L, 1);
    }
    lua_settop(L, list);
}

/* Appends PATH to the list at the top when it begins with PREFIX. */
static void
add_path(lua_State *L, const char *prefix, const char *path)
{
    if (strncmp(path, prefix, strlen(prefix)) != 0)
        return;
    lua_pushstring(L, path);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

void
module_loader_push_files(lua_State *L, const char *prefix)
{
    const char *end;

    lua_newtable(L);
    for (const EmbeddedFile *f = embedded_files; f->path; f++)
        add_path(L, prefix, f->path);
    for (const char *path = first_added(L, &end); path < end; path += strlen(path) + 1)
        add_path(L, prefix, path);
}

/* require "rille" */
static int
l_face(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, ENV);
    lua_getfield(L, -1, "require");
    lua_pushliteral(L, "rille.face");
    lua_call(L, 1, 1);
    return 1;
}

int
module_loader_would_load(lua_State *L, const char *name)
{
    lua_CFunction f;
    lua_Debug ar;
    int ours;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushstring(L, name);
    if (lua_rawget(L, -2) == LUA_TNIL && push_searched(L, name)) {
        lua_pop(L, 3);
        return 1;
    }
    lua_remove(L, -2);
    f = lua_tocfunction(L, -1);
    ours = f && (f == l_load || f == l_open || f == l_face);
    if (!f && lua_isfunction(L, -1)) {          /* lua/cache/named_in_keys.lua wraps batteries */
        lua_getinfo(L, ">S", &ar);
        return embedded_is_ours(ar.source);
    }
    lua_pop(L, 1);
    return ours;
}

/* The require of rille's own Lua: a module of rille's comes from rille's loader, so the
 * searchers that a script adds are not asked for it.  Upvalue 1 is Lua's require. */
static int
l_require(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);

    lua_settop(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, 2, name) != LUA_TNIL)
        return 1;
    if (!module_loader_would_load(L, name)) {
        if (lua_getfield(L, LUA_REGISTRYINDEX, OWN) == LUA_TNIL)
            luaL_error(L, "the engine of this lua_State was closed");
        lua_pop(L, 1);
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushvalue(L, 1);
        lua_call(L, 1, 2);
        return 2;
    }
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    if (lua_getfield(L, -1, name) == LUA_TNIL)
        push_searched(L, name);
    lua_pushvalue(L, 1);
    lua_pushliteral(L, ":preload:");
    lua_call(L, 2, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    return 1;
}

/* Gives the environment of rille's own Lua that require. */
static void
set_require(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, ENV);
    lua_getfield(L, -1, "require");
    lua_pushcclosure(L, l_require, 1);
    lua_setfield(L, -2, "require");
    lua_pop(L, 1);
}

void
module_loader_install(lua_State *L, const luaL_Reg *modules, const char *scripts,
                      int compiled)
{
    set_require(L);
    lua_pushstring(L, scripts);
    lua_setfield(L, LUA_REGISTRYINDEX, DISK);
    if (compiled) {
        lua_pushboolean(L, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, CODE);
    }
    if (scripts)
        note_added(L, scripts);
    preload(L, modules);
}

void
module_loader_offer_face(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, l_face);
    lua_setfield(L, -2, "rille");
    lua_pop(L, 1);
}

/* ---- the end ---- */

/* Removes rille's own from the table at the top: what require(name) would call, or what it
 * gave. */
static void
remove_own(lua_State *L, int is_loaded)
{
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        int ours = is_loaded ? module_loader_owns(L, -1) != NULL
                             : strncmp(name, "rille", 5) == 0 && module_loader_would_load(L, name);

        lua_pop(L, 1);
        if (ours) {
            lua_pushvalue(L, -1);
            lua_pushnil(L);
            lua_rawset(L, -4);
        }
    }
    lua_pop(L, 1);
}

void
module_loader_remove(lua_State *L)
{
    static const char *const own[] = {DISK, CODE, OWN, BATTERIES, ADDED, SEARCHED,
                                      MODULE_LOADER_LIST, MODULE_LOADER_HOOK, MODULE_LOADER_FIRST,
                                      MODULE_LOADER_KEY_NAMES};

    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    remove_own(L, 0);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    remove_own(L, 1);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        lua_pushnil(L);
        lua_setfield(L, LUA_REGISTRYINDEX, own[i]);
    }
}
