/* linear_predict.c -- a linear model's memory, and its predictions; see linear_predict.h */
#include <math.h>
#include <stdlib.h>

#include "linear_predict.h"

int
linear_new(Linear **out, const Linear *like, Err *err)
{
    Linear *m = calloc(1, sizeof *m);
    size_t k;

    if (!m)
        return err_nomem(err);
    m->kind = like->kind;
    m->options = like->options;
    m->n_feature = like->n_feature;
    m->rank = like->rank;
    m->n_row = like->classes.n > 2 ? like->classes.n : 1;
    k = (size_t)m->n_row;
    m->coef = calloc(k * (size_t)m->n_feature, sizeof *m->coef);
    m->bias = calloc(k, sizeof *m->bias);
    if (!m->coef || !m->bias
        || (like->classes.n
            && classes_new(&m->classes, like->classes.type, like->classes.n, err))) {
        linear_free(m);
        return err_nomem(err);
    }
    *out = m;
    return OK;
}

void
linear_free(Linear *m)
{
    if (!m)
        return;
    classes_release(&m->classes);
    free(m->coef);
    free(m->bias);
    free(m);
}

int
linear_check_options(int kind, const LinearOptions *o, Err *err)
{
    if (kind == LINEAR_REGRESSION && !(isfinite(o->ridge) && o->ridge >= 0))
        return err_set(err, ERR_INVAL, "ridge must be at least 0");
    if (kind == LINEAR_LOGISTIC && !(isfinite(o->C) && o->C > 0))
        return err_set(err, ERR_INVAL, "C must be greater than 0");
    if (kind == LINEAR_LOGISTIC && !(isfinite(o->tolerance) && o->tolerance > 0))
        return err_set(err, ERR_INVAL, "tolerance must be greater than 0");
    return OK;
}

/* ---- predict ---- */

/* The value of row k of the model for row i of X. */
static double
decide(const Linear *m, int k, const Array *X, int64_t i)
{
    const double *w = m->coef + (size_t)k * (size_t)m->n_feature;
    double sum = m->bias[k];

    for (int j = 0; j < m->n_feature; j++)
        sum += w[j] * learn_element(X, i, j);
    return sum;
}

/* The class of row i: the second of two when its row says more than 0, else the
 * one with the largest value, the first of equals. */
static int
choose(const Linear *m, const Array *X, int64_t i)
{
    double best = decide(m, 0, X, i);
    int k = 0;

    if (m->n_row == 1)
        return best > 0;
    for (int c = 1; c < m->n_row; c++) {
        double v = decide(m, c, X, i);

        if (v > best)
            best = v, k = c;
    }
    return k;
}

int
linear_predict(const Linear *m, const Array *X, Array *out, Err *err)
{
    if (learn_check_features(X, m->n_feature, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++)
        if (m->kind == LINEAR_LOGISTIC)
            classes_put(&m->classes, choose(m, X, i), out, i);
        else
            ((double *)(void *)out->data)[i] = decide(m, 0, X, i);
    return OK;
}

static double
sigmoid(double v)
{
    return 1 / (1 + exp(-v));
}

/* The likelihood of each class against the rest, made to add up to 1.  All may
 * be 0 for a row far away: then the classes are equally likely. */
static void
put_probabilities(const Linear *m, const Array *X, int64_t i, double *p)
{
    double sum = 0;

    if (m->n_row == 1) {
        p[1] = sigmoid(decide(m, 0, X, i));
        p[0] = 1 - p[1];
        return;
    }
    for (int k = 0; k < m->n_row; k++)
        sum += p[k] = sigmoid(decide(m, k, X, i));
    for (int k = 0; k < m->n_row; k++)
        p[k] = sum > 0 ? p[k] / sum : 1.0 / m->n_row;
}

int
linear_probabilities(const Linear *m, const Array *X, Array *out, Err *err)
{
    double *p = (double *)(void *)out->data;

    if (learn_check_features(X, m->n_feature, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++, p += m->classes.n)
        put_probabilities(m, X, i, p);
    return OK;
}
