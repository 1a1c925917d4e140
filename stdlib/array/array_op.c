/* array_op.c -- see array_op.h: element by element */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "array/array_op.h"
#include "array/array_reader.h"
#include "base/interrupt.h"

/* out[i] = a[i] op b[i] in one type; -1 when an integer is divided by zero. */
typedef int Kernel(void *out, const void *a, const void *b, size_t n);

/* An operand as blocks of the type that is computed in. */
typedef union Value {
    uint8_t u8;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
} Value;

#define KERNEL(NAME, T, TO, EXPR)                                                 \
    static int                                                                    \
    NAME(void *out, const void *pa, const void *pb, size_t n)                     \
    {                                                                             \
        TO *restrict o = out;                                                     \
        const T *a = pa, *b = pb;                                                 \
                                                                                  \
        for (size_t i = 0; i < n; i++) {                                          \
            T x = a[i], y = b[i];                                                 \
                                                                                  \
            o[i] = (TO)(EXPR);                                                    \
        }                                                                         \
        return 0;                                                                 \
    }

static double
floor_mod(double x, double y)
{
    double m = fmod(x, y);

    if (m > 0 ? y < 0 : m < 0 && y > 0)
        m += y;
    return m;
}

static double
power(double x, double y)
{
    return y == 2 ? x * x : pow(x, y);
}

/* unsigned, so that they wrap around */
KERNEL(add_i64, uint64_t, uint64_t, x + y)
KERNEL(sub_i64, uint64_t, uint64_t, x - y)
KERNEL(mul_i64, uint64_t, uint64_t, x *y)
KERNEL(add_f32, float, float, x + y)
KERNEL(sub_f32, float, float, x - y)
KERNEL(mul_f32, float, float, x *y)
KERNEL(div_f32, float, float, x / y)
KERNEL(floordiv_f32, float, float, floorf(x / y))
KERNEL(mod_f32, float, float, floor_mod((double)x, (double)y))
KERNEL(pow_f32, float, float, power((double)x, (double)y))
KERNEL(add_f64, double, double, x + y)
KERNEL(sub_f64, double, double, x - y)
KERNEL(mul_f64, double, double, x *y)
KERNEL(div_f64, double, double, x / y)
KERNEL(floordiv_f64, double, double, floor(x / y))
KERNEL(mod_f64, double, double, floor_mod(x, y))
KERNEL(pow_f64, double, double, power(x, y))
KERNEL(eq_i64, int64_t, uint8_t, x == y)
KERNEL(ne_i64, int64_t, uint8_t, x != y)
KERNEL(lt_i64, int64_t, uint8_t, x < y)
KERNEL(le_i64, int64_t, uint8_t, x <= y)
KERNEL(eq_f64, double, uint8_t, x == y)
KERNEL(ne_f64, double, uint8_t, x != y)
KERNEL(lt_f64, double, uint8_t, x < y)
KERNEL(le_f64, double, uint8_t, x <= y)

static int
floordiv_i64(void *out, const void *pa, const void *pb, size_t n)
{
    const int64_t *a = pa, *b = pb;
    int64_t *o = out;

    for (size_t i = 0; i < n; i++) {
        int64_t x = a[i], y = b[i];

        if (y == 0)
            return -1;
        if (y == -1)            /* the smallest integer would trap */
            o[i] = (int64_t)(0 - (uint64_t)x);
        else
            o[i] = x / y - ((x ^ y) < 0 && x % y != 0);
    }
    return 0;
}

static int
mod_i64(void *out, const void *pa, const void *pb, size_t n)
{
    const int64_t *a = pa, *b = pb;
    int64_t *o = out;

    for (size_t i = 0; i < n; i++) {
        int64_t y = b[i], m;

        if (y == 0)
            return -1;
        m = y == -1 ? 0 : a[i] % y;
        o[i] = m != 0 && (m ^ y) < 0 ? m + y : m;
    }
    return 0;
}

