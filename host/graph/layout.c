/* layout.c -- see layout.h: components, the bends of long edges, positions in the drawing. */
#include "graph/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/layout_layers.h"

enum {
    ALONE = 8,                          /* bends per node and edge without sharing */
    BENDS = 2000000,                    /* more, and the longest edges go straight */
    SPREAD = 12                         /* a gap grows by a part of what crosses it */
};

static const double BEND = 4;           /* what a bend needs beside its axis */

void
layout_init(Layout *l)
{
    memset(l, 0, sizeof *l);
}

void
layout_release(Layout *l)
{
    free(l->node);
    free(l->edge);
    free(l->point);
    layout_init(l);
}

int
layout_add(Layout *l, size_t n, size_t m, Err *err)
{
    if (n > LAYOUT_MOST || m > LAYOUT_MOST)
        return err_set(err, ERR_INVAL, "a graph of %zu nodes and %zu edges cannot be drawn", n, m);
    layout_release(l);
    l->node = calloc(n + 1, sizeof *l->node);
    l->edge = calloc(m + 1, sizeof *l->edge);
    if (!l->node || !l->edge) {
        layout_release(l);
        return err_nomem(err);
    }
    l->n = (int32_t)n;
    l->m = (int32_t)m;
    return OK;
}

/* What layout_place works with: lists by node, by edge and by component. */
typedef struct Work {
    Net memory;
    Layout *l;
    const LayoutOptions *o;
    Fan fan;
    int32_t *vertex;                    /* of a node, in its component's net */
    int32_t *far_down, *far_up;         /* where the trunk of a node ends, -1 none */
    int32_t *trunk_down, *trunk_up;     /* its first bend: below, above the node */
    int32_t *own;                       /* first bend of an edge that shares none */
    int sharing;                        /* do edges share bends? */
    int32_t *node_start, *nodes;        /* by component */
    int32_t *edge_start, *edges;
    int32_t components, longest;        /* edges over more layers go straight */
    double *w, *h;                      /* of a component */
    double *top, *bottom;               /* of the layers of a component */
    LayoutPoint *base;
} Work;

/* -- edges by node, components ---------------------------------------------- */

static int
make_fan(Work *k, Err *err)
{
    Layout *l = k->l;
    Fan *f = &k->fan;

    for (int32_t e = 0; e < l->m; e++) {
        LayoutEdge *edge = &l->edge[e];

        if (edge->from < 0 || edge->from >= l->n || edge->to < 0 || edge->to >= l->n)
            return err_set(err, ERR_INVAL, "edge %d does not end at a node", (int)e + 1);
        f->out_start[edge->from + 1]++;
        f->in_start[edge->to + 1]++;
    }
    for (int32_t v = 0; v < l->n; v++) {
        f->out_start[v + 1] += f->out_start[v];
        f->in_start[v + 1] += f->in_start[v];
    }
    for (int32_t e = l->m; e-- > 0;) {  /* filled from the ends, which become starts */
        f->out[--f->out_start[l->edge[e].from + 1]] = e;
        f->in[--f->in_start[l->edge[e].to + 1]] = e;
    }
    for (int32_t v = 0; v < l->n; v++) {
        f->out_start[v] = f->out_start[v + 1];
        f->in_start[v] = f->in_start[v + 1];
    }
    f->out_start[l->n] = f->in_start[l->n] = l->m;
    return OK;
}

/* Numbers the components by their first node; `stack` has n items of room. */
static void
find_components(Work *k, int32_t *stack)
{
    Layout *l = k->l;

    for (int32_t v = 0; v < l->n; v++)
        l->node[v].component = -1;
    for (int32_t root = 0; root < l->n; root++) {
        int32_t top = 0;

        if (l->node[root].component >= 0)
            continue;
        l->node[root].component = k->components;
        stack[top++] = root;
        while (top) {
            int32_t v = stack[--top];
            int32_t n_out = k->fan.out_start[v + 1] - k->fan.out_start[v];
            int32_t n_in = k->fan.in_start[v + 1] - k->fan.in_start[v];

            for (int32_t i = 0; i < n_out + n_in; i++) {
                int32_t w = i < n_out ? l->edge[k->fan.out[k->fan.out_start[v] + i]].to
                                      : l->edge[k->fan.in[k->fan.in_start[v] + i - n_out]].from;

                if (l->node[w].component < 0) {
                    l->node[w].component = k->components;
                    stack[top++] = w;
                }
            }
        }
        k->components++;
    }
}

