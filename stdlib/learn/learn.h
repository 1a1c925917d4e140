/* learn.h -- the rows that the models of the standard library are fitted to.
 *
 * X is a matrix, rows by features; y has a value for each row.  Arrays are read
 * by the layout of array.h alone: any dtype, any view. */
#ifndef LEARN_H
#define LEARN_H

#include <stddef.h>
#include <stdint.h>

#include "array/array.h"

double learn_element(const Array *X, int64_t i, int64_t j);
double learn_value(const Array *y, int64_t i);
/* An element of that dtype, as a double. */
double learn_real(const unsigned char *p, ArrayType type);

/* A matrix with features, all numbers finite, whose sizes fit an int. */
int learn_check_matrix(const Array *X, Err *err);
/* That, at least one row, and a vector y of as many. */
int learn_check_fit(const Array *X, const Array *y, Err *err);
/* A matrix with as many features as the model was fitted with. */
int learn_check_features(const Array *X, int n_feature, Err *err);
int learn_all_finite(const double *v, size_t n);
/* ERR_INVAL unless there are none (NULL) or n_class, finite and greater than 0. */
int learn_check_weights(const double *weight, int n_weight, int n_class, Err *err);

#endif
