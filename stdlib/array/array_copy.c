/* array_copy.c -- see array.h: filling, copies, conversion, identity */
#include <string.h>

#include "array/array_reader.h"

/* elements of a line of the cache, and how many lines are written at a time */
enum { TILE = 8, TILE_COLUMNS = 64 };

/* Two axes of a copy: src is dense along its rows, dst along its columns. */
typedef struct Plane {
    int64_t rows, columns, size;
    int64_t to_stride, from_stride;
    ArrayLoad *load;
} Plane;

static int64_t
bits_of(double x)
{
    int64_t i;

    memcpy(&i, &x, sizeof i);
    return i;
}

/* Negative when |x| is not less than 2^bits. */
static int64_t
below(double x, int bits)
{
    return ((INT64_C(1023) + bits) << 52) - 1 - (bits_of(x) & INT64_MAX);
}

/* Stores n elements of a row of i64 or f64 as type T.  The index of the first one, x, that does
 * not fit, or n.  CLEAR is negative of one that may not fit; only where there are such ones is
 * each looked at. */
#define NARROW(NAME, FROM, VIA, T, CLEAR, FITS)                                   \
    static size_t                                                                 \
    NAME(void *out, const void *in, size_t n)                                     \
    {                                                                             \
        const FROM *from = in;                                                    \
        T *restrict to = out;                                                     \
        size_t i = 0;                                                             \
        int64_t clear = 0;                                                        \
                                                                                  \
        for (size_t k = 0; k < n; k++) {                                          \
            FROM x = from[k];                                                     \
                                                                                  \
            clear |= (CLEAR);                                                     \
        }                                                                         \
        if (clear < 0) {                                                          \
            for (FROM x; i < n && (x = from[i], FITS); i++)                       \
                to[i] = (T)x;                                                     \
            return i;                                                             \
        }                                                                         \
        for (; i < n; i++)                                                        \
            to[i] = (T)(VIA)from[i];                                              \
        return n;                                                                 \
    }

NARROW(i64_u8, int64_t, int64_t, uint8_t, x | (int64_t)((uint64_t)UINT8_MAX - (uint64_t)x),
       x >= 0 && x <= UINT8_MAX)
NARROW(i64_i32, int64_t, int64_t, int32_t, (int64_t)(((uint64_t)x + (UINT64_C(1) << 31))
                                          | ((uint64_t)INT32_MAX - (uint64_t)x)),
       x >= INT32_MIN && x <= INT32_MAX)
NARROW(f64_u8, double, int32_t, uint8_t, below(x, 8) | bits_of(x), x > -1 && x < 256)
NARROW(f64_i32, double, int32_t, int32_t, below(x, 31), x > -0x1p31 - 1 && x < 0x1p31)
NARROW(f64_i64, double, int64_t, int64_t, below(x, 63), x >= -0x1p63 && x < 0x1p63)

static size_t
f64_f32(void *out, const void *in, size_t n)
{
    const double *from = in;
    float *restrict to = out;

    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
    return n;
}

/* Of i64 and f64: whether it is not 0. */
static size_t
i64_bool(void *out, const void *in, size_t n)
{
    const int64_t *from = in;
    uint8_t *restrict to = out;

    for (size_t i = 0; i < n; i++)
        to[i] = from[i] != 0;
    return n;
}

static size_t
f64_bool(void *out, const void *in, size_t n)
{
    const double *from = in;
    uint8_t *restrict to = out;

    for (size_t i = 0; i < n; i++)
        to[i] = from[i] != 0;
    return n;
}

typedef size_t Narrow(void *out, const void *in, size_t n);

static Narrow *
narrowing(ArrayType via, ArrayType type)
{
    static Narrow *const ints[] = {i64_bool, i64_u8, i64_i32};
    static Narrow *const floats[] = {f64_bool, f64_u8, f64_i32, f64_i64, f64_f32};

    return via == ARRAY_F64 ? floats[type] : ints[type];
}

static int
narrow(Array *to, const Array *a, Err *err)
{
    ArrayType via = array_isfloat(a->type) ? ARRAY_F64 : ARRAY_I64;
    Narrow *store = narrowing(via, to->type);
    unsigned char *at = to->data;
    const unsigned char *from;
    size_t n, good;
    Reader r;

    reader_init(&r, a, via);
    while ((from = reader_next(&r, &n))) {
        int64_t space;

        good = store(at, from, n);
        if (good < n)           /* refused, with the message */
            return array_poke(to->type, &space,
                              array_peek(via, from + good * array_size(via)), err);
        at += n * array_size(to->type);
    }
    return OK;
}

