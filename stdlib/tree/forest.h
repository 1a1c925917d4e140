/* forest.h -- a random forest: trees (tree.h) that each see other rows and features.
 *
 * Tree i is grown from rows that are drawn with replacement, as many as there are, or from all
 * of them; each node looks at n_tried features that are drawn, and at further ones until the
 * rows of the node differ in one.  All random numbers of tree i come from its own seed, which
 * comes from the forest's.  The probabilities of a row are the mean of the trees' in their
 * order, and the class is the most likely one, the first of equals.
 *
 * A dump (section.h) is "rillefor", version 1, and
 *     head  u32 n_tried  u32 bootstrap (0 or 1)  u32 seed  u32 trees
 *     size  u64 for each tree: the bytes of its dump
 *     then for each tree, section tree: its dump (tree.h)
 * The same training gives the same bytes, and the dump of a loaded model is the one it was
 * loaded from.
 *
 * Invariants, which loading checks
 *   1. There is a tree; all have the same classes, features, weights and options but the seed.
 *   2. A model is never changed once made. */
#ifndef FOREST_H
#define FOREST_H

#include "tree.h"

typedef struct ForestOptions {
    TreeOptions tree;           /* its seed is the forest's */
    uint32_t n_tree, n_tried;
    int bootstrap;
} ForestOptions;

typedef struct Forest {
    uint32_t n_tried, seed;
    int bootstrap;
    int n_tree;
    Tree **tree;
} Forest;

/* New; release with forest_free, which accepts NULL. */
int forest_fit(Forest **out, const Array *X, const Array *y, const ForestOptions *o, Err *err);
void forest_free(Forest *f);
/* With room for these trees, which are NULL. */
int forest_new(Forest **out, int n_tree, Err *err);

/* Fills out, a place of the labels' dtype for each row of X. */
int forest_predict(const Forest *f, const Array *X, Array *out, Err *err);
/* Fills out, contiguous f64, rows by classes. */
int forest_probabilities(const Forest *f, const Array *X, Array *out, Err *err);
/* Puts a share for each feature: the mean of the trees', together 1; all 0 without a split. */
void forest_importances(const Forest *f, double *share);

size_t forest_dump_size(const Forest *f);
void forest_dump(const Forest *f, unsigned char *to);       /* that many bytes */
/* ERR_CORRUPT for bytes that are no dump, ERR_VERSION for another format. */
int forest_load(Forest **out, const void *bytes, size_t n, Err *err);

#endif