/* Numbers the layers of each component from 0. */
static void
from_zero(Work *k)
{
    Layout *l = k->l;

    for (int32_t c = 0; c < k->components; c++)
        k->far_down[c] = INT32_MAX;     /* the least layer, for now */
    for (int32_t v = 0; v < l->n; v++)
        if (l->node[v].layer < k->far_down[l->node[v].component])
            k->far_down[l->node[v].component] = l->node[v].layer;
    for (int32_t v = 0; v < l->n; v++)
        l->node[v].layer -= k->far_down[l->node[v].component];
}

/* Lists the nodes and the edges of each component. */
static void
sort_by_component(Work *k)
{
    Layout *l = k->l;

    for (int32_t v = 0; v < l->n; v++)
        k->node_start[l->node[v].component + 1]++;
    for (int32_t e = 0; e < l->m; e++)
        k->edge_start[l->node[l->edge[e].from].component + 1]++;
    for (int32_t c = 0; c < k->components; c++) {
        k->node_start[c + 1] += k->node_start[c];
        k->edge_start[c + 1] += k->edge_start[c];
    }
    for (int32_t v = 0; v < l->n; v++) {
        int32_t c = l->node[v].component;

        k->vertex[v] = k->node_start[c]++;
        k->nodes[k->vertex[v]] = v;
    }
    for (int32_t e = 0; e < l->m; e++)
        k->edges[k->edge_start[l->node[l->edge[e].from].component]++] = e;
    for (int32_t c = k->components; c-- > 0;) {
        k->node_start[c + 1] = k->node_start[c];
        k->edge_start[c + 1] = k->edge_start[c];
    }
    k->node_start[0] = k->edge_start[0] = 0;
    for (int32_t v = 0; v < l->n; v++)
        k->vertex[v] -= k->node_start[l->node[v].component];
}

/* -- trunks ----------------------------------------------------------------- */

static int32_t
span(const Work *k, int32_t e)
{
    return k->l->node[k->l->edge[e].to].layer - k->l->node[k->l->edge[e].from].layer;
}

/* Does the edge pass layers, and so need bends? */
static int
is_long(const Work *k, int32_t e)
{
    return span(k, e) > 1 && span(k, e) <= k->longest;
}

/* Whose bends a long edge takes: those of the end that has more edges. */
typedef enum Owner { ITSELF, SOURCE, TARGET } Owner;

static Owner
owner(const Work *k, int32_t e)
{
    const Layout *l = k->l;
    int32_t from = l->edge[e].from, to = l->edge[e].to;

    if (!k->sharing)
        return ITSELF;
    return k->fan.out_start[from + 1] - k->fan.out_start[from] >=
           k->fan.in_start[to + 1] - k->fan.in_start[to] ? SOURCE : TARGET;
}

/* Sets how far each node's trunks go; returns how many bends there are. */
static int64_t
measure_trunks(Work *k)
{
    Layout *l = k->l;
    int64_t bends = 0;

    for (int32_t v = 0; v < l->n; v++)
        k->far_down[v] = k->far_up[v] = -1;
    for (int32_t e = 0; e < l->m; e++) {
        int32_t from = l->edge[e].from, to = l->edge[e].to;
        int32_t first = l->node[from].layer + 1, last = l->node[to].layer - 1;

        if (!is_long(k, e))
            continue;
        if (owner(k, e) == ITSELF)
            bends += span(k, e) - 1;
        else if (owner(k, e) == SOURCE && last > k->far_down[from])
            k->far_down[from] = last;
        else if (owner(k, e) == TARGET && (k->far_up[to] < 0 || first < k->far_up[to]))
            k->far_up[to] = first;
    }
    for (int32_t v = 0; v < l->n; v++) {
        bends += k->far_down[v] < 0 ? 0 : k->far_down[v] - l->node[v].layer;
        bends += k->far_up[v] < 0 ? 0 : l->node[v].layer - k->far_up[v];
    }
    return bends;
}

/* -- one component as a net --------------------------------------------------- */