/* Writes a row of n elements of size bytes, stride bytes apart. */
static void
scatter(unsigned char *to, int64_t stride, const unsigned char *from, size_t n, size_t size)
{
    if (stride == (int64_t)size)
        memcpy(to, from, n * size);
    else if (size == 8)
        for (size_t i = 0; i < n; i++, to += stride)
            memcpy(to, from + 8 * i, 8);
    else if (size == 4)
        for (size_t i = 0; i < n; i++, to += stride)
            memcpy(to, from + 4 * i, 4);
    else
        for (size_t i = 0; i < n; i++, to += stride)
            *to = from[i];
}

static int
same_floats(const void *a, const void *b, size_t n, ArrayType t)
{
    for (size_t i = 0; i < n; i++) {
        double x = t == ARRAY_F64 ? ((const double *)a)[i] : ((const float *)a)[i];
        double y = t == ARRAY_F64 ? ((const double *)b)[i] : ((const float *)b)[i];

        if (x != y && (x == x || y == y))
            return 0;
    }
    return 1;
}

/* The axis along which src is dense while dst is along the last one, as in a copy of
 * a transposed array; -1 when it is not so. */
static int
transposed_axis(const Array *dst, const Array *src)
{
    int last = src->ndim - 1;
    int64_t size = (int64_t)array_size(src->type);

    if (dst->type != src->type || dst->stride[last] != size || src->stride[last] == size)
        return -1;
    for (int i = 0; i < last; i++)
        if (src->stride[i] == size && src->shape[i] >= TILE)
            return i;
    return -1;
}

/* Two elements of 8 bytes. */
typedef int64_t Two __attribute__((vector_size(16), aligned(8), may_alias));

/* A tile of elements of 8 bytes, two by two. */
static void
copy_tile_8(const Plane *p, unsigned char *to, const unsigned char *from, int64_t columns)
{
    for (int64_t j = 0; j + 2 <= columns; j += 2, from += 2 * p->from_stride)
        for (int64_t i = 0; i < TILE; i += 2) {
            Two x = *(const Two *)(const void *)(from + i * 8);
            Two y = *(const Two *)(const void *)(from + p->from_stride + i * 8);
            unsigned char *at = to + i * p->to_stride + j * 8;

            *(Two *)(void *)at = (Two){x[0], y[0]};
            *(Two *)(void *)(at + p->to_stride) = (Two){x[1], y[1]};
        }
}

/* Copies a matrix by tiles: a walk along either order alone would leave each line of the cache
 * again after one element. */
static void
copy_plane(const Plane *p, unsigned char *to, const unsigned char *from)
{
    for (int64_t i0 = 0; i0 < p->rows; i0 += TILE)
        for (int64_t j0 = 0; j0 < p->columns; j0 += TILE_COLUMNS) {
            int64_t rows = p->rows - i0 < TILE ? p->rows - i0 : TILE, even = 0;
            int64_t columns = p->columns - j0 < TILE_COLUMNS ? p->columns - j0 : TILE_COLUMNS;
            unsigned char *tile = to + i0 * p->to_stride + j0 * p->size;
            const unsigned char *at = from + i0 * p->size + j0 * p->from_stride;

            if (p->size == 8 && rows == TILE) {
                copy_tile_8(p, tile, at, columns);
                even = columns - columns % 2;
            }
            for (int64_t i = 0; i < rows && even < columns; i++)
                p->load(tile + i * p->to_stride + even * p->size,
                        at + i * p->size + even * p->from_stride, p->from_stride,
                        (size_t)(columns - even));
        }
}

/* Goes through the planes of the dense axis and the last one. */
static void
assign_transposed(Array *dst, const Array *src, int dense)
{
    int last = src->ndim - 1;
    Plane p = {src->shape[dense], src->shape[last], (int64_t)array_size(src->type),
               dst->stride[dense], src->stride[last], array_load(src->type, src->type)};
    Array to = *dst, from = *src;
    Cursor ct, cf;

    to.shape[dense] = to.shape[last] = from.shape[dense] = from.shape[last] = 1;
    cursor_init(&ct, &to);
    cursor_init(&cf, &from);
    for (int64_t left = array_count(&from); left; left--) {
        copy_plane(&p, ct.at, cf.at);
        cursor_move(&ct, 1);
        cursor_move(&cf, 1);
    }
}

