/* array_reduce.c -- see array_op.h: sums and the like
 *
 * A lane is one reduction under way; it is fed blocks of i64 or f64.  Over all
 * elements there is one lane.  Along an axis sixteen neighbouring lanes advance
 * together, so that memory is read a cache line at a time. */
#include <math.h>
#include <string.h>

#include "array/array_axis.h"
#include "array/array_op.h"
#include "array/array_pair.h"
#include "array/array_pairwise.h"
#include "array/array_reader.h"
#include "array/array_transposed.h"
#include "base/interrupt.h"

__extension__ typedef __int128 Wide;

enum {
    VAR_BLOCK = 256,
    LANES = 16,
    LANE_BLOCK = 256,           /* a multiple of PAIRWISE_BLOCK and VAR_BLOCK */
    DENSE_BLOCK = 4096          /* the same, of elements that are read where they lie */
};

typedef struct Lane {
    ArrayReduction what;
    ArrayType via;
    int64_t n;
    union {
        Pairwise floats;
        Wide ints;
        struct {
            double mean, squares;
        } var;
        struct {
            ArrayItem item;
            int64_t at;
        } best;
        int64_t nonzero;
    } u;
} Lane;

/* Elements of a lane, of i64 or f64. */
typedef union Block {
    int64_t i64[LANE_BLOCK];
    double f64[LANE_BLOCK];
    Any8 any[LANE_BLOCK];
} Block;

/* How the elements of lanes lie: down a lane, and from one to the next. */
typedef struct Across {
    ArrayLoad *load;
    int64_t stride, distance;
} Across;

static void
add_ints(Lane *l, const int64_t *x, size_t n)
{
    const uint64_t sign = UINT64_C(1) << 63;
    uint64_t high = 0, low = 0;     /* halves, whose sums do not overflow in a block */

    for (size_t i = 0; i < n; i++) {
        uint64_t v = (uint64_t)x[i] ^ sign;         /* 2^63 more, and unsigned */

        low += v & 0xffffffff;
        high += v >> 32;
    }
    l->u.ints += ((Wide)high << 32) + (Wide)low - (Wide)sign * (Wide)n;
}

/* Joins the mean and the sum of squares of a block to those so far (Chan, Golub
 * and LeVeque). */
static void
add_squares(Lane *l, const double *x, size_t n)
{
    double mean = array_pairwise_row(x, n) / (double)n, d[VAR_BLOCK], delta, all;

    for (size_t i = 0; i < n; i++)
        d[i] = (x[i] - mean) * (x[i] - mean);
    delta = mean - l->u.var.mean;
    all = (double)(l->n + (int64_t)n);
    l->u.var.squares += array_pairwise_row(d, n) + delta * delta * ((double)l->n * (double)n / all);
    l->u.var.mean += delta * ((double)n / all);
}

static void
feed_var(Lane *l, const double *x, size_t n)
{
    for (size_t len; n; x += len, n -= len) {
        len = n < VAR_BLOCK ? n : VAR_BLOCK;
        add_squares(l, x, len);
        l->n += (int64_t)len;
    }
}

/* The first NaN of a row that has one. */
static double
first_nan(const double *x)
{
    while (*x == *x)
        x++;
    return *x;
}

/* An extreme of a row, eight at a time; or its first NaN. */
#define EXTREME(NAME, OP, BEST)                                                   \
    static double                                                                 \
    NAME(const double *x, size_t n)                                               \
    {                                                                             \
        Pair m[4], v[4];                                                          \
        PairMask nan = {0, 0};                                                    \
        double best = x[0];                                                       \
        size_t i = 0;                                                             \
        int some;                                                                 \
                                                                                  \
        for (int k = 0; k < 4; k++)                                               \
            m[k] = (Pair){x[0], x[0]};                                            \
        for (; i + 8 <= n; i += 8) {                                              \
            for (size_t k = 0; k < 4; k++) {                                      \
                v[k] = *(const Pair *)(x + i + 2 * k);                            \
                m[k] = BEST(v[k], m[k]);                                          \
            }                                                                     \
            nan |= pair_nan(v[0], v[1]) | pair_nan(v[2], v[3]);                   \
        }                                                                         \
        some = (nan[0] | nan[1]) != 0;                                            \
        for (int k = 0; k < 8; k++)                                               \
            best = m[k / 2][k % 2] OP best ? m[k / 2][k % 2] : best;              \
        for (; i < n; i++) {                                                      \
            best = x[i] OP best ? x[i] : best;                                    \
            some |= x[i] != x[i];                                                 \
        }                                                                         \
        return some ? first_nan(x) : best;                                        \
    }

