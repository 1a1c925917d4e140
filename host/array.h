/* array.h -- dense n-dimensional arrays of numbers, row-major, 0-based here.
 *
 * Invariants
 *   1. data points at element (0, ..., 0); element (i, j) is at
 *      data + i * stride[0] + j * stride[1], strides in bytes, all >= 0.
 *   2. Memory belongs to mem, shared by views and counted; it is released with
 *      the last array that points into it.  Mapped memory is read only: an
 *      array over it has readonly set, and array_own makes a private copy.
 *   3. ndim is 1 to ARRAY_MAXDIM; a shape entry may be 0.
 * This struct's layout is what C parts of the standard library (svm.so) read;
 * in Lua the value is a userdata "rille.array" that boxes an Array *. */
#ifndef ARRAY_H
#define ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { ARRAY_MAXDIM = 8 };

typedef enum ArrayType {
    ARRAY_BOOL, ARRAY_U8, ARRAY_I32, ARRAY_I64, ARRAY_F32, ARRAY_F64
} ArrayType;

typedef struct ArrayMem ArrayMem;

typedef struct Array {
    ArrayType type;
    int ndim;
    int readonly;
    int64_t shape[ARRAY_MAXDIM];
    int64_t stride[ARRAY_MAXDIM];
    unsigned char *data;
    ArrayMem *mem;
} Array;

/* Zeroed; release with array_free, which accepts NULL. */
int array_new(Array **out, ArrayType type, int ndim, const int64_t *shape, Err *err);
void array_free(Array *a);

#endif
