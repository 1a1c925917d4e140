/* layout_rank.c -- layout: which layer each node belongs to.
 *
 * First the longest path from the sources; then sweeps that move nodes to where their
 * edges get shorter; then the network simplex method (Gansner and others), which moves
 * connected parts of the graph until the total length of the edges is least.
 *
 * The simplex walks over spanning trees of edges of length 1.  Cutting a tree
 * edge leaves a part S, the subtree below it; with D(S) edges leaving S more than
 * entering it, moving S up by one changes the total length by D(S).  D is the sum
 * of (out - in) over S, for edges inside of S cancel.  For a large graph the number of
 * steps is limited: after each of them the layers are valid. */
#include <string.h>

#include "graph/layout_layers.h"

enum {
    ROUNDS = 8,
    JOIN_WORK = 8000000,                /* edges looked at to make the tree, */
    PIVOT_WORK = 8000000                /* and to improve it */
};

typedef struct Tree {
    Layout *l;
    const Fan *fan;
    int32_t *parent;                    /* edge that leads to the root, or -1 */
    int32_t *first, *last;              /* subtree of v: order[first[v]..last[v]) */
    int32_t *order, *stack, *group, *surplus;
    unsigned char *used;                /* edges of the tree */
} Tree;

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

/* Moves nodes down (1) or up (0) until an edge stops them, also those whose edges get no
 * shorter: so a chain follows its end, the only node that gains.  Returns how much shorter
 * the edges became. */
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

/* -- the spanning tree ------------------------------------------------------ */

static int32_t
slack(const Layout *l, int32_t e)
{
    return l->node[l->edge[e].to].layer - l->node[l->edge[e].from].layer - 1;
}

/* Number i of the edges at v, those that leave it first; -1 after the last. */
static int32_t
edge_at(const Fan *fan, int32_t v, int32_t i)
{
    int32_t n_out = fan->out_start[v + 1] - fan->out_start[v];

    if (i < n_out)
        return fan->out[fan->out_start[v] + i];
    i -= n_out;
    return i < fan->in_start[v + 1] - fan->in_start[v] ? fan->in[fan->in_start[v] + i] : -1;
}

static int32_t
other_end(const Layout *l, int32_t e, int32_t v)
{
    return l->edge[e].from == v ? l->edge[e].to : l->edge[e].from;
}

/* Takes what is reached from v by edges of length 1 into the group. */
static void
spread(Tree *t, int32_t v, int32_t group)
{
    int32_t top = 0;

    t->group[v] = group;
    t->stack[top++] = v;
    while (top) {
        int32_t at = t->stack[--top], e;

        for (int32_t i = 0; (e = edge_at(t->fan, at, i)) >= 0; i++) {
            int32_t w = other_end(t->l, e, at);

            if (t->group[w] == group || slack(t->l, e))
                continue;
            t->group[w] = group;
            t->used[e] = 1;
            t->stack[top++] = w;
        }
    }
}

/* The shortest edge between the group and the rest of its component, or -1. */
static int32_t
shortest_out(const Tree *t, int32_t group)
{
    int32_t best = -1;

    for (int32_t e = 0; e < t->l->m; e++) {
        int in = t->group[t->l->edge[e].from] == group, out = t->group[t->l->edge[e].to] == group;

        if (in != out && (best < 0 || slack(t->l, e) < slack(t->l, best)))
            best = e;
    }
    return best;
}

/* Moves groups together until each component is one; 0 when that takes too long. */
static int
join_groups(Tree *t)
{
    Layout *l = t->l;
    int64_t work = 0;

    for (int32_t v = 0; v < l->n; v++)
        t->group[v] = -1;
    for (int32_t root = 0; root < l->n; root++) {
        int32_t e;

        if (t->group[root] >= 0)
            continue;
        spread(t, root, root);
        while ((e = shortest_out(t, root)) >= 0) {
            int in = t->group[l->edge[e].from] == root;
            int32_t by = in ? slack(l, e) : -slack(l, e);

            work += l->m + l->n;
            if (work > JOIN_WORK)
                return 0;
            for (int32_t v = 0; v < l->n; v++)
                if (t->group[v] == root)
                    l->node[v].layer += by;
            t->used[e] = 1;
            spread(t, in ? l->edge[e].to : l->edge[e].from, root);
        }
    }
    return 1;
}

/* -- the simplex ------------------------------------------------------------- */

/* Roots the trees; sets parent, order, first, last and the surplus of each
 * subtree: edges that leave it less those that enter it. */
