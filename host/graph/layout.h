/* layout.h -- where the nodes and edges of a drawing go: layers from top to bottom.
 *
 * The caller fills node[].left, right, thick and edge[].from, to (no cycle);
 * layout_place fills the rest.  Without Lua, clock or randomness: equal input
 * gives equal output.
 *
 *        left  axis  right          x, y        where the axis meets the layer's middle
 *      |-------( o )------ label |  left, right what the node needs beside its axis
 *                                   thick       what it needs along the flow
 *
 * A layered drawing after Sugiyama: layers by longest path, pulled together;
 * bends where an edge passes a layer; few crossings by barycentre and median
 * sweeps with exchanges of neighbours; axes by Brandes and Koepf.  Long edges of
 * one source (or of one target) share their bends, so that a thousand readers of
 * one artifact are one trunk with branches.  Components stand beside each other,
 * in rows.
 *
 * Invariants
 *   1. Every edge leads to a higher layer; y grows with the layer.
 *   2. No two nodes overlap, what they need on both sides included.
 *   3. An edge's points begin at its source and end at its target; in between it
 *      has the borders of the layers that it meets, two for each bend.  It runs
 *      straight along the flow inside a layer.
 *
 * layout_init, then layout_add for the arrays, layout_place, layout_release (fine
 * on an initialised one).  Units are the caller's. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct LayoutNode {
    double left, right, thick;
    double x, y;
    int32_t layer, place;               /* from 0; place: from left to right */
    int32_t component;                  /* from 0, by its first node */
} LayoutNode;

typedef struct LayoutPoint {
    double x, y;
} LayoutPoint;

typedef struct LayoutEdge {
    int32_t from, to;
    size_t first, count;                /* point[first..first + count) */
} LayoutEdge;

typedef struct LayoutOptions {
    double node_gap, layer_gap;         /* between nodes, between layers */
    double component_gap;
    double aspect;                      /* width by height aimed at for components */
} LayoutOptions;

typedef struct Layout {
    LayoutNode *node;
    LayoutEdge *edge;
    LayoutPoint *point;
    int32_t n, m;
    size_t n_points;
    double width, height;
    int32_t layers;                     /* of the tallest component */
    int64_t crossings;                  /* of what is drawn: a trunk counts once */
} Layout;

enum { LAYOUT_MOST = 10000000 };        /* nodes, and edges */

void layout_init(Layout *l);
void layout_release(Layout *l);
/* Room for n nodes and m edges, all zero; ERR_INVAL beyond LAYOUT_MOST. */
int layout_add(Layout *l, size_t n, size_t m, Err *err);
/* ERR_INVAL when an edge names no node or the edges have a cycle. */
int layout_place(Layout *l, const LayoutOptions *o, Err *err);

#endif
