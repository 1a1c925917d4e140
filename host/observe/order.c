/* order.c -- see order.h: pairs and next */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "observe/observe.h"
#include "observe/order.h"
#include "observe/order_item.h"

enum { SMALL = 128 };           /* keys that are sorted on the C stack */

/* n such that 1..n of the table at 1 are not nil, counting on from k. */
static lua_Integer
list_end(lua_State *L, lua_Integer k)
{
    while (lua_rawgeti(L, 1, k + 1) != LUA_TNIL) {
        lua_pop(L, 1);
        k++;
    }
    lua_pop(L, 1);
    return k;
}

static int
in_list(const OrderItem *item, lua_Integer last)
{
    return item->group == INTEGER && item->as.i >= 1 && item->as.i <= last;
}

/* Pushes a list of the keys of the table at 1 but 1..k, unsorted; their number. */
static unsigned
list_keys(lua_State *L, lua_Integer k)
{
    unsigned n = 0;
    OrderItem item;

    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        order_item_of(L, &item, 0);
        if (in_list(&item, k))
            continue;
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, ++n);
    }
    return n;
}

/* Sorts the n keys in the table at the top, those up to LAST as a list; whether
 * some of them have no order. */
static int
sort_keys(lua_State *L, unsigned n, lua_Integer last)
{
    OrderItem *items = lua_newuserdatauv(L, n * sizeof *items, 0);
    int other;

    lua_insert(L, -2);
    for (unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        order_item_of(L, &items[i], i + 1);
        if (in_list(&items[i], last))
            items[i].group = IN_LIST;
        lua_pop(L, 1);
    }
    order_item_sort(items, n);
    other = items[n - 1].group == NO_ORDER;
    order_item_arrange(L, items, n);
    lua_remove(L, -2);
    return other;
}

/* push_keys for at most SMALL keys, which wait on the stack; -1 when there are
 * more, with nothing pushed. */
static int
push_few_keys(lua_State *L, lua_Integer k, lua_Integer last, unsigned *count)
{
    int base = lua_gettop(L);
    OrderItem items[SMALL];
    unsigned n = 0;

    luaL_checkstack(L, SMALL + 4, "keys");
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        if (n == SMALL) {
            lua_settop(L, base);
            return -1;
        }
        order_item_of(L, &items[n], n + 1);
        if (in_list(&items[n], k))
            continue;
        if (in_list(&items[n], last))
            items[n].group = IN_LIST;
        n++;
        lua_pushvalue(L, -1);
    }
    order_item_sort(items, n);
    lua_createtable(L, (int)n, 0);
    for (unsigned i = 0; i < n; i++) {
        lua_pushvalue(L, base + (int)items[i].index);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_insert(L, base + 1);
    lua_settop(L, base + 1);
    *count = n;
    return n && items[n - 1].group == NO_ORDER;
}

/* Pushes the sorted list of the keys after 1..k; whether some have no order. */
static int
push_keys(lua_State *L, lua_Integer k, unsigned *count)
{
    lua_Integer last = list_end(L, k);
    int other = push_few_keys(L, k, last, count);

    if (other >= 0)
        return other;
    *count = list_keys(L, k);
    return *count ? sort_keys(L, *count, last) : 0;
}

/* The next entry by the list of keys at the index keys: pushes key and value, or
 * nil; leaves out what was cleared.  *i is the position. */
static int
step_list(lua_State *L, int keys, lua_Integer *i)
{
    for (;;) {
        if (lua_rawgeti(L, keys, ++*i) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL)
            return 2;
        lua_pop(L, 2);
    }
}

/* The iterator.  Upvalues: the list of keys or nil, the position in it, whether
 * it is rille's own.  Until the first key that is not the next integer
 * it follows next, which proves at its end that there is no other key. */
static int
walk(lua_State *L)
{
    lua_Integer k = 0, i;
    unsigned n;
    int results;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_type(L, lua_upvalueindex(1)) != LUA_TTABLE || lua_isnil(L, 2)) {
        k = lua_tointeger(L, 2);
        if (!lua_next(L, 1)) {
            lua_pushnil(L);
            return 1;
        }
        if (lua_isinteger(L, 2) && lua_tointeger(L, 2) == k + 1)
            return 2;
        lua_settop(L, 1);
        if (push_keys(L, k, &n) && !lua_toboolean(L, lua_upvalueindex(3)))
            observe_impure(L, "pairs over keys that have no order");
        lua_replace(L, lua_upvalueindex(1));
        lua_pushinteger(L, 0);
        lua_replace(L, lua_upvalueindex(2));
    }
    i = lua_tointeger(L, lua_upvalueindex(2));
    results = step_list(L, lua_upvalueindex(1), &i);
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(2));
    return results;
}

static int
after_pairs(lua_State *L, int status, lua_KContext ctx)
{
    (void)L;
    (void)status;
    (void)ctx;
    return 3;
}

