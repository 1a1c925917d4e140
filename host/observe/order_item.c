/* order_item.c -- see order_item.h */
#include <stdlib.h>

#include "observe/order_item.h"

void
order_item_sort(OrderItem *items, unsigned n)
{
    if (n > 12) {
        qsort(items, n, sizeof *items, order_item_compare);
        return;
    }
    for (unsigned i = 1; i < n; i++) {
        OrderItem item = items[i];
        unsigned at = i;

        for (; at > 0 && order_item_compare(&item, &items[at - 1]) < 0; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Cycle by cycle. */
void
order_item_arrange(lua_State *L, OrderItem *items, unsigned n)
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
