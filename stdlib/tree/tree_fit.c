/* tree_fit.c -- growing a tree; see tree.h
 *
 * For each feature the rows are sorted once.  A node is a range lo..hi, the same
 * in the order of every feature; splitting it parts each order in two, those that
 * go left first, and keeps both parts sorted: a level of the tree costs rows times
 * features, without sorting again.
 *
 * The work still to do is a list of ranges instead of recursion: a tree may be as
 * deep as it has rows.  The last in is the first out, and the right child goes in
 * first, so nodes come in the order that tree.h wants. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

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

typedef struct Grower {
    TreeOptions options;
    Classes classes;
    int n_row, n_feature;
    double *value;              /* [n_feature][n_row] */
    int32_t *order;             /* [n_feature][n_row], rows */
    int32_t *spare;             /* n_row */
    int *class;                 /* of each row */
    unsigned char *left;        /* of each row: does it go left? */
    double *log_term;           /* entropy: n * ln(n) for n up to n_row */
    uint32_t *inside, *below, *above;   /* classes: rows in the node, left, right */
    int32_t *turn;              /* features in the order they are looked at */
    uint64_t random;
    Range *todo;
    int n_todo, room_todo;
    Node *node;                 /* grown as needed, with count */
    uint32_t *count;
    int n_node, room_node, room_count;
    uint32_t depth;
} Grower;

/* ---- memory ---- */

static void
release(Grower *g)
{
    classes_release(&g->classes);
    free(g->value);
    free(g->order);
    free(g->spare);
    free(g->class);
    free(g->left);
    free(g->log_term);
    free(g->inside);
    free(g->below);
    free(g->above);
    free(g->turn);
    free(g->todo);
    free(g->node);
    free(g->count);
}

