/* layout_layers.h -- inside of layout: one component as a net of layers.
 *
 * A vertex is a node (the first `real` ones) or a bend, a segment leads from one
 * layer to the next.  order[start[l]..start[l + 1]) are the vertices of layer l from
 * left to right and pos their places there.  up and down hold segments by vertex
 * (up[up_start[v]..up_start[v + 1])), in the order of the vertices at their other
 * ends once net_sort was called.  All memory is the net's, got by net_take. */
#ifndef LAYOUT_LAYERS_H
#define LAYOUT_LAYERS_H

#include "graph/layout.h"

typedef struct Net {
    int32_t nv, real, layers, ns;
    int32_t *layer, *pos;
    int32_t *start, *order;
    int32_t *from, *to;                 /* of a segment */
    int32_t *up_start, *up, *down_start, *down;
    double *left, *right, *x;
    int64_t crossings;
    struct NetBlock *blocks;
} Net;

/* The edges of a layout by their ends: out[out_start[v]..] are edges. */
typedef struct Fan {
    int32_t *out_start, *out, *in_start, *in;
} Fan;

/* Zeroed memory for n things, or NULL; goes with net_release. */
void *net_take(Net *net, size_t n, size_t size);
void net_release(Net *net);
/* Takes memory for nv vertices and ns segments, all zero. */
int net_grow(Net *net, Err *err);
/* Adds segment number ns, which grows. */
void net_join(Net *net, int32_t from, int32_t to);
/* Sets layers, start, and up and down with their starts, from layer, from, to. */
void net_index(Net *net);
/* Puts up and down in the order of pos; fill has nv items of room. */
void net_sort(Net *net, int32_t *fill);

/* Sets node[].layer, in each component from anywhere; topo has n items of room. */
int layout_rank(Layout *l, const Fan *fan, int32_t *topo, Err *err);
/* Finds an order with few crossings; sets order, pos, crossings. */
int net_order(Net *net, Err *err);
/* Finds the axes: sets x. */
int net_place(Net *net, double gap, Err *err);

#endif