EXTREME(max_f64, >, pair_max)
EXTREME(min_f64, <, pair_min)

static int64_t
best_i64(const int64_t *x, size_t n, int largest)
{
    int64_t m = x[0];

    if (largest)
        for (size_t i = 1; i < n; i++)
            m = x[i] > m ? x[i] : m;
    else
        for (size_t i = 1; i < n; i++)
            m = x[i] < m ? x[i] : m;
    return m;
}

static int
wants_largest(const Lane *l)
{
    return l->what == ARRAY_MAX || l->what == ARRAY_ARGMAX;
}

static int
wants_place(const Lane *l)
{
    return l->what == ARRAY_ARGMIN || l->what == ARRAY_ARGMAX;
}

static void
feed_best_i64(Lane *l, const int64_t *x, size_t n)
{
    int largest = wants_largest(l);
    int64_t m = best_i64(x, n, largest), had = l->u.best.item.i;
    size_t i = 0;

    if (l->n && (largest ? m <= had : m >= had))
        return;
    while (wants_place(l) && x[i] != m)
        i++;
    l->u.best.item = (ArrayItem){ARRAY_I64, m, 0};
    l->u.best.at = l->n + (int64_t)i;
}

static void
feed_best_f64(Lane *l, const double *x, size_t n)
{
    int largest = wants_largest(l);
    double m = largest ? max_f64(x, n) : min_f64(x, n), had = l->u.best.item.f;
    size_t i = 0;

    if (l->n && (had != had || (largest ? m <= had : m >= had)))
        return;
    if (m == 0 || wants_place(l))       /* of several zeros the first one, for its sign */
        while (m == m ? x[i] != m : x[i] == x[i])
            i++;
    l->u.best.item = (ArrayItem){ARRAY_F64, 0, m == 0 ? x[i] : m};
    l->u.best.at = l->n + (int64_t)i;
}

static int64_t
nonzero(const void *x, size_t n, ArrayType via)
{
    int64_t count = 0;

    if (via == ARRAY_I64)
        for (size_t i = 0; i < n; i++)
            count += ((const int64_t *)x)[i] != 0;
    else
        for (size_t i = 0; i < n; i++)
            count += ((const double *)x)[i] != 0;
    return count;
}

static void
lane_init(Lane *l, ArrayReduction what, ArrayType via)
{
    l->what = what;
    l->via = via;
    l->n = 0;
    if (via == ARRAY_F64 && (what == ARRAY_SUM || what == ARRAY_MEAN))
        l->u.floats.blocks = 0;         /* its parts are not read before they are set */
    else
        memset(&l->u, 0, sizeof l->u);
}

static void
lane_feed(Lane *l, const void *x, size_t n)
{
    switch (l->what) {
    case ARRAY_SUM:
    case ARRAY_MEAN:
        if (l->via == ARRAY_I64)
            add_ints(l, x, n);
        else
            array_pairwise_feed(&l->u.floats, x, n);
        break;
    case ARRAY_VAR:
    case ARRAY_STD:
        feed_var(l, x, n);
        return;                 /* which counts the elements */
    case ARRAY_ANY:
    case ARRAY_ALL:
        l->u.nonzero += nonzero(x, n, l->via);
        break;
    default:
        if (l->via == ARRAY_I64)
            feed_best_i64(l, x, n);
        else
            feed_best_f64(l, x, n);
    }
    l->n += (int64_t)n;
}

static int
finish_sum(const Lane *l, ArrayItem *out, Err *err)
{
    if (l->via == ARRAY_F64) {
        *out = (ArrayItem){ARRAY_F64, 0, array_pairwise_sum(&l->u.floats)};
        return OK;
    }
    if (l->u.ints > INT64_MAX || l->u.ints < INT64_MIN)
        return err_set(err, ERR_INVAL, "the sum does not fit an integer; "
                       "sum a:astype \"f64\" for an approximation");
    *out = (ArrayItem){ARRAY_I64, (int64_t)l->u.ints, 0};
    return OK;
}

static double
finish_var(const Lane *l, int64_t ddof)
{
    double n = (double)(l->n - ddof), v = n > 0 ? l->u.var.squares / n : (double)NAN;

    return l->what == ARRAY_STD ? sqrt(v) : v;
}

