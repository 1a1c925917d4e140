/* observe_require.c -- rille.host.observe: require and its searchers.
 *
 * Each step loads its modules for itself, so that what their loading saw and did is its
 * own; one that was loaded before the step is a table that the step captures. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "embedded/module_loader.h"
#include "observe/observe_c_module.h"
#include "observe/observe_code.h"
#include "observe/observe_pin.h"
#include "observe/observe_source.h"
#include "observe/observelib.h"

/* Where a project has modules: its own, and those that luarocks puts there (--tree
 * lua_modules). */
#define ROCKS "./lua_modules/"
#define VERSION LUA_VERSION_MAJOR "." LUA_VERSION_MINOR
static const char PROJECT_PATH[] =
    "./?.lua;./?/init.lua;" ROCKS "?.lua;" ROCKS "?/init.lua;"
    ROCKS "share/lua/" VERSION "/?.lua;" ROCKS "share/lua/" VERSION "/?/init.lua";
static const char PROJECT_CPATH[] =
    "./?.so;" ROCKS "?.so;" ROCKS "lib/lua/" VERSION "/?.so";

/* ---- finding modules ---- */

/* Pushes the first file of the templates that can be read, or returns 0 and pushes
 * the list of those that cannot.  Records the failures. */
static int
search(lua_State *L, Recorder *rec, const char *name, const char *templates)
{
    char full[PATH_MAX];
    luaL_Buffer tried;
    int at = lua_gettop(L);

    lua_pushstring(L, "");              /* what was tried, at + 1 */
    while (*templates) {
        size_t n = strcspn(templates, ";");
        const char *path;
        int code = ENAMETOOLONG;

        lua_pushlstring(L, templates, n);
        path = luaL_gsub(L, lua_tostring(L, -1), "?", name);
        if (recorder_full_path(rec, path, full, sizeof full) == 0)
            code = faccessat(AT_FDCWD, full, R_OK, AT_EACCESS) ? errno : 0;
        if (n && !code) {
            lua_replace(L, at + 1);
            lua_settop(L, at + 1);
            return 1;
        }
        if (n && rec->top)
            recorder_note_absent(L, rec, path, code);
        luaL_buffinit(L, &tried);
        lua_pushvalue(L, at + 1);
        luaL_addvalue(&tried);
        luaL_addstring(&tried, lua_rawlen(L, at + 1) ? "\n\t" : "");
        luaL_addstring(&tried, "no file '");
        luaL_addstring(&tried, path);
        luaL_addchar(&tried, '\'');
        luaL_pushresult(&tried);
        lua_replace(L, at + 1);
        lua_settop(L, at + 1);
        templates += n + (templates[n] == ';');
    }
    return 0;
}

/* The templates in package.FIELD, of the package table at idx; recorded, since a
 * script that sets others may find another file. */
static const char *
templates_of(lua_State *L, Recorder *rec, int idx, const char *field)
{
    const char *templates, *name = lua_pushfstring(L, "package.%s", field);

    lua_getfield(L, idx, field);
    templates = lua_tostring(L, -1);
    if (!templates)
        luaL_error(L, "'package.%s' must be a string", field);
    if (rec->top)
        recorder_env_digest(name, templates, recording_put(L, rec->top, FACT_SEARCH, name)->digest);
    return templates;
}

/* nil and the message at the top */
static int
not_found(lua_State *L)
{
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* package.searchpath(name, path[, sep[, rep]]) -> path | nil, message */
static int
l_searchpath(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *name = luaL_checkstring(L, 1), *templates = luaL_checkstring(L, 2);
    const char *sep = luaL_optstring(L, 3, "."), *rep = luaL_optstring(L, 4, "/");

    if (*sep && strstr(name, sep))
        name = luaL_gsub(L, name, sep, rep);
    if (!search(L, rec, name, templates))
        return not_found(L);
    if (rec->top)
        recorder_note_read(L, rec, lua_tostring(L, -1), -1);
    return 1;
}

static int
module_error(lua_State *L, const char *path, const char *message)
{
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s",
                      lua_tostring(L, 1), path, message);
}

/* The searcher of Lua files: (name) -> loader, path | message.  Upvalues: the
 * package table, the recorder. */
