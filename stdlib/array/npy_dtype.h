/* npy_dtype.h -- the types that elements of .npy files have, and how they become ours.
 *
 *     b1 u1 i4 i8 f4 f8, little endian    as they are
 *     i1 i2 u2                            i32
 *     u4 u8                               i64; what it does not hold is an error
 *     f2                                  f32
 *     S3 U5                               strings, without the zeros at their ends
 *     M8[Y], [M], [W], [D], [h], [m], [s], [ms], [us], [ns]
 *                                         milliseconds; NaT is DATETIME_MISSING, digits
 *                                         below a millisecond are an error
 * in either byte order. */
#ifndef NPY_DTYPE_H
#define NPY_DTYPE_H

#include "array/array.h"

typedef struct NpyDtype {
    char kind;                  /* b i u f S U M */
    int swap;                   /* big endian */
    size_t size;                /* bytes of an element */
    int64_t ms, per_ms;         /* of M: milliseconds of a unit, or units of a millisecond, */
    int64_t months;             /* or its months */
    int is_plain;               /* the bytes are those of ours */
    ArrayType type;             /* what it becomes; not for S and U */
} NpyDtype;

/* "<f8"; name is what messages call the file, with what to do about types that are not read. */
int npy_dtype_parse(const char *text, NpyDtype *out, const char *name, Err *err);
/* n elements, stride bytes apart, into the elements of an array of d->type; b i u f M. */
int npy_dtype_convert(const NpyDtype *d, const unsigned char *from, int64_t stride, int64_t n,
                      void *to, const char *name, Err *err);
/* The text of one element of S or U, in out, which has room for d->size bytes. */
int npy_dtype_text(const NpyDtype *d, const unsigned char *from, char *out, size_t *len,
                   const char *name, Err *err);

#endif