static int
lane_finish(const Lane *l, int64_t ddof, ArrayItem *out, Err *err)
{
    double sum;

    switch (l->what) {
    case ARRAY_SUM: return finish_sum(l, out, err);
    case ARRAY_MEAN:
        sum = l->via == ARRAY_I64 ? (double)l->u.ints : array_pairwise_sum(&l->u.floats);
        *out = (ArrayItem){ARRAY_F64, 0, sum / (double)l->n};
        break;
    case ARRAY_VAR:
    case ARRAY_STD: *out = (ArrayItem){ARRAY_F64, 0, finish_var(l, ddof)}; break;
    case ARRAY_MIN:
    case ARRAY_MAX: *out = l->u.best.item; break;
    case ARRAY_ARGMIN:
    case ARRAY_ARGMAX: *out = (ArrayItem){ARRAY_I64, l->u.best.at + 1, 0}; break;
    case ARRAY_ANY: *out = (ArrayItem){ARRAY_BOOL, l->u.nonzero > 0, 0}; break;
    default: *out = (ArrayItem){ARRAY_BOOL, l->u.nonzero == l->n, 0};
    }
    return OK;
}

static ArrayType
via_type(const Array *a, ArrayReduction what)
{
    return array_isfloat(a->type) || what == ARRAY_VAR || what == ARRAY_STD ? ARRAY_F64
                                                                           : ARRAY_I64;
}

static ArrayType
result_type(const Array *a, ArrayReduction what)
{
    switch (what) {
    case ARRAY_SUM: return array_isfloat(a->type) ? ARRAY_F64 : ARRAY_I64;
    case ARRAY_MIN:
    case ARRAY_MAX: return a->type;
    case ARRAY_ARGMIN:
    case ARRAY_ARGMAX: return ARRAY_I64;
    case ARRAY_ANY:
    case ARRAY_ALL: return ARRAY_BOOL;
    default: return ARRAY_F64;
    }
}

static int
check_some(int64_t n, ArrayReduction what, Err *err)
{
    static const char *const names[] = {
        [ARRAY_MEAN] = "mean",     [ARRAY_VAR] = "var", [ARRAY_STD] = "std",
        [ARRAY_MIN] = "min",       [ARRAY_MAX] = "max", [ARRAY_ARGMIN] = "argmin",
        [ARRAY_ARGMAX] = "argmax", [ARRAY_ALL] = NULL};

    if (n == 0 && names[what])
        return err_set(err, ERR_INVAL, "an empty array has no %s", names[what]);
    return OK;
}

/* The extremes of bools are bools. */
static void
as_type(ArrayItem *v, ArrayType t)
{
    if (t == ARRAY_BOOL)
        v->type = ARRAY_BOOL;
}

/* The distance of lanes that lie evenly, else 0. */
static int64_t
lane_distance(unsigned char *const *at, int n)
{
    int64_t d = n > 1 ? at[1] - at[0] : 0;

    for (int k = 2; k < n; k++)
        if (at[k] - at[k - 1] != d)
            return 0;
    return d;
}

/* Reads count elements of n lanes, across the lanes: each line of the cache once,
 * where going down a lane of a large matrix would evict it before the next. */
static void
gather_lanes(Block *blocks, int n, const unsigned char *from, const Across *x, int64_t count)
{
    Any8 row[LANES];

    for (int64_t i = 0; i < count; i++, from += x->stride) {
        x->load(row, from, x->distance, (size_t)n);
        for (int k = 0; k < n; k++)
            blocks[k].any[i] = row[k];
    }
}

/* Feeds a lane whose elements are side by side. */
static void
feed_dense(Lane *l, const unsigned char *from, const Array *a, int64_t n)
{
    ArrayLoad *load = a->type == l->via ? NULL : array_load(a->type, l->via);
    int64_t size = (int64_t)array_size(a->type), most = load ? LANE_BLOCK : DENSE_BLOCK, count;
    Block block;

    for (int64_t done = 0; done < n; done += count, from += count * size) {
        count = n - done < most ? n - done : most;
        if (load)
            load(&block, from, size, (size_t)count);
        lane_feed(l, load ? (const void *)&block : from, (size_t)count);
    }
}

/* Feeds n lanes, which begin at the given elements, with all elements each. */
static void
feed_lanes(Lane *lanes, unsigned char *const *at, int n, const Array *a, int axis)
{
    Across x = {array_load(a->type, lanes->via), a->stride[axis], lane_distance(at, n)};
    Block blocks[LANES];

    if (x.stride == (int64_t)array_size(a->type)) {
        for (int k = 0; k < n && a->shape[axis]; k++)
            feed_dense(&lanes[k], at[k], a, a->shape[axis]);
        return;
    }
    for (int64_t done = 0, count; done < a->shape[axis]; done += count) {
        count = a->shape[axis] - done < LANE_BLOCK ? a->shape[axis] - done : LANE_BLOCK;
        if (x.distance)
            gather_lanes(blocks, n, at[0] + done * x.stride, &x, count);
        for (int k = 0; k < n; k++) {
            if (!x.distance)
                x.load(&blocks[k], at[k] + done * x.stride, x.stride, (size_t)count);
            lane_feed(&lanes[k], &blocks[k], (size_t)count);
        }
    }
}

