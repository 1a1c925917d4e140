/* median.h -- the median of numbers, without sorting them all. */
#ifndef MEDIAN_H
#define MEDIAN_H

#include <stddef.h>

/* Of n numbers, at least one, none of them NaN; room is for as many.  The mean of the two in
 * the middle where n is even.  Of zeros the sign counts, as if v was sorted and zeros kept their
 * order. */
double median(const double *v, size_t n, double *room);

#endif
