/* classes.h -- the classes that a classifier tells apart.
 *
 * Classes are whole numbers (an integer, bool or float vector): the distinct
 * labels, ascending, and the dtype they came in and are predicted in.  A model
 * works with the index of a class, 0 to n - 1. */
#ifndef CLASSES_H
#define CLASSES_H

#include "learn.h"

typedef struct Classes {
    ArrayType type;             /* of the labels */
    int n;
    int64_t *label;             /* n, ascending */
} Classes;

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