static int
store_lanes(Array *o, int64_t first, const Lane *lanes, int n, int64_t ddof, Err *err)
{
    unsigned char *to = o->data + first * (int64_t)array_size(o->type);

    for (int k = 0; k < n; k++, to += array_size(o->type)) {
        ArrayItem v;
        int rc = lane_finish(&lanes[k], ddof, &v, err);

        if (rc)
            return rc;
        as_type(&v, o->type);
        if ((rc = array_poke(o->type, to, v, err)))
            return rc;
    }
    return OK;
}

/* Feeds a lane all elements. */
static int
feed_all(Lane *l, const Array *a, Err *err)
{
    const void *x;
    Reader r;
    size_t n;

    if ((l->what == ARRAY_SUM || l->what == ARRAY_MEAN) && array_transposed_fits(a)) {
        l->n = array_count(a);
        return array_transposed_sum(&l->u.floats, a, err);
    }
    reader_init(&r, a, l->via);
    while ((x = reader_next(&r, &n))) {
        lane_feed(l, x, n);
        if (interrupt_poll(err))
            return ERR_CANCELLED;
    }
    return OK;
}

/* The same elements in the order in which they lie in memory; no reference is taken. */
static Array
as_it_lies(const Array *a)
{
    Array b = *a;

    for (int i = 1; i < b.ndim; i++)
        for (int k = i; k > 0 && b.stride[k - 1] < b.stride[k]; k--) {
            int64_t stride = b.stride[k], shape = b.shape[k];

            b.stride[k] = b.stride[k - 1];
            b.shape[k] = b.shape[k - 1];
            b.stride[k - 1] = stride;
            b.shape[k - 1] = shape;
        }
    return b;
}

/* Whether the elements may come in any order: sums of integers are exact. */
static int
any_order(const Lane *l)
{
    switch (l->what) {
    case ARRAY_SUM:
    case ARRAY_MEAN: return l->via == ARRAY_I64;
    case ARRAY_MIN:
    case ARRAY_MAX:
    case ARRAY_ANY:
    case ARRAY_ALL: return 1;
    default: return 0;
    }
}

int
array_reduce(ArrayItem *out, const Array *a, ArrayReduction what, int64_t ddof, Err *err)
{
    int rc = check_some(array_count(a), what, err);
    Array b = as_it_lies(a);
    Lane l;

    if (rc)
        return rc;
    lane_init(&l, what, via_type(a, what));
    rc = feed_all(&l, any_order(&l) ? &b : a, err);
    if (rc == OK && any_order(&l) && l.via == ARRAY_F64 && (what == ARRAY_MIN || what == ARRAY_MAX)
        && !(l.u.best.item.f < 0 || l.u.best.item.f > 0)) {
        lane_init(&l, what, l.via);     /* of zeros and of NaNs it is the first one */
        rc = feed_all(&l, a, err);
    }
    if (rc || (rc = lane_finish(&l, ddof, out, err)))
        return rc;
    as_type(out, result_type(a, what));
    return OK;
}

int
array_reduce_axis(Array **out, const Array *a, ArrayReduction what, int axis, int64_t ddof,
                  Err *err)
{
    Array *o, base = array_axis_others(a, axis);
    Lane lanes[LANES];
    int64_t count;
    Cursor c;
    int rc;

    count = array_count(&base);
    if ((count && (rc = check_some(a->shape[axis], what, err)))
        || (rc = array_make(&o, result_type(a, what), base.ndim, base.shape, err)))
        return rc;
    if (array_axis_fits(a, what, axis)) {
        if ((rc = array_axis_reduce(o, a, what, axis, err)))
            array_free(o);
        else
            *out = o;
        return rc;
    }
    cursor_init(&c, &base);
    for (int64_t done = 0; done < count; done += LANES) {
        int n = count - done < LANES ? (int)(count - done) : LANES;
        unsigned char *at[LANES];

        for (int k = 0; k < n; k++) {
            lane_init(&lanes[k], what, via_type(a, what));
            at[k] = c.at;
            cursor_move(&c, 1);
        }
        feed_lanes(lanes, at, n, a, axis);
        if ((rc = store_lanes(o, done, lanes, n, ddof, err))) {
            array_free(o);
            return rc;
        }
    }
    *out = o;
    return OK;
}
