/* sorted_keys.h -- the keys of a Lua table in one order that every process agrees
 * on: 1..n up to the first nil, then the others: boolean < integer < float <
 * string, each by its value (strings bytewise).  Raw access only.
 *
 *     Keys k;
 *     if (keys_gather(L, t, &k)) refuse;       -- k.bad is the offending type
 *     for i = 1..k.n        rawgeti(t, i)
 *     for i = 0..k.count-1  keys_push(L, &k, i), then rawget(t)
 *     keys_release(L, &k);
 *
 * A Keys lives in the caller's memory and holds the keys on the Lua stack, so
 * that they stay alive whatever runs in between; release restores the stack. */
#ifndef SORTED_KEYS_H
#define SORTED_KEYS_H

#include <stddef.h>

#include <lua.h>

enum { KEYS_FEW = 8, KEYS_MAX = 500000 };

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

typedef struct Keys {
    lua_Integer n;                  /* 1..n are there */
    int count;                      /* of the other keys */
    int bad;                        /* LUA_TNONE, or the type of a key that has
                                       no order; LUA_TNIL: more than KEYS_MAX */
    int top;
    Key *key;
    Key few[KEYS_FEW];
} Keys;

/* t is an absolute index.  0, or -1 with k->bad set; release in both cases. */
int keys_gather(lua_State *L, int t, Keys *k);
void keys_push(lua_State *L, const Keys *k, int i);
void keys_release(lua_State *L, const Keys *k);

#endif