static int
l_search_lua(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *name = luaL_checkstring(L, 1), *path, *text, *verb, *templates;
    char source[PATH_MAX];
    size_t n;
    FileState state;

    templates = templates_of(L, rec, lua_upvalueindex(1), "path");
    if (!search(L, rec, luaL_gsub(L, name, ".", "/"), templates))
        return 1;
    path = lua_tostring(L, -1);
    if (!observe_source_read(L, rec, path, &state, &verb)) {
        if (rec->top)                     /* a folder, or without the right to read it */
            recorder_note_read(L, rec, path, -1);
        return module_error(L, path, lua_pushfstring(L, "cannot %s %s: %s", verb, path,
                                                     observe_source_reason(state.code)));
    }
    observe_source_name(rec, path, source, sizeof source);
    observe_source_keep(L, source, lua_gettop(L), state.digest);
    text = lua_tolstring(L, -1, &n);
    if (observe_source_compile(L, text, n, lua_pushfstring(L, "@%s", source), "t", source))
        return module_error(L, path, lua_tostring(L, -1));
    observe_code_note_module(L, rec, name, path, &state);
    lua_pushstring(L, path);
    return 2;
}

/* Runs the original searcher of C modules on the file at the top alone: its upvalue
 * 1 is not the package table but one of ours, with that file as cpath. */
static int
open_library(lua_State *L, Recorder *rec, Raw id)
{
    char full[PATH_MAX];
    const char *path = lua_tostring(L, -1);
    int results, pure;

    if (recorder_full_path(rec, path, full, sizeof full))
        return luaL_error(L, "%s: the path is too long", path);
    pure = observe_c_module_open(L, rec, lua_tostring(L, 1), path, full);
    lua_pushstring(L, full);
    lua_setfield(L, lua_upvalueindex(1), "cpath");
    lua_settop(L, 1);
    results = rec->raw[id](L);
    if (pure)
        observe_c_module_opened(L, rec, full);
    return results;
}

/* The searchers of C modules: (name) -> loader, path | message.  Upvalues: a table
 * for the original, the recorder, the package table. */
static int
l_search_c(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *name = luaL_checkstring(L, 1), *templates;

    templates = templates_of(L, rec, lua_upvalueindex(3), "cpath");
    if (!search(L, rec, luaL_gsub(L, name, ".", "/"), templates))
        return 1;
    return open_library(L, rec, RAW_SEARCHER_C);
}

/* a.b.c in the library of a */
static int
l_search_root(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *name = luaL_checkstring(L, 1), *dot = strchr(name, '.'), *templates;

    if (!dot)
        return 0;
    templates = templates_of(L, rec, lua_upvalueindex(3), "cpath");
    if (!search(L, rec, lua_pushlstring(L, name, (size_t)(dot - name)), templates))
        return 1;
    return open_library(L, rec, RAW_SEARCHER_ROOT);
}

/* ---- require ---- */

/* Pushes the loader of module (argument 1) and its data; raises when no searcher
 * knows it.  Upvalue 1 is the package table. */
static void
find_loader(lua_State *L, const char *module)
{
    int at = lua_gettop(L);

    if (lua_getfield(L, lua_upvalueindex(1), "searchers") != LUA_TTABLE)
        luaL_error(L, "'package.searchers' must be a table");
    lua_pushstring(L, "");
    for (lua_Integer i = 1;; i++) {
        if (lua_rawgeti(L, at + 1, i) == LUA_TNIL)
            luaL_error(L, "module '%s' not found:%s", module, lua_tostring(L, at + 2));
        lua_pushstring(L, module);
        lua_call(L, 1, 2);
        if (lua_isfunction(L, -2))
            break;
        if (lua_isstring(L, -2)) {
            lua_pushfstring(L, "%s\n\t%s", lua_tostring(L, at + 2), lua_tostring(L, -2));
            lua_replace(L, at + 2);
        }
        lua_settop(L, at + 2);
    }
    lua_rotate(L, at + 1, 2);
    lua_settop(L, at + 2);
}

/* Loads the module: stack 1 its name, 2 package.loaded; pushes value and data. */
static int
load_module(lua_State *L, const char *module)
{
    find_loader(L, module);             /* 4 loader, 5 data */
    lua_pushvalue(L, 4);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 5);
    lua_call(L, 2, 1);
    if (!lua_isnil(L, -1))
        lua_setfield(L, 2, module);
    else
        lua_pop(L, 1);
    if (lua_getfield(L, 2, module) == LUA_TNIL) {
        lua_pushboolean(L, 1);
        lua_copy(L, -1, -2);
        lua_setfield(L, 2, module);
    }
    lua_rotate(L, -2, 1);
    return 2;
}

/* Whether it is a module of rille's that reads files or starts programs unobserved; rille's
 * own Lua records what it does by them. */
