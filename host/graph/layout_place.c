/* layout_place.c -- layout: the axes of the vertices (Brandes and Koepf).
 *
 * Four times, from above and below, left and right, every vertex is aligned with
 * the median of its neighbours into blocks that share an axis, and the blocks are
 * pushed together; the result is the middle of the four.  Order and distances
 * hold in each of them, so they hold in the middle too. */
#include <math.h>
#include <string.h>

#include "graph/layout_layers.h"

typedef struct Placer {
    Net *net;
    double gap;
    int32_t *root, *align;              /* next of the block, and round to its root */
    int32_t *waits, *first, *next;      /* the graph of blocks */
    int32_t *topo;
    double *axis[4];
    unsigned char *barred;              /* segments that cross a straight one */
} Placer;

/* A way to look at the net: upside down, from the right. */
typedef struct View {
    int below, right;
} View;

static int32_t
width(const Net *net, int32_t l)
{
    return net->start[l + 1] - net->start[l];
}

/* The i-th vertex of layer l, as seen. */
static int32_t
seen(const Net *net, View view, int32_t l, int32_t i)
{
    return net->order[net->start[l] + (view.right ? width(net, l) - 1 - i : i)];
}

static double
apart(const Placer *p, int32_t u, int32_t v)
{
    int thin = u >= p->net->real || v >= p->net->real;

    return p->net->right[u] + p->net->left[v] + (thin ? p->gap / 2 : p->gap);
}

/* -- conflicts ------------------------------------------------------------ */

/* The segment from bend to bend that leads to v, or -1. */
static int32_t
inner(const Net *net, int32_t v)
{
    if (v < net->real)
        return -1;
    for (int32_t k = net->up_start[v]; k < net->up_start[v + 1]; k++)
        if (net->from[net->up[k]] >= net->real)
            return net->up[k];
    return -1;
}

static void
bar(Placer *p, int32_t v, int32_t low, int32_t high)
{
    Net *net = p->net;

    for (int32_t k = net->up_start[v]; k < net->up_start[v + 1]; k++) {
        int32_t s = net->up[k], at = net->pos[net->from[s]];

        if ((at < low || at > high) && !(v >= net->real && net->from[s] >= net->real))
            p->barred[s] = 1;
    }
}

/* Bars the segments that cross one from bend to bend: that one shall be straight. */
static void
find_conflicts(Placer *p)
{
    Net *net = p->net;

    for (int32_t l = 0; l + 1 < net->layers; l++) {
        int32_t low = 0, done = 0, n = width(net, l + 1);

        for (int32_t i = 0; i < n; i++) {
            int32_t s = inner(net, net->order[net->start[l + 1] + i]);
            int32_t high = s >= 0 ? net->pos[net->from[s]] : width(net, l) - 1;

            if (s < 0 && i + 1 < n)
                continue;
            for (; done <= i; done++)
                bar(p, net->order[net->start[l + 1] + done], low, high);
            low = high;
        }
    }
}

/* -- blocks --------------------------------------------------------------- */

/* Joins v to the block of one of its medians that lies right of `last`; returns
 * the place of the one it was joined to, or last. */
static int32_t
join(Placer *p, View view, int32_t v, int32_t last)
{
    Net *net = p->net;
    const int32_t *start = view.below ? net->down_start : net->up_start;
    const int32_t *list = (view.below ? net->down : net->up) + start[v];
    const int32_t *end = view.below ? net->to : net->from;
    int32_t n = start[v + 1] - start[v];

    for (int32_t k = (n - 1) / 2; n && k <= n / 2; k++) {
        int32_t s = list[view.right ? n - 1 - k : k], u = end[s];
        int32_t at = view.right ? width(net, net->layer[u]) - 1 - net->pos[u] : net->pos[u];

        if (p->barred[s] || at <= last)
            continue;
        p->align[u] = v;
        p->root[v] = p->root[u];
        p->align[v] = p->root[v];
        return at;
    }
    return last;
}

static void
make_blocks(Placer *p, View view)
{
    Net *net = p->net;

    for (int32_t v = 0; v < net->nv; v++)
        p->root[v] = p->align[v] = v;
    for (int32_t i = 1; i < net->layers; i++) {
        int32_t l = view.below ? net->layers - 1 - i : i, last = -1;

        for (int32_t k = 0; k < width(net, l); k++)
            last = join(p, view, seen(net, view, l, k), last);
    }
}

/* Vertices that stand side by side: `next` links, for a block, the vertices of it
 * that have a neighbour on the right, and waits counts the others to their left. */
