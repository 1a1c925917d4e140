/* array_axis.c -- see array_axis.h: reductions down the columns
 *
 * Where the elements of a lane are far apart in memory and the lanes side by side, rows are read
 * in order, EIGHT at once, and a strip of lanes advances with each.  Every lane has the same
 * operations in the same order as in array_reduce.c: a view has the results of its copy, to
 * the last bit. */
#include <stdlib.h>
#include <string.h>

#include "array/array_axis.h"
#include "array/array_pair.h"
#include "array/array_pairwise.h"
#include "array/array_reader.h"

__extension__ typedef __int128 Wide;

enum {
    SUMS = PAIRWISE_SUMS,
    EIGHT = 8,                          /* rows at once: a sum is loaded and stored for eight */
    STRIP = 2048                        /* lanes at a time; their sums stay in the cache */
};

/* As Pairwise, of n lanes: rows of n numbers. */
typedef struct Tree {
    uint64_t blocks;
    size_t n;
    double *s, *part;           /* SUMS + 1, the last of elements beyond a multiple of SUMS */
} Tree;

typedef struct Strip {
    ArrayType type;
    int64_t rows, stride;               /* down a lane */
    const unsigned char *from;
    size_t n;                           /* lanes */
} Strip;

static const void *
row_at(const Strip *x, int64_t row)
{
    return x->from + row * x->stride;
}

/* -- sums -- */

/* E, of a[j] to h[j] in eight rows from P on, STRIDE bytes apart, for each of N elements. */
#define EIGHT_ROWS(T, P, STRIDE, N, E)                                            \
    do {                                                                          \
        const T *a = (const T *)(const void *)(P);                                \
        const T *b = (const T *)(const void *)((P) + (STRIDE));                   \
        const T *c = (const T *)(const void *)((P) + 2 * (STRIDE));               \
        const T *d = (const T *)(const void *)((P) + 3 * (STRIDE));               \
        const T *e = (const T *)(const void *)((P) + 4 * (STRIDE));               \
        const T *f = (const T *)(const void *)((P) + 5 * (STRIDE));               \
        const T *g = (const T *)(const void *)((P) + 6 * (STRIDE));               \
        const T *h = (const T *)(const void *)((P) + 7 * (STRIDE));               \
                                                                                  \
        for (size_t j = 0; j < (N); j++) {                                        \
            E;                                                                    \
        }                                                                         \
    } while (0)

/* Adds rows to n sums, in their order. */
#define ADD_ROWS(NAME, TO, T)                                                     \
    static void                                                                   \
    NAME(TO *restrict to, const unsigned char *p, int64_t stride, int64_t rows, size_t n)\
    {                                                                             \
        for (; rows >= EIGHT; rows -= EIGHT, p += EIGHT * stride)                 \
            EIGHT_ROWS(T, p, stride, n,                                           \
                       to[j] = to[j] + (TO)a[j] + (TO)b[j] + (TO)c[j] + (TO)d[j] + (TO)e[j]\
                               + (TO)f[j] + (TO)g[j] + (TO)h[j]);                 \
        for (; rows > 0; rows--, p += stride)                                     \
            for (size_t j = 0; j < n; j++)                                        \
                to[j] += (TO)((const T *)(const void *)p)[j];                     \
    }

ADD_ROWS(add_f64, double, double)
ADD_ROWS(add_f32, double, float)
ADD_ROWS(add_i32, int64_t, int32_t)
ADD_ROWS(add_u8, int64_t, uint8_t)

/* The sums of a block of rows, as array_pairwise_row has them, into the first row of s. */
static void
sum_block(Tree *t, const Strip *x, int64_t first, int64_t rows)
{
    size_t n = t->n;
    double *s = t->s;
    int64_t whole = rows - rows % SUMS;

    for (int64_t k = 0; k <= SUMS; k++) {
        const unsigned char *from = row_at(x, first + (k < SUMS ? k : whole));
        int64_t stride = k < SUMS ? SUMS * x->stride : x->stride;
        int64_t count = k < SUMS ? whole / SUMS : rows - whole;

        memset(s + (size_t)k * n, 0, n * sizeof *s);
        (x->type == ARRAY_F32 ? add_f32 : add_f64)(s + (size_t)k * n, from, stride, count, n);
    }
    for (size_t j = 0; j < n; j++)
        s[j] = ((s[j] + s[n + j]) + (s[2 * n + j] + s[3 * n + j]))
               + ((s[4 * n + j] + s[5 * n + j]) + (s[6 * n + j] + s[7 * n + j])) + s[8 * n + j];
}

