/* valuelib.c -- rille.host.value, the Lua face of canonical.h, and cache keys */
#include "base/bind.h"
#include "base/hash.h"
#include "value/canonical.h"
#include "value/json_fields.h"
#include "value/null.h"

int luaopen_rille_host_value(lua_State *L);

/* value.encode(v [, name]) -> bytes; raises, naming the path below name */
static int
l_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    canonical_push(L, 1, luaL_optstring(L, 2, "value"));
    return 1;
}

/* value.digest(v [, name]) -> digest of the encoding */
static int
l_digest(lua_State *L)
{
    unsigned char out[HASH_SIZE];
    Hash h;

    luaL_checkany(L, 1);
    hash_init(&h);
    canonical_hash(L, 1, luaL_optstring(L, 2, "value"), &h);
    hash_final(&h, out);
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

/* value.decode(bytes) -> v; raises when they are not one encoded value */
static int
l_decode(lua_State *L)
{
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);

    canonical_read(L, p, n);
    return 1;
}

static void
hash_digest(lua_State *L, Hash *h, int idx)
{
    if (lua_type(L, idx) != LUA_TSTRING || lua_rawlen(L, idx) != HASH_SIZE)
        luaL_argerror(L, 3, "a digest must have 32 bytes");
    hash_field(h, 'I', lua_tostring(L, idx), HASH_SIZE);
}

/* value.key(prefix, params, digests [, n]) -> digest of the fields P prefix,
 * A params, I for each digest in order.  params is a string, or data whose encoding is
 * taken; digests is one string, or a list of which the first n (default: all) are taken. */
static int
l_key(lua_State *L)
{
    unsigned char out[HASH_SIZE];
    size_t plen, alen;
    const char *prefix = luaL_checklstring(L, 1, &plen), *params;
    Hash h;

    hash_init(&h);
    hash_field(&h, 'P', prefix, plen);
    if (lua_istable(L, 2)) {
        canonical_hash_field(L, 2, "value", &h, 'A');
    } else {
        params = luaL_checklstring(L, 2, &alen);
        hash_field(&h, 'A', params, alen);
    }
    if (lua_type(L, 3) == LUA_TSTRING) {
        hash_digest(L, &h, 3);
    } else {
        lua_Integer n;

        luaL_checktype(L, 3, LUA_TTABLE);
        n = luaL_optinteger(L, 4, (lua_Integer)lua_rawlen(L, 3));
        for (lua_Integer i = 1; i <= n; i++) {
            lua_rawgeti(L, 3, i);
            hash_digest(L, &h, -1);
            lua_pop(L, 1);
        }
    }
    hash_final(&h, out);
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

/* value.set_plain(metatable): tables with it are plain data, too. */
static int
l_set_plain(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    bind_set_plain(L);
    return 0;
}

/* value.is_plain(v) -> is it a table of plain data? */
static int
l_is_plain(lua_State *L)
{
    lua_pushboolean(L, bind_is_plain(L, 1));
    return 1;
}

/* value.is_data(v) -> is it such a table, or one marked by a JSON library (bind.h)? */
static int
l_is_data(lua_State *L)
{
    lua_pushboolean(L, bind_is_data(L, 1));
    return 1;
}

/* value.is_null(v) -> is it rille.null, or the light userdata NULL (null.h)? */
static int
l_is_null(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushboolean(L, null_is(L, 1));
    return 1;
}

int
luaopen_rille_host_value(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"encode", l_encode}, {"decode", l_decode}, {"digest", l_digest},
        {"key", l_key},       {"is_plain", l_is_plain}, {"set_plain", l_set_plain},
        {"is_data", l_is_data}, {"is_null", l_is_null},
        {"json_fields", json_fields_list},
        {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}
