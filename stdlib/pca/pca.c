/* pca.c -- see pca.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "learn/learn.h"
#include "pca.h"

/* LAPACK: singular values of a, m by n and column-major; all by reference, a is destroyed.
 * jobu 'S' fills u, m by min(m, n). */
void dgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a,
             const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
             double *work, const int *lwork, int *info);

/* By columns the memory of X is its transpose, p by n: its left vectors are the components. */
static int
call(const Array *X, double *component, double *value, double *work, int lwork)
{
    int p = (int)X->shape[1], n = (int)X->shape[0], one = 1, info;
    double none;

    dgesvd_("S", "N", &p, &n, (double *)(void *)X->data, &p, value, component, &p, &none, &one,
            work, &lwork, &info);
    return info;
}

static void
fix_sign(double *row, int p)
{
    int most = 0;

    for (int j = 1; j < p; j++)
        if (fabs(row[j]) > fabs(row[most]))
            most = j;
    if (row[most] < 0)
        for (int j = 0; j < p; j++)
            row[j] = 0 - row[j];
}

int
pca_decompose(const Array *X, double *component, double *value, Err *err)
{
    int64_t n = X->shape[0], p = X->shape[1], k = n < p ? n : p;
    double size, *work;
    int info;

    if (n >= INT_MAX || p >= INT_MAX || n > INT_MAX / p)
        return err_set(err, ERR_INVAL, "X: it is too large for LAPACK");
    if (!learn_all_finite((const double *)(const void *)X->data, (size_t)(n * p)))
        return err_set(err, ERR_INVAL, "X: its numbers are too large; scale them");
    if (call(X, component, value, &size, -1) || size >= INT_MAX)
        return err_set(err, ERR_INVAL, "X: it is too large for LAPACK");
    work = calloc((size_t)size + 1, sizeof *work);
    if (!work)
        return err_nomem(err);
    info = call(X, component, value, work, (int)size);
    free(work);
    if (info || !learn_all_finite(value, (size_t)k)
        || !learn_all_finite(component, (size_t)(k * p)))
        return err_set(err, ERR_INVAL, "no components were found; scale the features of X");
    for (int64_t i = 0; i < k; i++)
        fix_sign(component + i * p, (int)p);
    return OK;
}