/* Gives the trunks of the component their vertices; sets nv and ns. */
static void
number_bends(Work *k, Net *net, int32_t c)
{
    Layout *l = k->l;

    net->nv = net->real = k->node_start[c + 1] - k->node_start[c];
    net->ns = 0;
    for (int32_t i = k->node_start[c]; i < k->node_start[c + 1]; i++) {
        int32_t v = k->nodes[i];
        int32_t down = k->far_down[v] < 0 ? 0 : k->far_down[v] - l->node[v].layer;
        int32_t up = k->far_up[v] < 0 ? 0 : l->node[v].layer - k->far_up[v];

        k->trunk_down[v] = net->nv;
        net->nv += down;
        k->trunk_up[v] = net->nv;       /* from the node upwards */
        net->nv += up;
        net->ns += down + up;
    }
    for (int32_t i = k->edge_start[c]; i < k->edge_start[c + 1]; i++) {
        int32_t e = k->edges[i], more = is_long(k, e) && owner(k, e) == ITSELF ? span(k, e) - 1 : 0;

        k->own[e] = net->nv;
        net->nv += more;
        net->ns += more + (span(k, e) == 1 || is_long(k, e));
    }
}

/* A bend of v's trunk in a layer. */
static int32_t
bend_down(const Work *k, int32_t v, int32_t layer)
{
    return k->trunk_down[v] + layer - k->l->node[v].layer - 1;
}

static int32_t
bend_up(const Work *k, int32_t v, int32_t layer)
{
    return k->trunk_up[v] + k->l->node[v].layer - layer - 1;
}

static void
add_bend(Net *net, int32_t v, int32_t layer)
{
    net->layer[v] = layer;
    net->left[v] = net->right[v] = BEND;
}

static void
add_node(Work *k, Net *net, int32_t v)
{
    const LayoutNode *node = &k->l->node[v];
    int32_t me = k->vertex[v], far_up = k->far_up[v];

    net->layer[me] = node->layer;
    net->left[me] = node->left;
    net->right[me] = node->right;
    for (int32_t at = node->layer + 1; at <= k->far_down[v]; at++) {
        add_bend(net, bend_down(k, v, at), at);
        net_join(net, at == node->layer + 1 ? me : bend_down(k, v, at - 1), bend_down(k, v, at));
    }
    for (int32_t at = node->layer - 1; far_up >= 0 && at >= far_up; at--) {
        add_bend(net, bend_up(k, v, at), at);
        net_join(net, bend_up(k, v, at), at == node->layer - 1 ? me : bend_up(k, v, at + 1));
    }
}

static void
add_edge(Work *k, Net *net, int32_t e)
{
    const Layout *l = k->l;
    int32_t from = l->edge[e].from, to = l->edge[e].to;

    if (span(k, e) == 1)
        net_join(net, k->vertex[from], k->vertex[to]);
    else if (is_long(k, e) && owner(k, e) == SOURCE)
        net_join(net, bend_down(k, from, l->node[to].layer - 1), k->vertex[to]);
    else if (is_long(k, e) && owner(k, e) == TARGET)
        net_join(net, k->vertex[from], bend_up(k, to, l->node[from].layer + 1));
    else if (is_long(k, e))
        for (int32_t i = 0; i < span(k, e); i++) {
            if (i)
                add_bend(net, k->own[e] + i - 1, l->node[from].layer + i);
            net_join(net, i ? k->own[e] + i - 1 : k->vertex[from],
                        i + 1 < span(k, e) ? k->own[e] + i : k->vertex[to]);
        }
}

static int
make_net(Work *k, Net *net, int32_t c, Err *err)
{
    int rc;

    number_bends(k, net, c);
    if ((rc = net_grow(net, err)))
        return rc;
    net->ns = 0;
    for (int32_t i = k->node_start[c]; i < k->node_start[c + 1]; i++)
        add_node(k, net, k->nodes[i]);
    for (int32_t i = k->edge_start[c]; i < k->edge_start[c + 1]; i++)
        add_edge(k, net, k->edges[i]);
    net_index(net);
    return OK;
}

/* -- from the net to the drawing ---------------------------------------------- */

