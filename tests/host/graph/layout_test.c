/* layout_test.c -- layouts of graphs of many kinds keep what layout.h promises */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "graph/layout.h"

static const LayoutOptions OPTIONS = {20, 30, 40, 1.6};

static uint64_t state = 1;

static int
chance(int n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}

static void
graph(Layout *l, int n, int m)
{
    layout_init(l);
    CHECK(layout_add(l, (size_t)n, (size_t)m, NULL) == OK);
    for (int i = 0; i < n; i++) {
        l->node[i].left = 5 + chance(10);
        l->node[i].right = 20 + chance(150);
        l->node[i].thick = 20 + chance(3) * 8;
    }
}

/* Random edges between n nodes, which are shuffled so that no order is given. */
static void
random_graph(Layout *l, int n, int m)
{
    int *name = malloc(sizeof *name * (size_t)n);

    graph(l, n, m);
    for (int i = 0; i < n; i++)
        name[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int k = chance(i + 1), v = name[i];

        name[i] = name[k];
        name[k] = v;
    }
    for (int e = 0; e < m; e++) {
        int a = chance(n - 1), b = a + 1 + chance(n - 1 - a);

        l->edge[e].from = name[a];
        l->edge[e].to = name[b];
    }
    free(name);
}

static int
by_place(const void *a, const void *b)
{
    const LayoutNode *x = a, *y = b;

    if (x->component != y->component)
        return x->component < y->component ? -1 : 1;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* No two nodes of a component overlap: within a layer by x, layers by y. */
static void
check_nodes(const Layout *l)
{
    LayoutNode *nodes = malloc(sizeof *nodes * (size_t)(l->n + 1));

    memcpy(nodes, l->node, sizeof *nodes * (size_t)l->n);
    qsort(nodes, (size_t)l->n, sizeof *nodes, by_place);
    for (int i = 0; i < l->n; i++) {
        const LayoutNode *a = &nodes[i], *b = &nodes[i + 1];

        CHECK(a->x - a->left > -1e-6 && a->x + a->right < l->width + 1e-6);
        CHECK(a->y - a->thick / 2 > -1e-6 && a->y + a->thick / 2 < l->height + 1e-6);
        if (i + 1 == l->n || a->component != b->component)
            continue;
        if (a->layer == b->layer)
            CHECK(b->x - b->left - (a->x + a->right) > OPTIONS.node_gap - 1e-6);
        else
            CHECK(b->y - b->thick / 2 - (a->y + a->thick / 2) > OPTIONS.layer_gap - 1e-6);
    }
    free(nodes);
}

/* Components do not overlap: small graphs only, it compares all nodes. */
static void
check_apart(const Layout *l)
{
    for (int i = 0; i < l->n; i++)
        for (int k = 0; k < i; k++) {
            const LayoutNode *a = &l->node[i], *b = &l->node[k];

            CHECK(a->x + a->right < b->x - b->left || b->x + b->right < a->x - a->left
                  || a->y + a->thick / 2 < b->y - b->thick / 2
                  || b->y + b->thick / 2 < a->y - a->thick / 2);
        }
}

static void
check_edges(const Layout *l)
{
    for (int e = 0; e < l->m; e++) {
        const LayoutEdge *edge = &l->edge[e];
        const LayoutNode *from = &l->node[edge->from], *to = &l->node[edge->to];
        const LayoutPoint *p = l->point + edge->first;

        CHECK(from->layer < to->layer && from->y < to->y);
        CHECK(edge->count >= 4 && edge->count % 2 == 0 && edge->first + edge->count <= l->n_points);
        CHECK(p[0].x == from->x && p[0].y == from->y);
        CHECK(p[edge->count - 1].x == to->x && p[edge->count - 1].y == to->y);
        for (size_t i = 0; i + 1 < edge->count; i++) {
            CHECK(p[i].y <= p[i + 1].y);
            CHECK(i % 2 == 1 || p[i].x == p[i + 1].x);
        }
    }
}

static void
place(Layout *l)
{
    Err err = {0, ""};

    CHECK(layout_place(l, &OPTIONS, &err) == OK);
    CHECK_STR(err.msg, "");
    check_nodes(l);
    check_edges(l);
}

static void
nodes_never_overlap_and_edges_point_down(void)
{
    for (int round = 0; round < 300; round++) {
        int n = 2 + chance(60);
        Layout l;

        random_graph(&l, n, chance(2 * n + 1));
        place(&l);
        check_apart(&l);
        layout_release(&l);
    }
    for (int round = 0; round < 5; round++) {
        Layout l;

        random_graph(&l, 1000, 500 + round * 500);
        place(&l);
        layout_release(&l);
    }
}

static void
the_same_graph_gives_the_same_bytes(void)
{
    for (int round = 0; round < 20; round++) {
        Layout a, b;
        uint64_t before = state;

        random_graph(&a, 80, 130);
        state = before;
        random_graph(&b, 80, 130);
        place(&a);
        place(&b);
        CHECK(a.n_points == b.n_points && a.crossings == b.crossings);
        CHECK(memcmp(a.node, b.node, sizeof *a.node * (size_t)a.n) == 0);
        CHECK(memcmp(a.point, b.point, sizeof *a.point * a.n_points) == 0);
        CHECK(layout_place(&a, &OPTIONS, NULL) == OK);          /* once more, in place */
        CHECK(memcmp(a.node, b.node, sizeof *a.node * (size_t)a.n) == 0);
        layout_release(&a);
        layout_release(&b);
    }
}

static void
nothing_and_single_nodes_can_be_drawn(void)
{
    Layout l;

    graph(&l, 0, 0);
    place(&l);
    CHECK(l.width == 0 && l.height == 0 && l.layers == 0);
    layout_release(&l);
    graph(&l, 1, 0);
    place(&l);
    CHECK(l.node[0].x == l.node[0].left && l.layers == 1);
    layout_release(&l);
    layout_release(&l);
}

static void
a_chain_is_a_straight_line(void)
{
    Layout l;

    graph(&l, 50, 49);
    for (int i = 0; i < 49; i++)
        l.edge[i] = (LayoutEdge){.from = i, .to = i + 1};
    place(&l);
    for (int i = 0; i < 50; i++)
        CHECK(l.node[i].x == l.node[0].x && l.node[i].layer == i);
    CHECK(l.crossings == 0);
    layout_release(&l);
}

static void
a_tree_is_drawn_without_crossings(void)
{
    for (int round = 0; round < 30; round++) {
        Layout l;

        graph(&l, 100, 99);
        for (int i = 1; i < 100; i++)
            l.edge[i - 1] = (LayoutEdge){.from = chance(i), .to = i};
        place(&l);
        CHECK(l.crossings == 0);
        layout_release(&l);
    }
}

/* A source that is needed late stands above what needs it, its chain with it. */
static void
a_chain_that_is_needed_late_slides_down(void)
{
    static const int edges[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {6, 7}, {7, 5}};
    Layout l;

    graph(&l, 8, 7);
    for (int e = 0; e < 7; e++)
        l.edge[e] = (LayoutEdge){.from = edges[e][0], .to = edges[e][1]};
    place(&l);
    CHECK(l.node[6].layer == 3 && l.node[7].layer == 4 && l.node[5].layer == 5);
    layout_release(&l);
}

/* One artifact that a thousand steps of a chain take: bends do not multiply. */
static void
readers_of_one_source_share_a_trunk(void)
{
    enum { N = 1000 };
    Layout l;

    graph(&l, N + 1, 2 * N - 1);
    for (int i = 0; i < N; i++)
        l.edge[i] = (LayoutEdge){.from = N, .to = i};
    for (int i = 0; i + 1 < N; i++)
        l.edge[N + i] = (LayoutEdge){.from = i, .to = i + 1};
    place(&l);
    CHECK(l.crossings == 0);
    CHECK(l.edge[500].count == 4 + 2 * 500);
    for (size_t i = 1; i + 2 < l.edge[500].count; i++)
        CHECK(l.point[l.edge[500].first + i].x == l.point[l.edge[999].first + i].x);
    layout_release(&l);
}

/* As bad as it gets for bends: they have a limit, the drawing goes on. */
static void
too_many_bends_leave_edges_straight(void)
{
    enum { N = 6000 };
    Layout l;

    graph(&l, N, N - 1 + N / 2);
    for (int i = 0; i + 1 < N; i++)
        l.edge[i] = (LayoutEdge){.from = i, .to = i + 1};
    for (int i = 0; i < N / 2; i++)
        l.edge[N - 1 + i] = (LayoutEdge){.from = i, .to = i + N / 2};
    place(&l);
    CHECK(l.edge[N].count == 4);
    layout_release(&l);
}

static void
components_stand_beside_each_other(void)
{
    Layout l;

    graph(&l, 200, 100);
    for (int e = 0; e < 100; e++)
        l.edge[e] = (LayoutEdge){.from = 2 * e, .to = 2 * e + 1};
    place(&l);
    check_apart(&l);
    CHECK(l.layers == 2 && l.width < 4 * l.height && l.height < 4 * l.width);
    layout_release(&l);
}

static void
a_cycle_and_an_edge_to_nowhere_are_refused(void)
{
    Layout l;
    Err err;

    graph(&l, 3, 3);
    for (int e = 0; e < 3; e++)
        l.edge[e] = (LayoutEdge){.from = e, .to = (e + 1) % 3};
    CHECK(layout_place(&l, &OPTIONS, &err) == ERR_INVAL);
    CHECK_STR(err.msg, "the graph has a cycle");
    l.edge[2].to = 2;
    CHECK(layout_place(&l, &OPTIONS, &err) == ERR_INVAL);
    l.edge[2].to = 3;
    CHECK(layout_place(&l, &OPTIONS, &err) == ERR_INVAL);
    CHECK_STR(err.msg, "edge 3 does not end at a node");
    CHECK(layout_add(&l, (size_t)LAYOUT_MOST + 1, 0, &err) == ERR_INVAL);
    layout_release(&l);
}

static double
seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The limit is far above what it takes (0.2 s), for sanitizers and busy machines. */
static void
ten_thousand_nodes_take_little_time(void)
{
    static const int edges[] = {9999, 15000, 20000};

    for (int i = 0; i < 3; i++) {
        Layout l;
        double t0;

        random_graph(&l, 10000, edges[i]);
        t0 = seconds();
        place(&l);
        if (getenv("VERBOSE"))
            printf("%d edges: %.3f s, %d layers, %zu points, %lld crossings\n", edges[i],
                   seconds() - t0, (int)l.layers, l.n_points, (long long)l.crossings);
        CHECK(seconds() - t0 < 5);
        layout_release(&l);
    }
}

int
main(void)
{
    RUN(nodes_never_overlap_and_edges_point_down);
    RUN(the_same_graph_gives_the_same_bytes);
    RUN(nothing_and_single_nodes_can_be_drawn);
    RUN(a_chain_is_a_straight_line);
    RUN(a_tree_is_drawn_without_crossings);
    RUN(a_chain_that_is_needed_late_slides_down);
    RUN(readers_of_one_source_share_a_trunk);
    RUN(too_many_bends_leave_edges_straight);
    RUN(components_stand_beside_each_other);
    RUN(a_cycle_and_an_edge_to_nowhere_are_refused);
    RUN(ten_thousand_nodes_take_little_time);
    return check_done();
}