/* Whether x op y for an integer and a float, by their values in mathematics. */
static int
exactly(ArrayOp op, int64_t x, double y)
{
    int order;

    if (y != y)
        return op == ARRAY_NE;
    if (y >= 0x1p63 || y < -0x1p63) {
        order = y > 0 ? -1 : 1;
    } else {
        double whole = floor(y);
        int64_t k = (int64_t)whole;

        order = x < k ? -1 : x > k ? 1 : y > whole ? -1 : 0;
    }
    switch (op) {
    case ARRAY_EQ: return order == 0;
    case ARRAY_NE: return order != 0;
    case ARRAY_LT: return order < 0;
    case ARRAY_LE: return order <= 0;
    case ARRAY_GT: return order > 0;
    default: return order >= 0;
    }
}

static ArrayType
operand_type(const ArrayOperand *x)
{
    return x->array ? x->array->type : x->item.type;
}

/* The common type of two operands; a number does not widen a float array. */
static ArrayType
meet(const ArrayOperand *a, const ArrayOperand *b)
{
    ArrayType ta = operand_type(a), tb = operand_type(b);

    if (!a->array && b->array && array_isfloat(tb))
        return tb;
    if (!b->array && a->array && array_isfloat(ta))
        return ta;
    /* a float number makes an f64 array of integers */
    return array_common(ta, tb);
}

static void
shape_text(const Array *a, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "{");

    for (int i = 0; i < a->ndim; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%lld", i ? ", " : "",
                              (long long)a->shape[i]);
    snprintf(out + n, size - n, "}");
}

/* Extends shape, which has *ndim axes, so that a can be broadcast to it. */
static int
widen(int64_t *shape, int *ndim, const Array *a)
{
    int more = a->ndim - *ndim;

    if (more > 0) {
        memmove(shape + more, shape, (size_t)*ndim * sizeof *shape);
        for (int i = 0; i < more; i++)
            shape[i] = 1;
        *ndim = a->ndim;
    }
    for (int i = 0; i < a->ndim; i++) {
        int64_t *to = &shape[*ndim - a->ndim + i];

        if (*to == 1)
            *to = a->shape[i];
        else if (a->shape[i] != 1 && a->shape[i] != *to)
            return -1;
    }
    return 0;
}

/* The shape of a (op) b (op) c, of which any may be no array. */
static int
join_shapes(const Array *const list[3], int64_t *shape, int *ndim, Err *err)
{
    *ndim = 0;
    for (int i = 0; i < 3; i++) {
        if (list[i] && widen(shape, ndim, list[i])) {
            char text[256], other[256];

            for (int k = 0; k < i; k++)
                if (list[k])
                    shape_text(list[k], text, sizeof text);
            shape_text(list[i], other, sizeof other);
            return err_set(err, ERR_INVAL, "shapes %s and %s do not fit together", text,
                           other);
        }
    }
    return OK;
}

/* The view of a that repeats it over the shape; no reference is taken. */
static Array
spread(const Array *a, int ndim, const int64_t *shape)
{
    int more = ndim - a->ndim;
    Array v = *a;

    v.ndim = ndim;
    for (int i = 0; i < ndim; i++) {
        int from = i - more;

        v.shape[i] = shape[i];
        v.stride[i] = from < 0 || a->shape[from] == 1 ? 0 : a->stride[from];
    }
    return v;
}

static void
set_value(Value *out, ArrayType t, const ArrayItem *v)
{
    double f = v->type == ARRAY_F64 ? v->f : (double)v->i;

    switch (t) {
    case ARRAY_BOOL:
    case ARRAY_U8: out->u8 = (uint8_t)v->i; break;
    case ARRAY_I32: out->i32 = (int32_t)v->i; break;
    case ARRAY_I64: out->i64 = v->i; break;
    case ARRAY_F32: out->f32 = (float)f; break;
    default: out->f64 = f;
    }
}

