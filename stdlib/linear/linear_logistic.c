/* linear_logistic.c -- logistic regression by liblinear; see linear_predict.h */
#include <limits.h>
#include <stdlib.h>

#include <linear.h>

#include "linear_predict.h"

/* The data of a training; released at its end.  Rows are sorted by class:
 * liblinear numbers the classes as it meets them. */
typedef struct Training {
    int n, width;               /* rows; features with the intercept's */
    Classes classes;
    int *index;                 /* of each row of X: its class */
    int *order;                 /* rows of X by class */
    int *label;                 /* of each class: its index */
    double *target;             /* n, class indices in that order */
    struct feature_node **row;
    struct feature_node *nodes;
} Training;

static void
training_release(Training *t)
{
    classes_release(&t->classes);
    free(t->index);
    free(t->order);
    free(t->label);
    free(t->target);
    free(t->row);
    free(t->nodes);
}

/* The nodes that the rows of X need: one for each value but 0, for the intercept
 * and for the end. */
static size_t
count_nodes(const Array *X)
{
    size_t n = 2 * (size_t)X->shape[0];

    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++)
            n += learn_element(X, i, j) != 0;
    return n;
}

static int
training_init(Training *t, const Array *X, int intercept, Err *err)
{
    size_t rows = (size_t)X->shape[0];

    *t = (Training){.n = (int)X->shape[0], .width = (int)X->shape[1] + (intercept != 0)};
    t->index = calloc(rows, sizeof *t->index);
    t->order = calloc(rows, sizeof *t->order);
    t->target = calloc(rows, sizeof *t->target);
    t->row = calloc(rows, sizeof *t->row);
    t->nodes = calloc(count_nodes(X), sizeof *t->nodes);
    if (t->index && t->order && t->target && t->row && t->nodes)
        return OK;
    training_release(t);
    return err_nomem(err);
}

static int
group_rows(Training *t, Err *err)
{
    int *at = calloc((size_t)t->classes.n + 1, sizeof *at);

    if (!at)
        return err_nomem(err);
    for (int i = 0; i < t->n; i++)
        at[t->index[i] + 1]++;
    for (int k = 1; k <= t->classes.n; k++)
        at[k] += at[k - 1];
    for (int i = 0; i < t->n; i++) {
        int k = t->index[i];

        t->order[at[k]] = i;
        t->target[at[k]++] = k;
    }
    free(at);
    return OK;
}

static int
label_classes(Training *t, Err *err)
{
    t->label = calloc((size_t)t->classes.n, sizeof *t->label);
    if (!t->label)
        return err_nomem(err);
    for (int k = 0; k < t->classes.n; k++)
        t->label[k] = k;
    return OK;
}

static void
put_rows(Training *t, const Array *X)
{
    struct feature_node *to = t->nodes;
    int n_feature = (int)X->shape[1];

    for (int i = 0; i < t->n; i++) {
        t->row[i] = to;
        for (int j = 0; j < n_feature; j++) {
            double v = learn_element(X, t->order[i], j);

            if (v != 0)
                *to++ = (struct feature_node){j + 1, v};
        }
        if (t->width > n_feature)
            *to++ = (struct feature_node){t->width, 1};
        *to++ = (struct feature_node){-1, 0};
    }
}

static struct model *
train_rows(const Training *t, const LinearOptions *o)
{
    struct parameter p = {.solver_type = L2R_LR, .eps = o->tolerance, .C = o->C,
                          .nr_weight = o->n_weight, .weight_label = t->label,
                          .weight = (double *)o->weight};
    struct problem problem = {.l = t->n, .n = t->width, .y = t->target, .x = t->row,
                              .bias = o->intercept ? 1 : -1};

    return train(&problem, &p);
}

/* Copies what liblinear found: w[feature][row], of two classes a single row, that
 * of the first. */
static int
keep(Linear *m, const Training *t, const struct model *found, Err *err)
{
    size_t k = (size_t)m->n_row, width = (size_t)t->width, f = (size_t)m->n_feature;
    double sign = k == 1 ? -1 : 1;

    for (int i = 0; i < t->classes.n; i++)
        m->classes.label[i] = t->classes.label[i];
    for (size_t r = 0; r < k; r++) {
        for (size_t j = 0; j < f; j++)
            m->coef[r * f + j] = sign * found->w[j * k + r];
        if (width > f)
            m->bias[r] = sign * found->w[f * k + r];
    }
    if (!learn_all_finite(m->coef, k * f) || !learn_all_finite(m->bias, k))
        return err_set(err, ERR_INVAL, "no finite solution was found; scale the features of X");
    return OK;
}

static int
keep_free(Linear **out, Linear *m, const Training *t, const Array *X, const LinearOptions *o,
          Err *err)
{
    for (int i = 0; i < t->classes.n; i++)
        m->classes.label[i] = t->classes.label[i];
    if (linear_newton(m, X, t->index, o, err)) {
        linear_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}

static int
fit(Linear **out, Training *t, const Array *X, const LinearOptions *o, Err *err)
{
    Linear like = {.kind = LINEAR_LOGISTIC, .n_feature = (int)X->shape[1], .classes = t->classes,
                   .options = {.intercept = o->intercept, .C = o->C, .tolerance = o->tolerance}};
    struct model *found;
    Linear *m;
    int code;

    if (group_rows(t, err) || linear_new(&m, &like, err))
        return err->code;
    if (o->intercept == LINEAR_FREE)
        return keep_free(out, m, t, X, o, err);
    put_rows(t, X);
    found = train_rows(t, o);
    code = keep(m, t, found, err);
    free_and_destroy_model(&found);
    if (code)
        linear_free(m);
    else
        *out = m;
    return code;
}

int
linear_fit_logistic(Linear **out, const Array *X, const Array *y, const LinearOptions *o, Err *err)
{
    Training t;
    int code;

    if (linear_check_options(LINEAR_LOGISTIC, o, err) || learn_check_fit(X, y, err))
        return err->code;
    if (X->shape[1] >= INT_MAX - 1)
        return err_set(err, ERR_INVAL, "X: it is too large");
    if (training_init(&t, X, o->intercept, err))
        return err->code;
    code = classes_find(&t.classes, y, t.index, err);
    if (!code)
        code = learn_check_weights(o->weight, o->n_weight, t.classes.n, err);
    if (!code)
        code = label_classes(&t, err);
    if (!code)
        code = fit(out, &t, X, o, err);
    training_release(&t);
    return code;
}