/* pairs(t) -> iterator, t, nil | what t's __pairs gives, three values */
int
order_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_callk(L, 1, 3, 0, after_pairs);
        return 3;
    }
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, walk, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* The first key of the table at 1 in our order, and its value, or nil.  Not by
 * sorting: next(t) == nil is how scripts ask whether a table is empty. */
static int
first_entry(lua_State *L, int *other)
{
    OrderItem best = {0}, item;
    unsigned n = 0;

    if (lua_rawgeti(L, 1, 1) != LUA_TNIL) {
        lua_pushinteger(L, 1);
        lua_insert(L, -2);
        return 2;
    }
    lua_settop(L, 2);                   /* the best key stays at 2 */
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        order_item_of(L, &item, ++n);
        if (item.group == NO_ORDER && n > 1)
            *other = 1;
        if (n == 1 || order_item_compare(&item, &best) < 0) {
            best = item;
            lua_copy(L, -1, 2);
        }
    }
    if (n == 0) {
        lua_pushnil(L);
        return 1;
    }
    if (best.group != NO_ORDER)
        *other = 0;                     /* the others come after it */
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 2);
    lua_rawget(L, 1);
    return 2;
}

/* The place of key 2 in the sorted list at the top; when it was cleared, that of the last
 * key before it.  Raises for what was never a key; -1 for a cleared key
 * without order. */
static lua_Integer
find_key(lua_State *L, unsigned n)
{
    lua_Integer last = list_end(L, 0), before = 0;
    OrderItem key, item;

    lua_pushvalue(L, 2);
    order_item_of(L, &key, 0);
    key.group = in_list(&key, last) ? IN_LIST : key.group;
    if (lua_next(L, 1))
        lua_pop(L, 2);
    for (unsigned i = 1; i <= n; i++) {
        int same;

        lua_rawgeti(L, -1, i);
        same = lua_rawequal(L, -1, 2);
        order_item_of(L, &item, 0);
        item.group = in_list(&item, last) ? IN_LIST : item.group;
        lua_pop(L, 1);
        if (same)
            return i;
        if (order_item_compare(&item, &key) < 0)
            before = i;
    }
    return key.group == NO_ORDER ? -1 : before;
}

/* Whether the walk that upvalues 3 to 5 remember is at key 2 of table 1. */
static int
walk_goes_on(lua_State *L)
{
    int same = 0;

    if (lua_rawequal(L, lua_upvalueindex(3), 1)) {
        lua_rawgeti(L, lua_upvalueindex(4), lua_tointeger(L, lua_upvalueindex(5)));
        same = lua_rawequal(L, -1, 2);
        lua_pop(L, 1);
    }
    return same;
}

static void
remember_walk(lua_State *L, lua_Integer at)
{
    lua_replace(L, lua_upvalueindex(4));
    lua_pushvalue(L, 1);
    lua_replace(L, lua_upvalueindex(3));
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(5));
}

static void
forget_walk(lua_State *L)
{
    for (int i = 3; i <= 5; i++) {
        lua_pushnil(L);
        lua_replace(L, lua_upvalueindex(i));
    }
}

/* The entry after key 2 by a list; 0 when the key is not in the table. */
static int
next_entry(lua_State *L, lua_Integer k, int *other)
{
    lua_Integer at = 0;
    unsigned n;
    int results;

    if (!walk_goes_on(L)) {
        push_keys(L, k, &n);
        if (k == 0 && (at = find_key(L, n)) < 0)
            return 0;
        *other = n > 0;
        remember_walk(L, at);
    } else {
        *other = 1;
    }
    at = lua_tointeger(L, lua_upvalueindex(5));
    results = step_list(L, lua_upvalueindex(4), &at);
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(5));
    if (results == 1)
        forget_walk(L);
    return results;
}

int
order_next(lua_State *L, int *other)
{
    lua_Integer k = 0;

    *other = 0;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_isnil(L, 2))
        return first_entry(L, other);
    if (lua_isinteger(L, 2) && (k = lua_tointeger(L, 2)) >= 1) {
        int first = lua_rawgeti(L, 1, 1);

        lua_pop(L, 1);
        *other = first == LUA_TNIL;
        lua_pushinteger(L, (lua_Integer)((lua_Unsigned)k + 1));
        if (lua_rawgeti(L, 1, k + 1) != LUA_TNIL)
            return 2;
        lua_pop(L, 2);
        if (list_end(L, 0) != k)
            k = 0;                      /* one of the other integers */
    } else {
        k = 0;
    }
    return next_entry(L, k, other);
}

void
order_install(lua_State *L)
{
    lua_pushboolean(L, 1);
    lua_pushcclosure(L, order_pairs, 1);
    lua_setfield(L, -2, "pairs");
    if (lua_getfield(L, -1, "table") == LUA_TTABLE) {
        lua_pushcfunction(L, order_sort);
        lua_setfield(L, -2, "sort");
    }
    lua_pop(L, 1);
}
