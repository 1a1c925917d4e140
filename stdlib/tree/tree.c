/* tree.c -- a tree's memory, and its predictions; see tree.h */
#include <stdlib.h>

#include "tree.h"

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
    if (!t->node || !t->count || classes_new(&t->classes, like->type, like->n, err)) {
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
    free(t->node);
    free(t->count);
    free(t);
}

const uint32_t *
tree_counts(const Tree *t, int node)
{
    return t->count + (size_t)node * (size_t)t->classes.n;
}

int
tree_majority(const Tree *t, int node)
{
    const uint32_t *count = tree_counts(t, node);
    int most = 0;

    for (int k = 1; k < t->classes.n; k++)
        if (count[k] > count[most])
            most = k;
    return most;
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
    for (int64_t i = 0; i < X->shape[0]; i++, p += t->classes.n) {
        const uint32_t *count = tree_counts(t, leaf_of(t, X, i));
        double sum = 0;

        for (int k = 0; k < t->classes.n; k++)
            sum += count[k];
        for (int k = 0; k < t->classes.n; k++)
            p[k] = count[k] / sum;
    }
    return OK;
}
