/* array_axis.c -- see array_op.h: reductions down the columns
 *
 * When the elements of a lane are far apart in memory and the lanes side by side, the
 * matrix is read row by row and STRIP lanes advance at once.  Every lane has the same
 * operations in the same order as in array_reduce.c: a view has the sums of its copy, to
 * the last bit. */
#include <stdlib.h>
#include <string.h>

#include "array/array_axis.h"
#include "array/array_reader.h"

__extension__ typedef __int128 Wide;

enum {
    PAIR = 128,                 /* as in array_reduce.c */
    SUMS = 8,
    STRIP = 256,                /* lanes at a time; their sums stay in the cache */
    LEVELS = 48
};

/* part[k], where bit k of blocks is set, is the sum of 2^k blocks. */
typedef struct Tree {
    uint64_t blocks;
    double s[SUMS + 1][STRIP];  /* the last: elements beyond a multiple of SUMS */
    double part[LEVELS][STRIP];
} Tree;

/* 64-bit integers, each 2^63 more to be unsigned, as their upper and lower halves:
 * sums of those do not overflow before 2^31 rows. */
typedef struct Halves {
    uint64_t high[STRIP], low[STRIP];
} Halves;

typedef struct Strip {
    const Array *a;
    int64_t rows, stride, distance;     /* down a lane, from one to the next */
    const unsigned char *from;
    size_t n;                           /* lanes */
    ArrayLoad *load;                    /* NULL: as they lie */
    Any8 row[STRIP];
} Strip;

static const void *
next_row(Strip *s)
{
    const unsigned char *at = s->from;

    s->from += s->stride;
    if (!s->load)
        return at;
    s->load(s->row, at, s->distance, s->n);
    return s->row;
}

static void
add_to(double *restrict to, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += x[i];
}

/* The sums of a block of rows, as sum_row has them, into s[0]. */
static void
sum_block(Tree *t, Strip *x, int64_t rows)
{
    double (*s)[STRIP] = t->s;
    int64_t whole = rows - rows % SUMS;

    memset(t->s, 0, sizeof t->s);
    for (int64_t i = 0; i < rows; i++)
        add_to(s[i < whole ? i % SUMS : SUMS], next_row(x), x->n);
    for (size_t j = 0; j < x->n; j++)
        s[0][j] = ((s[0][j] + s[1][j]) + (s[2][j] + s[3][j]))
                  + ((s[4][j] + s[5][j]) + (s[6][j] + s[7][j])) + s[8][j];
}

static void
join_block(Tree *t, size_t n)
{
    int level = 0;

    for (; t->blocks >> level & 1; level++)
        for (size_t j = 0; j < n; j++)
            t->s[0][j] = t->part[level][j] + t->s[0][j];
    memcpy(t->part[level], t->s[0], n * sizeof(double));
    t->blocks++;
}

static void
join_parts(Tree *t, double *out, size_t n)
{
    int some = 0;

    for (int level = 0; t->blocks >> level; level++) {
        if (!(t->blocks >> level & 1))
            continue;
        for (size_t j = 0; j < n; j++)
            out[j] = some ? t->part[level][j] + out[j] : t->part[level][j];
        some = 1;
    }
    if (!some)
        memset(out, 0, n * sizeof *out);
}

static void
sum_strip(Tree *t, Strip *x, double *out)
{
    t->blocks = 0;
    for (int64_t done = 0, rows; done < x->rows; done += rows) {
        rows = x->rows - done < PAIR ? x->rows - done : PAIR;
        sum_block(t, x, rows);
        join_block(t, x->n);
    }
    join_parts(t, out, x->n);
}

/* NaN wins, else the first of the extreme ones. */
static void
best_strip(Strip *x, double *restrict out, int largest)
{
    memcpy(out, next_row(x), x->n * sizeof *out);
    for (int64_t i = 1; i < x->rows; i++) {
        const double *v = next_row(x);

        if (largest)
            for (size_t j = 0; j < x->n; j++)
                out[j] = v[j] > out[j] || (v[j] != v[j] && out[j] == out[j]) ? v[j] : out[j];
        else
            for (size_t j = 0; j < x->n; j++)
                out[j] = v[j] < out[j] || (v[j] != v[j] && out[j] == out[j]) ? v[j] : out[j];
    }
}

static int
sum_ints(Halves *h, Strip *x, int64_t *out)
{
    const uint64_t sign = UINT64_C(1) << 63;

    memset(h, 0, sizeof *h);
    for (int64_t i = 0; i < x->rows; i++) {
        const int64_t *v = next_row(x);

        for (size_t j = 0; j < x->n; j++) {
            uint64_t u = (uint64_t)v[j] ^ sign;

            h->low[j] += u & 0xffffffff;
            h->high[j] += u >> 32;
        }
    }
    for (size_t j = 0; j < x->n; j++) {
        Wide sum = ((Wide)h->high[j] << 32) + (Wide)h->low[j] - (Wide)sign * x->rows;

        if (sum > INT64_MAX || sum < INT64_MIN)
            return -1;
        out[j] = (int64_t)sum;
    }
    return 0;
}

int
array_axis_fits(const Array *a, ArrayReduction what, int axis)
{
    int other = 1 - axis, floats = array_isfloat(a->type);
    int64_t size = (int64_t)array_size(a->type);

    if (a->ndim != 2 || a->stride[other] != size || a->stride[axis] == size
        || a->shape[axis] < 2 || a->shape[axis] > INT32_MAX || a->shape[other] < 2)
        return 0;
    return what == ARRAY_SUM || (floats && what == ARRAY_MEAN)
           || (a->type == ARRAY_F64 && (what == ARRAY_MIN || what == ARRAY_MAX));
}

static int
reduce_strip(void *work, Strip *x, ArrayReduction what, void *out)
{
    double *to = out;

    if (what == ARRAY_MIN || what == ARRAY_MAX)
        best_strip(x, to, what == ARRAY_MAX);
    else if (!array_isfloat(x->a->type))
        return sum_ints(work, x, out);
    else
        sum_strip(work, x, to);
    for (size_t j = 0; what == ARRAY_MEAN && j < x->n; j++)
        to[j] /= (double)x->rows;
    return 0;
}

int
array_axis_reduce(Array *out, const Array *a, ArrayReduction what, int axis, Err *err)
{
    ArrayType via = array_isfloat(a->type) ? ARRAY_F64 : ARRAY_I64;
    size_t lanes = (size_t)a->shape[1 - axis];
    void *work = malloc(sizeof(Tree) > sizeof(Halves) ? sizeof(Tree) : sizeof(Halves));
    Strip x = {.a = a, .rows = a->shape[axis], .stride = a->stride[axis],
               .distance = a->stride[1 - axis]};
    int rc = work ? OK : err_nomem(err);

    x.load = a->type == via ? NULL : array_load(a->type, via);
    for (size_t done = 0; rc == OK && done < lanes; done += x.n) {
        x.n = lanes - done < STRIP ? lanes - done : STRIP;
        x.from = a->data + (int64_t)done * x.distance;
        if (reduce_strip(work, &x, what, out->data + done * 8))
            rc = err_set(err, ERR_INVAL, "the sum does not fit an integer; "
                         "sum a:astype \"f64\" for an approximation");
    }
    free(work);
    return rc;
}
