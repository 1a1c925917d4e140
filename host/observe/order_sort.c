/* order_sort.c -- see order.h: table.sort */
#include <limits.h>

#include <lauxlib.h>

#include "embedded/embedded.h"
#include "observe/order.h"
#include "observe/order_item.h"

static int
has_field(lua_State *L, const char *name)
{
    int has = luaL_getmetafield(L, 1, name) != LUA_TNIL;

    if (has)
        lua_pop(L, 1);
    return has;
}

enum { LOOK_EVERY = 1 << 16 };          /* elements between two looks at what ends a call */

/* So many more were moved. */
static void
look(lua_State *L, size_t *moved, size_t n)
{
    *moved += n;
    if (*moved < LOOK_EVERY)
        return;
    *moved = 0;
    embedded_check_interrupt(L);
}

/* Bottom-up and stable, between the two halves of memory; where the result is. */
static OrderItem *
merge_items(lua_State *L, OrderItem *from, OrderItem *to, size_t n)
{
    size_t moved = 0;

    for (size_t width = 1; width < n; width *= 2) {
        OrderItem *swap = from;

        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n;
            size_t hi = mid + width < n ? mid + width : n, i = lo, j = mid;

            for (size_t k = lo; k < hi; k++) {
                int right = i == mid
                            || (j < hi && order_item_compare_value(&from[j], &from[i]) < 0);

                to[k] = from[right ? j++ : i++];
                look(L, &moved, 1);
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
read_items(lua_State *L, OrderItem *items, unsigned n)
{
    size_t moved = 0;

    for (unsigned i = 0; i < n; i++) {
        look(L, &moved, 1);
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        order_item_of(L, &items[i], i + 1);
        lua_pop(L, 1);
        if (items[i].group < INTEGER || items[i].group > STRING || items[i].group != items[0].group
            || (items[i].group == FLOAT && items[i].as.n != items[i].as.n))
            return 0;
    }
    return 1;
}

/* Sorts the table at 1 without calling Lua; whether it could. */
static int
sort_plain(lua_State *L, unsigned n)
{
    OrderItem *items = lua_newuserdatauv(L, 2 * (size_t)n * sizeof *items, 0);

    if (!read_items(L, items, n)) {
        lua_pop(L, 1);
        return 0;
    }
    items = merge_items(L, items, items + n, n);
    lua_pushvalue(L, 1);
    order_item_arrange(L, items, n);
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
merge(lua_State *L, int from, const lua_Integer range[3], size_t *moved)
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

                look(L, moved, 1);
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
    size_t moved = 0;
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

            merge(L, from, (lua_Integer[]){lo, mid, hi}, &moved);
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

    if (!has_field(L, "__index") || !has_field(L, "__newindex") || !has_field(L, "__len"))
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
