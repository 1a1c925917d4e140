/* array_filelib.c -- rille.array: .npy files and bytes, digests */
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "array/array_box.h"
#include "array/arraylib.h"
#include "array/npy.h"
#include "array/npy_dtype.h"
#include "base/bind.h"
#include "base/hash.h"
#include "observe/observe.h"
#include "os/output_file.h"
#include "store/storelib.h"

enum { PATH_SIZE = 4096 };

int luaopen_rille_host_npy(lua_State *L);

/* Calls NAME of frame/npy_value.lua with the n values on top; what it returned is there. */
static int
call_npy_value(lua_State *L, const char *name, int n)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV);
    lua_getfield(L, -1, "require");
    lua_remove(L, -2);
    lua_pushliteral(L, "rille.frame.npy_value");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    lua_insert(L, -n - 1);
    lua_call(L, n, 1);
    return 1;
}

/* array.load(path[, name]) -> array from a .npy file; of strings a list, of dates dates, of
 * records a frame.  Of a .npz file { name = value }, or the value of that name. */
static int
l_load(lua_State *L)
{
    bind_most(L, 2);

    const char *path = bind_string(L, 1, NULL), *dot = strrchr(path, '.');
    const char *name = bind_optstring(L, 2, NULL);
    char resolved[PATH_SIZE];
    Array **box;
    Err err;
    int rc;

    lua_settop(L, 2);
    observe_read(L, path, resolved, sizeof resolved);
    if (dot && strcasecmp(dot, ".npz") == 0) {
        lua_pushstring(L, resolved);
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 2);
        return call_npy_value(L, "unzip_file", 3);
    }
    bind_argcheck(L, !name, 2, "a name is for a .npz file");
    box = array_box_new(L);
    rc = npy_load(box, resolved, &err);
    if (rc != ERR_TYPE)
        return array_box_done(L, rc, &err);
    lua_pushstring(L, resolved);
    lua_pushvalue(L, 1);
    return call_npy_value(L, "decode_file", 2);
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
    rc = bytes ? output_file_write(resolved, bytes, n, &err) : npy_save(a, resolved, &err);
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

/* array.fromnpy(bytes[, name]) -> what array.load gives of such a file; name is for messages */
static int
l_fromnpy(lua_State *L)
{
    bind_most(L, 2);

    size_t n;
    const char *p = bind_string(L, 1, &n), *name = bind_optstring(L, 2, "array.fromnpy");
    Array **box;
    Err err;
    int rc;

    lua_settop(L, 2);
    box = array_box_new(L);
    rc = npy_parse(box, p, n, name, &err);
    if (rc != ERR_TYPE)
        return array_box_done(L, rc, &err);
    lua_pushvalue(L, 1);
    lua_pushstring(L, name);
    return call_npy_value(L, "decode", 2);
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

/* npy.dtype(descr, name) -> its kind, bytes of an element
 *   -> nil, message, code */
static int
l_host_dtype(lua_State *L)
{
    const char *descr = luaL_checkstring(L, 1), *name = luaL_checkstring(L, 2);
    NpyDtype d;
    Err err;

    if (npy_dtype_parse(descr, &d, name, &err))
        return bind_fail(L, &err);
    lua_pushlstring(L, &d.kind, 1);
    lua_pushinteger(L, (lua_Integer)d.size);
    return 2;
}

static int
push_texts(lua_State *L, const NpyDtype *d, const unsigned char *from, int64_t stride, int64_t n,
           const char *name)
{
    char *text = lua_newuserdatauv(L, d->size + 1, 0);
    size_t len;
    Err err;

    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (int64_t i = 0; i < n; i++, from += stride) {
        if (npy_dtype_text(d, from, text, &len, name, &err))
            return bind_fail(L, &err);
        lua_pushlstring(L, text, len);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* npy.column(bytes, descr, offset, stride, n, name)      n elements, from offset (0: the first
 * byte) on, stride bytes apart
 *   -> a vector; of strings a list; of dates a vector of milliseconds
 *   -> nil, message, code */
static int
l_host_column(lua_State *L)
{
    size_t size;
    const unsigned char *p = (const unsigned char *)luaL_checklstring(L, 1, &size);
    const char *descr = luaL_checkstring(L, 2), *name = luaL_checkstring(L, 6);
    int64_t offset = luaL_checkinteger(L, 3), stride = luaL_checkinteger(L, 4);
    int64_t n = luaL_checkinteger(L, 5), room;
    Array **box;
    NpyDtype d;
    Err err;
    int rc = npy_dtype_parse(descr, &d, name, &err);

    if (rc)
        return bind_fail(L, &err);
    room = (int64_t)size - offset - (int64_t)d.size;
    luaL_argcheck(L, n >= 0 && offset >= 0 && stride >= 0
                         && (n == 0 || (room >= 0 && (n == 1 || stride <= room / (n - 1)))), 3,
                  "outside of the file");
    if (d.kind == 'S' || d.kind == 'U')
        return push_texts(L, &d, p + offset, stride, n, name);
    box = array_box_new(L);
    rc = array_make(box, d.type, 1, &n, &err);
    if (rc == OK)
        rc = npy_dtype_convert(&d, p + offset, stride, n, (*box)->data, name, &err);
    return rc ? bind_fail(L, &err) : array_box_done(L, OK, &err);
}

/* npy.inflate(bytes, size) -> the bytes that were deflated
 *   -> nil, message, code */
static int
l_host_inflate(lua_State *L)
{
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);
    lua_Integer size = luaL_checkinteger(L, 2);
    luaL_Buffer b;
    z_stream z = {0};
    char *out;
    Err err;
    int rc;

    if (size < 0 || n > UINT_MAX || size > UINT_MAX) {
        err_set(&err, ERR_CORRUPT, "it is larger than 4 GiB; save it by np.savez or np.save");
        return bind_fail(L, &err);
    }
    out = luaL_buffinitsize(L, &b, (size_t)size);
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return bind_error(L, "out of memory");
    z.next_in = (unsigned char *)(uintptr_t)p;
    z.avail_in = (unsigned)n;
    z.next_out = (unsigned char *)out;
    z.avail_out = (unsigned)size;
    rc = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (rc != Z_STREAM_END || z.total_out != (uLong)size) {
        err_set(&err, ERR_CORRUPT, "its compressed bytes are damaged");
        return bind_fail(L, &err);
    }
    luaL_pushresultsize(&b, (size_t)size);
    return 1;
}

/* npy.crc32(bytes) -> integer */
static int
l_host_crc32(lua_State *L)
{
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);

    lua_pushinteger(L, (lua_Integer)crc32_z(0, (const unsigned char *)p, n));
    return 1;
}

const luaL_Reg array_filelib_functions[] = {
    {"load", l_load},         {"save", l_save}, {"tonpy", l_tonpy},   {"fromnpy", l_fromnpy},
    {"writenpy", l_writenpy}, {"map", l_map},   {"digest", l_digest}, {NULL, NULL}};

int
luaopen_rille_host_npy(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"map", l_host_map}, {"parse", l_host_parse}, {"store", l_host_store},
        {"dtype", l_host_dtype}, {"column", l_host_column}, {"inflate", l_host_inflate},
        {"crc32", l_host_crc32}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}
