/* cachelib.c -- rille.host.meta: looking up results. */
#include <string.h>

#include "base/bind.h"
#include "base/hash.h"
#include "meta/artifact.h"
#include "meta/cache.h"
#include "meta/metalib.h"

#define TYPE "rille.host.meta.cache"

/* m:cache(n)                    for a plan of n steps
 *   -> c
 *   -> nil, message, code */
static int
l_cache(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2);
    Cache **box = lua_newuserdatauv(L, sizeof *box, 1);
    Err err;

    *box = NULL;
    luaL_setmetatable(L, TYPE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);        /* c keeps m */
    if (cache_open(box, m, n > 0 ? (size_t)n : 0, &err))
        return bind_fail(L, &err);
    return 1;
}

/* c:close()   once or often */
static int
l_close(lua_State *L)
{
    Cache **box = luaL_checkudata(L, 1, TYPE);

    cache_close(*box);
    *box = NULL;
    return 0;
}

struct Cache *
cachelib_check(lua_State *L, int idx)
{
    Cache *c = bind_check(L, idx, TYPE);

    lua_getiuservalue(L, idx, 1);
    if (!*(Meta **)lua_touserdata(L, -1))
        luaL_argerror(L, idx, "its metadata is closed");
    lua_pop(L, 1);
    return c;
}

/* c:get(key[, i])               the i-th newest record, from 1
 *   -> step_run, outs, objects, reads | nil
 *   -> nothing                  no (such) record
 *   -> nil, message, code */
static int
l_get(lua_State *L)
{
    Cache *c = cachelib_check(L, 1);
    const unsigned char *key = meta_box_digest(L, 2);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    CacheHit hit;
    Err err;
    int rc;

    rc = cache_get(c, key, i > 0 && i < 1 << 30 ? (int)i : 0, &hit, &err);
    if (rc != 1) {
        cache_release(c);
        return rc ? bind_fail(L, &err) : 0;
    }
    lua_pushinteger(L, hit.step_run);
    lua_pushlstring(L, hit.outs.data, hit.outs.len);
    lua_pushinteger(L, hit.objects);
    meta_box_push(L, hit.reads);
    cache_release(c);
    return 4;
}

/* c:loaded() -> how many records are in memory, 0 when each get is a query */
static int
l_loaded(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cache_loaded(bind_check(L, 1, TYPE)));
    return 1;
}

/* m:inline(digest)
 *   -> type, materializer, version, bytes, name of the member
 *   -> nothing                  not there, damaged, or not one inline member */
static int
l_inline(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    const unsigned char *digest = meta_box_digest(L, 2);
    Found *f = row_tables_found(L);
    Member one;
    Artifact a;
    int found = artifact_find(meta_db(m), digest, &a, NULL) == 1 &&
                artifact_single(&a, &f->bytes, &one, NULL) == 1;

    if (found) {
        meta_box_push(L, a.type);
        meta_box_push(L, a.materializer);
        lua_pushinteger(L, a.version);
        meta_box_push(L, one.bytes);
        meta_box_push(L, one.name);
    }
    artifact_release(&a);
    return found ? 5 : 0;
}

/* Pushes the artifact of one small value as a list (lua/artifact/small_artifact.lua), or
 * false where it is no such or damaged. */
static void
push_inline(lua_State *L, Meta *m, const unsigned char *digest, Buf *members)
{
    Member one;
    Artifact a;

    if (artifact_find(meta_db(m), digest, &a, NULL) == 1 && !a.metadata.data &&
        artifact_single(&a, members, &one, NULL) == 1) {
        meta_note_artifact(m, &a);
        lua_createtable(L, 8, 0);
        lua_pushlstring(L, (const char *)digest, HASH_SIZE);
        lua_rawseti(L, -2, 1);
        meta_box_push(L, a.type);
        lua_rawseti(L, -2, 2);
        meta_box_push(L, a.materializer);
        lua_rawseti(L, -2, 3);
        lua_pushinteger(L, a.version);
        lua_rawseti(L, -2, 4);
        if (a.preview.data)
            meta_box_push(L, a.preview);
        else
            lua_pushboolean(L, 0);
        lua_rawseti(L, -2, 5);
        meta_box_push(L, one.name);
        lua_rawseti(L, -2, 6);
        lua_pushlstring(L, (const char *)one.digest, HASH_SIZE);
        lua_rawseti(L, -2, 7);
        meta_box_push(L, one.bytes);
        lua_rawseti(L, -2, 8);
    } else {
        lua_pushboolean(L, 0);
    }
    artifact_release(&a);
}

/* (meta, digests) -> the list of m:inlines */
static int
push_inlines(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    size_t len;
    const char *digests = luaL_checklstring(L, 2, &len);
    Found *f = row_tables_found(L);

    lua_createtable(L, (int)(len / HASH_SIZE), 0);
    for (size_t i = 0; i < len / HASH_SIZE; i++) {
        push_inline(L, m, (const unsigned char *)digests + i * HASH_SIZE, &f->bytes);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* m:inlines(digests, end to end)
 *   -> { { digest, type, materializer, version, preview | false, name of the member, its
 *          digest, bytes } | false, ... }    as m:inline, in that order
 *   -> nil, message, code */
static int
l_inlines(lua_State *L)
{
    Db *db = meta_db(meta_box_check(L, 1));
    int was_held = db_is_held(db), rc;
    size_t len;
    Err err;

    luaL_checklstring(L, 2, &len);
    luaL_argcheck(L, len % HASH_SIZE == 0, 2, "expected digests");
    lua_settop(L, 2);
    lua_pushcfunction(L, push_inlines);
    lua_insert(L, 1);
    if (len <= HASH_SIZE || was_held) {
        lua_call(L, 2, 1);
        return 1;
    }
    /* one view for all, which costs no locks */
    if (db_hold(db, &err))
        return bind_fail(L, &err);
    rc = lua_pcall(L, 2, 1, 0);
    db_release(db);
    return rc ? lua_error(L) : 1;
}

static const luaL_Reg methods[] = {
    {"get", l_get},
    {"loaded", l_loaded},
    {"close", l_close},
    {NULL, NULL}
};

static const luaL_Reg meta[] = {
    {"__gc", l_close},
    {"__close", l_close},
    {NULL, NULL}
};

void
cachelib_init(lua_State *L)
{
    bind_type(L, TYPE, methods, meta);
}

const luaL_Reg cachelib_methods[] = {
    {"cache", l_cache},
    {"inline", l_inline},
    {"inlines", l_inlines},
    {NULL, NULL}
};
