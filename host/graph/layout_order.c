/* layout_order.c -- layout: the order of the vertices in their layers.
 *
 * From several first orders, sweeps down and up sort each layer by the barycentres (or
 * medians) of its neighbours, and exchange neighbours while that removes crossings; the
 * best order found is kept.  Larger graphs get fewer tries, so that ten thousand nodes
 * take a fraction of a second.
 * Crossings are counted by an accumulator tree (Barth, Juenger, Mutzel). */
#include <stdlib.h>
#include <string.h>

#include "graph/layout_layers.h"

enum {
    STARTS = 48, SWEEPS = 24, IDLE_SWEEPS = 6,      /* at most */
    WORK = 600000,                              /* vertices and segments looked at, */
    SMALL = 5000, MORE = 5,                     /* and how much more of a small net */
    EXCHANGES = 8
};

typedef struct Key {
    double key;
    int32_t rank, v;
} Key;

typedef struct Sorter {
    Net *net;
    Key *keys;
    int32_t *best, *fill, *seq, *tree, *slot;
    int64_t least;
} Sorter;

static int32_t
width(const Net *net, int32_t l)
{
    return net->start[l + 1] - net->start[l];
}

/* -- counting ------------------------------------------------------------- */

/* The places of the lower ends in the order of the upper ones; their number. */
static int32_t
lower_ends(Sorter *s, int32_t l)
{
    Net *net = s->net;
    int32_t n = 0;

    for (int32_t i = net->start[l]; i < net->start[l + 1]; i++) {
        int32_t v = net->order[i];

        s->fill[v] = n;
        n += net->down_start[v + 1] - net->down_start[v];
    }
    for (int32_t i = net->start[l + 1]; i < net->start[l + 2]; i++) {
        int32_t v = net->order[i];

        for (int32_t k = net->up_start[v]; k < net->up_start[v + 1]; k++)
            s->seq[s->fill[net->from[net->up[k]]]++] = net->pos[v];
    }
    return n;
}

static int64_t
crossings_below(Sorter *s, int32_t l)
{
    int32_t n = lower_ends(s, l), first = 1;
    int64_t count = 0;

    while (first < width(s->net, l + 1))
        first *= 2;
    memset(s->tree, 0, sizeof *s->tree * (size_t)first * 2);
    for (int32_t i = 0; i < n; i++) {
        int32_t at = s->seq[i] + first;

        for (s->tree[at]++; at > 1; s->tree[at]++) {
            if (!(at & 1))
                count += s->tree[at + 1];
            at /= 2;
        }
    }
    return count;
}

static int64_t
crossings(Sorter *s)
{
    int64_t count = 0;

    for (int32_t l = 0; l + 1 < s->net->layers; l++)
        count += crossings_below(s, l);
    return count;
}

/* -- sweeps --------------------------------------------------------------- */

