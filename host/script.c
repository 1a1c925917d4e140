/* script.c -- see script.h */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lualib.h>

#include "bind.h"
#include "buf.h"
#include "faces.h"
#include "order.h"
#include "pool.h"
#include "script.h"
#include "sys.h"

static const char ENV[] = BIND_ENV, DISK[] = "rille.scripts", CODE[] = "rille.compiled";
static const char OWN[] = "rille.own";  /* module -> its name */

enum { GC_PAUSE = 250 };        /* percent of what was alive */

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
    return bsearch(path, script_files, (size_t)script_count, sizeof *script_files, compare);
}

int
script_is_ours(const char *source)
{
    size_t n = sizeof SCRIPT_PREFIX - 1;

    return strncmp(source, SCRIPT_PREFIX, n) == 0 && script_find(source + n) != NULL;
}

int
script_is_at(const char *message)
{
    const char *path = message + sizeof SCRIPT_PREFIX - 2;  /* without its "@" */
    char name[128];
    size_t n;

    if (strncmp(message, SCRIPT_PREFIX + 1, sizeof SCRIPT_PREFIX - 2) != 0)
        return 0;
    n = strcspn(path, ":");
    if (path[n] != ':' || n >= sizeof name)
        return 0;
    memcpy(name, path, n);
    name[n] = 0;
    return script_find(name) != NULL;
}

/* Loads the text or code of PATH with rille's environment; pushes the function. */
static void
compile(lua_State *L, const char *path, const char *text, size_t len, const char *mode)
{
    lua_pushfstring(L, "%s%s", SCRIPT_PREFIX, path);
    if (luaL_loadbufferx(L, text, len, lua_tostring(L, -1), mode))
        lua_error(L);
    lua_remove(L, -2);
    lua_getfield(L, LUA_REGISTRYINDEX, ENV);
    lua_setupvalue(L, -2, 1);
}

/* ---- sources on disk ---- */

/* The text after MARK up to the next quote, in out; 0 when there is none. */
static int
quoted_after(const char *text, const char *mark, char *out, size_t size)
{
    const char *p = text ? strstr(text, mark) : NULL;
    size_t n = p ? strcspn(p + strlen(mark), "\"") : 0;

    if (n == 0 || n >= size)
        return 0;
    memcpy(out, p + strlen(mark), n);
    out[n] = 0;
    return 1;
}

/* Whether the sources in DIR are those of another version; an unreadable file is told of
 * when it is loaded. */
static int
check_version(const char *dir, Err *err)
{
    static const char face[] = "lua/rille.lua", mark[] = "_VERSION = \"";
    char path[PATH_MAX], ours[64], theirs[64] = "";
    Buf text;
    int rc = OK;

    buf_init(&text);
    snprintf(path, sizeof path, "%s/%s", dir, face);
    if (sys_read_file(path, &text, NULL) == OK && buf_put(&text, "", 1) == OK
        && quoted_after(script_find(face)->text, mark, ours, sizeof ours)
        && (!quoted_after((char *)text.data, mark, theirs, sizeof theirs) || strcmp(ours, theirs) != 0))
        rc = err_set(err, ERR_VERSION, "--scripts %s: its sources are those of rille %s, and this program is rille %s; build the program from them",
                     dir, theirs[0] ? theirs : "of no known version", ours);
    buf_release(&text);
    return rc;
}

static int
is_file(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    return snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path && stat(path, &st) == 0
           && S_ISREG(st.st_mode);
}

/* Of a folder of sources that is there all files are, or what runs would be of two kinds. */
static int
check_files(const char *dir, Err *err)
{
    for (const ScriptFile *f = script_files; f->path; f++) {
        char path[PATH_MAX];
        struct stat st;
        int top = (int)strcspn(f->path, "/");

        snprintf(path, sizeof path, "%s/%.*s", dir, top, f->path);
        if (stat(path, &st) == 0 && !is_file(dir, f->path))
            return err_set(err, ERR_NOTFOUND, "--scripts %s: there is no file %s in it, and this program has one", dir, f->path);
    }
    return OK;
}

