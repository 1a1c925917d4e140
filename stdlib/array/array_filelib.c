/* array_filelib.c -- rille.array: .npy files and bytes, digests */
#include <string.h>
#include <strings.h>

#include "array/array_box.h"
#include "array/arraylib.h"
#include "array/npy.h"
#include "base/bind.h"
#include "base/hash.h"
#include "observe/observe.h"
#include "os/sys.h"
#include "store/storelib.h"

enum { PATH_SIZE = 4096 };

int luaopen_rille_host_npy(lua_State *L);

/* array.load(path) -> array from a .npy file */
static int
l_load(lua_State *L)
{
    bind_most(L, 1);

    const char *path = bind_string(L, 1, NULL);
    char resolved[PATH_SIZE];
    Array **box = array_box_new(L);
    Err err;

    observe_read(L, path, resolved, sizeof resolved);
    return array_box_done(L, npy_load(box, resolved, &err), &err);
}

/* The format of a path that ends in .csv, .json, .jsonl or .txt, else NULL. */
static const char *
text_format(const char *path)
{
    static const char *const formats[] = {"csv", "json", "jsonl", "txt"};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof formats / sizeof *formats; i++)
        if (strcasecmp(dot + 1, formats[i]) == 0)
            return formats[i];
    return NULL;
}

/* Is the value at idx dates, a table of rille.frame? */
static int
is_dates(lua_State *L, int idx)
{
    const char *name;
    int top = lua_gettop(L), found;

    found = lua_istable(L, idx) && luaL_getmetafield(L, idx, "__name") == LUA_TSTRING
            && (name = lua_tostring(L, -1)) && strcmp(name, "dates") == 0;
    lua_settop(L, top);
    return found;
}

/* Pushes the bytes of the array or the dates at 1 in a format, by frame/array_text.lua. */
static const char *
push_encoded(lua_State *L, const char *format, size_t *n)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV);
    lua_getfield(L, -1, "require");
    lua_pushliteral(L, "rille.frame.array_text");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, format ? "encode" : "npy");
    lua_pushvalue(L, 1);
    lua_pushstring(L, format);
    lua_call(L, 2, 1);
    return lua_tolstring(L, -1, n);
}

/* array.save(a, path): a .npy file, or text where the path ends in .csv, .json, .jsonl or
 * .txt; complete or not at all.  Dates are datetime64[ms], as text ISO 8601. */
static int
l_save(lua_State *L)
{
    bind_most(L, 2);

    int dates = is_dates(L, 1), rc;
    Array *a = dates ? NULL : array_box_check(L, 1);
    const char *path = bind_string(L, 2, NULL), *format = text_format(path), *bytes = NULL;
    char resolved[PATH_SIZE];
    size_t n = 0;
    Err err;

    lua_settop(L, 2);
    if (dates || format)
        bytes = push_encoded(L, format, &n);
    observe_write(L, path, resolved, sizeof resolved);
    rc = bytes ? sys_write_file(resolved, bytes, n, &err) : npy_save(a, resolved, &err);
    return rc ? array_box_raise(L, &err) : 0;
}

static int
put_buffer(void *user, const void *p, size_t n, Err *err)
{
    (void)err;
    luaL_addlstring(user, p, n);
    return OK;
}

/* array.tonpy(a) -> the bytes of a .npy file */
static int
l_tonpy(lua_State *L)
{
    bind_most(L, 1);

    Array *a = array_box_check(L, 1);
    luaL_Buffer b;
    Err err;

    luaL_buffinitsize(L, &b, (size_t)npy_size(a));
    if (npy_write(a, put_buffer, &b, &err))
        return array_box_raise(L, &err);
    luaL_pushresult(&b);
    return 1;
}

/* array.fromnpy(bytes) -> array */
static int
l_fromnpy(lua_State *L)
{
    bind_most(L, 1);

    size_t n;
    const char *p = bind_string(L, 1, &n);
    Array **box = array_box_new(L);
    Err err;

    return array_box_done(L, npy_parse(box, p, n, "array.fromnpy", &err), &err);
}