static int
reaches_out(const char *module)
{
    static const char *const names[] = {
        "sys", "store", "meta", "spawn", "worker_process", "run_lock", NULL};

    if (strncmp(module, "rille.host.", 11) != 0)
        return 0;
    for (int i = 0; names[i]; i++)
        if (strcmp(module + 11, names[i]) == 0)
            return 1;
    return 0;
}

/* require(name) -> value, data.  Upvalue 1 is the package table. */
static int
l_require(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *module = luaL_checkstring(L, 1);
    int own;

    if (rec->top && reaches_out(module) && !recorder_called_by_rille(L))
        recorder_note_impure(L, rec, "the inside of rille");
    lua_settop(L, 1);
    module_loader_first_of(L, module);
    if (observe_pin_asked(L, rec, "require", 1))
        return lua_gettop(L) - 1;
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, 2, module);
    if (lua_toboolean(L, -1)) {
        observe_code_note_captured(L, rec, module);
        return 1;
    }
    lua_settop(L, 2);
    own = observe_code_is_own(L, module);
    if (rec->top && !own)
        observe_code_note_search(L, rec, module);
    lua_pushnil(L);
    load_module(L, module);
    if (own) {
        lua_pushvalue(L, -2);
        observe_code_note_captured(L, rec, module);
        lua_pop(L, 1);
    } else {
        observe_c_module_loaded(L, rec, module);
    }
    return 2;
}

const Wrap observe_require_wraps[] = {
    {RAW_REQUIRE, NULL, "require", l_require},
    {RAW_SEARCHPATH, "package", "searchpath", l_searchpath},
    {RAW_LOADLIB, "package", "loadlib", NULL},
    {0, NULL, NULL, NULL}};

/* Makes fn number n of the list of searchers at the top, with the upvalues table,
 * recorder, package. */
static void
set_searcher(lua_State *L, lua_Integer n, lua_CFunction fn, const int upvalues[2])
{
    lua_pushvalue(L, upvalues[0]);
    recorder_push(L);
    lua_pushvalue(L, upvalues[1]);
    lua_pushcclosure(L, fn, 3);
    lua_rawseti(L, -2, n);
}

/* package.FIELD of the package table at idx: the project's own templates, then those of
 * Lua: LUA_PATH and LUA_CPATH, the folders of the system.  Each counts once. */
static void
put_project_first(lua_State *L, int idx, const char *field, const char *project)
{
    int top = lua_gettop(L);
    const char *templates;

    lua_pushstring(L, project);
    templates = lua_getfield(L, idx, field) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    while (*templates) {
        size_t n = strcspn(templates, ";");
        const char *part = lua_pushlstring(L, templates, n);
        const char *one = lua_pushfstring(L, ";%s;", part);

        if (n && !strstr(lua_pushfstring(L, ";%s;", lua_tostring(L, top + 1)), one)) {
            lua_pushfstring(L, "%s;%s", lua_tostring(L, top + 1), part);
            lua_replace(L, top + 1);
        }
        lua_settop(L, top + 2);
        templates += n + (templates[n] == ';');
    }
    lua_settop(L, top + 1);
    lua_setfield(L, idx, field);
}

/* The last three searchers are those of Lua files, of C modules and of their
 * roots; those of preloaded modules and of rille come before them. */
void
observe_require_wrap_searchers(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    int globals = lua_gettop(L), package;
    lua_Integer n;

    if (lua_getfield(L, globals, "package") != LUA_TTABLE) {
        lua_settop(L, globals);
        return;
    }
    package = lua_gettop(L);
    lua_pushvalue(L, package);
    recorder_hold(L, HELD_PACKAGE);
    put_project_first(L, package, "path", PROJECT_PATH);
    put_project_first(L, package, "cpath", PROJECT_CPATH);
    lua_newtable(L);                    /* what the C searchers take for package */
    lua_getfield(L, package, "searchers");
    n = luaL_len(L, -1);
    lua_rawgeti(L, -1, 1);
    recorder_hold(L, HELD_PRELOADER);
    if (n >= 4) {
        lua_rawgeti(L, -1, n - 1);
        lua_rawgeti(L, -2, n);
        rec->raw[RAW_SEARCHER_C] = lua_tocfunction(L, -2);
        rec->raw[RAW_SEARCHER_ROOT] = lua_tocfunction(L, -1);
        lua_pop(L, 2);
        set_searcher(L, n - 2, l_search_lua, (int[]){package, package});
        set_searcher(L, n - 1, l_search_c, (int[]){package + 1, package});
        set_searcher(L, n, l_search_root, (int[]){package + 1, package});
    }
    lua_settop(L, globals);
}
