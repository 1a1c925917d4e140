/* script.c -- see script.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lualib.h>

#include "bind.h"
#include "buf.h"
#include "faces.h"
#include "order.h"
#include "script.h"
#include "sys.h"

static const char ENV[] = "rille.env", DISK[] = "rille.scripts";

/* rille.plan -> lua/plan.lua; the first of these places that has it wins. */
static const char *const places[] = {"lua/%s.lua", "stdlib/%s.lua", "%s.lua", NULL};

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

/* The environment of rille's own Lua: the standard library as it is now, so it
 * must be made before anything of it is wrapped. */
static void
make_env(lua_State *L)
{
    static const char *const libs[] = {"string", "table", "math", "io", "os",
                                       "coroutine", "utf8", "debug", NULL};

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
compare(const void *key, const void *entry)
{
    return strcmp(key, ((const ScriptFile *)entry)->path);
}

const ScriptFile *
script_find(const char *path)
{
    size_t n = 0;

    while (script_files[n].path)
        n++;
    return bsearch(path, script_files, n, sizeof *script_files, compare);
}

/* Compiles the text of PATH with rille's environment; pushes the function. */
static void
compile(lua_State *L, const char *path, const char *text, size_t len)
{
    lua_pushfstring(L, "%s%s", SCRIPT_PREFIX, path);
    if (luaL_loadbufferx(L, text, len, lua_tostring(L, -1), "t"))
        lua_error(L);
    lua_remove(L, -2);
    lua_getfield(L, LUA_REGISTRYINDEX, ENV);
    lua_setupvalue(L, -2, 1);
}

static int
load_disk(lua_State *L, const char *dir, const char *path)
{
    const char *full = lua_pushfstring(L, "%s/%s", dir, path);
    Buf text;
    Err err;

    buf_init(&text);
    if (sys_read_file(full, &text, &err)) {
        buf_release(&text);
        lua_pop(L, 1);
        return 0;
    }
    lua_pushlstring(L, (char *)text.data, text.len);
    buf_release(&text);
    compile(L, path, lua_tostring(L, -1), lua_rawlen(L, -1));
    return 1;
}

/* Pushes the loader of a module of ours, or nothing. */
static int
load_module(lua_State *L, const char *path)
{
    const ScriptFile *f;
    const char *dir;

    lua_getfield(L, LUA_REGISTRYINDEX, DISK);
    dir = lua_tostring(L, -1);
    if (dir && load_disk(L, dir, path))
        return 1;
    f = dir ? NULL : script_find(path);
    if (f)
        compile(L, path, f->text, f->len);
    return f != NULL;
}

/* searcher(name) -> loader, path | nil.  rille.a.b -> lua/a/b.lua */
static int
l_searcher(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const char *rest = strcmp(name, "rille") == 0 ? "rille"
                       : strncmp(name, "rille.", 6) == 0 ? name + 6 : NULL;
    const char *tail;

    if (!rest)
        return 0;
    tail = luaL_gsub(L, rest, ".", "/");
    for (int i = 0; places[i]; i++) {
        char path[256];

        snprintf(path, sizeof path, places[i], tail);
        if (load_module(L, path)) {
            lua_pushstring(L, path);
            return 2;
        }
    }
    /* a battery with a C part: stdlib/svm/svm.lua */
    if (load_module(L, lua_pushfstring(L, "stdlib/%s/%s.lua", tail, tail))) {
        lua_pushvalue(L, -3);
        return 2;
    }
    lua_pushfstring(L, "rille has no module '%s'", name);
    return 1;
}

static void
preload_faces(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const luaL_Reg *f = faces; f->name; f++) {
        lua_pushcfunction(L, f->func);
        lua_setfield(L, -2, f->name);
    }
    lua_pop(L, 1);
}

static void
insert_searcher(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i >= 2; i--) {
        lua_geti(L, -1, i);
        lua_seti(L, -2, i + 1);
    }
    lua_pushcfunction(L, l_searcher);
    lua_seti(L, -2, 2);
    lua_pop(L, 2);
}

static int
open_own(lua_State *L)
{
    const char *scripts = lua_touserdata(L, 1);

    luaL_openlibs(L);
    /* LUA_PATH and LUA_INIT are the stock interpreter's, not ours */
    script_attach(L, scripts);
    insert_searcher(L);
    return 0;
}

int
script_attach(lua_State *L, const char *scripts)
{
    make_env(L);
    lua_pushstring(L, scripts);
    lua_setfield(L, LUA_REGISTRYINDEX, DISK);
    preload_faces(L);
    return 0;
}

lua_State *
script_new(const char *scripts, Err *err)
{
    lua_State *L = luaL_newstate();

    if (!L) {
        err_nomem(err);
        return NULL;
    }
    lua_gc(L, LUA_GCGEN, 0, 0);
    lua_pushcfunction(L, open_own);
    lua_pushlightuserdata(L, (void *)(uintptr_t)scripts);
    if (lua_pcall(L, 1, 0, 0)) {
        err_set(err, ERR_ANY, "%s", lua_tostring(L, -1));
        lua_close(L);
        return NULL;
    }
    return L;
}

static int
traceback(lua_State *L)
{
    const char *message = lua_tostring(L, 1);

    /* a user's mistake carries the user's position; only ours want a trace */
    if (message && strncmp(message, "rille:", 6) == 0)
        luaL_traceback(L, L, message, 1);
    return 1;
}

int
script_call(lua_State *L, int nargs, int nresults)
{
    int base = lua_gettop(L) - nargs, status;

    lua_pushcfunction(L, traceback);
    lua_insert(L, base);
    status = lua_pcall(L, nargs, nresults, base);
    lua_remove(L, base);
    return status;
}
