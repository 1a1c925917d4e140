/* storelib.c -- rille.host.store, the Lua face of store.h
 *
 * It implements the class Store that lua/artifact/null_store.lua documents.
 *
 *   store.open(dir) -> s            a box of a Store
 *   s:begin([raw]) -> w             a box of a StoreWriter, which shares the Store
 *   s:objects() -> iterator         over a box of a StoreWalk
 * Digests are strings of 32 bytes.  Paths are the host's: relative ones start at
 * the working folder, and nothing is recorded as read. */
#include <string.h>

#include "base/bind.h"
#include "store/storelib.h"

#define STORE "rille.host.store"
#define WRITER "rille.host.store.writer"
#define WALK "rille.host.store.walk"

int luaopen_rille_host_store(lua_State *L);

Store *
storelib_check(lua_State *L, int idx)
{
    return bind_check(L, idx, STORE);
}

/* The digest at idx, borrowed from the string. */
static const unsigned char *
check_digest(lua_State *L, int idx)
{
    size_t n;
    const char *p = luaL_checklstring(L, idx, &n);

    luaL_argcheck(L, n == HASH_SIZE, idx, "a digest must have 32 bytes");
    return (const unsigned char *)p;
}

StoreWriter *
storelib_writer(lua_State *L, int idx)
{
    return bind_check(L, idx, WRITER);
}

static uint64_t
check_size(lua_State *L, int idx)
{
    lua_Integer n = luaL_checkinteger(L, idx);

    luaL_argcheck(L, n >= 0, idx, "a size must not be negative");
    return (uint64_t)n;
}

static int
push_digest(lua_State *L, const unsigned char *digest)
{
    lua_pushlstring(L, (const char *)digest, HASH_SIZE);
    return 1;
}

static int
push_stored(lua_State *L, const unsigned char *digest, uint64_t size)
{
    push_digest(L, digest);
    lua_pushinteger(L, (lua_Integer)size);
    return 2;
}

static int
push_true(lua_State *L)
{
    lua_pushboolean(L, 1);
    return 1;
}

/* store.open(dir)
 *   -> store; dir is made by the first put
 *   -> nil, message, code */
static int
l_open(lua_State *L)
{
    const char *dir = luaL_checkstring(L, 1);
    Store **box = bind_box(L, STORE);
    Err err;

    if (store_open(box, dir, &err))
        return bind_fail(L, &err);
    return 1;
}

/* s:close() -> true; also __gc and __close; again is fine.  Does not sync. */
static int
l_close(lua_State *L)
{
    Store **box = luaL_checkudata(L, 1, STORE);

    store_close(*box);
    *box = NULL;
    return push_true(L);
}

/* s:put(bytes[, raw])
 *   -> digest, size
 *   -> nil, message, code */
static int
l_put(lua_State *L)
{
    unsigned char digest[HASH_SIZE];
    Store *s = storelib_check(L, 1);
    size_t n;
    const char *p = luaL_checklstring(L, 2, &n);
    Err err;
    int rc = lua_toboolean(L, 3) ? store_put_raw(s, p, n, digest, &err)
                                 : store_put(s, p, n, digest, &err);

    return rc ? bind_fail(L, &err) : push_stored(L, digest, n);
}

/* s:put_file(path[, raw])
 *   -> digest, size
 *   -> nil, message, code */
static int
l_put_file(lua_State *L)
{
    unsigned char digest[HASH_SIZE];
    Store *s = storelib_check(L, 1);
    const char *path = luaL_checkstring(L, 2);
    int flags = lua_toboolean(L, 3) ? STORE_RAW : 0;
    uint64_t size;
    Err err;

    if (store_put_file(s, path, flags, digest, &size, &err))
        return bind_fail(L, &err);
    return push_stored(L, digest, size);
}

/* s:begin([raw])
 *   -> writer, to be finished, or aborted (also by __gc and __close)
 *   -> nil, message, code */
static int
l_begin(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    int flags = lua_toboolean(L, 2) ? STORE_RAW : 0;
    StoreWriter **box = bind_box(L, WRITER);
    Err err;

    if (store_begin(s, flags, box, &err))
        return bind_fail(L, &err);
    return 1;
}

/* w:write(bytes)
 *   -> w
 *   -> nil, message, code */