static void
index_tree(Tree *t)
{
    Layout *l = t->l;
    int32_t n = 0;

    memset(t->first, 0xff, sizeof *t->first * (size_t)l->n);
    for (int32_t root = 0; root < l->n; root++) {
        int32_t top = 0;

        if (t->first[root] >= 0)
            continue;
        t->parent[root] = -1;
        t->stack[top++] = root;
        while (top) {
            int32_t v = t->stack[--top], e;

            t->first[v] = n;
            t->order[n++] = v;
            for (int32_t i = 0; (e = edge_at(t->fan, v, i)) >= 0; i++) {
                int32_t w = other_end(l, e, v);

                if (!t->used[e] || e == t->parent[v])
                    continue;
                t->parent[w] = e;
                t->stack[top++] = w;
            }
        }
    }
    for (int32_t v = 0; v < l->n; v++) {
        t->last[v] = t->first[v] + 1;
        t->surplus[v] = t->fan->out_start[v + 1] - t->fan->out_start[v] -
                        (t->fan->in_start[v + 1] - t->fan->in_start[v]);
    }
    for (int32_t i = l->n; i-- > 0;) {
        int32_t v = t->order[i], e = t->parent[v], up = e < 0 ? 0 : other_end(l, e, v);

        if (e < 0)
            continue;
        t->surplus[up] += t->surplus[v];
        if (t->last[v] > t->last[up])
            t->last[up] = t->last[v];
    }
}

/* What the total length changes by when the subtree of v moves away from its
 * parent, by one. */
static int32_t
cost(const Tree *t, int32_t v)
{
    int32_t e = t->parent[v];

    if (e < 0)
        return 0;
    return t->l->edge[e].from == v ? t->surplus[v] : -t->surplus[v];
}

static int
within(const Tree *t, int32_t root, int32_t v)
{
    return t->first[v] >= t->first[root] && t->first[v] < t->last[root];
}

/* The edge that becomes as short as can be first when the subtree of v moves away
 * from its parent, up or down. */
static int32_t
entering(const Tree *t, int32_t v, int up)
{
    const Layout *l = t->l;
    int32_t best = -1;

    for (int32_t e = 0; e < l->m; e++) {
        int32_t inside = up ? l->edge[e].to : l->edge[e].from;
        int32_t outside = up ? l->edge[e].from : l->edge[e].to;

        if (within(t, v, inside) && !within(t, v, outside) &&
            (best < 0 || slack(l, e) < slack(l, best)))
            best = e;
    }
    return best;
}

/* One exchange of tree edges; 0 when none makes the edges shorter.  The search begins at
 * *from, which advances, so that steps which gain nothing do not repeat without end. */
static int
pivot(Tree *t, int32_t *from)
{
    Layout *l = t->l;

    for (int32_t i = 0; i < l->n; i++) {
        int32_t v = (*from + i) % l->n, e = t->parent[v], in, by;
        int up = e >= 0 && l->edge[e].from == v;

        if (cost(t, v) >= 0 || (in = entering(t, v, up)) < 0)
            continue;
        by = up ? -slack(l, in) : slack(l, in);
        for (int32_t k = t->first[v]; by && k < t->last[v]; k++)
            l->node[t->order[k]].layer += by;
        t->used[e] = 0;
        t->used[in] = 1;
        *from = v + 1;
        return 1;
    }
    return 0;
}

static int64_t
total_length(const Layout *l)
{
    int64_t sum = 0;

    for (int32_t e = 0; e < l->m; e++)
        sum += slack(l, e);
    return sum;
}

/* Makes the edges shorter, or leaves the layers as they are. */
static int
simplex(Tree *t, Net *memory, Err *err)
{
    Layout *l = t->l;
    size_t n = (size_t)l->n + 1;
    int32_t **lists[] = {&t->parent, &t->first, &t->last,   &t->order,
                         &t->stack,  &t->group, &t->surplus};
    int32_t *before = net_take(memory, n, sizeof *before), from = 0;
    int64_t length = total_length(l);

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!(*lists[i] = net_take(memory, n, sizeof **lists[i])))
            return err_nomem(err);
    t->used = net_take(memory, (size_t)l->m + 1, 1);
    if (!before || !t->used)
        return err_nomem(err);
    for (int32_t v = 0; v < l->n; v++)
        before[v] = l->node[v].layer;
    if (join_groups(t)) {
        int64_t work = 0, round = 2 * ((int64_t)l->n + l->m);

        for (index_tree(t); work < PIVOT_WORK && pivot(t, &from); work += round)
            index_tree(t);
    }
    if (total_length(l) > length)
        for (int32_t v = 0; v < l->n; v++)
            l->node[v].layer = before[v];
    return OK;
}

int
layout_rank(Layout *l, const Fan *fan, int32_t *topo, Err *err)
{
    Net memory = {0};
    Tree t = {.l = l, .fan = fan};
    int rc;

    if (sort_nodes(l, fan, topo) != l->n)
        return err_set(err, ERR_INVAL, "the graph has a cycle");
    for (int32_t i = 0; i < l->n; i++)
        l->node[topo[i]].layer = above(l, fan, topo[i]) + 1;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t gain = slide(l, fan, topo, 1);

        if (gain + slide(l, fan, topo, 0) == 0)
            break;
    }
    rc = simplex(&t, &memory, err);
    net_release(&memory);
    return rc;
}
