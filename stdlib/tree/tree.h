/* tree.h -- a classification tree (CART) that owns all its memory.
 *
 * Nodes stand in the order of a walk that goes left first: the left child of
 * node i is i + 1, and `right` says where the other one is.
 *
 *              0: x[3] <= 0.5              node   0   1   2   3   4
 *             /              \             right  4   3   -   -   -
 *     1: x[7] <= 2       4: leaf
 *        /      \
 *     2: leaf   3: leaf
 *
 * A row goes left when its feature is at most the threshold.  counts are the
 * training rows of each class in the node; a leaf predicts the class with most of
 * them, the first of equals.
 *
 * A node is split where the impurity of both sides together is least, for as long
 * as it has two classes and the limits allow it: by any split at all, even one
 * that gains nothing (the second one then may).  Thresholds are halfway between
 * two values.  Equally good splits: the feature that was looked at first; the
 * order is drawn anew for each node from the seed.  With weights of the classes a row
 * counts as much as its class weighs, in impurities, majorities and shares; the limits
 * count rows.
 *
 * A dump (section.h) is "rilletre", version 1, or 2 with weights, and
 *     head  u32 criterion  u32 max_depth (0: none)  u32 min_samples_leaf
 *           u32 min_samples_split  u32 seed  u32 label dtype (ArrayType)
 *           u32 classes  u32 features  u32 nodes
 *     clas  i64 for each class, strictly ascending
 *     wght  f64 for each class; of version 2 alone
 *     node  for each: u32 feature, or 0xffffffff: a leaf   u32 right (of a leaf 0)
 *     thre  f64 for each node (of a leaf 0)
 *     rows  u32 [nodes][classes]
 * The same training gives the same bytes, and the dump of a loaded model is the
 * one it was loaded from.
 *
 * Invariants, which loading checks
 *   1. The nodes are one tree, in that order; each has a row.
 *   2. The counts of an inner node are those of its children together.
 *   3. A model is never changed once made. */
#ifndef TREE_H
#define TREE_H

#include "learn/classes.h"
#include "learn/learn.h"

enum { TREE_GINI, TREE_ENTROPY };
enum { TREE_LEAF = -1 };

typedef struct TreeOptions {
    int criterion;
    uint32_t max_depth;         /* 0: none */
    uint32_t min_leaf, min_split;
    uint32_t seed;
    const double *weight;       /* of each class; NULL: all are 1 */
    int n_weight;
} TreeOptions;

typedef struct Node {
    double threshold;
    int32_t feature, right;     /* feature: TREE_LEAF of a leaf */
} Node;

typedef struct Tree {
    TreeOptions options;        /* its weight is the tree's own, below */
    double *weight;             /* of each class, or NULL */
    Classes classes;
    int n_feature, n_node, n_leaf, depth;   /* depth: 0 of a lone leaf */
    Node *node;
    uint32_t *count;            /* [n_node][classes] */
} Tree;

/* New; release with tree_free, which accepts NULL. */
int tree_fit(Tree **out, const Array *X, const Array *y, const TreeOptions *o, Err *err);
void tree_free(Tree *t);

/* n_class weights that are finite and not negative, one more than 0? */
int tree_check_weights(const TreeOptions *o, int n_class, Err *err);
/* With room for these nodes and classes (their labels not set); zeroed, the weights copied. */
int tree_new(Tree **out, const TreeOptions *o, const Classes *like, int n_node, Err *err);

const uint32_t *tree_counts(const Tree *t, int node);
int tree_majority(const Tree *t, int node);     /* the class a node predicts */

/* Fills out, a place of the labels' dtype for each row of X. */
int tree_predict(const Tree *t, const Array *X, Array *out, Err *err);
/* Fills out, contiguous f64, rows by classes: the shares in the leaf. */
int tree_probabilities(const Tree *t, const Array *X, Array *out, Err *err);

/* Adds to sum, of each feature, what its splits lower the impurity, as a share of all that
 * the tree lowers it; nothing for a lone leaf. */
void tree_add_importance(const Tree *t, double *sum);

/* For a row of features. */
int tree_leaf(const Tree *t, const double *row);
/* Puts the shares of the classes in a node. */
void tree_shares(const Tree *t, int node, double *share);

size_t tree_dump_size(const Tree *t);
void tree_dump(const Tree *t, unsigned char *to);       /* that many bytes */
/* ERR_CORRUPT for bytes that are no dump, ERR_VERSION for another format. */
int tree_load(Tree **out, const void *bytes, size_t n, Err *err);

#endif