static void
join_block(Tree *t)
{
    double *part = t->part;

    for (int level = 0; t->blocks >> level & 1; level++, part += t->n)
        for (size_t j = 0; j < t->n; j++)
            t->s[j] = part[j] + t->s[j];
    memcpy(part, t->s, t->n * sizeof *part);
    t->blocks++;
}

static void
join_parts(const Tree *t, double *out)
{
    const double *part = t->part;
    int some = 0;

    for (int level = 0; t->blocks >> level; level++, part += t->n) {
        if (!(t->blocks >> level & 1))
            continue;
        for (size_t j = 0; j < t->n; j++)
            out[j] = some ? part[j] + out[j] : part[j];
        some = 1;
    }
}

static void
sum_floats(double *room, const Strip *x, double *out)
{
    Tree t = {0, x->n, room, room + (SUMS + 1) * x->n};

    for (int64_t done = 0, rows; done < x->rows; done += rows) {
        rows = x->rows - done < PAIRWISE_BLOCK ? x->rows - done : PAIRWISE_BLOCK;
        sum_block(&t, x, done, rows);
        join_block(&t);
    }
    join_parts(&t, out);
}

/* A 64-bit integer, 2^63 more to be unsigned, as its upper and lower half: sums of those do not
 * overflow before 2^31 rows. */
static uint64_t
lower(int64_t v)
{
    return (uint64_t)v & 0xffffffff;
}

static uint64_t
upper(int64_t v)
{
    return ((uint64_t)v ^ UINT64_C(1) << 63) >> 32;
}

static void
add_halves(uint64_t *restrict low, uint64_t *restrict high, const Strip *x)
{
    const unsigned char *p = x->from;
    int64_t rows = x->rows;

    for (; rows >= EIGHT; rows -= EIGHT, p += EIGHT * x->stride) {
        EIGHT_ROWS(int64_t, p, x->stride, x->n,
                   low[j] += lower(a[j]) + lower(b[j]) + lower(c[j]) + lower(d[j]) + lower(e[j])
                             + lower(f[j]) + lower(g[j]) + lower(h[j]);
                   high[j] += upper(a[j]) + upper(b[j]) + upper(c[j]) + upper(d[j]) + upper(e[j])
                              + upper(f[j]) + upper(g[j]) + upper(h[j]));
    }
    for (; rows > 0; rows--, p += x->stride)
        for (size_t j = 0; j < x->n; j++) {
            low[j] += lower(((const int64_t *)(const void *)p)[j]);
            high[j] += upper(((const int64_t *)(const void *)p)[j]);
        }
}

static int
sum_i64(uint64_t *low, const Strip *x, int64_t *out)
{
    uint64_t *high = low + x->n;

    memset(low, 0, 2 * x->n * sizeof *low);
    add_halves(low, high, x);
    for (size_t j = 0; j < x->n; j++) {
        Wide sum = ((Wide)high[j] << 32) + (Wide)low[j] - ((Wide)x->rows << 63);

        if (sum > INT64_MAX || sum < INT64_MIN)
            return -1;
        out[j] = (int64_t)sum;
    }
    return 0;
}

/* Sums of narrower integers fit: there are fewer than 2^31 rows. */
static int
sum_ints(void *room, const Strip *x, int64_t *out)
{
    if (x->type == ARRAY_I64)
        return sum_i64(room, x, out);
    memset(out, 0, x->n * sizeof *out);
    (x->type == ARRAY_I32 ? add_i32 : add_u8)(out, x->from, x->stride, x->rows, x->n);
    return 0;
}

/* -- extremes -- */

/* The better ones of out and eight rows, the first of equal ones; whether one is NaN, which
 * is passed over. */
