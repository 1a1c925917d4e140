/* group.h -- rows that belong together: the loops under frames.
 *
 * Codes are an i64 vector with a number from 1 to count for each row; rows of one
 * number are a group, and 0 is no group at all.  Places are i64 vectors of row
 * numbers from 1, for scripts see them; 0 is no row.  Vectors given in are
 * contiguous or not; those given out are new and the caller's. */
#ifndef GROUP_H
#define GROUP_H

#include "array/array.h"

/* Rows of equal values have equal codes, numbered by first appearance.  -0.0 is 0.0
 * and NaN is equal to NaN. */
int group_codes(Array **out, int64_t *count, const Array *values, Err *err);
/* Codes of the pairs (x, y); 0 where either is. */
int group_combine(Array **out, int64_t *count, const Array *x, const Array *y,
                  int64_t ycount, Err *err);
/* The first place of each group. */
int group_firsts(Array **out, const Array *codes, int64_t count, Err *err);
/* All places, by code, those of one code in their order; code 0 first. */
int group_order(Array **out, const Array *codes, int64_t count, Err *err);

typedef enum GroupSum {
    GROUP_COUNT,                        /* i64: values that are there */
    GROUP_SUM,                          /* i64, exact or an error; f64 of floats */
    GROUP_MEAN, GROUP_VAR, GROUP_STD,   /* f64, with n - 1 */
    GROUP_MEDIAN                        /* f64 */
} GroupSum;

/* Values that are missing do not count: NaN, and where present, a bool vector or
 * NULL, is false.  A group without values has the sum 0 and else NaN. */
int group_sum(Array **out, GroupSum what, const Array *codes, int64_t count,
              const Array *values, const Array *present, Err *err);

typedef enum GroupChoice { GROUP_FIRST, GROUP_LAST, GROUP_MIN, GROUP_MAX } GroupChoice;

/* The place of the value chosen of each group, the first of equal ones; of a group
 * without values its first row. */
int group_choose(Array **out, GroupChoice what, const Array *codes, int64_t count,
                 const Array *values, const Array *present, Err *err);

/* Places of the pairs of rows with one code, by left row, then by right row.
 * left_too: a left row without a partner is paired with 0.  right_too: right rows
 * without one come at the end, with 0 on the left.  Code 0 has no partner. */
int group_join(Array **left, Array **right, const Array *lcodes, const Array *rcodes, int64_t count,
               const int keep[2], Err *err);

#endif
