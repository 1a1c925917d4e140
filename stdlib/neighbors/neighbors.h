/* neighbors.h -- classification by the nearest rows, which the model keeps; it owns all its memory.
 *
 * The distance is Euclidean, over all rows; of equal distances the row that was given first is
 * nearer.  A class has the weights of its rows among the k nearest: 1 each, or 1 / distance;
 * rows at distance 0 are then the only ones that count.  The class with most is predicted, the
 * first of equals.
 *
 * A dump (section.h) is "rilleknn", version 1, and
 *     head  u32 k  u32 weights (0 uniform, 1 distance)  u32 label dtype (ArrayType)
 *           u32 classes  u32 features  u32 rows
 *     clas  i64 for each class, strictly ascending
 *     rows  f64 [rows][features]
 *     kind  u32 for each row: the index of its class
 *
 * Invariants, which loading checks
 *   1. 1 <= k <= rows; all numbers are finite; each kind is a class.
 *   2. A model is never changed once made. */
#ifndef NEIGHBORS_H
#define NEIGHBORS_H

#include "learn/classes.h"
#include "learn/learn.h"

enum { NEIGHBORS_UNIFORM, NEIGHBORS_DISTANCE };

typedef struct NeighborsOptions {
    uint32_t k;
    int weights;
} NeighborsOptions;

typedef struct Neighbors {
    NeighborsOptions options;
    Classes classes;
    int n_feature, n_row;
    double *value;              /* [n_row][n_feature] */
    int *kind;                  /* of each row: its class */
} Neighbors;

/* New; release with neighbors_free, which accepts NULL. */
int neighbors_fit(Neighbors **out, const Array *X, const Array *y, const NeighborsOptions *o,
                  Err *err);
void neighbors_free(Neighbors *m);
/* With room for these rows; the classes are not set. */
int neighbors_new(Neighbors **out, const NeighborsOptions *o, int n_row, int n_feature, Err *err);

/* Fills out, a place of the labels' dtype for each row of X. */
int neighbors_predict(const Neighbors *m, const Array *X, Array *out, Err *err);
/* Fills out, contiguous f64, rows by classes: the shares of the weights. */
int neighbors_probabilities(const Neighbors *m, const Array *X, Array *out, Err *err);

/* The row of C, from 0, that is nearest to each row of X, the first of equals, and the square of
 * its distance.  C has a row, and as many columns as X. */
int neighbors_nearest(const Array *X, const Array *C, int64_t *place, double *square, Err *err);

size_t neighbors_dump_size(const Neighbors *m);
void neighbors_dump(const Neighbors *m, unsigned char *to);     /* that many bytes */
/* ERR_CORRUPT for bytes that are no dump, ERR_VERSION for another format. */
int neighbors_load(Neighbors **out, const void *bytes, size_t n, Err *err);

#endif
