/* layoutrank.c -- layout: which layer each node belongs to.
 *
 * Longest path from the sources, then sweeps that let nodes slide to where their
 * edges get shorter.  A node that gains nothing slides along all the same, one
 * way in each sweep: so a chain follows its end, which alone gains. */
#include <string.h>

#include "layoutnet.h"

enum { ROUNDS = 8 };

/* Nodes in an order in which every edge leads forward; their number. */
static int32_t
sort_nodes(const Layout *l, const Fan *fan, int32_t *topo)
{
    int32_t head = 0, tail = 0;

    for (int32_t v = 0; v < l->n; v++) {
        l->node[v].place = fan->in_start[v + 1] - fan->in_start[v];
        if (!l->node[v].place)
            topo[tail++] = v;
    }
    for (; head < tail; head++) {
        int32_t v = topo[head];

        for (int32_t k = fan->out_start[v]; k < fan->out_start[v + 1]; k++) {
            int32_t w = l->edge[fan->out[k]].to;

            if (--l->node[w].place == 0)
                topo[tail++] = w;
        }
    }
    return tail;
}

/* The highest layer among the sources, -1 without any. */
static int32_t
above(const Layout *l, const Fan *fan, int32_t v)
{
    int32_t most = -1;

    for (int32_t k = fan->in_start[v]; k < fan->in_start[v + 1]; k++) {
        int32_t other = l->node[l->edge[fan->in[k]].from].layer;

        if (other > most)
            most = other;
    }
    return most;
}

static int32_t
below(const Layout *l, const Fan *fan, int32_t v)
{
    int32_t least = INT32_MAX;

    for (int32_t k = fan->out_start[v]; k < fan->out_start[v + 1]; k++) {
        int32_t other = l->node[l->edge[fan->out[k]].to].layer;

        if (other < least)
            least = other;
    }
    return least;
}

/* Slides nodes down (1) or up (0) to the next that they are tied to; returns how
 * much shorter the edges became. */
static int64_t
slide(Layout *l, const Fan *fan, const int32_t *topo, int down)
{
    int64_t gain = 0;

    for (int32_t i = 0; i < l->n; i++) {
        int32_t v = topo[down ? l->n - 1 - i : i], *layer = &l->node[v].layer, to;
        int64_t in = fan->in_start[v + 1] - fan->in_start[v];
        int64_t out = fan->out_start[v + 1] - fan->out_start[v];

        if (down ? !out || out < in : !in || in < out)
            continue;
        to = down ? below(l, fan, v) - 1 : above(l, fan, v) + 1;
        if (down ? to > *layer : to < *layer) {
            gain += (to - *layer) * (out - in);
            *layer = to;
        }
    }
    return gain;
}

int
layout_rank(Layout *l, const Fan *fan, int32_t *topo, Err *err)
{
    if (sort_nodes(l, fan, topo) != l->n)
        return err_set(err, ERR_INVAL, "the graph has a cycle");
    for (int32_t i = 0; i < l->n; i++)
        l->node[topo[i]].layer = above(l, fan, topo[i]) + 1;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t gain = slide(l, fan, topo, 1);

        if (gain + slide(l, fan, topo, 0) == 0)
            break;
    }
    return OK;
}
