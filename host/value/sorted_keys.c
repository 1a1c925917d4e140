/* sorted_keys.c -- see sorted_keys.h */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "value/sorted_keys.h"

enum { BOOLEAN, INTEGER, FLOAT, STRING };

static int
compare(const void *pa, const void *pb)
{
    const Key *a = pa, *b = pb;
    size_t n;
    int c;

    if (a->rank != b->rank)
        return a->rank - b->rank;
    if (a->rank == FLOAT)
        return (a->u.n > b->u.n) - (a->u.n < b->u.n);
    if (a->rank != STRING)
        return (a->u.i > b->u.i) - (a->u.i < b->u.i);
    n = a->u.s.len < b->u.s.len ? a->u.s.len : b->u.s.len;
    c = memcmp(a->u.s.p, b->u.s.p, n);
    return c ? c : (a->u.s.len > b->u.s.len) - (a->u.s.len < b->u.s.len);
}

static void
sort(Key *key, int n)
{
    if (n > SORTED_KEYS_FEW) {
        qsort(key, (size_t)n, sizeof *key, compare);
        return;
    }
    for (int i = 1; i < n; i++) {
        Key k = key[i];
        int j = i;

        for (; j > 0 && compare(&key[j - 1], &k) > 0; j--)
            key[j] = key[j - 1];
        key[j] = k;
    }
}

static void
read_key(lua_State *L, int at, Key *key)
{
    key->at = at;
    if (lua_type(L, at) == LUA_TSTRING) {
        key->rank = STRING;
        key->u.s.p = lua_tolstring(L, at, &key->u.s.len);
    } else if (lua_type(L, at) == LUA_TBOOLEAN) {
        key->rank = BOOLEAN;
        key->u.i = lua_toboolean(L, at);
    } else if (lua_isinteger(L, at)) {
        key->rank = INTEGER;
        key->u.i = lua_tointeger(L, at);
    } else {
        key->rank = FLOAT;
        key->u.n = lua_tonumber(L, at);
    }
}

static lua_Integer
array_length(lua_State *L, int t)
{
    lua_Integer n = 0;

    while (lua_rawgeti(L, t, n + 1) != LUA_TNIL) {
        lua_pop(L, 1);
        n++;
    }
    lua_pop(L, 1);
    return n;
}

static int
is_orderly(int type)
{
    return type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
}

/* Leaves the keys that are not 1..n on the stack. */
static int
collect(lua_State *L, int t, SortedKeys *k)
{
    lua_pushnil(L);
    while (lua_next(L, t)) {
        int type = lua_type(L, -2);

        lua_pop(L, 1);
        if (!is_orderly(type)) {
            k->bad = type;
            return -1;
        }
        if (lua_isinteger(L, -1)) {
            lua_Integer i = lua_tointeger(L, -1);

            if (i >= 1 && i <= k->n)
                continue;
        }
        if (k->count == SORTED_KEYS_MAX || !lua_checkstack(L, 8)) {
            k->bad = LUA_TNIL;
            return -1;
        }
        lua_pushvalue(L, -1);
        k->count++;
    }
    return 0;
}

int
sorted_keys_gather(lua_State *L, int t, SortedKeys *k)
{
    luaL_checkstack(L, 8, NULL);
    k->top = lua_gettop(L);
    k->count = 0;
    k->bad = LUA_TNONE;
    k->key = k->few;
    k->n = array_length(L, t);
    if (collect(L, t, k))
        return -1;
    if (k->count > SORTED_KEYS_FEW)
        k->key = lua_newuserdatauv(L, (size_t)k->count * sizeof(Key), 0);
    for (int i = 0; i < k->count; i++)
        read_key(L, k->top + 1 + i, &k->key[i]);
    sort(k->key, k->count);
    return 0;
}

void
sorted_keys_push(lua_State *L, const SortedKeys *k, int i)
{
    lua_pushvalue(L, k->key[i].at);
}

void
sorted_keys_release(lua_State *L, const SortedKeys *k)
{
    lua_settop(L, k->top);
}
