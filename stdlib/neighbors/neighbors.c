/* neighbors.c -- see neighbors.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "neighbors.h"

int
neighbors_new(Neighbors **out, const NeighborsOptions *o, int n_row, int n_feature, Err *err)
{
    Neighbors *m = calloc(1, sizeof *m);

    if (!m)
        return err_nomem(err);
    m->options = *o;
    m->n_row = n_row;
    m->n_feature = n_feature;
    m->value = calloc((size_t)n_row * (size_t)n_feature, sizeof *m->value);
    m->kind = calloc((size_t)n_row, sizeof *m->kind);
    if (!m->value || !m->kind) {
        neighbors_free(m);
        return err_nomem(err);
    }
    *out = m;
    return OK;
}

void
neighbors_free(Neighbors *m)
{
    if (!m)
        return;
    classes_release(&m->classes);
    free(m->value);
    free(m->kind);
    free(m);
}

static void
read_row(const Array *X, int64_t i, double *to)
{
    for (int64_t j = 0; j < X->shape[1]; j++)
        to[j] = learn_element(X, i, j);
}

int
neighbors_fit(Neighbors **out, const Array *X, const Array *y, const NeighborsOptions *o, Err *err)
{
    Neighbors *m;

    if (learn_check_fit(X, y, err))
        return err->code;
    if (o->k > (uint64_t)X->shape[0])
        return err_set(err, ERR_INVAL, "n_neighbors is %u, and X has %lld rows", (unsigned)o->k,
                       (long long)X->shape[0]);
    if (neighbors_new(&m, o, (int)X->shape[0], (int)X->shape[1], err))
        return err->code;
    if (classes_find(&m->classes, y, m->kind, err)) {
        neighbors_free(m);
        return err->code;
    }
    for (int64_t i = 0; i < m->n_row; i++)
        read_row(X, i, m->value + (size_t)i * (size_t)m->n_feature);
    *out = m;
    return OK;
}

/* ---- predict ---- */

typedef struct Near {
    double square;              /* of the distance */
    int row;
} Near;

/* What the prediction of a row needs. */
typedef struct Query {
    double *feature, *weight;   /* of the row; of each class */
    Near *near;                 /* k, the nearest first */
} Query;

static void
query_release(Query *q)
{
    free(q->feature);
    free(q->weight);
    free(q->near);
}

static int
query_init(Query *q, const Neighbors *m, Err *err)
{
    q->feature = calloc((size_t)m->n_feature, sizeof *q->feature);
    q->weight = calloc((size_t)m->classes.n, sizeof *q->weight);
    q->near = calloc(m->options.k, sizeof *q->near);
    if (q->feature && q->weight && q->near)
        return OK;
    query_release(q);
    return err_nomem(err);
}

/* The square of the distance of a row; more than the limit as soon as it is. */
static double
square_to(const Neighbors *m, const double *a, int row, double limit)
{
    const double *b = m->value + (size_t)row * (size_t)m->n_feature;
    double sum = 0;

    for (int j = 0; j < m->n_feature && !(sum > limit); j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

static void
find_nearest(const Neighbors *m, Query *q)
{
    int k = (int)m->options.k, n = 0;

    for (int row = 0; row < m->n_row; row++) {
        double square = square_to(m, q->feature, row, n < k ? INFINITY : q->near[k - 1].square);
        int at;

        if (n == k && !(square < q->near[k - 1].square))
            continue;
        for (at = n < k ? n++ : k - 1; at > 0 && square < q->near[at - 1].square; at--)
            q->near[at] = q->near[at - 1];
        q->near[at] = (Near){square, row};
    }
}

static double
weight_of(const Neighbors *m, const Query *q, int i)
{
    if (m->options.weights == NEIGHBORS_UNIFORM || isinf(q->near[0].square))
        return 1;
    if (q->near[0].square == 0)
        return q->near[i].square == 0;
    return 1 / sqrt(q->near[i].square);
}

/* Puts the weights of the classes near row i of X. */
static void
ask(const Neighbors *m, const Array *X, int64_t i, Query *q)
{
    read_row(X, i, q->feature);
    find_nearest(m, q);
    memset(q->weight, 0, (size_t)m->classes.n * sizeof *q->weight);
    for (int j = 0; j < (int)m->options.k; j++)
        q->weight[m->kind[q->near[j].row]] += weight_of(m, q, j);
}

int
neighbors_predict(const Neighbors *m, const Array *X, Array *out, Err *err)
{
    Query q;

    if (learn_check_features(X, m->n_feature, err) || query_init(&q, m, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++) {
        int best = 0;

        ask(m, X, i, &q);
        for (int c = 1; c < m->classes.n; c++)
            if (q.weight[c] > q.weight[best])
                best = c;
        classes_put(&m->classes, best, out, i);
    }
    query_release(&q);
    return OK;
}

int
neighbors_probabilities(const Neighbors *m, const Array *X, Array *out, Err *err)
{
    double *p = (double *)(void *)out->data;
    Query q;

    if (learn_check_features(X, m->n_feature, err) || query_init(&q, m, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++, p += m->classes.n) {
        double sum = 0;

        ask(m, X, i, &q);
        for (int c = 0; c < m->classes.n; c++)
            sum += q.weight[c];
        for (int c = 0; c < m->classes.n; c++)
            p[c] = q.weight[c] / sum;
    }
    query_release(&q);
    return OK;
}

/* ---- the nearest of a few rows ---- */

static void
nearest_of(const double *a, const double *rows, const Array *C, int64_t *place, double *square)
{
    *square = INFINITY;
    *place = 0;
    for (int64_t i = 0; i < C->shape[0]; i++, rows += C->shape[1]) {
        double sum = 0;

        for (int64_t j = 0; j < C->shape[1]; j++)
            sum += (a[j] - rows[j]) * (a[j] - rows[j]);
        if (sum < *square) {
            *square = sum;
            *place = i;
        }
    }
}

int
neighbors_nearest(const Array *X, const Array *C, int64_t *place, double *square, Err *err)
{
    size_t width = (size_t)C->shape[1], n = (size_t)C->shape[0];
    double *rows = calloc((n + 1) * width, sizeof *rows), *a = rows ? rows + n * width : NULL;

    if (!rows)
        return err_nomem(err);
    for (int64_t i = 0; i < C->shape[0]; i++)
        read_row(C, i, rows + (size_t)i * width);
    for (int64_t i = 0; i < X->shape[0]; i++) {
        read_row(X, i, a);
        nearest_of(a, rows, C, &place[i], &square[i]);
    }
    free(rows);
    return OK;
}
