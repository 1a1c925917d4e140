/* metalib.c -- rille.host.meta: opening and closing the metadata, and what belongs to the
 * whole of it.  metalib.h has the files with the other methods.
 *
 *     meta.open(dir, { readonly =, create = }) -> m | nil, message, code
 *     meta.new_id() -> 32 hex digits, ordered by time */
#include <string.h>

#include "base/bind.h"
#include "base/hash.h"
#include "embedded/embedded.h"
#include "meta/meta_args.h"
#include "meta/metalib.h"
#include "meta/query_named.h"
#include "store/storelib.h"

/* meta.open(dir[, { readonly = boolean, create = boolean }])
 *   -> m
 *   -> nil, message, code */
static int
l_open(lua_State *L)
{
    const char *dir = luaL_checkstring(L, 1);
    const EmbeddedFile *schema = embedded_find("host/meta/schema.sql");
    int flags = 0;
    Meta **box;
    Err err;

    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        flags = (meta_args_flag(L, 2, "readonly") ? DB_READONLY : 0) |
                (meta_args_flag(L, 2, "create") ? DB_CREATE : 0);
    }
    if (!schema)
        return luaL_error(L, "the program was built without host/meta/schema.sql");
    box = lua_newuserdatauv(L, sizeof *box, 1);         /* its store: m:memo */
    *box = NULL;
    luaL_setmetatable(L, META_TYPE);
    if (meta_open(box, dir, schema->text, flags, &err))
        return bind_fail(L, &err);
    return 1;
}

/* The store of the m at 1, if it is still open, uses m no more. */
static void
detach_store(lua_State *L)
{
    Store **store;

    lua_getiuservalue(L, 1, 1);
    store = lua_touserdata(L, -1);
    if (store && *store)
        store_set_memo(*store, NULL);
    lua_pop(L, 1);
}

/* m:close()   once or often; a run that is not finished is found dead later */
static int
l_close(lua_State *L)
{
    Meta **box = luaL_checkudata(L, 1, META_TYPE);

    if (*box)
        detach_store(L);
    meta_close(*box);
    *box = NULL;
    return 0;
}

static MetaSeen
seen_of(const StoreSig *sig)
{
    return (MetaSeen){(int64_t)sig->ino, (int64_t)sig->size, sig->mtime_ns, sig->ctime_ns};
}

static int
lookup_seen(void *user, const unsigned char *digest, const StoreSig *sig)
{
    MetaSeen seen = seen_of(sig);

    return meta_verified(user, digest, &seen);
}

static void
remember_seen(void *user, const unsigned char *digest, const StoreSig *sig)
{
    MetaSeen seen = seen_of(sig);

    meta_remember(user, digest, &seen);
}

/* m:memo(store)   the store remembers here which files it saw hash right; m keeps
 *                 the store, and lets go of it when it is closed */
static int
l_memo(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    StoreMemo memo = {m, lookup_seen, remember_seen};
    Store *store = storelib_check(L, 2);

    detach_store(L);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, 1, 1);
    store_set_memo(store, &memo);
    return 0;
}

/* m:abandon()   in a forked process: lets go of the locks of runs.  m is closed
 * for Lua, and its database is never touched again, not even to close it: that is
 * the parent's. */
static int
l_abandon(lua_State *L)
{
    Meta **box = luaL_checkudata(L, 1, META_TYPE);

    if (!*box)
        return 0;
    detach_store(L);
    meta_abandon(*box);
    *box = NULL;
    return 0;
}

/* m:forget_pages()     gives back the memory of pages that were read */
static int
l_forget_pages(lua_State *L)
{
    db_forget_pages(meta_db(meta_box_check(L, 1)));
    return 0;
}

/* m:hold()     a burst of lookups follows: they cost half, and see nothing that
 *              others commit, until m:release() or this process writes
 *   -> true
 *   -> nil, message, code */
static int
l_hold(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Err err;

    if (db_hold(meta_db(m), &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* m:release() */
static int
l_release(lua_State *L)
{
    db_release(meta_db(meta_box_check(L, 1)));
    return 0;
}

/* meta.new_id()
 *   -> 32 hex digits
 *   -> nil, message, code */
static int
l_new_id(lua_State *L)
{
    char id[META_ID + 1];
    Err err;

    if (meta_new_id(id, &err))
        return bind_fail(L, &err);
    lua_pushlstring(L, id, META_ID);
    return 1;
}

/* m:lost([told])
 *   -> how many durable transactions the database lacks; told: a user hears of it now
 *   -> nil, message, code */
static int
l_lost(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t n;
    Err err;

    if (db_lost(meta_db(m), &n, &err))
        return bind_fail(L, &err);
    if (n && lua_toboolean(L, 2))
        db_acknowledge_lost(meta_db(m));
    lua_pushinteger(L, n);
    return 1;
}

/* m:trouble() -> message | nil: the last damage or failure of the file or disk */
static int
l_trouble(lua_State *L)
{
    const char *text = db_trouble(meta_db(meta_box_check(L, 1)));

    lua_pushstring(L, text);
    return 1;
}

/* Sets each name of the methods in the table on top. */
static void
set_names(lua_State *L, const luaL_Reg *methods)
{
    for (; methods->name; methods++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, methods->name);
    }
}

/* meta.reads() -> { [name] = true } of the methods that only read, and whose answers
 *                 are plain data */
static int
l_reads(lua_State *L)
{
    lua_newtable(L);
    set_names(L, querylib_methods);
    set_names(L, query_artifactlib_methods);
    for (const NamedQuery *q = named_queries; q->name; q++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, q->name);
    }
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "inline");
    return 1;
}

static const luaL_Reg functions[] = {
    {"open", l_open},
    {"new_id", l_new_id},
    {"reads", l_reads},
    {NULL, NULL}
};

static const luaL_Reg methods[] = {
    {"memo", l_memo},
    {"hold", l_hold},
    {"forget_pages", l_forget_pages},
    {"release", l_release},
    {"lost", l_lost},
    {"trouble", l_trouble},
    {"abandon", l_abandon},
    {"close", l_close},
    {NULL, NULL}
};

static const luaL_Reg meta[] = {
    {"__gc", l_close},
    {"__close", l_close},
    {NULL, NULL}
};

int luaopen_rille_host_meta(lua_State *L);

int
luaopen_rille_host_meta(lua_State *L)
{
    bind_type(L, META_TYPE, methods, meta);
    luaL_getmetatable(L, META_TYPE);
    lua_getfield(L, -1, "__index");
    luaL_setfuncs(L, meta_runlib_methods, 0);
    luaL_setfuncs(L, cachelib_methods, 0);
    luaL_setfuncs(L, memolib_methods, 0);
    luaL_setfuncs(L, node_memolib_methods, 0);
    luaL_setfuncs(L, querylib_methods, 0);
    luaL_setfuncs(L, query_artifactlib_methods, 0);
    luaL_setfuncs(L, meta_editlib_methods, 0);
    luaL_setfuncs(L, meta_modellib_methods, 0);
    query_namedlib_methods(L);
    lua_pop(L, 2);
    meta_args_init(L);
    meta_step_args_init(L);
    row_tables_init(L);
    cachelib_init(L);
    memolib_init(L);
    node_memolib_init(L);
    querylib_init(L);
    query_filterlib_init(L);
    luaL_newlib(L, functions);
    return 1;
}
