/* array_axis.h -- reductions down the columns of a matrix; a part of array_op.h, for
 * array_reduce.c alone.  Nothing here owns memory. */
#ifndef ARRAY_AXIS_H
#define ARRAY_AXIS_H

#include "array/array_op.h"

/* Whether the fast way serves: two axes, the lanes side by side in memory. */
int array_axis_fits(const Array *a, ArrayReduction what, int axis);
/* Fills out, a contiguous vector of the result's type (i64 or f64), for a matrix
 * that fits. */
int array_axis_reduce(Array *out, const Array *a, ArrayReduction what, int axis, Err *err);

#endif
