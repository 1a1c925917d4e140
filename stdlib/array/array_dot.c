/* array_dot.c -- see array_op.h: products of vectors and matrices
 *
 * C[i][j] is added up in rows: row i of C gains A[i][k] times row k of B, for k
 * ascending.  Rows are dense, so the inner loop is vectorised, and a tile of B
 * stays in the cache while all rows of A pass over it. */
#include "array/array_op.h"
#include "array/array_reader.h"
#include "base/interrupt.h"

enum { TILE_K = 64, TILE_J = 512 };

typedef struct Product {
    int64_t rows, inner, columns;
} Product;

static int
multiply_f64(double *c, const double *a, const double *b, const Product *p, Err *err)
{
    for (int64_t k0 = 0; k0 < p->inner; k0 += TILE_K)
        for (int64_t j0 = 0; j0 < p->columns; j0 += TILE_J) {
            int64_t k1 = k0 + TILE_K < p->inner ? k0 + TILE_K : p->inner;
            int64_t n = j0 + TILE_J < p->columns ? TILE_J : p->columns - j0;

            for (int64_t i = 0; i < p->rows; i++) {
                double *restrict to = c + i * p->columns + j0;

                for (int64_t k = k0; k < k1; k++) {
                    const double *from = b + k * p->columns + j0;
                    double x = a[i * p->inner + k];

                    for (int64_t j = 0; j < n; j++)
                        to[j] += x * from[j];
                }
                if (interrupt_poll(err))
                    return ERR_CANCELLED;
            }
        }
    return OK;
}

/* -1 when a sum does not fit. */
static int
multiply_i64(int64_t *c, const int64_t *a, const int64_t *b, const Product *p)
{
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t k = 0; k < p->inner; k++) {
            int64_t x = a[i * p->inner + k], part;

            for (int64_t j = 0; j < p->columns; j++)
                if (__builtin_mul_overflow(x, b[k * p->columns + j], &part)
                    || __builtin_add_overflow(c[i * p->columns + j], part,
                                              &c[i * p->columns + j]))
                    return -1;
        }
    return 0;
}

/* Eight running sums, for a row and a vector. */
static double
dot_row(const double *x, const double *y, int64_t n)
{
    double s[8] = {0}, rest = 0;
    int64_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            s[k] += x[i + k] * y[i + k];
    for (; i < n; i++)
        rest += x[i] * y[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])) + rest;
}

/* A view of a dense row-major array of the type as it is, else a copy. */
static int
dense(Array **out, const Array *a, ArrayType type, Err *err)
{
    if (a->type == type && array_contiguous(a))
        return array_view(out, a, err);
    return array_astype(out, a, type, err);
}

static int
multiply(Array *c, const Array *a, const Array *b, const Product *p, Err *err)
{
    const void *x = a->data, *y = b->data;
    double *to = (double *)(void *)c->data;

    if (c->type == ARRAY_I64) {
        if (multiply_i64((int64_t *)(void *)c->data, x, y, p))
            return err_set(err, ERR_INVAL, "a product does not fit an integer; "
                           "use a:astype \"f64\" for an approximation");
    } else if (p->columns == 1) {
        for (int64_t i = 0; i < p->rows; i++) {
            to[i] = dot_row((const double *)x + i * p->inner, y, p->inner);
            if (interrupt_poll(err))
                return ERR_CANCELLED;
        }
    } else {
        return multiply_f64(to, x, y, p, err);
    }
    return OK;
}

/* The result's shape; one element when both are vectors. */
static int
product_shape(const Array *a, const Array *b, int64_t shape[2])
{
    int n = 0;

    if (a->ndim == 2)
        shape[n++] = a->shape[0];
    if (b->ndim == 2)
        shape[n++] = b->shape[1];
    if (n == 0)
        shape[n++] = 1;
    return n;
}

static int
check_shapes(const Array *a, const Array *b, Err *err)
{
    int64_t left = a->shape[a->ndim - 1], right = b->shape[0];

    if (a->ndim > 2 || b->ndim > 2)
        return err_set(err, ERR_INVAL, "dot takes vectors and matrices, not %d axes",
                       a->ndim > 2 ? a->ndim : b->ndim);
    if (left != right)
        return err_set(err, ERR_INVAL, "dot of lengths %lld and %lld", (long long)left,
                       (long long)right);
    return OK;
}

/* Whether the caller's gemm can be used: sizes that fit its int, none of them 0. */
static int
suits(const Array *c, const Product *p)
{
    return c->type == ARRAY_F64 && p->rows > 0 && p->inner > 0 && p->columns > 0
           && p->rows <= INT32_MAX && p->inner <= INT32_MAX && p->columns <= INT32_MAX;
}

static int
multiply_by(ArrayGemm *gemm, void *user, Array *c, const Array *a, const Array *b,
            const Product *p)
{
    const int64_t size[3] = {p->rows, p->inner, p->columns};

    if (!gemm || !suits(c, p))
        return 0;
    gemm(user, (double *)(void *)c->data, (const double *)(const void *)a->data,
         (const double *)(const void *)b->data, size);
    return 1;
}

int
array_dot(Array **out, const Array *a, const Array *b, Err *err)
{
    return array_dot_with(out, a, b, NULL, NULL, err);
}

int
array_dot_with(Array **out, const Array *a, const Array *b, ArrayGemm *gemm, void *user,
               Err *err)
{
    int floats = array_isfloat(a->type) || array_isfloat(b->type), ndim;
    ArrayType type = floats ? ARRAY_F64 : ARRAY_I64;
    Array *x = NULL, *y = NULL, *c = NULL;
    int64_t shape[2];
    Product p;
    int rc = check_shapes(a, b, err);

    if (rc)
        return rc;
    p.rows = a->ndim == 2 ? a->shape[0] : 1;
    p.inner = b->shape[0];
    p.columns = b->ndim == 2 ? b->shape[1] : 1;
    ndim = product_shape(a, b, shape);
    if ((rc = dense(&x, a, type, err)) == OK && (rc = dense(&y, b, type, err)) == OK
        && (rc = array_new(&c, type, ndim, shape, err)) == OK
        && !multiply_by(gemm, user, c, x, y, &p))
        rc = multiply(c, x, y, &p, err);
    array_free(x);
    array_free(y);
    if (rc == OK && a->type == ARRAY_F32 && b->type == ARRAY_F32) {
        rc = array_astype(out, c, ARRAY_F32, err);
        array_free(c);
    } else if (rc == OK) {
        *out = c;
    } else {
        array_free(c);
    }
    return rc;
}
