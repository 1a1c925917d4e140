/* array_op.h -- computing with arrays.
 *
 * Shapes broadcast as in NumPy: they are aligned at their last axes, and an axis
 * of length 1, or one that is missing, is repeated.
 *
 * Result types.  Lua has one integer type, and so has arithmetic here: bool, u8,
 * i32 and i64 compute in i64 and give i64, which wraps around like Lua's
 * integers (nothing overflows silently at 255).  f64 with anything gives f64,
 * f32 with i32 or i64 arrays too; f32 with f32, u8, bool or a scalar gives f32.
 * / and ^ of two integers give f64.  // and % follow Lua; an integer divided by
 * zero is an error.  Comparisons give bool, and are exact also between integers
 * and floats.
 *
 * Sums of integers are exact or an error.  Sums of floats are done in f64,
 * pairwise (blocks of 128 elements in row-major order, partial sums joined as in
 * a binary tree): the error grows with log n, and a view has the sum of its copy.
 * NaN is both the smallest and the largest element, and sorts last. */
#ifndef ARRAY_OP_H
#define ARRAY_OP_H

#include "array/array.h"
#include "base/buf.h"

typedef enum ArrayOp {
    ARRAY_ADD, ARRAY_SUB, ARRAY_MUL, ARRAY_DIV, ARRAY_FLOORDIV, ARRAY_MOD, ARRAY_POW,
    ARRAY_EQ, ARRAY_NE, ARRAY_LT, ARRAY_LE, ARRAY_GT, ARRAY_GE
} ArrayOp;

/* An array, or when that is NULL one number or boolean. */
typedef struct ArrayOperand {
    const Array *array;
    ArrayItem item;
} ArrayOperand;

/* At least one operand is an array (array_op.c). */
int array_binary(Array **out, ArrayOp op, const ArrayOperand *a, const ArrayOperand *b,
                 Err *err);
/* x where the bool array is true, else y, in the narrowest type that holds both (a
 * number does not widen a float array; an integer is an i64). */
int array_where(Array **out, const Array *mask, const ArrayOperand *x, const ArrayOperand *y,
                Err *err);

typedef enum ArrayReduction {
    ARRAY_SUM,                  /* i64 or f64 */
    ARRAY_MEAN, ARRAY_VAR, ARRAY_STD,           /* f64 */
    ARRAY_MIN, ARRAY_MAX,       /* as the array */
    ARRAY_ARGMIN, ARRAY_ARGMAX, /* i64, the first one, 1-based: it is for scripts */
    ARRAY_ANY, ARRAY_ALL        /* bool; NaN counts as true */
} ArrayReduction;

/* Over all elements.  ddof: var and std divide by n - ddof (array_reduce.c). */
int array_reduce(ArrayItem *out, const Array *a, ArrayReduction what, int64_t ddof, Err *err);
/* Along one axis, which goes; the array has at least two. */
int array_reduce_axis(Array **out, const Array *a, ArrayReduction what, int axis, int64_t ddof,
                      Err *err);

/* Products of a matrix or vector with another: 1-d and 1-d give 1 element; 2-d
 * and 1-d, 1-d and 2-d a vector; 2-d and 2-d a matrix.  Integers are exact or an
 * error, in i64; floats are f64, or f32 of two f32, computed in f64 (array_dot.c). */
int array_dot(Array **out, const Array *a, const Array *b, Err *err);
/* The same with another's product of dense f64 matrices, size = { rows, inner,
 * columns }, each 1 to INT32_MAX; NULL: the built-in one. */
typedef void ArrayGemm(void *user, double *c, const double *a, const double *b,
                       const int64_t size[3]);
int array_dot_with(Array **out, const Array *a, const Array *b, ArrayGemm *gemm,
                   void *user, Err *err);

/* Along the last axis, stable (array_sort.c). */
int array_sort(Array **out, const Array *a, Err *err);
int array_argsort(Array **out, const Array *a, Err *err);       /* 1-based, i64 */
int array_unique(Array **out, const Array *a, Err *err);        /* sorted, 1-d */

/* first, first + step, ... up to and including last, where an end missed only by
 * rounding counts as reached; i64 when all three are integers (array_random.c). */
int array_arange(Array **out, ArrayItem first, ArrayItem last, ArrayItem step, Err *err);
int array_linspace(Array **out, double first, double last, int64_t n, Err *err);
int array_eye(Array **out, int64_t n, ArrayType type, Err *err);
/* f64 out of xoshiro256++ (Blackman and Vigna, prng.di.unimi.it), its state set
 * from the seed by splitmix64: uniform in [0, 1) with 53 bits, or normal with
 * mean 0 and deviation 1 by Marsaglia's polar method.  Only correctly rounded
 * operations are used (our own logarithm), so every machine gives these numbers. */
int array_random(Array **out, int ndim, const int64_t *shape, int64_t seed, Err *err);
int array_normal(Array **out, int ndim, const int64_t *shape, int64_t seed, Err *err);

/* Integers of range[0] to range[1], both included, all as likely; every one must fit
 * the type. */
int array_integers(Array **out, const int64_t range[2], ArrayType type, int ndim,
                   const int64_t *shape, int64_t seed, Err *err);

/* Appends the text for people: aligned columns, large arrays with "..." for their
 * inner parts, then type and shape (array_show.c). */
int array_show(const Array *a, Buf *out, Err *err);

#endif
