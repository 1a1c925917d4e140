/* linear_newton.c -- logistic regression whose intercept is free of the penalty, by Newton's
 * method; see linear_predict.h
 *
 * The least of  |w|^2 / 2 + sum of cost * log(1 + exp(-sign * (w x + b)))  over all rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linear_predict.h"

enum { MOST_ROUNDS = 100, MOST_WIDTH = 20000 };

/* What one search works in; width counts the intercept, which is the last. */
typedef struct Search {
    size_t n, width;
    double *x;                  /* [n][width] */
    double *sign, *cost;        /* of each row */
    double *w, *step, *next;    /* width each */
    double *gradient;           /* width */
    double *hessian;            /* [width][width], its lower half */
} Search;

static void
search_release(Search *s)
{
    free(s->x);
    free(s->sign);
    free(s->w);
    free(s->hessian);
}

static int
search_init(Search *s, const Array *X, Err *err)
{
    size_t n = (size_t)X->shape[0], p = (size_t)X->shape[1];

    *s = (Search){.n = n, .width = p + 1};
    if (s->width > MOST_WIDTH || n > SIZE_MAX / sizeof(double) / s->width)
        return err_set(err, ERR_INVAL, "X: it has too many features for intercept = \"free\"");
    s->x = calloc(n * s->width, sizeof *s->x);
    s->sign = calloc(n * 2, sizeof *s->sign);
    s->w = calloc(s->width * 4, sizeof *s->w);
    s->hessian = calloc(s->width * s->width, sizeof *s->hessian);
    if (!s->x || !s->sign || !s->w || !s->hessian) {
        search_release(s);
        return err_nomem(err);
    }
    s->cost = s->sign + n;
    s->step = s->w + s->width;
    s->next = s->step + s->width;
    s->gradient = s->next + s->width;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++)
            s->x[i * s->width + j] = learn_element(X, (int64_t)i, (int64_t)j);
        s->x[i * s->width + p] = 1;
    }
    return OK;
}

static double
dot(const double *a, const double *b, size_t n)
{
    double sum = 0;

    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

static double
value(const Search *s, const double *w)
{
    double sum = dot(w, w, s->width - 1) / 2;

    for (size_t i = 0; i < s->n; i++) {
        double m = s->sign[i] * dot(w, s->x + i * s->width, s->width);

        sum += s->cost[i] * (m > 0 ? log1p(exp(-m)) : log1p(exp(m)) - m);
    }
    return sum;
}

/* Gradient and Hessian at w. */
static void
derive(Search *s)
{
    size_t k = s->width;

    memset(s->hessian, 0, k * k * sizeof *s->hessian);
    memcpy(s->gradient, s->w, k * sizeof *s->w);
    s->gradient[k - 1] = 0;
    for (size_t j = 0; j + 1 < k; j++)
        s->hessian[j * k + j] = 1;
    for (size_t i = 0; i < s->n; i++) {
        const double *x = s->x + i * k;
        double m = s->sign[i] * dot(s->w, x, k), q = 1 / (1 + exp(m));
        double slope = -s->cost[i] * s->sign[i] * q, bend = s->cost[i] * q * (1 - q);

        for (size_t j = 0; j < k; j++) {
            double *row = s->hessian + j * k;

            s->gradient[j] += slope * x[j];
            for (size_t l = 0; l <= j; l++)
                row[l] += bend * x[j] * x[l];
        }
    }
}

/* The Hessian becomes its Cholesky factor; 0 when it is not positive. */
static int
factor(Search *s)
{
    size_t k = s->width;

    for (size_t j = 0; j < k; j++) {
        double *row = s->hessian + j * k;

        for (size_t l = 0; l <= j; l++) {
            double v = row[l] - dot(row, s->hessian + l * k, l);

            if (l < j)
                row[l] = v / s->hessian[l * k + l];
            else if (!(v > 0))
                return 0;
            else
                row[l] = sqrt(v);
        }
    }
    return 1;
}

/* step = -inverse(Hessian) gradient */
static void
solve(Search *s)
{
    size_t k = s->width;

    for (size_t j = 0; j < k; j++) {
        const double *row = s->hessian + j * k;

        s->step[j] = (-s->gradient[j] - dot(row, s->step, j)) / row[j];
    }
    for (size_t j = k; j-- > 0;) {
        double v = s->step[j];

        for (size_t l = j + 1; l < k; l++)
            v -= s->hessian[l * k + j] * s->step[l];
        s->step[j] = v / s->hessian[j * k + j];
    }
}

static double
largest(const double *v, size_t n)
{
    double most = 0;

    for (size_t j = 0; j < n; j++)
        most = fmax(most, fabs(v[j]));
    return most;
}

/* Goes along the step, half of it while that is no way down. */
static void
go(Search *s)
{
    double before = value(s, s->w), part = 1;

    do {
        for (size_t j = 0; j < s->width; j++)
            s->next[j] = s->w[j] + part * s->step[j];
        part /= 2;
    } while (part > 1e-10 && !(value(s, s->next) <= before + 1e-12 * fabs(before)));
    memcpy(s->w, s->next, s->width * sizeof *s->w);
}

/* Newton's steps square the error: after one of 1e-9 only rounding is left. */
static int
minimise(Search *s, Err *err)
{
    memset(s->w, 0, s->width * sizeof *s->w);
    for (int i = 0; i < MOST_ROUNDS; i++) {
        derive(s);
        if (!factor(s))
            break;
        solve(s);
        if (!learn_all_finite(s->step, s->width))
            break;
        go(s);
        if (largest(s->step, s->width) <= 1e-9 * fmax(1, largest(s->w, s->width)))
            return OK;
    }
    return err_set(err, ERR_INVAL, "no finite solution was found; scale the features of X");
}

/* As liblinear has it: of two classes each row has the weight of its class, of more the class
 * that stands against the rest. */
static void
set_rows(Search *s, const int *index, int row, int n_row, const LinearOptions *o)
{
    int positive = n_row == 1 ? 1 : row;

    for (size_t i = 0; i < s->n; i++) {
        int is = index[i] == positive;

        s->sign[i] = is ? 1 : -1;
        s->cost[i] = o->C;
        if (o->weight && (is || n_row == 1))
            s->cost[i] *= o->weight[index[i]];
    }
}

int
linear_newton(Linear *m, const Array *X, const int *index, const LinearOptions *o, Err *err)
{
    size_t p = (size_t)m->n_feature;
    Search s;
    int code;

    if (search_init(&s, X, err))
        return err->code;
    code = OK;
    for (int r = 0; !code && r < m->n_row; r++) {
        set_rows(&s, index, r, m->n_row, o);
        code = minimise(&s, err);
        memcpy(m->coef + (size_t)r * p, s.w, p * sizeof *s.w);
        m->bias[r] = s.w[p];
    }
    search_release(&s);
    return code;
}
