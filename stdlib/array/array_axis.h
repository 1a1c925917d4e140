/* array_axis.h -- reductions down columns; a part of array_op.h, for
 * array_reduce.c alone.  Nothing here owns memory. */
#ifndef ARRAY_AXIS_H
#define ARRAY_AXIS_H

#include "array/array_op.h"

/* The array without an axis, at the first element of that; no reference is taken. */
Array array_axis_others(const Array *a, int axis);
/* Whether the fast way serves: lanes that are side by side in memory. */
int array_axis_fits(const Array *a, ArrayReduction what, int axis);
/* Fills out, a contiguous array of the result's type and shape, of an array that fits. */
int array_axis_reduce(Array *out, const Array *a, ArrayReduction what, int axis, Err *err);

#endif
