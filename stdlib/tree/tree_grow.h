/* tree_grow.h -- growing trees from rows that are sorted once: one tree, or a forest.
 *
 * tree_rows_init sorts; release with tree_rows_release, which accepts zeroed memory.  A grower
 * has the memory that a tree grows in, and can grow one after another; it borrows the rows and
 * the weights.  New from tree_grower_new; tree_grower_free accepts NULL. */
#ifndef TREE_GROW_H
#define TREE_GROW_H

#include "tree.h"

typedef struct TreeRows {
    Classes classes;
    int n_row, n_feature;
    double *value;              /* [n_feature][n_row] */
    int32_t *order;             /* [n_feature][n_row], rows, by value */
    int *class;                 /* of each row */
} TreeRows;

typedef struct Grower Grower;

int tree_rows_init(TreeRows *r, const Array *X, const Array *y, Err *err);
void tree_rows_release(TreeRows *r);

/* n_tried: the features that a node looks at, at least one that can split it. */
int tree_grower_new(Grower **out, const TreeRows *rows, const TreeOptions *o, int n_tried,
                    Err *err);
void tree_grower_free(Grower *g);

/* A number below n, which is small; the state moves on (splitmix64). */
int tree_draw(uint64_t *state, int n);

/* Grows a tree, new, by these random numbers.  times: how often each row counts, as many
 * together as there are rows; NULL: once each. */
int tree_grow(Tree **out, Grower *g, const uint32_t *times, uint64_t random, Err *err);

#endif
