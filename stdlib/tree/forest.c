/* forest.c -- see forest.h */
#include <stdlib.h>
#include <string.h>

#include "forest.h"
#include "tree_grow.h"

int
forest_new(Forest **out, int n_tree, Err *err)
{
    Forest *f = calloc(1, sizeof *f);

    if (!f)
        return err_nomem(err);
    f->n_tree = n_tree;
    f->tree = calloc((size_t)n_tree, sizeof *f->tree);
    if (!f->tree) {
        free(f);
        return err_nomem(err);
    }
    *out = f;
    return OK;
}

void
forest_free(Forest *f)
{
    if (!f)
        return;
    for (int i = 0; i < f->n_tree; i++)
        tree_free(f->tree[i]);
    free(f->tree);
    free(f);
}

/* ---- fit ---- */

/* The next tree: its rows and all else are drawn by its own seed. */
static int
grow_next(Forest *f, int i, Grower *g, const TreeRows *rows, uint32_t *times, uint64_t *seeds,
          Err *err)
{
    uint32_t high = (uint32_t)tree_draw(seeds, 1 << 16);
    uint32_t seed = high << 16 | (uint32_t)tree_draw(seeds, 1 << 16);
    uint64_t random = seed;

    if (f->bootstrap) {
        memset(times, 0, (size_t)rows->n_row * sizeof *times);
        for (int k = 0; k < rows->n_row; k++)
            times[tree_draw(&random, rows->n_row)]++;
    }
    if (tree_grow(&f->tree[i], g, f->bootstrap ? times : NULL, random, err))
        return err->code;
    f->tree[i]->options.seed = seed;
    return OK;
}

static int
grow_all(Forest *f, const TreeRows *rows, const ForestOptions *o, Err *err)
{
    uint32_t *times = calloc((size_t)rows->n_row, sizeof *times);
    uint64_t seeds = o->tree.seed;
    Grower *g = NULL;
    int code = times ? OK : err_nomem(err);

    if (!code)
        code = tree_grower_new(&g, rows, &o->tree, (int)f->n_tried, err);
    for (int i = 0; i < f->n_tree && !code; i++)
        code = grow_next(f, i, g, rows, times, &seeds, err);
    tree_grower_free(g);
    free(times);
    return code;
}

static int
fit(Forest **out, const TreeRows *rows, const ForestOptions *o, Err *err)
{
    Forest *f;

    if (tree_check_weights(&o->tree, rows->classes.n, err)
        || forest_new(&f, (int)o->n_tree, err))
        return err->code;
    f->n_tried = o->n_tried < (uint32_t)rows->n_feature ? o->n_tried : (uint32_t)rows->n_feature;
    f->seed = o->tree.seed;
    f->bootstrap = o->bootstrap;
    if (grow_all(f, rows, o, err)) {
        forest_free(f);
        return err->code;
    }
    *out = f;
    return OK;
}

int
forest_fit(Forest **out, const Array *X, const Array *y, const ForestOptions *o, Err *err)
{
    TreeRows rows;
    int code;

    if (tree_rows_init(&rows, X, y, err))
        return err->code;
    code = fit(out, &rows, o, err);
    tree_rows_release(&rows);
    return code;
}

/* ---- predict ---- */

/* The memory for a row of features, its probabilities and those of a tree. */
typedef struct Row {
    double *feature, *mean, *share;
} Row;

static int
row_init(Row *r, const Tree *t, Err *err)
{
    size_t n = (size_t)t->n_feature, k = (size_t)t->classes.n;

    r->feature = calloc(n + 2 * k, sizeof *r->feature);
    if (!r->feature)
        return err_nomem(err);
    r->mean = r->feature + n;
    r->share = r->mean + k;
    return OK;
}

/* Puts the probabilities of row i of X into mean. */
static void
predict_row(const Forest *f, const Array *X, int64_t i, Row *r)
{
    int n_class = f->tree[0]->classes.n;

    for (int j = 0; j < f->tree[0]->n_feature; j++)
        r->feature[j] = learn_element(X, i, j);
    memset(r->mean, 0, (size_t)n_class * sizeof *r->mean);
    for (int t = 0; t < f->n_tree; t++) {
        tree_shares(f->tree[t], tree_leaf(f->tree[t], r->feature), r->share);
        for (int k = 0; k < n_class; k++)
            r->mean[k] += r->share[k];
    }
    for (int k = 0; k < n_class; k++)
        r->mean[k] /= f->n_tree;
}

int
forest_predict(const Forest *f, const Array *X, Array *out, Err *err)
{
    const Classes *classes = &f->tree[0]->classes;
    Row r;

    if (learn_check_features(X, f->tree[0]->n_feature, err) || row_init(&r, f->tree[0], err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++) {
        int best = 0;

        predict_row(f, X, i, &r);
        for (int k = 1; k < classes->n; k++)
            if (r.mean[k] > r.mean[best])
                best = k;
        classes_put(classes, best, out, i);
    }
    free(r.feature);
    return OK;
}

int
forest_probabilities(const Forest *f, const Array *X, Array *out, Err *err)
{
    int n_class = f->tree[0]->classes.n;
    double *p = (double *)(void *)out->data;
    Row r;

    if (learn_check_features(X, f->tree[0]->n_feature, err) || row_init(&r, f->tree[0], err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++, p += n_class) {
        predict_row(f, X, i, &r);
        memcpy(p, r.mean, (size_t)n_class * sizeof *p);
    }
    free(r.feature);
    return OK;
}

void
forest_importances(const Forest *f, double *share)
{
    int n = f->tree[0]->n_feature;
    double all = 0;

    memset(share, 0, (size_t)n * sizeof *share);
    for (int i = 0; i < f->n_tree; i++)
        tree_add_importance(f->tree[i], share);
    for (int j = 0; j < n; j++)
        all += share[j];
    for (int j = 0; j < n && all > 0; j++)
        share[j] /= all;
}