/* The borders of the layers; a gap that an edge crosses far sideways is wider. */
static void
set_layers(Work *k, const Net *net, int32_t c)
{
    double y = 0;

    for (int32_t i = 0; i < net->layers; i++)
        k->top[i] = k->bottom[i] = 0;
    for (int32_t i = k->node_start[c]; i < k->node_start[c + 1]; i++) {
        const LayoutNode *node = &k->l->node[k->nodes[i]];

        k->bottom[node->layer] = fmax(k->bottom[node->layer], node->thick);
    }
    for (int32_t s = 0; s < net->ns; s++) {     /* top: the span above, for now */
        int32_t at = net->layer[net->to[s]];

        k->top[at] = fmax(k->top[at], fabs(net->x[net->to[s]] - net->x[net->from[s]]));
    }
    for (int32_t i = 0; i < net->layers; i++) {
        if (i)
            y += k->o->layer_gap + fmin(k->top[i] / SPREAD, 2 * k->o->layer_gap);
        k->top[i] = y;
        y += k->bottom[i];
        k->bottom[i] = y;
    }
}

/* Moves the component to the origin; sets its size and its nodes. */
static void
settle(Work *k, Net *net, int32_t c)
{
    double low = INFINITY, high = -INFINITY;

    for (int32_t v = 0; v < net->nv; v++) {
        low = fmin(low, net->x[v] - net->left[v]);
        high = fmax(high, net->x[v] + net->right[v]);
    }
    for (int32_t v = 0; v < net->nv; v++)
        net->x[v] -= low;
    set_layers(k, net, c);
    k->w[c] = high - low;
    k->h[c] = k->bottom[net->layers - 1];
    for (int32_t i = k->node_start[c]; i < k->node_start[c + 1]; i++) {
        LayoutNode *node = &k->l->node[k->nodes[i]];

        node->x = net->x[i - k->node_start[c]];
        node->y = (k->top[node->layer] + k->bottom[node->layer]) / 2;
        node->place = net->pos[i - k->node_start[c]];
    }
}

static void
add_point(Layout *l, LayoutEdge *e, double x, double y)
{
    l->point[e->first + e->count++] = (LayoutPoint){x, y};
}

/* Where a long edge passes a layer. */
static int32_t
bend_of(const Work *k, int32_t e, int32_t layer)
{
    const LayoutEdge *edge = &k->l->edge[e];

    switch (owner(k, e)) {
    case SOURCE:
        return bend_down(k, edge->from, layer);
    case TARGET:
        return bend_up(k, edge->to, layer);
    default:
        return k->own[e] + layer - k->l->node[edge->from].layer - 1;
    }
}

static void
draw_edge(Work *k, const Net *net, int32_t number)
{
    Layout *l = k->l;
    LayoutEdge *e = &l->edge[number];
    const LayoutNode *from = &l->node[e->from], *to = &l->node[e->to];
    int bends = is_long(k, number);

    e->first = l->n_points;
    e->count = 0;
    add_point(l, e, from->x, from->y);
    add_point(l, e, from->x, k->bottom[from->layer]);
    for (int32_t at = from->layer + 1; bends && at < to->layer; at++) {
        double x = net->x[bend_of(k, number, at)];

        add_point(l, e, x, k->top[at]);
        add_point(l, e, x, k->bottom[at]);
    }
    add_point(l, e, to->x, k->top[to->layer]);
    add_point(l, e, to->x, to->y);
    l->n_points += e->count;
}

static int
place_component(Work *k, int32_t c, Err *err)
{
    Net net = {0};
    int rc;

    if ((rc = make_net(k, &net, c, err)) || (rc = net_order(&net, err)) ||
        (rc = net_place(&net, k->o->node_gap, err))) {
        net_release(&net);
        return rc;
    }
    settle(k, &net, c);
    for (int32_t i = k->edge_start[c]; i < k->edge_start[c + 1]; i++)
        draw_edge(k, &net, k->edges[i]);
    k->l->crossings += net.crossings;
    if (net.layers > k->l->layers)
        k->l->layers = net.layers;
    net_release(&net);
    return OK;
}

/* -- the components side by side ---------------------------------------------- */