/* Blocks of x in the type, broadcast to the shape of out. */
static void
read_operand(Reader *r, const ArrayOperand *x, ArrayType as, const Array *out)
{
    Value v;

    if (x->array) {
        Array wide = spread(x->array, out->ndim, out->shape);

        reader_init(r, &wide, as);
    } else {
        set_value(&v, as, &x->item);
        reader_repeat(r, as, &v, array_count(out));
    }
}

static Kernel *
arithmetic(ArrayOp op, ArrayType t)
{
    static Kernel *const table[][3] = {
        [ARRAY_ADD] = {add_i64, add_f32, add_f64},
        [ARRAY_SUB] = {sub_i64, sub_f32, sub_f64},
        [ARRAY_MUL] = {mul_i64, mul_f32, mul_f64},
        [ARRAY_DIV] = {NULL, div_f32, div_f64},
        [ARRAY_FLOORDIV] = {floordiv_i64, floordiv_f32, floordiv_f64},
        [ARRAY_MOD] = {mod_i64, mod_f32, mod_f64},
        [ARRAY_POW] = {NULL, pow_f32, pow_f64},
    };

    return table[op][t == ARRAY_I64 ? 0 : t == ARRAY_F32 ? 1 : 2];
}

static Kernel *
comparison(ArrayOp op, ArrayType t)
{
    static Kernel *const table[][2] = {
        [ARRAY_EQ] = {eq_i64, eq_f64},
        [ARRAY_NE] = {ne_i64, ne_f64},
        [ARRAY_LT] = {lt_i64, lt_f64},
        [ARRAY_LE] = {le_i64, le_f64},
    };

    return table[op][t == ARRAY_F64];
}

enum { REFUSED = 1 };                   /* by the kernel */

/* Runs a kernel over two operands read as type via; OK, REFUSED or an error. */
static int
run(Array *out, Kernel *kernel, const ArrayOperand *a, const ArrayOperand *b, ArrayType via,
    Err *err)
{
    unsigned char *to = out->data;
    const void *x, *y;
    Reader ra, rb;
    size_t n;

    read_operand(&ra, a, via, out);
    read_operand(&rb, b, via, out);
    while ((x = reader_next(&ra, &n)) && (y = reader_next(&rb, &n))) {
        if (kernel(to, x, y, n))
            return REFUSED;
        if (interrupt_poll(err))
            return ERR_CANCELLED;
        to += n * array_size(out->type);
    }
    return OK;
}

static int
run_exact(Array *out, ArrayOp op, const ArrayOperand *ints, const ArrayOperand *floats, Err *err)
{
    uint8_t *to = out->data;
    const int64_t *x;
    const double *y;
    Reader ri, rf;
    size_t n;

    read_operand(&ri, ints, ARRAY_I64, out);
    read_operand(&rf, floats, ARRAY_F64, out);
    while ((x = reader_next(&ri, &n)) && (y = reader_next(&rf, &n))) {
        for (size_t i = 0; i < n; i++)
            *to++ = (uint8_t)exactly(op, x[i], y[i]);
        if (interrupt_poll(err))
            return ERR_CANCELLED;
    }
    return OK;
}

/* Whether x holds integers that an f64 may not. */
static int
wide_integers(const ArrayOperand *x)
{
    if (x->array)
        return x->array->type == ARRAY_I64;
    return x->item.type == ARRAY_I64
           && (x->item.i > INT64_C(1) << 53 || x->item.i < -(INT64_C(1) << 53));
}

/* x op y is y mirrored(op) x. */
static ArrayOp
mirrored(ArrayOp op)
{
    switch (op) {
    case ARRAY_LT: return ARRAY_GT;
    case ARRAY_LE: return ARRAY_GE;
    case ARRAY_GT: return ARRAY_LT;
    case ARRAY_GE: return ARRAY_LE;
    default: return op;
    }
}