#define BEST_EIGHT(NAME, T, VECTOR, BEST, IS_NAN, OP)                             \
    static int                                                                    \
    NAME(T *restrict out, const unsigned char *from, int64_t stride, size_t n)    \
    {                                                                             \
        const size_t width = sizeof(VECTOR) / sizeof(T);                          \
        PairMask nan = {0, 0};                                                    \
        size_t j = 0;                                                             \
        int some;                                                                 \
                                                                                  \
        for (; j + width <= n; j += width) {                                      \
            const unsigned char *at = from + j * sizeof(T);                       \
            VECTOR v[EIGHT], m = *(const VECTOR *)(out + j);                      \
                                                                                  \
            for (int k = 0; k < EIGHT; k++) {                                     \
                v[k] = *(const VECTOR *)(const void *)(at + k * stride);          \
                m = BEST(v[k], m);                                                \
            }                                                                     \
            nan |= IS_NAN(v[0], v[1]) | IS_NAN(v[2], v[3]) | IS_NAN(v[4], v[5])   \
                   | IS_NAN(v[6], v[7]);                                          \
            *(VECTOR *)(out + j) = m;                                             \
        }                                                                         \
        some = (nan[0] | nan[1]) != 0;                                            \
        for (; j < n; j++)                                                        \
            for (int k = 0; k < EIGHT; k++) {                                     \
                T v = ((const T *)(const void *)(from + k * stride))[j];          \
                                                                                  \
                out[j] = v OP out[j] ? v : out[j];                                \
                some |= v != v;                                                   \
            }                                                                     \
        return some;                                                              \
    }

BEST_EIGHT(max_eight_f64, double, Pair, pair_max, pair_nan, >)
BEST_EIGHT(min_eight_f64, double, Pair, pair_min, pair_nan, <)
BEST_EIGHT(max_eight_f32, float, Quad, quad_max, quad_nan, >)
BEST_EIGHT(min_eight_f32, float, Quad, quad_min, quad_nan, <)

/* The same with the next row. */
#define BEST_ROW(NAME, T)                                                         \
    static int                                                                    \
    NAME(T *restrict out, const T *v, size_t n, int largest)                      \
    {                                                                             \
        int some = 0;                                                             \
                                                                                  \
        for (size_t j = 0; j < n; j++) {                                          \
            out[j] = (largest ? v[j] > out[j] : v[j] < out[j]) ? v[j] : out[j];   \
            some |= v[j] != v[j];                                                 \
        }                                                                         \
        return some;                                                              \
    }

/* NaN wins, else the first of the extreme ones. */
#define BEST_FLOATS(NAME, T, BEST, MAX_EIGHT, MIN_EIGHT)                          \
    static void                                                                   \
    NAME(const Strip *x, T *out, int largest)                                     \
    {                                                                             \
        memcpy(out, x->from, x->n * sizeof *out);                                 \
        for (int64_t i = 1, count; i < x->rows; i += count) {                     \
            int eight = x->rows - i >= EIGHT;                                     \
            int nan = !eight ? BEST(out, row_at(x, i), x->n, largest)             \
                             : (largest ? MAX_EIGHT : MIN_EIGHT)                  \
                               (out, row_at(x, i), x->stride, x->n);              \
                                                                                  \
            count = eight ? EIGHT : 1;                                            \
            for (int64_t k = i; nan && k < i + count; k++) {                      \
                const T *v = row_at(x, k);                                        \
                                                                                  \
                for (size_t j = 0; j < x->n; j++)                                 \
                    out[j] = v[j] != v[j] && out[j] == out[j] ? v[j] : out[j];    \
            }                                                                     \
        }                                                                         \
    }

BEST_ROW(best_row_f64, double)
BEST_ROW(best_row_f32, float)
BEST_FLOATS(best_f64, double, best_row_f64, max_eight_f64, min_eight_f64)
BEST_FLOATS(best_f32, float, best_row_f32, max_eight_f32, min_eight_f32)

#define LARGER(V) m = (V) > m ? (V) : m
#define SMALLER(V) m = (V) < m ? (V) : m
#define BEST_OF_EIGHT(T, BEST)                                                    \
    T m = out[j];                                                                 \
                                                                                  \
    BEST(a[j]);                                                                   \
    BEST(b[j]);                                                                   \
    BEST(c[j]);                                                                   \
    BEST(d[j]);                                                                   \
    BEST(e[j]);                                                                   \
    BEST(f[j]);                                                                   \
    BEST(g[j]);                                                                   \
    BEST(h[j]);                                                                   \
    out[j] = m