/* Components in rows, in their order, about as wide as the aspect says. */
static void
pack(Work *k)
{
    Layout *l = k->l;
    double gap = k->o->component_gap, area = 0, most = 0, x = 0, y = 0, row = 0;

    for (int32_t c = 0; c < k->components; c++) {
        area += (k->w[c] + gap) * (k->h[c] + gap);
        most = fmax(most, k->w[c]);
    }
    most = fmax(most, sqrt(area * k->o->aspect));
    for (int32_t c = 0; c < k->components; c++) {
        if (x > 0 && x + k->w[c] > most) {
            x = 0;
            y += row + gap;
            row = 0;
        }
        k->base[c] = (LayoutPoint){x, y};
        x += k->w[c] + gap;
        row = fmax(row, k->h[c]);
        l->width = fmax(l->width, x - gap);
    }
    l->height = y + row;
    for (int32_t v = 0; v < l->n; v++) {
        l->node[v].x += k->base[l->node[v].component].x;
        l->node[v].y += k->base[l->node[v].component].y;
    }
    for (int32_t e = 0; e < l->m; e++) {
        LayoutPoint base = k->base[l->node[l->edge[e].from].component];

        for (size_t i = 0; i < l->edge[e].count; i++) {
            l->point[l->edge[e].first + i].x += base.x;
            l->point[l->edge[e].first + i].y += base.y;
        }
    }
}

static int
take_points(Work *k, Err *err)
{
    Layout *l = k->l;
    size_t count = 0;

    for (int32_t e = 0; e < l->m; e++)
        count += 4 + (is_long(k, e) ? 2 * (size_t)(span(k, e) - 1) : 0);
    free(l->point);
    l->n_points = 0;
    l->point = calloc(count + 1, sizeof *l->point);
    return l->point ? OK : err_nomem(err);
}

static int
take_work(Work *k, Err *err)
{
    size_t n = (size_t)k->l->n, m = (size_t)k->l->m;
    int32_t **by_node[] = {&k->fan.out_start, &k->fan.in_start, &k->vertex,     &k->far_down,
                           &k->far_up,        &k->trunk_down,   &k->trunk_up,   &k->node_start,
                           &k->nodes,         &k->edge_start};
    int32_t **by_edge[] = {&k->fan.out, &k->fan.in, &k->edges, &k->own};
    double **by_layer[] = {&k->w, &k->h, &k->top, &k->bottom};

    for (size_t i = 0; i < sizeof by_node / sizeof *by_node; i++)
        if (!(*by_node[i] = net_take(&k->memory, n + 2, sizeof **by_node[i])))
            return err_nomem(err);
    for (size_t i = 0; i < sizeof by_edge / sizeof *by_edge; i++)
        if (!(*by_edge[i] = net_take(&k->memory, m + 1, sizeof **by_edge[i])))
            return err_nomem(err);
    for (size_t i = 0; i < sizeof by_layer / sizeof *by_layer; i++)
        if (!(*by_layer[i] = net_take(&k->memory, n + 1, sizeof **by_layer[i])))
            return err_nomem(err);
    k->base = net_take(&k->memory, n + 1, sizeof *k->base);
    return k->base ? OK : err_nomem(err);
}

static int
place_all(Work *k, Err *err)
{
    int rc;

    if ((rc = take_work(k, err)) || (rc = make_fan(k, err)) ||
        (rc = layout_rank(k->l, &k->fan, k->vertex, err)))
        return rc;
    find_components(k, k->vertex);
    from_zero(k);
    sort_by_component(k);
    k->longest = INT32_MAX;
    k->sharing = measure_trunks(k) > ALONE * ((int64_t)k->l->n + k->l->m);
    if (measure_trunks(k) > BENDS)
        for (k->longest = k->l->n; measure_trunks(k) > BENDS; k->longest /= 2)
            ;
    if ((rc = take_points(k, err)))
        return rc;
    for (int32_t c = 0; c < k->components; c++)
        if ((rc = place_component(k, c, err)))
            return rc;
    pack(k);
    return OK;
}

int
layout_place(Layout *l, const LayoutOptions *o, Err *err)
{
    Work k = {.l = l, .o = o};
    int rc;

    l->width = l->height = 0;
    l->layers = 0;
    l->crossings = 0;
    rc = place_all(&k, err);
    net_release(&k.memory);
    return rc;
}