/* Fills in the -1 of a shape and checks that the number of elements stays. */
static int
complete_shape(const Array *a, int ndim, const int64_t *shape, int64_t *full, Err *err)
{
    int64_t count = array_count(a), known = 1, bytes;
    int open = -1;

    if (ndim < 1 || ndim > ARRAY_MAXDIM)
        return err_set(err, ERR_INVAL, "a shape must have 1 to %d axes, not %d", ARRAY_MAXDIM,
                       ndim);
    for (int i = 0; i < ndim; i++) {
        full[i] = shape[i];
        if (shape[i] != -1)
            continue;
        if (open >= 0)
            return err_set(err, ERR_INVAL, "only one entry of a shape can be -1");
        open = i;
        full[i] = 1;
    }
    if (array_measure(ARRAY_BOOL, ndim, full, &known, err))
        return err->code;
    if (open >= 0 && known && count % known == 0)
        full[open] = count / known;
    else if (open >= 0 || known != count)
        return err_set(err, ERR_INVAL, "%lld elements do not fill the new shape",
                       (long long)count);
    return array_measure(a->type, ndim, full, &bytes, err);
}

static void
fill_dense(void *to, const void *item, int64_t n, size_t size)
{
    Any8 v8 = *(const Any8 *)item;
    Any4 v4 = *(const Any4 *)item;

    if (size == 8)
        for (int64_t i = 0; i < n; i++)
            ((Any8 *)to)[i] = v8;
    else if (size == 4)
        for (int64_t i = 0; i < n; i++)
            ((Any4 *)to)[i] = v4;
    else
        memset(to, *(const unsigned char *)item, (size_t)n);
}

int
array_fill(Array *a, ArrayItem v, Err *err)
{
    union {
        int64_t i;
        double f;
    } item = {0};
    int rc = array_poke(a->type, &item, v, err);
    size_t n, size = array_size(a->type);
    const void *row;
    Cursor c;
    Reader r;

    if (rc)
        return rc;
    if (array_contiguous(a)) {
        fill_dense(a->data, &item, array_count(a), size);
        return OK;
    }
    cursor_init(&c, a);
    reader_repeat(&r, a->type, &item, array_count(a));
    while ((row = reader_next(&r, &n)))
        for (size_t run; n; n -= run) {
            run = (size_t)cursor_run(&c, (int64_t)n);
            scatter(c.at, cursor_stride(&c), row, run, size);
            cursor_move(&c, (int64_t)run);
        }
    return OK;
}

int
array_copy(Array **out, const Array *a, Err *err)
{
    Array *b;
    int rc = array_make(&b, a->type, a->ndim, a->shape, err);

    if (rc)
        return rc;
    array_assign(b, a);
    *out = b;
    return OK;
}

int
array_reshape(Array **out, const Array *a, int ndim, const int64_t *shape, Err *err)
{
    int64_t full[ARRAY_MAXDIM];
    Array *v;
    int rc = complete_shape(a, ndim, shape, full, err);

    if (rc == OK)
        rc = array_contiguous(a) ? array_view(&v, a, err) : array_copy(&v, a, err);
    if (rc)
        return rc;
    array_set_shape(v, ndim, full);
    *out = v;
    return OK;
}

int
array_astype(Array **out, const Array *a, ArrayType type, Err *err)
{
    Array *b;
    int rc = array_make(&b, type, a->ndim, a->shape, err);

    if (rc)
        return rc;
    if (array_load(a->type, type))
        array_assign(b, a);
    else if ((rc = narrow(b, a, err))) {
        array_free(b);
        return rc;
    }
    *out = b;
    return OK;
}