static void
link_blocks(Placer *p, View view)
{
    Net *net = p->net;

    for (int32_t v = 0; v < net->nv; v++) {
        p->waits[v] = 0;
        p->first[v] = -1;
    }
    for (int32_t l = 0; l < net->layers; l++)
        for (int32_t i = 0; i + 1 < width(net, l); i++) {
            int32_t u = seen(net, view, l, i);

            p->waits[p->root[seen(net, view, l, i + 1)]]++;
            p->next[u] = p->first[p->root[u]];
            p->first[p->root[u]] = u;
        }
}

/* The vertex beside v on its right, as seen. */
static int32_t
beside(const Net *net, View view, int32_t v)
{
    return net->order[net->start[net->layer[v]] + net->pos[v] + (view.right ? -1 : 1)];
}

static double
step(const Placer *p, View view, int32_t u, int32_t v)
{
    return view.right ? apart(p, v, u) : apart(p, u, v);
}

/* Blocks as far left as they go, then each as near to what is right of it as it
 * can be. */
static void
push_together(Placer *p, View view, double *axis)
{
    Net *net = p->net;
    int32_t head = 0, tail = 0;

    for (int32_t v = 0; v < net->nv; v++) {
        axis[v] = 0;
        if (p->root[v] == v && !p->waits[v])
            p->topo[tail++] = v;
    }
    for (; head < tail; head++)
        for (int32_t b = p->topo[head], u = p->first[b]; u >= 0; u = p->next[u]) {
            int32_t v = beside(net, view, u), r = p->root[v];

            axis[r] = fmax(axis[r], axis[b] + step(p, view, u, v));
            if (--p->waits[r] == 0)
                p->topo[tail++] = r;
        }
    while (head--) {
        int32_t b = p->topo[head];
        double least = INFINITY;

        for (int32_t u = p->first[b]; u >= 0; u = p->next[u]) {
            int32_t v = beside(net, view, u);

            least = fmin(least, axis[p->root[v]] - step(p, view, u, v));
        }
        if (least < INFINITY)
            axis[b] = fmax(axis[b], least);
    }
    for (int32_t v = 0; v < net->nv; v++)
        axis[v] = axis[p->root[v]];
}

/* -- the middle of the four ----------------------------------------------- */

static void
extent(const Net *net, const double *axis, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int32_t v = 0; v < net->nv; v++) {
        *low = fmin(*low, axis[v] - net->left[v]);
        *high = fmax(*high, axis[v] + net->right[v]);
    }
}

/* Moves the four so that they begin, or for those from the right end, where the
 * narrowest does. */
static void
line_up(Placer *p)
{
    double low[4], high[4];
    int best = 0;

    for (int i = 0; i < 4; i++) {
        extent(p->net, p->axis[i], &low[i], &high[i]);
        if (high[i] - low[i] < high[best] - low[best])
            best = i;
    }
    for (int i = 0; i < 4; i++) {
        double by = i & 1 ? high[best] - high[i] : low[best] - low[i];

        for (int32_t v = 0; v < p->net->nv; v++)
            p->axis[i][v] += by;
    }
}

static double
middle(double a, double b, double c, double d)
{
    double least = fmin(fmin(a, b), fmin(c, d)), most = fmax(fmax(a, b), fmax(c, d));

    return (a + b + c + d - least - most) / 2;
}

static int
take_all(Placer *p, Net *net)
{
    size_t nv = (size_t)net->nv;
    int32_t **lists[] = {&p->root, &p->align, &p->waits, &p->first, &p->next, &p->topo};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!(*lists[i] = net_take(net, nv, sizeof **lists[i])))
            return 0;
    for (int i = 0; i < 4; i++)
        if (!(p->axis[i] = net_take(net, nv, sizeof *p->axis[i])))
            return 0;
    p->barred = net_take(net, (size_t)net->ns, 1);
    return p->barred != NULL;
}

int
net_place(Net *net, double gap, Err *err)
{
    Placer p = {.net = net, .gap = gap};

    if (!take_all(&p, net))
        return err_nomem(err);
    find_conflicts(&p);
    for (int i = 0; i < 4; i++) {
        View view = {.below = i / 2, .right = i & 1};

        make_blocks(&p, view);
        link_blocks(&p, view);
        push_together(&p, view, p.axis[i]);
        for (int32_t v = 0; view.right && v < net->nv; v++)
            p.axis[i][v] = -p.axis[i][v];
    }
    line_up(&p);
    for (int32_t v = 0; v < net->nv; v++)
        net->x[v] = middle(p.axis[0][v], p.axis[1][v], p.axis[2][v], p.axis[3][v]);
    return OK;
}