#define BEST_INTS(NAME, T)                                                        \
    static void                                                                   \
    NAME(const Strip *x, T *restrict out, int largest)                            \
    {                                                                             \
        const unsigned char *p = x->from;                                         \
        int64_t rows = x->rows;                                                   \
                                                                                  \
        memcpy(out, p, x->n * sizeof *out);                                       \
        for (; rows >= EIGHT; rows -= EIGHT, p += EIGHT * x->stride)              \
            if (largest)                                                          \
                EIGHT_ROWS(T, p, x->stride, x->n, BEST_OF_EIGHT(T, LARGER));      \
            else                                                                  \
                EIGHT_ROWS(T, p, x->stride, x->n, BEST_OF_EIGHT(T, SMALLER));     \
        for (; rows > 0; rows--, p += x->stride)                                  \
            for (size_t j = 0; j < x->n; j++) {                                   \
                T v = ((const T *)(const void *)p)[j];                            \
                                                                                  \
                out[j] = (largest ? v > out[j] : v < out[j]) ? v : out[j];        \
            }                                                                     \
    }

BEST_INTS(best_u8, uint8_t)
BEST_INTS(best_i32, int32_t)
BEST_INTS(best_i64, int64_t)

static void
best(const Strip *x, void *out, int largest)
{
    float *f = out;

    switch (x->type) {
    case ARRAY_F64: best_f64(x, out, largest); break;
    case ARRAY_I64: best_i64(x, out, largest); break;
    case ARRAY_I32: best_i32(x, out, largest); break;
    case ARRAY_F32:
        best_f32(x, out, largest);
        for (size_t j = 0; j < x->n; j++)       /* a NaN is quiet, as one that became f64 */
            f[j] = f[j] == f[j] ? f[j] : f[j] + 0;
        break;
    default: best_u8(x, out, largest);
    }
}

/* -- the way over the array -- */

Array
array_axis_others(const Array *a, int axis)
{
    Array base = *a;

    base.ndim--;
    for (int i = axis; i < base.ndim; i++) {
        base.shape[i] = a->shape[i + 1];
        base.stride[i] = a->stride[i + 1];
    }
    return base;
}

int
array_axis_fits(const Array *a, ArrayReduction what, int axis)
{
    int64_t size = (int64_t)array_size(a->type);
    Array others = array_axis_others(a, axis);
    Cursor c;

    cursor_init(&c, &others);
    if (a->stride[axis] == size || a->shape[axis] < 2 || a->shape[axis] > INT32_MAX
        || cursor_stride(&c) != size || c.shape[c.ndim - 1] < 2)
        return 0;
    return what == ARRAY_SUM || what == ARRAY_MIN || what == ARRAY_MAX
           || (what == ARRAY_MEAN && a->type != ARRAY_I64);
}

static int
reduce_strip(void *room, const Strip *x, ArrayReduction what, void *out)
{
    double *to = out;

    if (what == ARRAY_MIN || what == ARRAY_MAX)
        best(x, out, what == ARRAY_MAX);
    else if (array_isfloat(x->type))
        sum_floats(room, x, to);
    else if (sum_ints(room, x, out))
        return -1;
    for (size_t j = 0; what == ARRAY_MEAN && j < x->n; j++)
        to[j] = (array_isfloat(x->type) ? to[j] : (double)((int64_t *)out)[j])
                / (double)x->rows;
    return 0;
}

/* Bytes that a strip of n lanes needs beside it: of its sums, as Tree and halves have them. */
static size_t
room_of(int64_t rows, size_t n)
{
    size_t levels = 1;

    for (int64_t blocks = rows / PAIRWISE_BLOCK + 1; blocks; blocks >>= 1)
        levels++;
    return (SUMS + 1 + levels) * n * sizeof(double);
}

int
array_axis_reduce(Array *out, const Array *a, ArrayReduction what, int axis, Err *err)
{
    Array others = array_axis_others(a, axis);
    Strip x = {.type = a->type, .rows = a->shape[axis], .stride = a->stride[axis]};
    unsigned char *to = out->data;
    void *room;
    Cursor c;
    int rc;

    cursor_init(&c, &others);
    room = malloc(room_of(x.rows, (size_t)cursor_run(&c, STRIP)));
    rc = room ? OK : err_nomem(err);
    for (int64_t left = array_count(&others); rc == OK && left; left -= (int64_t)x.n) {
        x.n = (size_t)cursor_run(&c, STRIP);
        x.from = c.at;
        if (reduce_strip(room, &x, what, to))
            rc = err_set(err, ERR_INVAL, "the sum does not fit an integer; "
                         "sum a:astype \"f64\" for an approximation");
        to += x.n * array_size(out->type);
        cursor_move(&c, (int64_t)x.n);
    }
    free(room);
    return rc;
}
