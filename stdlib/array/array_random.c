/* array_random.c -- see array_op.h: sequences and random numbers */
#include <math.h>

#include "array/array_op.h"

typedef struct Random {
    uint64_t s[4];
} Random;

static double
number(ArrayItem v)
{
    return v.type == ARRAY_F64 ? v.f : (double)v.i;
}

static int
too_long(Err *err)
{
    return err_set(err, ERR_INVAL, "the range is too long");
}

/* first + i * step never overflows: it lies between first and last. */
static int
arange_ints(Array **out, int64_t first, int64_t last, int64_t step, Err *err)
{
    uint64_t span, n = 0;
    int64_t count, *to;
    Array *a;
    int rc;

    if (step > 0 ? first <= last : first >= last) {
        span = step > 0 ? (uint64_t)last - (uint64_t)first : (uint64_t)first - (uint64_t)last;
        n = span / (step > 0 ? (uint64_t)step : 0 - (uint64_t)step);
        if (n >= INT64_MAX)
            return too_long(err);
        n++;
    }
    count = (int64_t)n;
    if ((rc = array_make(&a, ARRAY_I64, 1, &count, err)))
        return rc;
    to = (int64_t *)(void *)a->data;
    for (int64_t i = 0; i < count; i++)
        to[i] = (int64_t)((uint64_t)first + (uint64_t)i * (uint64_t)step);
    *out = a;
    return OK;
}

static int
arange_floats(Array **out, double first, double last, double step, Err *err)
{
    double steps = (last - first) / step, n;
    int64_t count;
    double *to;
    Array *a;
    int rc;

    if (!isfinite(steps))
        return err_set(err, ERR_INVAL, "the range is not finite");
    n = steps < 0 ? 0 : floor(steps + 1e-10 * (steps > 1 ? steps : 1)) + 1;
    if (n >= 0x1p60)
        return too_long(err);
    count = (int64_t)n;
    if ((rc = array_make(&a, ARRAY_F64, 1, &count, err)))
        return rc;
    to = (double *)(void *)a->data;
    for (int64_t i = 0; i < count; i++)
        to[i] = first + (double)i * step;
    *out = a;
    return OK;
}

static uint64_t
splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void
random_init(Random *r, int64_t seed)
{
    uint64_t state = (uint64_t)seed;

    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix64(&state);
}

static uint64_t
rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* xoshiro256++ */
static uint64_t
random_next(Random *r)
{
    uint64_t *s = r->s, out = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return out;
}

static double
uniform(Random *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

/* The natural logarithm for 0 < x < 1, to about 1e-16: the C library's differs
 * between machines in its last bit.  x = 2^e m with m about 1, and then
 * ln m = 2 atanh t, t = (m - 1) / (m + 1), as its series. */
static double
logarithm(double x)
{
    int e;
    double m = frexp(x, &e), t, tt, sum = 0;

    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    t = (m - 1) / (m + 1);
    tt = t * t;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * tt + 1.0 / k;
    return 2 * t * sum + e * 0.69314718055994531;
}

/* Two independent normal numbers. */
static void
normal_pair(Random *r, double out[2])
{
    double u, v, s, f;

    do {
        u = 2 * uniform(r) - 1;
        v = 2 * uniform(r) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    f = sqrt(-2 * logarithm(s) / s);
    out[0] = u * f;
    out[1] = v * f;
}

int
array_arange(Array **out, ArrayItem first, ArrayItem last, ArrayItem step, Err *err)
{
    if (number(step) == 0)
        return err_set(err, ERR_INVAL, "the step is zero");
    if (first.type == ARRAY_I64 && last.type == ARRAY_I64 && step.type == ARRAY_I64)
        return arange_ints(out, first.i, last.i, step.i, err);
    return arange_floats(out, number(first), number(last), number(step), err);
}

int
array_linspace(Array **out, double first, double last, int64_t n, Err *err)
{
    Array *a;
    double *to;
    int rc = array_make(&a, ARRAY_F64, 1, &n, err);

    if (rc)
        return rc;
    to = (double *)(void *)a->data;
    for (int64_t i = 0; i < n; i++)
        to[i] = first + (last - first) * ((double)i / (double)(n > 1 ? n - 1 : 1));
    if (n > 1)
        to[n - 1] = last;
    *out = a;
    return OK;
}

int
array_eye(Array **out, int64_t n, ArrayType type, Err *err)
{
    const ArrayItem one = {type == ARRAY_BOOL ? ARRAY_BOOL : ARRAY_I64, 1, 0};
    int64_t shape[2] = {n, n};
    Array *a;
    int rc = array_new(&a, type, 2, shape, err);

    if (rc)
        return rc;
    for (int64_t i = 0; i < n && rc == OK; i++)
        rc = array_poke(type, a->data + i * (a->stride[0] + a->stride[1]), one, err);
    *out = a;
    return OK;
}

int
array_random(Array **out, int ndim, const int64_t *shape, int64_t seed, Err *err)
{
    int64_t n;
    double *to;
    Array *a;
    Random r;
    int rc = array_make(&a, ARRAY_F64, ndim, shape, err);

    if (rc)
        return rc;
    random_init(&r, seed);
    to = (double *)(void *)a->data;
    n = array_count(a);
    for (int64_t i = 0; i < n; i++)
        to[i] = uniform(&r);
    *out = a;
    return OK;
}

int
array_normal(Array **out, int ndim, const int64_t *shape, int64_t seed, Err *err)
{
    double *to, pair[2];
    int64_t n;
    Array *a;
    Random r;
    int rc = array_make(&a, ARRAY_F64, ndim, shape, err);

    if (rc)
        return rc;
    random_init(&r, seed);
    to = (double *)(void *)a->data;
    n = array_count(a);
    for (int64_t i = 0; i < n; i++) {
        if (i % 2 == 0)
            normal_pair(&r, pair);
        to[i] = pair[i % 2];
    }
    *out = a;
    return OK;
}

__extension__ typedef unsigned __int128 Wide;

/* Uniform in 0 to span - 1, unbiased (Lemire); span 0 is 2^64. */
static uint64_t
below(Random *r, uint64_t span)
{
    uint64_t x = random_next(r), low;
    Wide m = (Wide)x * span;

    if (!span)
        return x;
    for (low = (uint64_t)m; low < span && low < -span % span; low = (uint64_t)m)
        m = (Wide)random_next(r) * span;
    return (uint64_t)(m >> 64);
}

int
array_integers(Array **out, const int64_t range[2], ArrayType type, int ndim,
               const int64_t *shape, int64_t seed, Err *err)
{
    uint64_t span = (uint64_t)range[1] - (uint64_t)range[0] + 1;
    unsigned char *to;
    Array *a;
    Random r;
    int rc = array_make(&a, type, ndim, shape, err);

    if (rc)
        return rc;
    random_init(&r, seed);
    to = a->data;
    for (int64_t left = array_count(a); rc == OK && left; left--, to += array_size(type)) {
        int64_t v = (int64_t)((uint64_t)range[0] + below(&r, span));

        if (type == ARRAY_F64)
            *(double *)(void *)to = (double)v;
        else if (type == ARRAY_I64)
            *(int64_t *)(void *)to = v;
        else
            rc = array_poke(type, to, (ArrayItem){ARRAY_I64, v, 0}, err);
    }
    if (rc)
        array_free(a);
    else
        *out = a;
    return rc;
}
