/* boost.c -- see boost.h */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boost.h"

int
boost_new(Boost **out, const Boost *like, int has_weight, Err *err)
{
    Boost *m = calloc(1, sizeof *m);
    int code = OK;

    if (!m)
        return err_nomem(err);
    *m = *like;
    m->n_group = m->objective == BOOST_SOFTMAX ? m->classes.n : 1;
    m->n_tree = (uint32_t)m->n_round * (uint32_t)m->n_group;
    m->classes.label = NULL;
    if (m->objective != BOOST_SQUARED)
        code = classes_new(&m->classes, like->classes.type, like->classes.n, err);
    m->first = calloc((size_t)m->n_tree + 1, sizeof *m->first);
    m->node = calloc(m->n_node, sizeof *m->node);
    m->weight = has_weight ? calloc((size_t)like->classes.n, sizeof *m->weight) : NULL;
    if (!code && m->first && m->node && !has_weight == !m->weight) {
        *out = m;
        return OK;
    }
    boost_free(m);
    return err_nomem(err);
}

void
boost_free(Boost *m)
{
    if (!m)
        return;
    classes_release(&m->classes);
    free(m->weight);
    free(m->first);
    free(m->node);
    free(m);
}

int
boost_check_matrix(const Array *X, Err *err)
{
    if (X->ndim != 2)
        return err_set(err, ERR_INVAL,
                       "X: expected a matrix (rows by features), found %d dimension%s", X->ndim,
                       X->ndim == 1 ? "" : "s");
    if (X->shape[1] == 0)
        return err_set(err, ERR_INVAL, "X: it has no features");
    if (X->shape[0] >= INT_MAX)
        return err_set(err, ERR_INVAL, "X: it is too large");
    if (X->shape[1] > BOOST_MOST_FEATURES)
        return err_set(err, ERR_INVAL, "X has %lld features, at most %d are possible",
                       (long long)X->shape[1], (int)BOOST_MOST_FEATURES);
    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++) {
            double v = learn_element(X, i, j);

            if (fabs(v) > FLT_MAX)
                return err_set(err, ERR_INVAL, "X: row %lld, column %lld is %s", (long long)i + 1,
                               (long long)j + 1,
                               isinf(v) ? "infinite" : "too large; xgboost computes in f32");
        }
    return OK;
}

static int
check_features(const Boost *m, const Array *X, Err *err)
{
    if (X->ndim == 2 && X->shape[1] != m->n_feature)
        return err_set(err, ERR_INVAL, "X has %lld features, but the model was fitted with %d",
                       (long long)X->shape[1], m->n_feature);
    return boost_check_matrix(X, err);
}

/* ---- predict ---- */

static float
leaf_of(const BoostNode *tree, const float *row)
{
    uint32_t at = 0;

    while (tree[at].right) {
        float v = row[tree[at].feature];
        int left = isnan(v) ? tree[at].missing_left : v < tree[at].value;

        at = left ? at + 1 : tree[at].right;
    }
    return tree[at].value;
}

static void
row_margins(const Boost *m, const float *row, float *out)
{
    for (int g = 0; g < m->n_group; g++)
        out[g] = m->base;
    for (uint32_t t = 0; t < m->n_tree; t++)
        out[t % (uint32_t)m->n_group] += leaf_of(m->node + m->first[t], row);
}

int
boost_margins(const Boost *m, const Array *X, float *out, Err *err)
{
    float *row;

    if (check_features(m, X, err))
        return err->code;
    row = calloc((size_t)m->n_feature, sizeof *row);
    if (!row)
        return err_nomem(err);
    for (int64_t i = 0; i < X->shape[0]; i++) {
        for (int j = 0; j < m->n_feature; j++)
            row[j] = (float)learn_element(X, i, j);
        row_margins(m, row, out + i * m->n_group);
    }
    free(row);
    return OK;
}

/* In f32 and in this order, as libxgboost has them. */
static float
logistic(float margin)
{
    float to = -margin < 88.7f ? -margin : 88.7f;

    return 1.0f / (expf(to) + 1.0f + 1e-16f);
}

static void
softmax(float *v, int n)
{
    float most = v[0];
    double sum = 0;

    for (int k = 1; k < n; k++)
        most = fmaxf(v[k], most);
    for (int k = 0; k < n; k++) {
        v[k] = expf(v[k] - most);
        sum += v[k];
    }
    for (int k = 0; k < n; k++)
        v[k] /= (float)sum;
}

/* Margins of a row become shares of the classes. */
static void
row_shares(const Boost *m, float *margin, double *out)
{
    if (m->objective == BOOST_LOGISTIC) {
        out[1] = logistic(margin[0]);
        out[0] = 1.0 - out[1];
        return;
    }
    softmax(margin, m->n_group);
    for (int k = 0; k < m->n_group; k++)
        out[k] = margin[k];
}

/* New margins of all rows of X; the caller frees them. */
static float *
all_margins(const Boost *m, const Array *X, Err *err)
{
    size_t n = X->ndim == 2 ? (size_t)X->shape[0] * (size_t)m->n_group : 0;
    float *margin = calloc(n + 1, sizeof *margin);

    if (!margin) {
        err_nomem(err);
        return NULL;
    }
    if (boost_margins(m, X, margin, err) == OK)
        return margin;
    free(margin);
    return NULL;
}

static int
most_likely(const Boost *m, float *margin)
{
    int best = 0;

    if (m->objective == BOOST_LOGISTIC)
        return logistic(margin[0]) > 0.5f;
    softmax(margin, m->n_group);
    for (int k = 1; k < m->n_group; k++)
        if (margin[k] > margin[best])
            best = k;
    return best;
}

int
boost_predict(const Boost *m, const Array *X, Array *out, Err *err)
{
    float *margin = all_margins(m, X, err);

    if (!margin)
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++)
        if (m->objective == BOOST_SQUARED) {
            double v = margin[i];

            memcpy(out->data + i * out->stride[0], &v, sizeof v);
        } else {
            classes_put(&m->classes, most_likely(m, margin + i * m->n_group), out, i);
        }
    free(margin);
    return OK;
}

int
boost_probabilities(const Boost *m, const Array *X, Array *out, Err *err)
{
    float *margin = all_margins(m, X, err);
    double *to = (double *)(void *)out->data;

    if (!margin)
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++)
        row_shares(m, margin + i * m->n_group, to + i * m->classes.n);
    free(margin);
    return OK;
}

/* ---- importances ---- */

static double
worth(const BoostNode *n, int kind)
{
    if (kind == BOOST_WEIGHT)
        return 1;
    return kind == BOOST_GAIN || kind == BOOST_TOTAL_GAIN ? n->gain : n->cover;
}

int
boost_importances(const Boost *m, int kind, double *out, Err *err)
{
    uint32_t *n = calloc((size_t)m->n_feature, sizeof *n);
    double sum = 0;

    if (!n)
        return err_nomem(err);
    for (int j = 0; j < m->n_feature; j++)
        out[j] = 0;
    for (uint32_t i = 0; i < m->n_node; i++)
        if (m->node[i].right) {
            out[m->node[i].feature] += worth(&m->node[i], kind);
            n[m->node[i].feature]++;
        }
    for (int j = 0; j < m->n_feature; j++) {
        if ((kind == BOOST_GAIN || kind == BOOST_COVER) && n[j])
            out[j] /= n[j];
        sum += out[j];
    }
    for (int j = 0; sum > 0 && j < m->n_feature; j++)
        out[j] /= sum;
    free(n);
    return OK;
}
