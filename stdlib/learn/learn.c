/* learn.c -- see learn.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"

double
learn_real(const unsigned char *p, ArrayType type)
{
    switch (type) {
    case ARRAY_BOOL:
    case ARRAY_U8: return *p;
    case ARRAY_I32: { int32_t v; memcpy(&v, p, sizeof v); return v; }
    case ARRAY_I64: { int64_t v; memcpy(&v, p, sizeof v); return (double)v; }
    case ARRAY_F32: { float v; memcpy(&v, p, sizeof v); return v; }
    case ARRAY_F64: { double v; memcpy(&v, p, sizeof v); return v; }
    }
    return NAN;
}

double
learn_element(const Array *X, int64_t i, int64_t j)
{
    return learn_real(X->data + i * X->stride[0] + j * X->stride[1], X->type);
}

double
learn_value(const Array *y, int64_t i)
{
    return learn_real(y->data + i * y->stride[0], y->type);
}

static int
check_numbers(const Array *X, Err *err)
{
    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++) {
            double v = learn_element(X, i, j);

            if (!isfinite(v))
                return err_set(err, ERR_INVAL, "X: row %lld, column %lld is %s", (long long)i + 1,
                               (long long)j + 1, isnan(v) ? "NaN" : "infinite");
        }
    return OK;
}

int
learn_check_matrix(const Array *X, Err *err)
{
    if (X->ndim != 2)
        return err_set(err, ERR_INVAL,
                       "X: expected a matrix (rows by features), found %d dimension%s", X->ndim,
                       X->ndim == 1 ? "" : "s");
    if (X->shape[1] == 0)
        return err_set(err, ERR_INVAL, "X: it has no features");
    if (X->shape[0] >= INT_MAX || X->shape[1] >= INT_MAX)
        return err_set(err, ERR_INVAL, "X: it is too large");
    return check_numbers(X, err);
}

int
learn_check_fit(const Array *X, const Array *y, Err *err)
{
    if (learn_check_matrix(X, err))
        return err->code;
    if (y->ndim != 1)
        return err_set(err, ERR_INVAL, "y: expected a vector, it has %d dimensions", y->ndim);
    if (X->shape[0] != y->shape[0])
        return err_set(err, ERR_INVAL, "X has %lld rows and y has %lld", (long long)X->shape[0],
                       (long long)y->shape[0]);
    if (X->shape[0] == 0)
        return err_set(err, ERR_INVAL, "X: it has no rows");
    return OK;
}

int
learn_check_features(const Array *X, int n_feature, Err *err)
{
    if (X->ndim == 2 && X->shape[1] != n_feature)
        return err_set(err, ERR_INVAL, "X has %lld features, but the model was fitted with %d",
                       (long long)X->shape[1], n_feature);
    return learn_check_matrix(X, err);
}

int
learn_all_finite(const double *v, size_t n)
{
    while (n && isfinite(v[n - 1]))
        n--;
    return n == 0;
}

int
learn_check_weights(const double *weight, int n_weight, int n_class, Err *err)
{
    if (weight && n_weight != n_class)
        return err_set(err, ERR_INVAL, "%d weights for %d classes", n_weight, n_class);
    for (int k = 0; weight && k < n_class; k++)
        if (!isfinite(weight[k]) || weight[k] <= 0)
            return err_set(err, ERR_INVAL, "a weight of a class must be greater than 0");
    return OK;
}