static int
check_folder(const char *dir, Err *err)
{
    static const char wanted[] = "it takes the folder of rille's sources, in which lua/main.lua is";
    struct stat st;

    if (!*dir)
        return err_set(err, ERR_INVAL, "--scripts is given an empty name; %s", wanted);
    if (stat(dir, &st))
        return err_set(err, ERR_NOTFOUND, "--scripts %s: %s", dir, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_INVAL, "--scripts %s: that is no folder; %s", dir, wanted);
    if (!is_file(dir, "lua/main.lua"))
        return err_set(err, ERR_INVAL, "--scripts %s: there is no lua/main.lua in it; %s%s", dir, wanted,
                       is_file(dir, "main.lua") ? ", so this is the folder below the right one" : "");
    return check_version(dir, err) ? err->code : check_files(dir, err);
}

char *
script_folder(const char *dir, Err *err)
{
    char *full;

    if (check_folder(dir, err))
        return NULL;
    full = realpath(dir, NULL);
    if (!full)
        err_set(err, ERR_IO, "--scripts %s: %s", dir, strerror(errno));
    return full;
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
        if (err.code != ERR_NOTFOUND)
            luaL_error(L, "--scripts: %s", err.msg);
        lua_pop(L, 1);
        return 0;
    }
    lua_pushlstring(L, (char *)text.data, text.len);
    buf_release(&text);
    compile(L, path, lua_tostring(L, -1), lua_rawlen(L, -1), "t");
    return 1;
}

/* The name of the module that PATH holds, into out: lua/plan.lua is rille.plan,
 * stdlib/svm/svm.lua is rille.svm, materializers/array.lua is
 * rille.materializers.array.  0 when it is no module. */
static int
module_name(const char *path, char *out, size_t size)
{
    const char *rest = strncmp(path, "lua/", 4) == 0      ? path + 4
                       : strncmp(path, "stdlib/", 7) == 0 ? strrchr(path, '/') + 1
                                                          : path;
    size_t n = strlen(rest);

    if (n < 4 || strcmp(rest + n - 4, ".lua") != 0)
        return 0;
    if (strcmp(path, "lua/rille.lua") == 0)
        rest = "face.lua", n = strlen(rest);
    if (snprintf(out, size, "rille.%.*s", (int)(n - 4), rest) >= (int)size)
        return 0;
    for (char *p = out; *p; p++)
        if (*p == '/')
            *p = '.';
    return 1;
}

/* The module at the top, called name, has loaded. */
static void
loaded(lua_State *L, const char *name)
{
    int module = lua_gettop(L);
    lua_Integer n;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, SCRIPT_MODULES);
    n = (lua_Integer)lua_rawlen(L, -1);
    lua_pushstring(L, strcmp(name, "rille.face") == 0 ? "rille" : name);
    lua_rawseti(L, -2, n + 1);
    lua_pushvalue(L, module);
    lua_rawseti(L, -2, n + 2);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, OWN);
    lua_pushvalue(L, module);
    lua_pushstring(L, name);
    lua_rawset(L, -3);
    if (lua_getfield(L, LUA_REGISTRYINDEX, SCRIPT_LOADED) == LUA_TFUNCTION)
        lua_call(L, 0, 0);
    lua_settop(L, module);
}

const char *
script_owns(lua_State *L, int idx)
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

/* The loader of a C face, the upvalue. */
static int
l_open(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    loaded(L, lua_tostring(L, 1));
    return 1;
}

/* The loader of a module in Lua: compiles its text and runs it. */
static int
l_load(lua_State *L)
{
    const char *path = lua_tostring(L, lua_upvalueindex(1));
    const ScriptFile *f = script_find(path);
    int compiled = lua_getfield(L, LUA_REGISTRYINDEX, CODE) != LUA_TNIL;

    lua_getfield(L, LUA_REGISTRYINDEX, DISK);
    if (lua_isstring(L, -1) && load_disk(L, lua_tostring(L, -1), path))
        ;
    else if (compiled)
        compile(L, path, f->code, f->code_len, "b");
    else
        compile(L, path, f->text, f->len, "t");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    loaded(L, lua_tostring(L, 1));
    return 1;
}

