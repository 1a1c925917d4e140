/* tree_grow.c -- see tree_grow.h and, for what a tree is, tree.h
 *
 * A node is a range lo..hi, the same in the order of every feature; splitting it
 * parts each order in two, those that go left first, and keeps both parts sorted: a
 * level of the tree costs rows times features, without sorting again.  A row that
 * counts twice is there twice.
 *
 * The work still to do is a list of ranges instead of recursion: a tree may be as
 * deep as it has rows.  The last in is the first out, and the right child goes in
 * first, so nodes come in the order that tree.h wants. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tree_grow.h"

typedef struct Range {
    int lo, hi;
    int parent;                 /* whose right child it is, or -1 */
    uint32_t depth;
} Range;

typedef struct Split {
    double score;               /* the larger the purer; -INFINITY: none */
    double threshold;
    int feature;
} Split;

struct Grower {
    TreeOptions options;
    const TreeRows *rows;
    int n_class, n_tried;
    int32_t *order;             /* as of the rows, of this tree */
    int32_t *spare;             /* n_row */
    unsigned char *left;        /* of each row: does it go left? */
    double *log_term;           /* entropy without weights: n * ln(n) for n up to n_row */
    uint32_t *inside, *below, *above;   /* classes: rows in the node, left, right */
    int32_t *turn;              /* features in the order they are looked at */
    uint64_t random;
    Range *todo;
    int n_todo, room_todo;
    Node *node;                 /* grown as needed, with count */
    uint32_t *count;
    int n_node, room_node, room_count;
    uint32_t depth;
};

/* ---- memory ---- */

void
tree_grower_free(Grower *g)
{
    if (!g)
        return;
    free(g->order);
    free(g->spare);
    free(g->left);
    free(g->log_term);
    free(g->inside);
    free(g->below);
    free(g->above);
    free(g->turn);
    free(g->todo);
    free(g->node);
    free(g->count);
    free(g);
}

static int
allocate(Grower *g, Err *err)
{
    size_t n = (size_t)g->rows->n_row, f = (size_t)g->rows->n_feature, k = (size_t)g->n_class;

    g->order = calloc(n * f, sizeof *g->order);
    g->spare = calloc(n, sizeof *g->spare);
    g->left = calloc(n, sizeof *g->left);
    g->log_term = calloc(n + 1, sizeof *g->log_term);
    g->inside = calloc(k, sizeof *g->inside);
    g->below = calloc(k, sizeof *g->below);
    g->above = calloc(k, sizeof *g->above);
    g->turn = calloc(f, sizeof *g->turn);
    return g->order && g->spare && g->left && g->log_term && g->inside && g->below && g->above
                   && g->turn
               ? OK : err_nomem(err);
}

int
tree_grower_new(Grower **out, const TreeRows *rows, const TreeOptions *o, int n_tried, Err *err)
{
    Grower *g = calloc(1, sizeof *g);

    if (!g)
        return err_nomem(err);
    g->options = *o;
    g->rows = rows;
    g->n_class = rows->classes.n;
    g->n_tried = n_tried;
    if (allocate(g, err)) {
        tree_grower_free(g);
        return err->code;
    }
    for (int i = 2; i <= rows->n_row; i++)
        g->log_term[i] = i * log(i);
    *out = g;
    return OK;
}

/* p with room for at least want items of size bytes, doubled as it grows; NULL,
 * and p as it was, without memory. */
static void *
roomy(void *p, int *room, int want, size_t size)
{
    int more = *room ? *room : 64;
    void *moved;

    if (want <= *room)
        return p;
    while (more < want)
        more = more > INT_MAX / 2 ? INT_MAX : more * 2;
    moved = (size_t)more > SIZE_MAX / size ? NULL : realloc(p, (size_t)more * size);
    if (moved)
        *room = more;
    return moved;
}

/* ---- the best split of a node ---- */

/* Of one side, to be as large as possible: minus its impurity times its rows, but
 * for a constant.  Gini: sum of squares / rows; entropy: sum of n ln n.  With weights of
 * the classes n is the sum of the weights of the rows. */
