/* array_transposed.h -- the sum of a matrix in the order of its columns, read row by row; a part of
 * array_op.h, for array_reduce.c alone. */
#ifndef ARRAY_TRANSPOSED_H
#define ARRAY_TRANSPOSED_H

#include "array/array.h"
#include "array/array_pairwise.h"

/* Whether the array is a view of f64 that lies so: the next element of a row is far away, and that
 * of the next row beside it. */
int array_transposed_fits(const Array *a);
/* Feeds p, which is empty, all elements of an array that fits, in row-major order. */
int array_transposed_sum(Pairwise *p, const Array *a, Err *err);

#endif
