/* learn.h -- what the models of the standard library share: the rows they are
 * fitted to, and classes.
 *
 * X is a matrix, rows by features; y has a value for each row.  Arrays are read
 * by the layout of array.h alone: any dtype, any view.
 *
 * Classes are whole numbers (an integer, bool or float vector): the distinct
 * labels, ascending, and the dtype they came in and are predicted in.  A model
 * works with the index of a class, 0 to n - 1. */
#ifndef LEARN_H
#define LEARN_H

#include <stddef.h>
#include <stdint.h>

#include "array/array.h"

typedef struct Classes {
    ArrayType type;             /* of the labels */
    int n;
    int64_t *label;             /* n, ascending */
} Classes;

/* --- rows ------------------------------------------------------------------ */

double learn_element(const Array *X, int64_t i, int64_t j);
double learn_value(const Array *y, int64_t i);

/* A matrix with features, all numbers finite, whose sizes fit an int. */
int learn_check_matrix(const Array *X, Err *err);
/* That, at least one row, and a vector y of as many. */
int learn_check_fit(const Array *X, const Array *y, Err *err);
/* A matrix with as many features as the model was fitted with. */
int learn_check_features(const Array *X, int n_feature, Err *err);
int learn_all_finite(const double *v, size_t n);

/* --- classes --------------------------------------------------------------- */

/* Fills index, a place for each row of y, with its class.  At least two classes.
 * New; release with classes_release. */
int classes_find(Classes *out, const Array *y, int *index, Err *err);
/* Room for n labels, to be filled and then checked. */
int classes_new(Classes *out, ArrayType type, int n, Err *err);
void classes_release(Classes *c);
/* Ascending, and each a value of the dtype? */
int classes_valid(const Classes *c);
/* Puts the label of class k at place i of a vector of the labels' dtype. */
void classes_put(const Classes *c, int k, Array *out, int64_t i);

#endif