static int
by_key(const void *a, const void *b)
{
    const Key *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static double
barycentre(const Net *net, const int32_t *seg, const int32_t *end, int32_t n)
{
    double sum = 0;

    for (int32_t k = 0; k < n; k++)
        sum += net->pos[end[seg[k]]];
    return sum / n;
}

/* The median, where there are two weighed by how dense the sides are; seg is in
 * the order of the ends. */
static double
median(const Net *net, const int32_t *seg, const int32_t *end, int32_t n)
{
    int32_t m = n / 2;
    double a, b, l, r;

    if (n % 2)
        return net->pos[end[seg[m]]];
    a = net->pos[end[seg[m - 1]]];
    b = net->pos[end[seg[m]]];
    l = a - net->pos[end[seg[0]]];
    r = net->pos[end[seg[n - 1]]] - b;
    return l + r == 0 ? (a + b) / 2 : (a * r + b * l) / (l + r);
}

/* Orders layer l by the layer above (down) or below; a vertex without neighbours
 * there keeps its place. */
static void
order_layer(Sorter *s, int32_t l, int down, int use_median, int flip)
{
    Net *net = s->net;
    const int32_t *start = down ? net->up_start : net->down_start;
    const int32_t *list = down ? net->up : net->down, *end = down ? net->from : net->to;
    int32_t n = 0;

    for (int32_t i = 0; i < width(net, l); i++) {
        int32_t v = net->order[net->start[l] + i], deg = start[v + 1] - start[v];

        if (!deg)
            continue;
        s->slot[n] = i;
        s->keys[n++] = (Key){(use_median ? median : barycentre)(net, list + start[v], end, deg),
                             flip ? -i : i, v};
    }
    qsort(s->keys, (size_t)n, sizeof *s->keys, by_key);
    for (int32_t k = 0; k < n; k++) {
        net->order[net->start[l] + s->slot[k]] = s->keys[k].v;
        net->pos[s->keys[k].v] = s->slot[k];
    }
}

/* Pairs of ends of which v's lies right of w's. */
static int64_t
inversions(const Net *net, const int32_t *v, int32_t nv, const int32_t *w, int32_t nw,
           const int32_t *end)
{
    int64_t count = 0;

    for (int32_t i = 0, k = 0; nw && i < nv; i++) {
        while (k < nw && net->pos[end[w[k]]] < net->pos[end[v[i]]])
            k++;
        count += k;
    }
    return count;
}

/* How many crossings fewer there would be with the neighbours v, w exchanged. */
static int64_t
saving(const Net *net, int32_t v, int32_t w)
{
    const int32_t *us = net->up_start, *ds = net->down_start;
    const int32_t *uv = net->up + us[v], *uw = net->up + us[w];
    const int32_t *dv = net->down + ds[v], *dw = net->down + ds[w];
    int32_t nuv = us[v + 1] - us[v], nuw = us[w + 1] - us[w];
    int32_t ndv = ds[v + 1] - ds[v], ndw = ds[w + 1] - ds[w];

    return inversions(net, uv, nuv, uw, nuw, net->from)
           - inversions(net, uw, nuw, uv, nuv, net->from)
           + inversions(net, dv, ndv, dw, ndw, net->to)
           - inversions(net, dw, ndw, dv, ndv, net->to);
}

/* Puts the segments at the vertices of layer l in the order of their other ends. */
static void
sort_ends(Sorter *s, int32_t l)
{
    Net *net = s->net;

    for (int32_t i = net->start[l]; i < net->start[l + 1]; i++)
        s->fill[net->order[i]] = net->up_start[net->order[i]];
    for (int32_t i = l ? net->start[l - 1] : 0; l && i < net->start[l]; i++) {
        int32_t u = net->order[i];

        for (int32_t k = net->down_start[u]; k < net->down_start[u + 1]; k++)
            net->up[s->fill[net->to[net->down[k]]]++] = net->down[k];
    }
    if (l + 1 == net->layers)
        return;
    for (int32_t i = net->start[l]; i < net->start[l + 1]; i++)
        s->fill[net->order[i]] = net->down_start[net->order[i]];
    for (int32_t i = net->start[l + 1]; i < net->start[l + 2]; i++) {
        int32_t u = net->order[i];

        for (int32_t k = net->up_start[u]; k < net->up_start[u + 1]; k++)
            net->down[s->fill[net->from[net->up[k]]]++] = net->up[k];
    }
}

/* Exchanges neighbours of layer l where that saves crossings, or with `even`
 * costs none; returns what was saved. */
static int64_t
exchange(Sorter *s, int32_t l, int even)
{
    Net *net = s->net;
    int32_t *at = net->order + net->start[l];
    int64_t total = 0;

    sort_ends(s, l);
    for (int32_t i = 0; i + 1 < width(net, l); i++) {
        int64_t won = saving(net, at[i], at[i + 1]);

        if (won > 0 || (even && won == 0)) {
            int32_t v = at[i];

            at[i] = at[i + 1];
            at[i + 1] = v;
            net->pos[at[i]] = i;
            net->pos[v] = i + 1;
            total += won;
        }
    }
    return total;
}

static void
exchange_all(Sorter *s, int even, int most)
{
    int64_t won = 1;

    for (int round = 0; round < most && won > 0; round++) {
        won = 0;
        for (int32_t l = 0; l < s->net->layers; l++)
            won += exchange(s, l, even && round == 0);
    }
}

static void
sweep(Sorter *s, int number, int use_median)
{
    int32_t layers = s->net->layers;
    int down = number % 2 == 0, flip = number / 2 % 2;

    for (int32_t l = 1; l < layers; l++) {
        int32_t at = down ? l : layers - 1 - l;

        if (use_median)
            sort_ends(s, at);
        order_layer(s, at, down, use_median, flip);
    }
}

/* -- first orders --------------------------------------------------------- */

static void
append(Net *net, int32_t v, int32_t *n)
{
    int32_t l = net->layer[v];

    net->pos[v] = n[l];
    net->order[net->start[l] + n[l]++] = v;
}

/* Depth first from the first layer down (or from the last one up), in the order
 * of definition. */
static void
walk_order(Sorter *s, int down)
{
    Net *net = s->net;
    const int32_t *start = down ? net->down_start : net->up_start;
    const int32_t *sources = down ? net->up_start : net->down_start;
    const int32_t *list = down ? net->down : net->up, *end = down ? net->to : net->from;
    int32_t *stack = s->seq, *n = s->tree, *seen = s->fill;

    memset(n, 0, sizeof *n * (size_t)net->layers);
    memset(seen, 0, sizeof *seen * (size_t)net->nv);
    for (int32_t root = 0; root < net->nv; root++) {
        int32_t top = 0;

        /* what nothing leads to, so that every vertex is reached */
        if (sources[root] != sources[root + 1])
            continue;
        stack[top++] = root;
        seen[root] = 1;
        while (top) {
            int32_t v = stack[--top];

            append(net, v, n);
            for (int32_t k = start[v + 1] - 1; k >= start[v]; k--) {
                int32_t w = end[list[k]];

                if (!seen[w]) {
                    seen[w] = 1;
                    stack[top++] = w;
                }
            }
        }
    }
}

/* Every layer in a random order, from a seed that is always the same. */
static void
mix_order(Sorter *s, uint32_t seed)
{
    Net *net = s->net;
    uint64_t state = 0x9e3779b97f4a7c15u * (seed + 1u);

    for (int32_t l = 0; l < net->layers; l++) {
        int32_t *at = net->order + net->start[l];

        for (int32_t i = width(net, l) - 1; i > 0; i--) {
            int32_t k, v = at[i];

            state = state * 6364136223846793005u + 1442695040888963407u;
            k = (int32_t)((state >> 33) % (uint64_t)(i + 1));
            at[i] = at[k];
            at[k] = v;
        }
        for (int32_t i = 0; i < width(net, l); i++)
            net->pos[at[i]] = i;
    }
}

static void
start_order(Sorter *s, int number)
{
    if (number < 2)
        walk_order(s, number == 0);
    else if (number == 2)
        walk_order(s, 1);               /* again, with medians this time */
    else
        mix_order(s, (uint32_t)number);
}

/* -- all layers ----------------------------------------------------------- */

static int
keep(Sorter *s)
{
    int64_t count = crossings(s);

    if (s->least >= 0 && count >= s->least)
        return 0;
    s->least = count;
    memcpy(s->best, s->net->order, sizeof *s->best * (size_t)s->net->nv);
    return 1;
}

static void
use_best(Sorter *s)
{
    Net *net = s->net;

    memcpy(net->order, s->best, sizeof *s->best * (size_t)net->nv);
    net->crossings = s->least;
}

/* Puts neighbours in the order of definition where that costs no crossing. */
static void
tidy(Sorter *s)
{
    Net *net = s->net;

    for (int32_t l = 0; l < net->layers; l++) {
        int32_t *at = net->order + net->start[l], moved = 1;

        sort_ends(s, l);
        for (int round = 0; moved && round < EXCHANGES; round++) {
            moved = 0;
            for (int32_t i = 0; i + 1 < width(net, l); i++) {
                int32_t v = at[i], w = at[i + 1];

                if (v < w || v >= net->real || saving(net, v, w) != 0)
                    continue;
                at[i] = w;
                at[i + 1] = v;
                net->pos[w] = i;
                net->pos[v] = i + 1;
                moved = 1;
            }
        }
    }
}

/* The mirror image has as many crossings: takes the one in which more neighbours are in
 * the order of definition. */
static void
face_front(Net *net)
{
    int64_t front = 0;

    for (int32_t l = 0; l < net->layers; l++)
        for (int32_t i = net->start[l]; i + 1 < net->start[l + 1]; i++)
            if (net->order[i] < net->real && net->order[i + 1] < net->real)
                front += net->order[i] < net->order[i + 1] ? 1 : -1;
    for (int32_t l = 0; front < 0 && l < net->layers; l++)
        for (int32_t i = net->start[l], k = net->start[l + 1] - 1; i < k; i++, k--) {
            int32_t v = net->order[i];

            net->order[i] = net->order[k];
            net->order[k] = v;
        }
    for (int32_t l = 0; l < net->layers; l++)
        for (int32_t i = 0; i < width(net, l); i++)
            net->pos[net->order[net->start[l] + i]] = i;
}

static void
search(Sorter *s)
{
    int64_t size = (int64_t)s->net->nv + s->net->ns;
    int64_t rounds = (size < SMALL ? MORE : 1) * WORK / (size + 1);
    int starts = rounds < SWEEPS ? 1 : rounds > SWEEPS * STARTS ? STARTS : (int)(rounds / SWEEPS);
    int sweeps = rounds < 4 ? 4 : rounds > SWEEPS ? SWEEPS : (int)rounds;
    int most = rounds < 2 * SWEEPS ? 1 : EXCHANGES;

    for (int start = 0; start < starts && s->least != 0; start++) {
        int idle = 0;

        start_order(s, start);
        keep(s);
        for (int i = 0; i < sweeps && idle < IDLE_SWEEPS && s->least != 0; i++) {
            sweep(s, i, start % 3 == 2);
            exchange_all(s, i % 4 < 2, most);
            idle = keep(s) ? 0 : idle + 1;
        }
    }
    use_best(s);
    face_front(s->net);
    tidy(s);
}

/* The most vertices that a layer has. */
static int32_t
widest(const Net *net)
{
    int32_t most = 1;

    for (int32_t l = 0; l < net->layers; l++)
        if (width(net, l) > most)
            most = width(net, l);
    return most;
}

int
net_order(Net *net, Err *err)
{
    size_t nv = (size_t)net->nv, ns = (size_t)net->ns, most = (size_t)widest(net);
    size_t tree = most * 4 > (size_t)net->layers ? most * 4 : (size_t)net->layers;
    Sorter s = {.net = net, .least = -1};

    s.keys = net_take(net, most, sizeof *s.keys);
    s.slot = net_take(net, most, sizeof *s.slot);
    s.best = net_take(net, nv, sizeof *s.best);
    s.fill = net_take(net, nv, sizeof *s.fill);
    s.seq = net_take(net, nv + ns, sizeof *s.seq);
    s.tree = net_take(net, tree, sizeof *s.tree);
    if (!s.keys || !s.slot || !s.best || !s.fill || !s.seq || !s.tree)
        return err_nomem(err);
    search(&s);
    net_sort(net, s.fill);
    return OK;
}
