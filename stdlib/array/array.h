/* array.h -- dense n-dimensional arrays of numbers, row-major, 0-based here.
 *
 * Invariants
 *   1. data points at element (0, ..., 0); element (i, j) is at
 *      data + i * stride[0] + j * stride[1], strides in bytes, all >= 0.
 *   2. Memory belongs to mem, shared by views and counted; it is released with
 *      the last array that points into it.  Mapped memory is read only: an
 *      array over it has readonly set, and array_copy makes a private copy.
 *   3. ndim is 1 to ARRAY_MAXDIM; a shape entry may be 0.  The bytes of an
 *      array, zero entries counted as one, fit in an int64_t.
 *   4. Elements are aligned to their size; a bool is the byte 0 or 1.
 *   5. The result of an operation is new, contiguous and writable; views share
 *      the memory of what they look at, and its readonly.
 * This struct's layout is what C parts of the standard library (svm.so) read;
 * in Lua the value is a userdata "rille.array" that boxes an Array *.
 *
 * Every array given out through Array **out is the caller's; release it with
 * array_free.  On an error *out is left as it was. */
#ifndef ARRAY_H
#define ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

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

/* One element: type is ARRAY_BOOL or ARRAY_I64 (in i) or ARRAY_F64 (in f). */
typedef struct ArrayItem {
    ArrayType type;
    int64_t i;
    double f;
} ArrayItem;

/* --- types ---------------------------------------------------------------- */

const char *array_typename(ArrayType t);            /* "f64" */
int array_typeof(const char *name, ArrayType *out); /* 0, or -1: no such type */
size_t array_size(ArrayType t);                     /* bytes of an element */
int array_isfloat(ArrayType t);
/* The narrowest type that holds both (i32 and i64 with f32: f64). */
ArrayType array_common(ArrayType a, ArrayType b);

/* --- making and releasing -------------------------------------------------- */

/* Zeroed; release with array_free, which accepts NULL. */
int array_new(Array **out, ArrayType type, int ndim, const int64_t *shape, Err *err);
/* The same with its content not set. */
int array_make(Array **out, ArrayType type, int ndim, const int64_t *shape, Err *err);
/* A read-only array at base + offset of a mapping that it takes over, also when
 * it fails; it is unmapped with the last view.  The caller checked the size. */
int array_adopt(Array **out, const Array *like, void *base, size_t len,
                size_t offset, Err *err);
/* A read-only array over the memory of another owner, like->data, which must be aligned.  It is
 * given back by `release`, which is called once, with the last view; not when this fails. */
int array_borrow(Array **out, const Array *like, void (*release)(void *user), void *user,
                 Err *err);
void array_free(Array *a);

int64_t array_count(const Array *a);        /* elements */
int64_t array_bytes(const Array *a);        /* of its elements */
int array_contiguous(const Array *a);       /* row-major without gaps */
/* Bytes that go with this array: 0 while others share its memory. */
size_t array_held(const Array *a);

/* Checks a shape and gives its number of bytes. */
int array_measure(ArrayType type, int ndim, const int64_t *shape, int64_t *bytes,
                  Err *err);
/* Gives an array a checked shape, row-major without gaps. */
void array_set_shape(Array *a, int ndim, const int64_t *shape);

/* --- elements -------------------------------------------------------------- */

unsigned char *array_at(const Array *a, const int64_t *index);  /* checked by the caller */
ArrayItem array_peek(ArrayType t, const void *at);
/* Refuses what t cannot hold: fractions, NaN and large numbers in integers,
 * numbers in bool, booleans in numbers. */
int array_poke(ArrayType t, void *at, ArrayItem v, Err *err);
int array_fill(Array *a, ArrayItem v, Err *err);

/* --- views and copies ------------------------------------------------------ */

int array_view(Array **out, const Array *a, Err *err);
/* Without the axis, at index i of it; the array has at least two axes. */
int array_index(Array **out, const Array *a, int axis, int64_t i, Err *err);
int array_slice(Array **out, const Array *a, int axis, int64_t first, int64_t count,
                Err *err);
/* A view where the layout allows, else a copy.  One entry may be -1. */
int array_reshape(Array **out, const Array *a, int ndim, const int64_t *shape, Err *err);
/* Axis i is axis order[i] of a; reversed without an order. */
int array_transpose(Array **out, const Array *a, const int *order, Err *err);

int array_copy(Array **out, const Array *a, Err *err);
int array_astype(Array **out, const Array *a, ArrayType type, Err *err);
/* Copies the elements, converting to dst's type, which is array_common of both. */
void array_assign(Array *dst, const Array *src);
/* Places on an axis: n integers of 64 bits, stride bytes apart, counted from first, 0 or 1. */
typedef struct ArrayPlaces {
    const unsigned char *at;
    int64_t n, stride, first;
} ArrayPlaces;

/* The slices of an axis at the places; ERR_INVAL when one is not on it (array_take.c). */
int array_take(Array **out, const Array *a, int axis, const ArrayPlaces *p, Err *err);
/* The first of the places, from 0, that is not on an axis of n; -1 when all are. */
int64_t array_take_bad(const ArrayPlaces *p, int64_t n);
/* Integers past 2^53 do not meet floats: none is rounded. */
int array_concat(Array **out, const Array *const *list, int n, int axis, Err *err);
/* Does a double hold the integer, or every element? */
int array_is_exact(int64_t v);
int array_fits_float(const Array *a);

/* Same type, shape and elements; here NaN is equal to NaN. */
int array_equal(const Array *a, const Array *b);
/* SHA-256 over type, shape and content, tagged as in hash.h. */
void array_digest(const Array *a, unsigned char out[HASH_SIZE]);

#endif
