/* linear_regression.c -- least squares and ridge regression by LAPACK; see linear_predict.h
 *
 * With an intercept X and y are centred first, so that it is neither in the
 * equations nor under the ridge; a ridge is n_feature more equations
 * sqrt(ridge) * w[j] = 0. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "linear_predict.h"

/* LAPACK: solves min |a x - b| by singular values; all by reference, a is
 * column-major and destroyed, b becomes x.  Ranks below rcond count as none. */
void dgelsd_(const int *m, const int *n, const int *nrhs, double *a, const int *lda, double *b,
             const int *ldb, double *s, const double *rcond, int *rank, double *work,
             const int *lwork, int *iwork, int *info);

/* The equations: n_row by n_column, and what the solver works in. */
typedef struct Equations {
    int n_row, n_column;
    double *a, *b;              /* b has max(n_row, n_column) places */
    double *singular, *work, *mean;
    int *iwork;
    double y_mean;
} Equations;

static void
equations_release(Equations *e)
{
    free(e->a);
    free(e->b);
    free(e->singular);
    free(e->work);
    free(e->mean);
    free(e->iwork);
}

static int
equations_init(Equations *e, const Array *X, const LinearOptions *o, Err *err)
{
    int64_t p = X->shape[1], n = X->shape[0] + (o->ridge > 0 ? p : 0);
    size_t longer = (size_t)(n > p ? n : p);

    *e = (Equations){0};
    if (n > INT_MAX || n > (int64_t)(SIZE_MAX / sizeof(double)) / p)
        return err_set(err, ERR_INVAL, "X: it is too large");
    e->n_row = (int)n;
    e->n_column = (int)p;
    e->a = calloc((size_t)n * (size_t)p, sizeof *e->a);
    e->b = calloc(longer, sizeof *e->b);
    e->singular = calloc((size_t)p, sizeof *e->singular);
    e->mean = calloc((size_t)p, sizeof *e->mean);
    if (e->a && e->b && e->singular && e->mean)
        return OK;
    equations_release(e);
    return err_nomem(err);
}

static void
set_means(Equations *e, const Array *X, const Array *y)
{
    double n = (double)X->shape[0];

    for (int64_t i = 0; i < X->shape[0]; i++) {
        e->y_mean += learn_value(y, i) / n;
        for (int j = 0; j < e->n_column; j++)
            e->mean[j] += learn_element(X, i, j) / n;
    }
}

static void
set_values(Equations *e, const Array *X, const Array *y, const LinearOptions *o)
{
    int64_t n = X->shape[0];

    if (o->intercept)
        set_means(e, X, y);
    for (int64_t i = 0; i < n; i++)
        e->b[i] = learn_value(y, i) - e->y_mean;
    for (int j = 0; j < e->n_column; j++) {
        double *column = e->a + (size_t)j * (size_t)e->n_row;

        for (int64_t i = 0; i < n; i++)
            column[i] = learn_element(X, i, j) - e->mean[j];
        if (o->ridge > 0)
            column[n + j] = sqrt(o->ridge);
    }
}

/* One call of the solver; lwork -1 asks how much memory it wants. */
static int
call(Equations *e, double *work, int lwork, int *iwork, int *rank)
{
    int one = 1, info, longer = e->n_row > e->n_column ? e->n_row : e->n_column;
    double rcond = DBL_EPSILON * longer;

    dgelsd_(&e->n_row, &e->n_column, &one, e->a, &e->n_row, e->b, &longer, e->singular, &rcond,
            rank, work, &lwork, iwork, &info);
    return info;
}

static int
solve(Equations *e, int *rank, Err *err)
{
    double lwork;
    int liwork;

    if (!learn_all_finite(e->a, (size_t)e->n_row * (size_t)e->n_column)
        || !learn_all_finite(e->b, (size_t)e->n_row))
        return err_set(err, ERR_INVAL, "the numbers are too large; scale X and y");
    if (call(e, &lwork, -1, &liwork, rank))
        return err_set(err, ERR_INVAL, "X: it is too large for LAPACK");
    e->work = calloc((size_t)lwork + 1, sizeof *e->work);
    e->iwork = calloc((size_t)liwork + 1, sizeof *e->iwork);
    if (!e->work || !e->iwork)
        return err_nomem(err);
    if (call(e, e->work, (int)lwork, e->iwork, rank))
        return err_set(err, ERR_INVAL, "no solution was found; scale the features of X");
    return OK;
}

/* b holds the solution. */
static int
keep(Linear *m, const Equations *e, Err *err)
{
    double bias = e->y_mean;

    for (int j = 0; j < m->n_feature; j++) {
        m->coef[j] = e->b[j];
        bias -= e->b[j] * e->mean[j];
    }
    m->bias[0] = m->options.intercept ? bias : 0;
    if (!learn_all_finite(m->coef, (size_t)m->n_feature) || !isfinite(m->bias[0]))
        return err_set(err, ERR_INVAL, "no finite solution was found; scale the features of X");
    return OK;
}

static int
fit(Linear *m, const Array *X, const Array *y, Err *err)
{
    Equations e;
    int code;

    if (equations_init(&e, X, &m->options, err))
        return err->code;
    set_values(&e, X, y, &m->options);
    code = solve(&e, &m->rank, err);
    if (!code)
        code = keep(m, &e, err);
    equations_release(&e);
    return code;
}

static int
check_target(const Array *y, Err *err)
{
    for (int64_t i = 0; i < y->shape[0]; i++) {
        double v = learn_value(y, i);

        if (!isfinite(v))
            return err_set(err, ERR_INVAL, "y: row %lld is %s", (long long)i + 1,
                           isnan(v) ? "NaN" : "infinite");
    }
    return OK;
}

int
linear_fit_regression(Linear **out, const Array *X, const Array *y, const LinearOptions *o,
                      Err *err)
{
    Linear like = {.kind = LINEAR_REGRESSION,
                   .options = {.intercept = o->intercept, .ridge = o->ridge}};
    Linear *m;

    if (linear_check_options(LINEAR_REGRESSION, o, err) || learn_check_fit(X, y, err)
        || check_target(y, err))
        return err->code;
    like.n_feature = (int)X->shape[1];
    if (linear_new(&m, &like, err))
        return err->code;
    if (fit(m, X, y, err)) {
        linear_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}