static double
purity(const Grower *g, const uint32_t *count, int rows)
{
    const double *weight = g->options.weight;
    double sum = 0, all = 0;

    if (g->options.criterion == TREE_GINI) {
        for (int k = 0; k < g->n_class; k++) {
            double n = weight ? weight[k] * count[k] : count[k];

            sum += n * n;
            all += n;
        }
        return all > 0 ? sum / all : 0;
    }
    if (!weight) {
        for (int k = 0; k < g->n_class; k++)
            sum += g->log_term[count[k]];
        return sum - g->log_term[rows];
    }
    for (int k = 0; k < g->n_class; k++) {
        double n = weight[k] * count[k];

        sum += n > 0 ? n * log(n) : 0;
        all += n;
    }
    return sum - (all > 0 ? all * log(all) : 0);
}

/* Halfway from a to b, a < b, such that a is at most that and b more. */
static double
halfway(double a, double b)
{
    double v = a / 2 + b / 2;

    return v >= a && v < b ? v : a;
}

/* Looks at the splits of a node by feature f. */
static void
try_feature(Grower *g, const Range *r, int f, Split *best)
{
    const double *value = g->rows->value + (size_t)f * (size_t)g->rows->n_row;
    const int32_t *order = g->order + (size_t)f * (size_t)g->rows->n_row;
    int leaf = (int)g->options.min_leaf;
    size_t bytes = (size_t)g->n_class * sizeof *g->inside;

    memset(g->below, 0, bytes);
    memcpy(g->above, g->inside, bytes);
    for (int i = r->lo; i + leaf < r->hi; i++) {
        double here = value[order[i]], next = value[order[i + 1]], score;
        int k = g->rows->class[order[i]], rows = i + 1 - r->lo;

        g->below[k]++;
        g->above[k]--;
        if (!(here < next) || rows < leaf)
            continue;
        score = purity(g, g->below, rows) + purity(g, g->above, r->hi - i - 1);
        if (score > best->score)
            *best = (Split){score, halfway(here, next), f};
    }
}

int
tree_draw(uint64_t *state, int n)
{
    uint64_t v = *state += UINT64_C(0x9e3779b97f4a7c15);

    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((v ^ v >> 31) % (uint64_t)n);
}

/* Whether the rows of the node differ in feature f. */
static int
differs(const Grower *g, const Range *r, int f)
{
    const double *value = g->rows->value + (size_t)f * (size_t)g->rows->n_row;
    const int32_t *order = g->order + (size_t)f * (size_t)g->rows->n_row;

    return value[order[r->lo]] < value[order[r->hi - 1]];
}

static Split
best_split(Grower *g, const Range *r)
{
    Split best = {-INFINITY, 0, TREE_LEAF};
    int n_feature = g->rows->n_feature, n_seen = 0, n_useful = 0;

    for (int i = n_feature - 1; i >= 0 && (n_seen < g->n_tried || !n_useful); i--, n_seen++) {
        int at = tree_draw(&g->random, i + 1), f = g->turn[at];

        g->turn[at] = g->turn[i];
        g->turn[i] = f;
        if (!differs(g, r, f))
            continue;
        n_useful++;
        try_feature(g, r, f, &best);
    }
    return best;
}

/* ---- growing ---- */

static int
add_node(Grower *g, const Range *r, Err *err)
{
    size_t k = (size_t)g->n_class;
    void *node = roomy(g->node, &g->room_node, g->n_node + 1, sizeof *g->node);
    void *count = roomy(g->count, &g->room_count, g->n_node + 1, k * sizeof *g->count);

    g->node = node ? node : g->node;
    g->count = count ? count : g->count;
    if (!node || !count)
        return err_nomem(err);
    g->node[g->n_node] = (Node){0, TREE_LEAF, 0};
    memcpy(g->count + (size_t)g->n_node * k, g->inside, k * sizeof *g->count);
    if (r->parent >= 0)
        g->node[r->parent].right = g->n_node;
    if (r->depth > g->depth)
        g->depth = r->depth;
    g->n_node++;
    return OK;
}

static int
add_todo(Grower *g, Range r, Err *err)
{
    void *todo = roomy(g->todo, &g->room_todo, g->n_todo + 1, sizeof *g->todo);

    if (!todo)
        return err_nomem(err);
    g->todo = todo;
    g->todo[g->n_todo++] = r;
    return OK;
}

static void
count_rows(Grower *g, const Range *r)
{
    memset(g->inside, 0, (size_t)g->n_class * sizeof *g->inside);
    for (int i = r->lo; i < r->hi; i++)
        g->inside[g->rows->class[g->order[i]]]++;
}