static void
preload(lua_State *L)
{
    char name[256];

    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const luaL_Reg *f = faces; f->name; f++) {
        lua_pushcfunction(L, f->func);
        lua_pushcclosure(L, l_open, 1);
        lua_setfield(L, -2, f->name);
    }
    for (const ScriptFile *f = script_files; f->path; f++) {
        if (!module_name(f->path, name, sizeof name))
            continue;
        lua_pushstring(L, f->path);
        lua_pushcclosure(L, l_load, 1);
        lua_setfield(L, -2, name);
    }
    lua_pop(L, 1);
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
script_would_load(lua_State *L, const char *name)
{
    lua_CFunction f;
    lua_Debug ar;
    int ours;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    f = lua_tocfunction(L, -1);
    ours = f && (f == l_load || f == l_open || f == l_face);
    if (!f && lua_isfunction(L, -1)) {          /* intrinsic.lua wraps batteries */
        lua_getinfo(L, ">S", &ar);
        return script_is_ours(ar.source);
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
    if (!script_would_load(L, name)) {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushvalue(L, 1);
        lua_call(L, 1, 2);
        return 2;
    }
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_getfield(L, -1, name);
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

typedef struct Opening {
    const char *scripts;
    int flags;
    void (*prepare)(lua_State *L, void *user);
    void *user;
} Opening;

static int
open_own(lua_State *L)
{
    const Opening *o = lua_touserdata(L, 1);

    luaL_checkversion(L);
    luaL_openlibs(L);
    if (o->prepare)
        o->prepare(L, o->user);
    if (o->flags & SCRIPT_COMPILED) {
        lua_pushboolean(L, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, CODE);
    }
    script_attach(L, o->scripts);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, l_face);
    lua_setfield(L, -2, "rille");
    return 0;
}

int
script_attach(lua_State *L, const char *scripts)
{
    make_env(L);
    set_require(L);
    lua_pushstring(L, scripts);
    lua_setfield(L, LUA_REGISTRYINDEX, DISK);
    preload(L);
    return 0;
}

/* luaL_newstate's panic and warnings are left out: nothing of ours raises outside
 * a protected call, and a library does not write to stderr. */
static lua_State *
new_state(void)
{
    Pool *pool = pool_new();
    lua_State *L = pool ? lua_newstate(pool_alloc, pool) : NULL;

    if (L)
        pool_leave(pool);
    else
        pool_free(pool);
    return L;
}

lua_State *
script_new(const char *scripts, int flags, Err *err)
{
    return script_new_prepared(scripts, flags, NULL, NULL, err);
}

lua_State *
script_new_prepared(const char *scripts, int flags, void (*prepare)(lua_State *L, void *user),
                    void *user, Err *err)
{
    Opening opening = {scripts, flags, prepare, user};
    lua_State *L = new_state();
    int rc;

    if (!L) {
        err_nomem(err);
        return NULL;
    }
    /* a host may have another Lua, whose names come first */
    if (lua_version(L) != LUA_VERSION_NUM) {
        err_set(err, ERR_VERSION, "the Lua of this process has the version number %g, and rille needs %d",
                (double)lua_version(L), LUA_VERSION_NUM);
        return NULL;
    }
    /* a plan is many small tables that all live: marking them again and again is
     * most of the collector's work, so wait until memory has grown by this much */
    lua_gc(L, LUA_GCINC, GC_PAUSE, 200, 0);
    lua_pushcfunction(L, open_own);
    lua_pushlightuserdata(L, &opening);
    rc = lua_pcall(L, 1, 0, 0);
    if (rc) {
        err_set(err, rc == LUA_ERRMEM ? ERR_NOMEM : ERR_ANY, "%s", lua_tostring(L, -1));
        lua_close(L);
        return NULL;
    }
    return L;
}

/* Is the innermost function in Lua below the running one ours? */
static int
is_in_ours(lua_State *L)
{
    lua_Debug ar;

    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (*ar.what != 'C')
            return script_is_ours(ar.source);
    }
    return 1;                           /* C alone, which is ours */
}

/* A user's mistake carries the user's position; only ours want a trace. */
static int
traceback(lua_State *L)
{
    const char *message = luaL_tolstring(L, 1, NULL);

    if (lua_type(L, 1) != LUA_TSTRING || script_is_at(message) || is_in_ours(L))
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
