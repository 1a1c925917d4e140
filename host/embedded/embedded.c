/* embedded.c -- see embedded.h */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bind.h"
#include "base/buf.h"
#include "embedded/embedded.h"
#include "os/sys.h"

static const char ENV[] = BIND_ENV, DISK[] = "rille.scripts", CODE[] = "rille.compiled";
static const char OWN[] = "rille.own";  /* module -> its name */
static const char BATTERIES[] = "rille.batteries";  /* list of their names */
static const char ADDED[] = "rille.added";  /* the paths that only the folder of --scripts has, each with a 0 after it */
static const char *const FOLDERS[] = {"lua", "stdlib", "materializers", NULL};

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

/* Whether the n bytes at PATH are the path of a Lua file in a folder of sources. */
static int
is_source(const char *path, size_t n)
{
    if (n < 4 || strncmp(path + n - 4, ".lua", 4) != 0)
        return 0;
    for (const char *const *folder = FOLDERS; *folder; folder++) {
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

    return strncmp(source, EMBEDDED_PREFIX, n) == 0 && is_source(source + n, strlen(source + n));
}

int
embedded_is_at(const char *message)
{
    const char *path = message + sizeof EMBEDDED_PREFIX - 2;  /* without its "@" */
    size_t n;

    if (strncmp(message, EMBEDDED_PREFIX + 1, sizeof EMBEDDED_PREFIX - 2) != 0)
        return 0;
    n = strcspn(path, ":");
    return path[n] == ':' && is_source(path, n);
}

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
    static const char file[] = "lua/base/version.lua", mark[] = "return \"";
    char path[PATH_MAX], ours[64], theirs[64] = "";
    Buf text;
    int rc = OK;

    buf_init(&text);
    snprintf(path, sizeof path, "%s/%s", dir, file);
    if (sys_read_file(path, &text, NULL) == OK && buf_put(&text, "", 1) == OK
        && quoted_after(embedded_find(file)->text, mark, ours, sizeof ours)
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
    for (const EmbeddedFile *f = embedded_files; f->path; f++) {
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
embedded_folder(const char *dir, Err *err)
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

/* The name of the module that PATH holds, into out, see embedded.h; a materializer is
 * rille.materializers.array.  0 when it is no module. */
static int
module_name(const char *path, char *out, size_t size)
{
    int is_materializer = strncmp(path, "materializers/", 14) == 0;
    const char *rest = is_materializer ? path : strchr(path, '/') + 1, *file = strrchr(rest, '/');
    size_t n = strlen(rest), room = file ? (size_t)(file - rest) : 0, last = n - room - (room > 0);

    if (n < 4 || strcmp(rest + n - 4, ".lua") != 0)
        return 0;
    n -= 4;
    last -= 4;
    if (strcmp(path, "lua/rille.lua") == 0)
        rest = "face", n = 4;
    else if (room >= last && strncmp(file - last, file + 1, last) == 0 && (room == last || file[-1 - (long)last] == '/'))
        n = room;                       /* plan/plan */
    if (snprintf(out, size, "rille.%.*s", (int)n, rest) >= (int)size)
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

    luaL_getsubtable(L, LUA_REGISTRYINDEX, EMBEDDED_MODULES);
    n = (lua_Integer)lua_rawlen(L, -1);
    lua_pushstring(L, strcmp(name, "rille.face") == 0 ? "rille" : name);
    lua_rawseti(L, -2, n + 1);
    lua_pushvalue(L, module);
    lua_rawseti(L, -2, n + 2);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, OWN);
    lua_pushvalue(L, module);
    lua_pushstring(L, name);
    lua_rawset(L, -3);
    if (lua_getfield(L, LUA_REGISTRYINDEX, EMBEDDED_LOADED) == LUA_TFUNCTION)
        lua_call(L, 0, 0);
    lua_settop(L, module);
}

const char *
embedded_owns(lua_State *L, int idx)
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
    const EmbeddedFile *f = embedded_find(path);
    int compiled = lua_getfield(L, LUA_REGISTRYINDEX, CODE) != LUA_TNIL;

    lua_getfield(L, LUA_REGISTRYINDEX, DISK);
    if (lua_isstring(L, -1) && load_disk(L, lua_tostring(L, -1), path))
        ;
    else if (!f)
        luaL_error(L, "--scripts: %s is not there any more", path);
    else if (compiled)
        compile(L, path, f->code, f->code_len, "b");
    else
        compile(L, path, f->text, f->len, "t");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    loaded(L, lua_tostring(L, 1));
    return 1;
}

/* Adds to LIST the Lua files below DIR/PATH that are not embedded, each with a 0 after it.
 * A folder that cannot be read has none. */
static int
list_added(const char *dir, const char *path, Buf *list, Err *err)
{
    char full[PATH_MAX], below[PATH_MAX];
    struct dirent *entry;
    int rc = OK;
    DIR *folder;

    if (snprintf(full, sizeof full, "%s/%s", dir, path) >= (int)sizeof full || !(folder = opendir(full)))
        return OK;
    while (rc == OK && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.' || snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below)
            continue;
        if (!is_source(below, strlen(below)))
            rc = list_added(dir, below, list, err);
        else if (!embedded_find(below))
            rc = buf_put(list, below, strlen(below) + 1) ? err_set(err, ERR_NOMEM, "out of memory") : OK;
    }
    closedir(folder);
    return rc;
}

/* Notes the files that only the folder DIR of --scripts has. */
static void
note_added(lua_State *L, const char *dir)
{
    Buf list;
    Err err;
    int rc = OK;

    buf_init(&list);
    for (const char *const *folder = FOLDERS; *folder && rc == OK; folder++)
        rc = list_added(dir, *folder, &list, &err);
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

/* Makes the module that PATH holds loadable; package.preload is at the top, the list of
 * batteries below it. */
static void
preload_file(lua_State *L, const char *path)
{
    char name[256];

    if (!module_name(path, name, sizeof name))
        return;
    lua_pushstring(L, path);
    lua_pushcclosure(L, l_load, 1);
    lua_setfield(L, -2, name);
    if (strncmp(path, "stdlib/", 7) == 0 || strcmp(path, "lua/testing/testing.lua") == 0)
        note_battery(L, name);
}

static void
preload(lua_State *L, const luaL_Reg *modules)
{
    const char *end;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, BATTERIES);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const luaL_Reg *f = modules; f->name; f++) {
        lua_pushcfunction(L, f->func);
        lua_pushcclosure(L, l_open, 1);
        lua_setfield(L, -2, f->name);
        note_battery(L, f->name);
    }
    for (const EmbeddedFile *f = embedded_files; f->path; f++)
        preload_file(L, f->path);
    for (const char *path = first_added(L, &end); path < end; path += strlen(path) + 1)
        preload_file(L, path);
    lua_pop(L, 2);
}

void
embedded_push_batteries(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BATTERIES);
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
embedded_push_files(lua_State *L, const char *prefix)
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
embedded_would_load(lua_State *L, const char *name)
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
    if (!embedded_would_load(L, name)) {
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

void
embedded_install(lua_State *L, const luaL_Reg *modules, const char *scripts, int compiled)
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
embedded_offer_face(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, l_face);
    lua_setfield(L, -2, "rille");
    lua_pop(L, 1);
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

/* A user's mistake carries the user's position; only ours want a trace. */
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
