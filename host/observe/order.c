/* order.c -- see order.h */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "observe/observe.h"
#include "observe/order.h"

enum { SMALL = 128 };           /* keys that are sorted on the C stack */

/* In the order of pairs. */
typedef enum Group { IN_LIST, BOOLEAN, INTEGER, FLOAT, STRING, NO_ORDER } Group;

typedef struct Item {
    union {
        lua_Integer i;
        lua_Number n;
        const char *s;          /* lives as long as the string in its table */
    } as;
    size_t len;
    unsigned index;             /* where it was, from 1; breaks ties */
    Group group;
} Item;

/* Compares two items of one group by their values. */
static int
compare_value(const Item *a, const Item *b)
{
    size_t n = a->len < b->len ? a->len : b->len;
    int c;

    if (a->group == FLOAT)
        return (a->as.n > b->as.n) - (a->as.n < b->as.n);
    if (a->group == NO_ORDER)
        return 0;
    if (a->group != STRING)
        return (a->as.i > b->as.i) - (a->as.i < b->as.i);
    c = memcmp(a->as.s, b->as.s, n);
    return c ? c : (a->len > b->len) - (a->len < b->len);
}

static int
compare_item(const void *p, const void *q)
{
    const Item *a = p, *b = q;
    int c;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    c = compare_value(a, b);
    return c ? c : (a->index > b->index) - (a->index < b->index);
}

/* The item of the value at the top. */
static void
item_of(lua_State *L, Item *item, unsigned index)
{
    item->index = index;
    item->len = 0;
    item->as.i = 0;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        item->group = BOOLEAN;
        item->as.i = lua_toboolean(L, -1);
        break;
    case LUA_TNUMBER:
        item->group = lua_isinteger(L, -1) ? INTEGER : FLOAT;
        if (item->group == INTEGER)
            item->as.i = lua_tointeger(L, -1);
        else
            item->as.n = lua_tonumber(L, -1);
        break;
    case LUA_TSTRING:
        item->group = STRING;
        item->as.s = lua_tolstring(L, -1, &item->len);
        break;
    default:
        item->group = NO_ORDER;
    }
}

static void
sort_items(Item *items, unsigned n)
{
    if (n > 12) {
        qsort(items, n, sizeof *items, compare_item);
        return;
    }
    for (unsigned i = 1; i < n; i++) {
        Item item = items[i];
        unsigned at = i;

        for (; at > 0 && compare_item(&item, &items[at - 1]) < 0; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

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
in_list(const Item *item, lua_Integer last)
{
    return item->group == INTEGER && item->as.i >= 1 && item->as.i <= last;
}

/* Pushes a list of the keys of the table at 1 but 1..k, unsorted; their number. */
static unsigned
list_keys(lua_State *L, lua_Integer k)
{
    unsigned n = 0;
    Item item;

    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        item_of(L, &item, 0);
        if (in_list(&item, k))
            continue;
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, ++n);
    }
    return n;
}

/* Moves the elements of the table at the top to where the sorted items say, cycle
 * by cycle. */
static void
arrange(lua_State *L, Item *items, unsigned n)
{
    for (unsigned start = 0; start < n; start++) {
        unsigned to = start, from = items[to].index - 1;

        if (from == start)
            continue;
        lua_rawgeti(L, -1, (lua_Integer)start + 1);
        while (from != start) {
            lua_rawgeti(L, -2, (lua_Integer)from + 1);
            lua_rawseti(L, -3, (lua_Integer)to + 1);
            items[to].index = to + 1;
            to = from;
            from = items[to].index - 1;
        }
        lua_rawseti(L, -2, (lua_Integer)to + 1);
        items[to].index = to + 1;
    }
}

/* Sorts the n keys in the table at the top, those up to LAST as a list; whether
 * some of them have no order. */
static int
sort_keys(lua_State *L, unsigned n, lua_Integer last)
{
    Item *items = lua_newuserdatauv(L, n * sizeof *items, 0);
    int other;

    lua_insert(L, -2);
    for (unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        item_of(L, &items[i], i + 1);
        if (in_list(&items[i], last))
            items[i].group = IN_LIST;
        lua_pop(L, 1);
    }
    sort_items(items, n);
    other = items[n - 1].group == NO_ORDER;
    arrange(L, items, n);
    lua_remove(L, -2);
    return other;
}

/* push_keys for at most SMALL keys, which wait on the stack; -1 when there are
 * more, with nothing pushed. */
static int
push_few_keys(lua_State *L, lua_Integer k, lua_Integer last, unsigned *count)
{
    int base = lua_gettop(L);
    Item items[SMALL];
    unsigned n = 0;

    luaL_checkstack(L, SMALL + 4, "keys");
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        if (n == SMALL) {
            lua_settop(L, base);
            return -1;
        }
        item_of(L, &items[n], n + 1);
        if (in_list(&items[n], k))
            continue;
        if (in_list(&items[n], last))
            items[n].group = IN_LIST;
        n++;
        lua_pushvalue(L, -1);
    }
    sort_items(items, n);
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
    Item best = {0}, item;
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
        item_of(L, &item, ++n);
        if (item.group == NO_ORDER && n > 1)
            *other = 1;
        if (n == 1 || compare_item(&item, &best) < 0) {
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
    Item key, item;

    lua_pushvalue(L, 2);
    item_of(L, &key, 0);
    key.group = in_list(&key, last) ? IN_LIST : key.group;
    if (lua_next(L, 1))
        lua_pop(L, 2);
    for (unsigned i = 1; i <= n; i++) {
        int same;

        lua_rawgeti(L, -1, i);
        same = lua_rawequal(L, -1, 2);
        item_of(L, &item, 0);
        item.group = in_list(&item, last) ? IN_LIST : item.group;
        lua_pop(L, 1);
        if (same)
            return i;
        if (compare_item(&item, &key) < 0)
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

/* ---- table.sort ---- */

static int
has_field(lua_State *L, const char *name)
{
    int has = luaL_getmetafield(L, 1, name) != LUA_TNIL;

    if (has)
        lua_pop(L, 1);
    return has;
}

/* Bottom-up and stable, between the two halves of memory; where the result is. */
static Item *
merge_items(Item *from, Item *to, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        Item *swap = from;

        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n;
            size_t hi = mid + width < n ? mid + width : n, i = lo, j = mid;

            for (size_t k = lo; k < hi; k++) {
                int right = i == mid
                            || (j < hi && compare_value(&from[j], &from[i]) < 0);

                to[k] = from[right ? j++ : i++];
            }
        }
        from = to;
        to = swap;
    }
    return from;
}

/* Whether the elements of the plain table at 1 are all integers, or all floats
 * but NaN, or all strings: then they are in items. */
static int
read_items(lua_State *L, Item *items, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        item_of(L, &items[i], i + 1);
        lua_pop(L, 1);
        if (items[i].group < INTEGER || items[i].group > STRING
            || items[i].group != items[0].group
            || (items[i].group == FLOAT && items[i].as.n != items[i].as.n))
            return 0;
    }
    return 1;
}