static int
l_write(lua_State *L)
{
    StoreWriter *w = bind_check(L, 1, WRITER);
    size_t n;
    const char *p = luaL_checklstring(L, 2, &n);
    Err err;

    if (store_write(w, p, n, &err))
        return bind_fail(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* w:finish()
 *   -> digest, size
 *   -> nil, message, code; the writer is used up in both cases */
static int
l_finish(lua_State *L)
{
    unsigned char digest[HASH_SIZE];
    StoreWriter *w = bind_check(L, 1, WRITER), **box = lua_touserdata(L, 1);
    uint64_t size;
    Err err;

    *box = NULL;
    if (store_finish(w, digest, &size, &err))
        return bind_fail(L, &err);
    return push_stored(L, digest, size);
}

/* w:abort() -> true; fine again, and after finish */
static int
l_abort(lua_State *L)
{
    StoreWriter **box = luaL_checkudata(L, 1, WRITER);

    store_abort(*box);
    *box = NULL;
    return push_true(L);
}

/* s:note(digest): another process put it; the next sync covers it
 *   -> true
 *   -> nil, message, code */
static int
l_note(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    Err err;

    return store_note(s, check_digest(L, 2), &err) ? bind_fail(L, &err)
                                                      : push_true(L);
}

/* s:sync()
 *   -> true: all that was put or noted is durable
 *   -> nil, message, code: it is not, and is gone */
static int
l_sync(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    Err err;

    return store_sync(s, &err) ? bind_fail(L, &err) : push_true(L);
}

/* s:pending() -> how many objects wait for a sync, their bytes on disk */
static int
l_pending(lua_State *L)
{
    uint64_t bytes;

    lua_pushinteger(L, (lua_Integer)store_pending(storelib_check(L, 1), &bytes));
    lua_pushinteger(L, (lua_Integer)bytes);
    return 2;
}

/* s:has(digest, size) -> boolean */
static int
l_has(lua_State *L)
{
    Store *s = storelib_check(L, 1);

    lua_pushboolean(L, store_has(s, check_digest(L, 2), check_size(L, 3)));
    return 1;
}

/* s:intact(digest, size) -> boolean; hashes a file that is not known as it is now */
static int
l_intact(lua_State *L)
{
    Store *s = storelib_check(L, 1);

    lua_pushboolean(L, store_intact(s, check_digest(L, 2), check_size(L, 3)));
    return 1;
}

/* A blob as a string, protected: making the string may raise. */
static int
push_blob(lua_State *L)
{
    const Blob *b = lua_touserdata(L, 1);

    lua_pushlstring(L, packed_bytes_data(b), packed_bytes_size(b));
    return 1;
}

/* s:get(digest, size)
 *   -> bytes, verified
 *   -> nil, message, code */
static int
l_get(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    const unsigned char *digest = check_digest(L, 2);
    uint64_t size = check_size(L, 3);
    Blob *b;
    Err err;
    int rc;

    lua_pushcfunction(L, push_blob);
    if (store_get(s, digest, size, &b, &err))
        return bind_fail(L, &err);
    lua_pushlightuserdata(L, b);
    rc = lua_pcall(L, 1, 1, 0);
    packed_bytes_free(b);
    return rc ? lua_error(L) : 1;
}

/* s:copy_out(digest, size, path[, executable])
 *   -> true
 *   -> nil, message, code */
static int
l_copy_out(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    const unsigned char *digest = check_digest(L, 2);
    uint64_t size = check_size(L, 3);
    const char *path = luaL_checkstring(L, 4);
    int mode = lua_toboolean(L, 5) ? 0777 : 0666;
    Err err;

    return store_copy_out(s, digest, size, path, mode, &err) ? bind_fail(L, &err)
                                                             : push_true(L);
}

/* s:use_memo(m) -> true: m, an open metadata, remembers from here on which files hashed
 * right; it calls m:memo(s) */
static int
l_use_memo(lua_State *L)
{
    storelib_check(L, 1);
    lua_settop(L, 2);
    lua_getfield(L, 2, "memo");
    lua_insert(L, 2);
    lua_pushvalue(L, 1);
    lua_call(L, 2, 0);
    return push_true(L);
}

/* s:path(digest) -> path of the raw file, unverified | nil when there is none */
static int
l_path(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    char path[PATH_MAX];

    if (!store_raw_path(s, check_digest(L, 2), path))
        return 0;
    lua_pushstring(L, path);
    return 1;
}

/* s:map_path(digest, size)
 *   -> path of the raw file, verified once
 *   -> nil when the object is there as a frame
 *   -> nil, message, code */
static int
l_map_path(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    const unsigned char *digest = check_digest(L, 2);
    char path[PATH_MAX];
    Err err;

    if (store_map_path(s, digest, check_size(L, 3), path, &err))
        return bind_fail(L, &err);
    if (path[0])
        lua_pushstring(L, path);
    else
        lua_pushnil(L);
    return 1;
}

/* s:verify(digest[, size]): reads every form that is there
 *   -> true
 *   -> nil, message, code */
static int
l_verify(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    const unsigned char *digest = check_digest(L, 2);
    uint64_t size = lua_isnoneornil(L, 3) ? STORE_ANY_SIZE : check_size(L, 3);
    Err err;

    return store_verify(s, digest, size, &err) ? bind_fail(L, &err) : push_true(L);
}

/* s:sig(digest) -> what this process knows of the raw file, a string for trust in
 *   another process of the same build | nil */
static int
l_sig(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    StoreSig sig;

    if (!store_sig(s, check_digest(L, 2), &sig))
        return 0;
    lua_pushlstring(L, (const char *)&sig, sizeof sig);
    return 1;
}

/* s:trust(digest, sig): that very file need not be hashed again -> true */
static int
l_trust(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    const unsigned char *digest = check_digest(L, 2);
    size_t n;
    const char *p = luaL_checklstring(L, 3, &n);
    StoreSig sig;

    luaL_argcheck(L, n == sizeof sig, 3, "not made by sig");
    memcpy(&sig, p, sizeof sig);
    store_trust(s, digest, &sig);
    return push_true(L);
}

static int
l_walk_close(lua_State *L)
{
    StoreWalk **box = luaL_checkudata(L, 1, WALK);

    store_walk_close(*box);
    *box = NULL;
    return 0;
}

/* The iterator: digest, stored bytes, "raw" or "lz4"; raises when a folder cannot
 * be read. */
static int
l_walk_next(lua_State *L)
{
    StoreWalk **box = luaL_checkudata(L, 1, WALK);
    StoreEntry e;
    Err err;
    int rc = *box ? store_walk_next(*box, &e, &err) : 0;

    if (rc < 0)
        return bind_raise(L, &err);
    if (rc == 0)
        return 0;
    push_stored(L, e.digest, e.stored);
    lua_pushstring(L, e.form == FORM_RAW ? "raw" : "lz4");
    return 3;
}

/* s:objects()
 *   -> iterator, walk, nil, walk for a generic for
 *   -> nil, message, code */
static int
l_objects(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    StoreWalk **box;
    Err err;

    lua_pushcfunction(L, l_walk_next);
    box = bind_box(L, WALK);
    if (store_walk_open(s, box, &err))
        return bind_fail(L, &err);
    lua_pushnil(L);
    lua_pushvalue(L, -2);
    return 4;
}

/* s:clean([seconds]): removes what dead writers left, when it is that old
 *   -> count
 *   -> nil, message, code */
static int
l_clean(lua_State *L)
{
    Store *s = storelib_check(L, 1);
    double age = luaL_optnumber(L, 2, 0);
    size_t n;
    Err err;

    if (store_clean_tmp(s, age, &n, &err))
        return bind_fail(L, &err);
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

int
luaopen_rille_host_store(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"put", l_put},       {"put_file", l_put_file}, {"begin", l_begin},
        {"note", l_note},     {"sync", l_sync},         {"pending", l_pending},
        {"has", l_has},       {"intact", l_intact},     {"get", l_get},
        {"copy_out", l_copy_out},
        {"path", l_path},     {"map_path", l_map_path}, {"verify", l_verify},
        {"sig", l_sig},       {"trust", l_trust},       {"use_memo", l_use_memo},
        {"objects", l_objects}, {"clean", l_clean},     {"close", l_close},
        {NULL, NULL}};
    static const luaL_Reg meta[] = {
        {"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};
    static const luaL_Reg writer[] = {
        {"write", l_write}, {"finish", l_finish}, {"abort", l_abort}, {NULL, NULL}};
    static const luaL_Reg writer_meta[] = {
        {"__gc", l_abort}, {"__close", l_abort}, {NULL, NULL}};
    static const luaL_Reg walk[] = {{NULL, NULL}};
    static const luaL_Reg walk_meta[] = {
        {"__gc", l_walk_close}, {"__close", l_walk_close}, {NULL, NULL}};
    static const luaL_Reg lib[] = {{"open", l_open}, {NULL, NULL}};

    bind_type(L, STORE, methods, meta);
    bind_type(L, WRITER, writer, writer_meta);
    bind_type(L, WALK, walk, walk_meta);
    luaL_newlib(L, lib);
    return 1;
}