static int
may_split(const Grower *g, const Range *r)
{
    const TreeOptions *o = &g->options;
    uint32_t rows = (uint32_t)(r->hi - r->lo);
    int classes = 0;

    for (int k = 0; k < g->n_class; k++)
        classes += g->inside[k] > 0;
    return classes > 1 && rows >= o->min_split && rows / 2 >= o->min_leaf
           && (!o->max_depth || r->depth < o->max_depth);
}

/* Parts every order of the range; gives the first place of the right side. */
static int
part_rows(Grower *g, const Range *r, const Split *s)
{
    size_t n = (size_t)g->rows->n_row;
    const double *value = g->rows->value + (size_t)s->feature * n;
    int middle = r->lo;

    for (int i = r->lo; i < r->hi; i++)
        middle += g->left[g->order[i]] = value[g->order[i]] <= s->threshold;
    for (int f = 0; f < g->rows->n_feature; f++) {
        int32_t *order = g->order + (size_t)f * n;
        int left = r->lo, right = 0;

        for (int i = r->lo; i < r->hi; i++)
            if (g->left[order[i]])
                order[left++] = order[i];
            else
                g->spare[right++] = order[i];
        memcpy(order + left, g->spare, (size_t)right * sizeof *order);
    }
    return middle;
}

static int
grow_node(Grower *g, const Range *r, Err *err)
{
    int node = g->n_node, middle;
    Split s;

    count_rows(g, r);
    if (add_node(g, r, err))
        return err->code;
    if (!may_split(g, r))
        return OK;
    s = best_split(g, r);
    if (s.feature == TREE_LEAF)
        return OK;
    g->node[node].feature = s.feature;
    g->node[node].threshold = s.threshold;
    middle = part_rows(g, r, &s);
    if (add_todo(g, (Range){middle, r->hi, node, r->depth + 1}, err))
        return err->code;
    return add_todo(g, (Range){r->lo, middle, -1, r->depth + 1}, err);
}

static int
grow(Grower *g, Err *err)
{
    int code = add_todo(g, (Range){0, g->rows->n_row, -1, 0}, err);

    while (!code && g->n_todo) {
        Range r = g->todo[--g->n_todo];

        code = grow_node(g, &r, err);
    }
    return code;
}

static int
keep(Tree **out, const Grower *g, Err *err)
{
    size_t k = (size_t)g->n_class, n = (size_t)g->n_node;
    Tree *t;

    if (tree_new(&t, &g->options, &g->rows->classes, g->n_node, err))
        return err->code;
    memcpy(t->node, g->node, n * sizeof *t->node);
    memcpy(t->count, g->count, n * k * sizeof *t->count);
    memcpy(t->classes.label, g->rows->classes.label, k * sizeof *t->classes.label);
    t->n_feature = g->rows->n_feature;
    t->n_leaf = g->n_node / 2 + 1;
    t->depth = (int)g->depth;
    *out = t;
    return OK;
}

/* The order of each feature, each row as often as it counts. */
static void
fill_order(Grower *g, const uint32_t *times)
{
    size_t n = (size_t)g->rows->n_row, all = n * (size_t)g->rows->n_feature;
    int32_t *to = g->order;

    if (!times) {
        memcpy(g->order, g->rows->order, all * sizeof *g->order);
        return;
    }
    for (size_t i = 0; i < all; i++)
        for (uint32_t j = times[g->rows->order[i]]; j > 0; j--)
            *to++ = g->rows->order[i];
}

int
tree_grow(Tree **out, Grower *g, const uint32_t *times, uint64_t random, Err *err)
{
    g->random = random;
    g->n_todo = g->n_node = 0;
    g->depth = 0;
    for (int f = 0; f < g->rows->n_feature; f++)
        g->turn[f] = g->rows->n_feature - 1 - f;
    fill_order(g, times);
    return grow(g, err) ? err->code : keep(out, g, err);
}

int
tree_fit(Tree **out, const Array *X, const Array *y, const TreeOptions *o, Err *err)
{
    TreeRows rows;
    Grower *g = NULL;
    int code;

    if (tree_rows_init(&rows, X, y, err))
        return err->code;
    code = tree_check_weights(o, rows.classes.n, err);
    if (!code)
        code = tree_grower_new(&g, &rows, o, rows.n_feature, err);
    if (!code)
        code = tree_grow(out, g, NULL, o->seed, err);
    tree_grower_free(g);
    tree_rows_release(&rows);
    return code;
}