/* Sorts the table at 1 without calling Lua; whether it could. */
static int
sort_plain(lua_State *L, unsigned n)
{
    Item *items = lua_newuserdatauv(L, 2 * (size_t)n * sizeof *items, 0);

    if (!read_items(L, items, n)) {
        lua_pop(L, 1);
        return 0;
    }
    items = merge_items(items, items + n, n);
    lua_pushvalue(L, 1);
    arrange(L, items, n);
    lua_pop(L, 2);
    return 1;
}

/* Whether the value at b sorts before that at a; both on the stack. */
static int
before(lua_State *L, int b, int a)
{
    int is;

    if (lua_isnil(L, 2))
        return lua_compare(L, b, a, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, b);
    lua_pushvalue(L, a);
    lua_call(L, 2, 1);
    is = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is;
}

/* Moves elements lo..hi-1 of table FROM to table TO as they are. */
static void
copy_range(lua_State *L, int from, int to, lua_Integer lo, lua_Integer hi)
{
    for (; lo < hi; lo++) {
        lua_rawgeti(L, from, lo);
        lua_rawseti(L, to, lo);
    }
}

/* Merges lo..mid-1 and mid..hi-1 of table FROM into TO; slots 5 and 6 hold the
 * head of each side. */
static void
merge(lua_State *L, int from, const lua_Integer range[3])
{
    lua_Integer i = range[0], mid = range[1], j = mid, hi = range[2], k = i;
    int to = from == 3 ? 4 : 3;

    if (mid < hi) {
        lua_rawgeti(L, from, mid - 1);
        lua_rawgeti(L, from, mid);
        if (before(L, 6, 5)) {
            lua_rawgeti(L, from, i);
            lua_replace(L, 5);
            while (i < mid && j < hi) {
                int right = before(L, 6, 5);

                lua_pushvalue(L, right ? 6 : 5);
                lua_rawseti(L, to, k++);
                lua_rawgeti(L, from, right ? ++j : ++i);
                lua_replace(L, right ? 6 : 5);
            }
        }
        lua_settop(L, 4);
    }
    while (i < mid) {
        lua_rawgeti(L, from, i++);
        lua_rawseti(L, to, k++);
    }
    copy_range(L, from, to, j, hi);
}

/* Sorts with < or the comparator at 2.  The elements wait in two tables, at 3 and
 * 4, since either may raise. */
static void
sort_by_calls(lua_State *L, lua_Integer n)
{
    int from = 3;

    lua_createtable(L, (int)n, 0);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_geti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    for (lua_Integer width = 1; width < n; width *= 2) {
        for (lua_Integer lo = 1; lo <= n; lo += 2 * width) {
            lua_Integer mid = lo + width <= n ? lo + width : n + 1;
            lua_Integer hi = mid + width <= n ? mid + width : n + 1;

            merge(L, from, (lua_Integer[]){lo, mid, hi});
        }
        from = from == 3 ? 4 : 3;
    }
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, from, i);
        lua_seti(L, 1, i);
    }
}

/* table.sort(list[, comp]) -> nothing */
int
order_sort(lua_State *L)
{
    lua_Integer n;

    if (!has_field(L, "__index") || !has_field(L, "__newindex")
        || !has_field(L, "__len"))
        luaL_checktype(L, 1, LUA_TTABLE);
    n = luaL_len(L, 1);
    if (n < 2)
        return 0;
    luaL_argcheck(L, n < INT_MAX / 2, 1, "array too big");
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    if (lua_isnil(L, 2) && lua_istable(L, 1) && !lua_getmetatable(L, 1)
        && sort_plain(L, (unsigned)n))
        return 0;
    lua_settop(L, 2);
    sort_by_calls(L, n);
    return 0;
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
