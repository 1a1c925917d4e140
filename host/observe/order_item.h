/* order_item.h -- keys and elements as C values that are compared without Lua; for order*.c
 * alone. */
#ifndef ORDER_ITEM_H
#define ORDER_ITEM_H

#include <string.h>

#include <lua.h>

/* In the order of pairs. */
typedef enum OrderGroup { IN_LIST, BOOLEAN, INTEGER, FLOAT, STRING, NO_ORDER } OrderGroup;

typedef struct OrderItem {
    union {
        lua_Integer i;
        lua_Number n;
        const char *s;          /* lives as long as the string in its table */
    } as;
    size_t len;
    unsigned index;             /* where it was, from 1; breaks ties */
    OrderGroup group;
} OrderItem;

/* Compares two items of one group by their values. */
static inline int
order_item_compare_value(const OrderItem *a, const OrderItem *b)
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

/* The same of any two, by their places when their values are equal; for qsort. */
static inline int
order_item_compare(const void *p, const void *q)
{
    const OrderItem *a = p, *b = q;
    int c;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    c = order_item_compare_value(a, b);
    return c ? c : (a->index > b->index) - (a->index < b->index);
}

/* The item of the value at the top. */
static inline void
order_item_of(lua_State *L, OrderItem *item, unsigned index)
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

void order_item_sort(OrderItem *items, unsigned n);
/* Moves the elements of the table at the top to the places that the sorted items have. */
void order_item_arrange(lua_State *L, OrderItem *items, unsigned n);

#endif
