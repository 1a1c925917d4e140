/* filter.c -- conditions as people write them: what is read is a tree whose nodes join those
 * behind them, what is refused has a message that shows the place. */
#include "fuzz.h"
#include "meta/filter_text.h"

/* The node behind the tree at i; 0 where it is none. */
static size_t
walk(const FilterNode *nodes, size_t n, size_t i)
{
    size_t parts;

    if (i >= n)
        return 0;
    parts = nodes[i].op == FILTER_COMPARE ? 0 : nodes[i].n;
    MUST(nodes[i].op == FILTER_COMPARE || parts > 0);
    for (i++; parts; parts--)
        if (!(i = walk(nodes, n, i)))
            return 0;
    return i;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"gamma", "acc"};
    const FilterKnown known = {names, names, 2, 2};
    FilterText t;
    Err err = {0};

    if (!size)
        return 0;
    filter_text_init(&t, data[0] & 1 ? &filter_artifacts : &filter_runs);
    if (filter_text_read(&t, (Slice){(const char *)data + 1, size - 1},
                         data[0] & 2 ? FILTER_TEXT_ADJACENT : 0, &known, &err) == OK) {
        const FilterNode *nodes = (const FilterNode *)(const void *)t.filter.nodes.data;
        size_t n = t.filter.nodes.len / sizeof *nodes;

        MUST(n > 0 && walk(nodes, n, 0) == n);
    } else {
        MUST(err.msg[0] && t.message.len);
    }
    filter_text_release(&t);
    return 0;
}
