/* tree.c -- a tree's memory, and its predictions; see tree.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

int
tree_check_weights(const TreeOptions *o, int n_class, Err *err)
{
    double sum = 0;

    if (o->weight && o->n_weight != n_class)
        return err_set(err, ERR_INVAL, "%d weights for %d classes", o->n_weight, n_class);
    for (int k = 0; o->weight && k < n_class; k++) {
        if (!isfinite(o->weight[k]) || o->weight[k] < 0)
            return err_set(err, ERR_INVAL, "a weight of a class must be a number from 0");
        sum += o->weight[k];
    }
    return !o->weight || (sum > 0 && isfinite(sum))
               ? OK : err_set(err, ERR_INVAL, "a weight of a class must be greater than 0");
}

/* 0 but without memory. */
static int
copy_weights(Tree *t, const TreeOptions *o, int n_class)
{
    size_t bytes = (size_t)n_class * sizeof *t->weight;

    if (!o->weight)
        return 0;
    t->options.weight = t->weight = malloc(bytes);
    if (t->weight)
        memcpy(t->weight, o->weight, bytes);
    return !t->weight;
}

int
tree_new(Tree **out, const TreeOptions *o, const Classes *like, int n_node, Err *err)
{
    Tree *t = calloc(1, sizeof *t);

    if (!t)
        return err_nomem(err);
    t->options = *o;
    t->n_node = n_node;
    t->node = calloc((size_t)n_node, sizeof *t->node);
    t->count = calloc((size_t)n_node * (size_t)like->n, sizeof *t->count);
    if (!t->node || !t->count || copy_weights(t, o, like->n)
        || classes_new(&t->classes, like->type, like->n, err)) {
        tree_free(t);
        return err_nomem(err);
    }
    *out = t;
    return OK;
}

void
tree_free(Tree *t)
{
    if (!t)
        return;
    classes_release(&t->classes);
    free(t->weight);
    free(t->node);
    free(t->count);
    free(t);
}

const uint32_t *
tree_counts(const Tree *t, int node)
{
    return t->count + (size_t)node * (size_t)t->classes.n;
}

/* How much class k counts in a node. */
static double
mass(const Tree *t, const uint32_t *count, int k)
{
    return t->weight ? t->weight[k] * count[k] : count[k];
}

int
tree_majority(const Tree *t, int node)
{
    const uint32_t *count = tree_counts(t, node);
    int most = 0;

    for (int k = 1; k < t->classes.n; k++)
        if (mass(t, count, k) > mass(t, count, most))
            most = k;
    return most;
}

/* A node of classes that weigh nothing has them as often as they are there. */
void
tree_shares(const Tree *t, int node, double *share)
{
    const uint32_t *count = tree_counts(t, node);
    double sum = 0;

    for (int k = 0; k < t->classes.n; k++)
        sum += share[k] = mass(t, count, k);
    if (sum == 0)
        for (int k = 0; k < t->classes.n; k++)
            sum += share[k] = count[k];
    for (int k = 0; k < t->classes.n; k++)
        share[k] /= sum;
}

int
tree_leaf(const Tree *t, const double *row)
{
    int at = 0;

    while (t->node[at].feature != TREE_LEAF)
        at = row[t->node[at].feature] <= t->node[at].threshold ? at + 1 : t->node[at].right;
    return at;
}

/* The leaf that row i of X comes to. */
static int
leaf_of(const Tree *t, const Array *X, int64_t i)
{
    int at = 0;

    while (t->node[at].feature != TREE_LEAF) {
        const Node *n = &t->node[at];

        at = learn_element(X, i, n->feature) <= n->threshold ? at + 1 : n->right;
    }
    return at;
}

int
tree_predict(const Tree *t, const Array *X, Array *out, Err *err)
{
    if (learn_check_features(X, t->n_feature, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++)
        classes_put(&t->classes, tree_majority(t, leaf_of(t, X, i)), out, i);
    return OK;
}

int
tree_probabilities(const Tree *t, const Array *X, Array *out, Err *err)
{
    double *p = (double *)(void *)out->data;

    if (learn_check_features(X, t->n_feature, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++, p += t->classes.n)
        tree_shares(t, leaf_of(t, X, i), p);
    return OK;
}

/* The rows of a node by their weights, times its impurity. */
static double
impurity(const Tree *t, int node)
{
    const uint32_t *count = tree_counts(t, node);
    double sum = 0, all = 0;

    for (int k = 0; k < t->classes.n; k++) {
        double n = mass(t, count, k);

        sum += t->options.criterion == TREE_GINI ? n * n : n > 0 ? n * log(n) : 0;
        all += n;
    }
    if (all <= 0)
        return 0;
    return t->options.criterion == TREE_GINI ? all - sum / all : all * log(all) - sum;
}

static double
gain(const Tree *t, int node)
{
    double v = impurity(t, node) - impurity(t, node + 1) - impurity(t, t->node[node].right);

    return v > 0 ? v : 0;
}

void
tree_add_importance(const Tree *t, double *sum)
{
    double all = 0;

    for (int i = 0; i < t->n_node; i++)
        if (t->node[i].feature != TREE_LEAF)
            all += gain(t, i);
    for (int i = 0; i < t->n_node && all > 0; i++)
        if (t->node[i].feature != TREE_LEAF)
            sum[t->node[i].feature] += gain(t, i) / all;
}