/* The function to call is at index 2; it may raise, nothing here holds memory. */
static int
put_lua(void *user, const void *p, size_t n, Err *err)
{
    lua_State *L = user;

    (void)err;
    lua_pushvalue(L, 2);
    lua_pushlstring(L, p, n);
    lua_call(L, 1, 0);
    return OK;
}

/* array.writenpy(a, write): calls write(bytes) with the pieces of a .npy file, of
 * up to 1 MiB each */
static int
l_writenpy(lua_State *L)
{
    bind_most(L, 2);

    Array *a = array_box_check(L, 1);
    Err err;

    if (lua_type(L, 2) != LUA_TFUNCTION)
        return bind_typeerror(L, 2, "a function");
    lua_settop(L, 2);
    if (npy_write(a, put_lua, L, &err))
        return array_box_raise(L, &err);
    return 0;
}

static int64_t
optional_size(lua_State *L, int idx)
{
    lua_Integer size = bind_optinteger(L, idx, -1);

    bind_argcheck(L, size >= 0 || lua_isnoneornil(L, idx), idx, "a size must not be negative");
    return size;
}

/* array.map(path[, size]) -> read-only array over a mapped .npy file, of that many
 * bytes.  The file must not change while the array or a view of it lives. */
static int
l_map(lua_State *L)
{
    bind_most(L, 2);

    const char *path = bind_string(L, 1, NULL);
    int64_t size = optional_size(L, 2);
    char resolved[PATH_SIZE];
    Array **box = array_box_new(L);
    Err err;

    observe_read(L, path, resolved, sizeof resolved);
    return array_box_done(L, npy_map(box, resolved, size, &err), &err);
}

/* npy.parse(bytes): for the engine: as npy.map, whatever the size, so that a step
 * that changes its input fails with small data as it would with large data.
 *   -> read-only array
 *   -> nil, message, code */
static int
l_host_parse(lua_State *L)
{
    size_t n;
    const char *p = bind_string(L, 1, &n);
    Array **box = array_box_new(L);
    Err err;

    if (npy_parse(box, p, n, "value.npy", &err))
        return bind_fail(L, &err);
    (*box)->readonly = 1;
    return array_box_done(L, OK, &err);
}

/* npy.map(path[, size]): the same for the engine itself, over the store's files:
 * the path is taken as it is and no step is seen to read it.
 *   -> array
 *   -> nil, message, code */
static int
l_host_map(lua_State *L)
{
    const char *path = bind_string(L, 1, NULL);
    int64_t size = optional_size(L, 2);
    Array **box = array_box_new(L);
    Err err;

    if (npy_map(box, path, size, &err))
        return bind_fail(L, &err);
    return array_box_done(L, OK, &err);
}

static int
put_store(void *user, const void *p, size_t n, Err *err)
{
    return store_write(user, p, n, err);
}

/* npy.store(a, w): the .npy file into an open writer of a store, without a copy
 *   -> true
 *   -> nil, message, code */
static int
l_host_store(lua_State *L)
{
    Array *a = array_box_check(L, 1);
    StoreWriter *w = storelib_writer(L, 2);
    Err err;

    if (npy_write_whole(a, put_store, w, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* array.digest(a) -> 32 bytes: SHA-256 over dtype, shape and content */
static int
l_digest(lua_State *L)
{
    bind_most(L, 1);

    unsigned char out[HASH_SIZE];

    array_digest(array_box_check(L, 1), out);
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

const luaL_Reg array_filelib_functions[] = {
    {"load", l_load},         {"save", l_save}, {"tonpy", l_tonpy},   {"fromnpy", l_fromnpy},
    {"writenpy", l_writenpy}, {"map", l_map},   {"digest", l_digest}, {NULL, NULL}};

int
luaopen_rille_host_npy(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"map", l_host_map}, {"parse", l_host_parse}, {"store", l_host_store}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}
