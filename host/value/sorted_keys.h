/* sorted_keys.h -- the keys of a Lua table in one order that every process agrees
 * on: 1..n up to the first nil, then the others: boolean < integer < float <
 * string, each by its value (strings bytewise).  Raw access only.
 *
 *     SortedKeys k;
 *     if (sorted_keys_gather(L, t, &k)) refuse;       -- k.bad is the offending type
 *     for i = 1..k.n        rawgeti(t, i)
 *     for i = 0..k.count-1  sorted_keys_push(L, &k, i), then rawget(t)
 *     sorted_keys_release(L, &k);
 *
 * A SortedKeys lives in the caller's memory and holds the keys on the Lua stack, so
 * that they stay alive whatever runs in between; release restores the stack. */
#ifndef SORTED_KEYS_H
#define SORTED_KEYS_H

#include <stddef.h>

#include <lua.h>

enum { SORTED_KEYS_FEW = 8, SORTED_KEYS_MAX = 500000 };

typedef struct Key {
    unsigned char rank;             /* boolean, integer, float, string */
    int at;                         /* where on the stack */
    union {
        lua_Integer i;
        lua_Number n;
        struct {
            const char *p;
            size_t len;
        } s;
    } u;
} Key;

typedef struct SortedKeys {
    lua_Integer n;                  /* 1..n are there */
    int count;                      /* of the other keys */
    int bad;                        /* LUA_TNONE, or the type of a key that has
                                       no order; LUA_TNIL: more than SORTED_KEYS_MAX */
    int top;
    Key *key;
    Key few[SORTED_KEYS_FEW];
} SortedKeys;

/* t is an absolute index.  0, or -1 with k->bad set; release in both cases. */
int sorted_keys_gather(lua_State *L, int t, SortedKeys *k);
void sorted_keys_push(lua_State *L, const SortedKeys *k, int i);
void sorted_keys_release(lua_State *L, const SortedKeys *k);

#endif