static int
allocate(Grower *g, Err *err)
{
    size_t n = (size_t)g->n_row, f = (size_t)g->n_feature, k = (size_t)g->classes.n;

    g->value = calloc(n * f, sizeof *g->value);
    g->order = calloc(n * f, sizeof *g->order);
    g->spare = calloc(n, sizeof *g->spare);
    g->left = calloc(n, sizeof *g->left);
    g->log_term = calloc(n + 1, sizeof *g->log_term);
    g->inside = calloc(k, sizeof *g->inside);
    g->below = calloc(k, sizeof *g->below);
    g->above = calloc(k, sizeof *g->above);
    g->turn = calloc(f, sizeof *g->turn);
    return g->value && g->order && g->spare && g->left && g->log_term && g->inside && g->below
                   && g->above && g->turn
               ? OK : err_nomem(err);
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

/* ---- sorting the rows ---- */

typedef struct Item {
    double value;
    int32_t row;
} Item;

static int
by_value(const void *a, const void *b)
{
    const Item *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int
sort_rows(Grower *g, const Array *X, Err *err)
{
    size_t n = (size_t)g->n_row;
    Item *item = calloc(n, sizeof *item);

    if (!item)
        return err_nomem(err);
    for (int f = 0; f < g->n_feature; f++) {
        double *value = g->value + (size_t)f * n;
        int32_t *order = g->order + (size_t)f * n;

        for (int i = 0; i < g->n_row; i++)
            item[i] = (Item){value[i] = learn_element(X, i, f), i};
        qsort(item, n, sizeof *item, by_value);
        for (int i = 0; i < g->n_row; i++)
            order[i] = item[i].row;
    }
    free(item);
    return OK;
}

/* ---- the best split of a node ---- */

/* Of one side, to be as large as possible: minus its impurity times its rows, but
 * for a constant.  Gini: sum of squares / rows; entropy: sum of n ln n. */
static double
purity(const Grower *g, const uint32_t *count, int rows)
{
    double sum = 0;

    if (g->options.criterion == TREE_GINI) {
        for (int k = 0; k < g->classes.n; k++)
            sum += (double)count[k] * count[k];
        return sum / rows;
    }
    for (int k = 0; k < g->classes.n; k++)
        sum += g->log_term[count[k]];
    return sum - g->log_term[rows];
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
    const double *value = g->value + (size_t)f * (size_t)g->n_row;
    const int32_t *order = g->order + (size_t)f * (size_t)g->n_row;
    int leaf = (int)g->options.min_leaf;
    size_t bytes = (size_t)g->classes.n * sizeof *g->inside;

    memset(g->below, 0, bytes);
    memcpy(g->above, g->inside, bytes);
    for (int i = r->lo; i + leaf < r->hi; i++) {
        double here = value[order[i]], next = value[order[i + 1]], score;
        int k = g->class[order[i]], rows = i + 1 - r->lo;

        g->below[k]++;
        g->above[k]--;
        if (!(here < next) || rows < leaf)
            continue;
        score = purity(g, g->below, rows) + purity(g, g->above, r->hi - i - 1);
        if (score > best->score)
            *best = (Split){score, halfway(here, next), f};
    }
}

/* splitmix64: a number below n, which is small. */
static int
draw(Grower *g, int n)
{
    uint64_t v = g->random += UINT64_C(0x9e3779b97f4a7c15);

    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((v ^ v >> 31) % (uint64_t)n);
}

static Split
best_split(Grower *g, const Range *r)
{
    Split best = {-INFINITY, 0, TREE_LEAF};

    for (int i = g->n_feature - 1; i >= 0; i--) {
        int at = draw(g, i + 1), f = g->turn[at];

        g->turn[at] = g->turn[i];
        g->turn[i] = f;
        try_feature(g, r, f, &best);
    }
    return best;
}

/* ---- growing ---- */

static int
add_node(Grower *g, const Range *r, Err *err)
{
    size_t k = (size_t)g->classes.n;
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
    memset(g->inside, 0, (size_t)g->classes.n * sizeof *g->inside);
    for (int i = r->lo; i < r->hi; i++)
        g->inside[g->class[g->order[i]]]++;
}

static int
may_split(const Grower *g, const Range *r)
{
    const TreeOptions *o = &g->options;
    uint32_t rows = (uint32_t)(r->hi - r->lo);
    int classes = 0;

    for (int k = 0; k < g->classes.n; k++)
        classes += g->inside[k] > 0;
    return classes > 1 && rows >= o->min_split && rows / 2 >= o->min_leaf
           && (!o->max_depth || r->depth < o->max_depth);
}

/* Parts every order of the range; gives the first place of the right side. */
static int
part_rows(Grower *g, const Range *r, const Split *s)
{
    const double *value = g->value + (size_t)s->feature * (size_t)g->n_row;
    int middle = r->lo;

    for (int i = r->lo; i < r->hi; i++)
        middle += g->left[g->order[i]] = value[g->order[i]] <= s->threshold;
    for (int f = 0; f < g->n_feature; f++) {
        int32_t *order = g->order + (size_t)f * (size_t)g->n_row;
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
    int code = add_todo(g, (Range){0, g->n_row, -1, 0}, err);

    while (!code && g->n_todo) {
        Range r = g->todo[--g->n_todo];

        code = grow_node(g, &r, err);
    }
    return code;
}

static int
keep(Tree **out, const Grower *g, Err *err)
{
    size_t k = (size_t)g->classes.n, n = (size_t)g->n_node;
    Tree *t;

    if (tree_new(&t, &g->options, &g->classes, g->n_node, err))
        return err->code;
    memcpy(t->node, g->node, n * sizeof *t->node);
    memcpy(t->count, g->count, n * k * sizeof *t->count);
    memcpy(t->classes.label, g->classes.label, k * sizeof *t->classes.label);
    t->n_feature = g->n_feature;
    t->n_leaf = g->n_node / 2 + 1;
    t->depth = (int)g->depth;
    *out = t;
    return OK;
}

static int
fit(Tree **out, Grower *g, const Array *X, const Array *y, Err *err)
{
    g->class = calloc((size_t)g->n_row, sizeof *g->class);
    if (!g->class)
        return err_nomem(err);
    if (classes_find(&g->classes, y, g->class, err) || allocate(g, err) || sort_rows(g, X, err))
        return err->code;
    for (int i = 2; i <= g->n_row; i++)
        g->log_term[i] = i * log(i);
    for (int f = 0; f < g->n_feature; f++)
        g->turn[f] = g->n_feature - 1 - f;
    return grow(g, err) ? err->code : keep(out, g, err);
}

int
tree_fit(Tree **out, const Array *X, const Array *y, const TreeOptions *o, Err *err)
{
    Grower g = {.options = *o, .random = o->seed};
    int code;

    if (learn_check_fit(X, y, err))
        return err->code;
    g.n_row = (int)X->shape[0];
    g.n_feature = (int)X->shape[1];
    code = fit(out, &g, X, y, err);
    release(&g);
    return code;
}