static int
compare(Array *out, ArrayOp op, const ArrayOperand *a, const ArrayOperand *b, Err *err)
{
    int fa = array_isfloat(operand_type(a)), fb = array_isfloat(operand_type(b));

    if (fa != fb && wide_integers(fa ? b : a))
        return run_exact(out, fa ? mirrored(op) : op, fa ? b : a, fa ? a : b, err);
    if (op == ARRAY_GT || op == ARRAY_GE) {
        const ArrayOperand *c = a;

        op = mirrored(op);
        a = b;
        b = c;
    }
    return run(out, comparison(op, fa || fb ? ARRAY_F64 : ARRAY_I64), a, b,
               fa || fb ? ARRAY_F64 : ARRAY_I64, err);
}

static ArrayType
arithmetic_type(ArrayOp op, const ArrayOperand *a, const ArrayOperand *b)
{
    ArrayType t = meet(a, b);

    if (array_isfloat(t))
        return t;
    return op == ARRAY_DIV || op == ARRAY_POW ? ARRAY_F64 : ARRAY_I64;
}

#define SELECT(NAME, T)                                                           \
    static void                                                                   \
    NAME(void *out, const uint8_t *mask, const void *px, const void *py, size_t n)\
    {                                                                             \
        T *restrict o = out;                                                      \
        const T *x = px, *y = py;                                                 \
                                                                                  \
        for (size_t i = 0; i < n; i++)                                            \
            o[i] = mask[i] ? x[i] : y[i];                                         \
    }

SELECT(select_1, uint8_t)
SELECT(select_4, Any4)
SELECT(select_8, Any8)

int
array_binary(Array **out, ArrayOp op, const ArrayOperand *a, const ArrayOperand *b, Err *err)
{
    const Array *list[3] = {a->array, b->array, NULL};
    int64_t shape[ARRAY_MAXDIM];
    ArrayType via = op >= ARRAY_EQ ? ARRAY_BOOL : arithmetic_type(op, a, b);
    Array *o;
    int ndim, rc;

    if ((rc = join_shapes(list, shape, &ndim, err))
        || (rc = array_make(&o, via, ndim, shape, err)))
        return rc;
    rc = op >= ARRAY_EQ ? compare(o, op, a, b, err) : run(o, arithmetic(op, via), a, b, via, err);
    if (rc) {
        array_free(o);
        return rc != REFUSED ? rc : err_set(err, ERR_INVAL, "attempt to perform 'n%s0'",
                                            op == ARRAY_MOD ? "%" : "//");
    }
    *out = o;
    return OK;
}

static int
fits_float(const ArrayOperand *x)
{
    return x->array ? array_fits_float(x->array)
                    : x->item.type != ARRAY_I64 || array_is_exact(x->item.i);
}

int
array_where(Array **out, const Array *mask, const ArrayOperand *x, const ArrayOperand *y,
            Err *err)
{
    const Array *list[3] = {mask, x->array, y->array};
    const ArrayOperand m = {mask, {ARRAY_BOOL, 0, 0}};
    const void *pm, *px, *py;
    int64_t shape[ARRAY_MAXDIM];
    Reader rm, rx, ry;
    unsigned char *to;
    size_t n, size;
    int ndim, rc;
    Array *o;

    if (mask->type != ARRAY_BOOL)
        return err_set(err, ERR_TYPE, "the condition is an array of %s, not of bool",
                       array_typename(mask->type));
    if (array_isfloat(meet(x, y)) && (!fits_float(x) || !fits_float(y)))
        return err_set(err, ERR_TYPE, "integers past 2^53 are mixed with floats, which cannot "
                       "hold them exactly; a:astype \"f64\" rounds them");
    if ((rc = join_shapes(list, shape, &ndim, err))
        || (rc = array_make(&o, meet(x, y), ndim, shape, err)))
        return rc;
    read_operand(&rm, &m, ARRAY_BOOL, o);
    read_operand(&rx, x, o->type, o);
    read_operand(&ry, y, o->type, o);
    size = array_size(o->type);
    for (to = o->data; (pm = reader_next(&rm, &n)) && (px = reader_next(&rx, &n))
                       && (py = reader_next(&ry, &n)); to += n * size)
        (size == 8 ? select_8 : size == 4 ? select_4 : select_1)(to, pm, px, py, n);
    *out = o;
    return OK;
}