void
array_assign(Array *dst, const Array *src)
{
    size_t n, size = array_size(dst->type);
    const unsigned char *row;
    int dense;
    Cursor c;
    Reader r;

    if (array_count(src) == 0)
        return;
    if (dst->type == src->type && array_contiguous(dst) && array_contiguous(src)) {
        memcpy(dst->data, src->data, (size_t)array_bytes(src));
        return;
    }
    dense = transposed_axis(dst, src);
    if (dense >= 0) {
        assign_transposed(dst, src, dense);
        return;
    }
    cursor_init(&c, dst);
    reader_init(&r, src, dst->type);
    while ((row = reader_next(&r, &n)))
        for (size_t run; n; n -= run, row += run * size) {
            run = (size_t)cursor_run(&c, (int64_t)n);
            scatter(c.at, cursor_stride(&c), row, run, size);
            cursor_move(&c, (int64_t)run);
        }
}

int
array_is_exact(int64_t v)
{
    return (v <= INT64_C(1) << 53 && v >= -(INT64_C(1) << 53))
           || ((double)v < 0x1p63 && (int64_t)(double)v == v);
}

int
array_fits_float(const Array *a)
{
    const void *row;
    Reader r;
    size_t n;

    reader_init(&r, a, ARRAY_I64);
    while (a->type == ARRAY_I64 && (row = reader_next(&r, &n)))
        for (size_t i = 0; i < n; i++)
            if (!array_is_exact(((const int64_t *)row)[i]))
                return 0;
    return 1;
}

int
array_concat(Array **out, const Array *const *list, int n, int axis, Err *err)
{
    int64_t shape[ARRAY_MAXDIM], total = 0;
    ArrayType type = list[0]->type;
    Array *b, part;
    int rc;

    for (int k = 0; k < n; k++) {
        const Array *a = list[k];

        type = array_common(type, a->type);
        if (a->ndim != list[0]->ndim)
            return err_set(err, ERR_INVAL, "array %d has %d axes, the first one has %d",
                           k + 1, a->ndim, list[0]->ndim);
        for (int i = 0; i < a->ndim; i++)
            if (i != axis && a->shape[i] != list[0]->shape[i])
                return err_set(err, ERR_INVAL, "array %d is %lld long on axis %d, the first"
                               " one %lld", k + 1, (long long)a->shape[i], i + 1,
                               (long long)list[0]->shape[i]);
        if (__builtin_add_overflow(total, a->shape[axis], &total))
            return err_set(err, ERR_INVAL, "the shape is too large for memory");
    }
    for (int k = 0; k < n && array_isfloat(type); k++)
        if (!array_fits_float(list[k]))
            return err_set(err, ERR_INVAL, "array %d has integers past 2^53, which the "
                           "floats of another cannot hold exactly; a:astype \"f64\" rounds them",
                           k + 1);
    memcpy(shape, list[0]->shape, sizeof shape);
    shape[axis] = total;
    if ((rc = array_make(&b, type, list[0]->ndim, shape, err)))
        return rc;
    part = *b;
    for (int k = 0; k < n; k++) {
        part.shape[axis] = list[k]->shape[axis];
        array_assign(&part, list[k]);
        part.data += part.shape[axis] * b->stride[axis];
    }
    *out = b;
    return OK;
}

int
array_equal(const Array *a, const Array *b)
{
    const void *x, *y;
    Reader ra, rb;
    size_t n;

    if (a->type != b->type || a->ndim != b->ndim
        || memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) != 0)
        return 0;
    reader_init(&ra, a, a->type);
    reader_init(&rb, b, b->type);
    while ((x = reader_next(&ra, &n)) && (y = reader_next(&rb, &n)))
        if (memcmp(x, y, n * array_size(a->type)) != 0
            && !(array_isfloat(a->type) && same_floats(x, y, n, a->type)))
            return 0;
    return 1;
}

void
array_digest(const Array *a, unsigned char out[HASH_SIZE])
{
    const char *name = array_typename(a->type);
    const void *row;
    Reader r;
    size_t n;
    Hash h;

    hash_init(&h);
    hash_field(&h, 'A', "array/1", 7);
    hash_field(&h, 't', name, strlen(name));
    hash_int(&h, 'n', a->ndim);
    for (int i = 0; i < a->ndim; i++)
        hash_int(&h, 's', a->shape[i]);
    /* the content comes last and its length is known from the fields above */
    reader_init(&r, a, a->type);
    while ((row = reader_next(&r, &n)))
        hash_bytes(&h, row, n * array_size(a->type));
    hash_final(&h, out);
}
