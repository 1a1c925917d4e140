/* model.c -- see model.h */
#include <math.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* What a training needs, for as long as it takes. */
typedef struct Training {
    int n, n_class;
    int64_t *label;             /* of each row */
    int64_t *classes;           /* n places, the first n_class ascending */
    int *order;                 /* rows by class, otherwise as they came */
    double *target;             /* n, class indices in that order */
    struct svm_node **row;
    struct svm_node *nodes;
} Training;

/* ---- elements of arrays ---- */

static double
real_at(const unsigned char *p, ArrayType type)
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

static double
element(const Array *X, int64_t i, int64_t j)
{
    return real_at(X->data + i * X->stride[0] + j * X->stride[1], X->type);
}

static int
check_matrix(const Array *X, Err *err)
{
    if (X->ndim != 2)
        return err_set(err, ERR_INVAL, "X: expected a matrix (rows by features), it has %d dimension%s",
                       X->ndim, X->ndim == 1 ? "" : "s");
    if (X->shape[1] == 0)
        return err_set(err, ERR_INVAL, "X: it has no features");
    if (X->shape[0] >= INT_MAX || X->shape[1] >= INT_MAX)
        return err_set(err, ERR_INVAL, "X: it is too large for libsvm");
    return OK;
}

/* Refuses what is not finite; *n_node gets the nodes that all rows need. */
static int
check_numbers(const Array *X, size_t *n_node, Err *err)
{
    *n_node = (size_t)X->shape[0];
    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++) {
            double v = element(X, i, j);

            if (!isfinite(v))
                return err_set(err, ERR_INVAL, "X: row %lld, column %lld is %s", (long long)i + 1,
                               (long long)j + 1, isnan(v) ? "NaN" : "infinite");
            *n_node += v != 0;
        }
    return OK;
}

/* Writes row i; returns the place after its closing node. */
static struct svm_node *
put_row(struct svm_node *to, const Array *X, int64_t i)
{
    for (int64_t j = 0; j < X->shape[1]; j++) {
        double v = element(X, i, j);

        if (v != 0) {
            to->index = (int)j + 1;
            to++->value = v;
        }
    }
    to->index = -1;
    to->value = 0;
    return to + 1;
}

/* The default of gamma, as in scikit-learn; 1 for a constant X. */
static double
scale(const Array *X)
{
    double n = (double)X->shape[0] * (double)X->shape[1], sum = 0, squares = 0, mean;

    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++)
            sum += element(X, i, j);
    mean = sum / n;
    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++) {
            double d = element(X, i, j) - mean;

            squares += d * d;
        }
    return squares > 0 ? 1 / ((double)X->shape[1] * (squares / n)) : 1;
}

/* ---- the model's memory ---- */

size_t
model_pairs(const Model *m)
{
    return (size_t)m->n_class * (size_t)(m->n_class - 1) / 2;
}

void
model_free(Model *m)
{
    if (!m)
        return;
    free(m->label);
    free(m->sv);
    free(m->nodes);
    free(m->coef);
    free(m->coef_row);
    free(m->rho);
    free(m->prob);
    free(m->index);
    free(m->n_sv_of);
    free(m);
}

static int
allocate(Model *m)
{
    size_t k = (size_t)m->n_class, l = (size_t)m->n_sv, pairs = model_pairs(m);

    m->label = calloc(k, sizeof *m->label);
    m->index = calloc(k, sizeof *m->index);
    m->n_sv_of = calloc(k, sizeof *m->n_sv_of);
    m->sv = calloc(l, sizeof *m->sv);
    m->coef = calloc((k - 1) * l, sizeof *m->coef);
    m->coef_row = calloc(k - 1, sizeof *m->coef_row);
    m->rho = calloc(pairs, sizeof *m->rho);
    if (m->options.probability)
        m->prob = calloc(2 * pairs, sizeof *m->prob);
    return m->label && m->index && m->n_sv_of && m->sv && m->coef && m->coef_row && m->rho
           && (m->prob || !m->options.probability);
}

static void
set_parameters(struct svm_parameter *p, const ModelOptions *o)
{
    memset(p, 0, sizeof *p);
    p->svm_type = C_SVC;
    p->kernel_type = o->kernel;
    p->degree = o->degree;
    p->gamma = o->gamma;
    p->coef0 = o->coef0;
    p->cache_size = 200;        /* MB, taken as it is needed */
    p->eps = o->tolerance;
    p->C = o->C;
    p->shrinking = 1;
    p->probability = o->probability;
}

int
model_new(Model **out, const ModelOptions *o, int n_class, int n_sv, Err *err)
{
    Model *m = calloc(1, sizeof *m);

    if (!m)
        return err_nomem(err);
    m->options = *o;
    m->n_class = n_class;
    m->n_sv = n_sv;
    if (!allocate(m)) {
        model_free(m);
        return err_nomem(err);
    }
    set_parameters(&m->svm.param, o);
    m->svm.nr_class = n_class;
    m->svm.l = n_sv;
    m->svm.SV = m->sv;
    m->svm.sv_coef = m->coef_row;
    m->svm.rho = m->rho;
    if (m->prob) {
        m->svm.probA = m->prob;
        m->svm.probB = m->prob + model_pairs(m);
    }
    m->svm.label = m->index;
    m->svm.nSV = m->n_sv_of;
    for (int i = 0; i < n_class; i++)
        m->index[i] = i;
    for (int i = 0; i < n_class - 1; i++)
        m->coef_row[i] = m->coef + (size_t)i * (size_t)n_sv;
    *out = m;
    return OK;
}

int
model_add_nodes(Model *m, size_t n_node, Err *err)
{
    m->nodes = calloc(n_node, sizeof *m->nodes);
    return m->nodes ? OK : err_nomem(err);
}

/* ---- labels ---- */

static int
by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int
read_label(const Array *y, int64_t i, int64_t *label, Err *err)
{
    const unsigned char *p = y->data + i * y->stride[0];
    double v = real_at(p, y->type);

    if (y->type == ARRAY_I64) {
        memcpy(label, p, sizeof *label);
        return OK;
    }
    if (isnan(v))
        return err_set(err, ERR_INVAL, "y: row %lld is NaN", (long long)i + 1);
    if (v != floor(v) || fabs(v) > 9007199254740992.0)
        return err_set(err, ERR_INVAL, "y: row %lld is %.14g; a class is a whole number",
                       (long long)i + 1, v);
    *label = (int64_t)v;
    return OK;
}

/* Fills label and classes. */
static int
read_labels(Training *t, const Array *y, Err *err)
{
    int distinct = 0;

    for (int i = 0; i < t->n; i++)
        if (read_label(y, i, &t->label[i], err))
            return err->code;
    memcpy(t->classes, t->label, (size_t)t->n * sizeof *t->classes);
    qsort(t->classes, (size_t)t->n, sizeof *t->classes, by_value);
    for (int i = 0; i < t->n; i++)
        if (i == 0 || t->classes[i] != t->classes[i - 1])
            t->classes[distinct++] = t->classes[i];
    t->n_class = distinct;
    if (distinct < 2)
        return err_set(err, ERR_INVAL, "y: all rows are of class %lld; at least two classes are needed",
                       (long long)t->classes[0]);
    if (distinct > MODEL_MAXCLASS)
        return err_set(err, ERR_INVAL, "y: %d classes are too many", distinct);
    return OK;
}

static int
class_of(const Training *t, int row)
{
    const int64_t *at = bsearch(&t->label[row], t->classes, (size_t)t->n_class,
                                sizeof *t->classes, by_value);

    return (int)(at - t->classes);
}

/* Fills order and target.  libsvm numbers the classes as it meets them: rows by
 * class give the same model however the classes are mixed in y, and the lowest
 * label wins a tie of votes. */
static int
group_rows(Training *t, Err *err)
{
    size_t *at = calloc((size_t)t->n_class + 1, sizeof *at);

    if (!at)
        return err_nomem(err);
    for (int i = 0; i < t->n; i++)
        at[class_of(t, i) + 1]++;
    for (int k = 1; k <= t->n_class; k++)
        at[k] += at[k - 1];
    for (int i = 0; i < t->n; i++) {
        int k = class_of(t, i);

        t->order[at[k]] = i;
        t->target[at[k]++] = k;
    }
    free(at);
    return OK;
}

/* ---- fit ---- */

int
model_check_options(const ModelOptions *o, Err *err)
{
    struct svm_parameter p;
    struct svm_problem none = {0, NULL, NULL};
    const char *why;

    if (!isfinite(o->C) || !isfinite(o->gamma) || !isfinite(o->coef0) || !isfinite(o->tolerance))
        return err_set(err, ERR_INVAL, "C, gamma, coef0 and tolerance must be finite numbers");
    set_parameters(&p, o);
    why = svm_check_parameter(&none, &p);
    return why ? err_set(err, ERR_INVAL, "%s", why) : OK;
}

static void
training_release(Training *t)
{
    free(t->label);
    free(t->classes);
    free(t->order);
    free(t->target);
    free(t->row);
    free(t->nodes);
}

static int
training_init(Training *t, int n, size_t n_node, Err *err)
{
    size_t rows = (size_t)n;

    memset(t, 0, sizeof *t);
    t->n = n;
    t->label = calloc(rows, sizeof *t->label);
    t->classes = calloc(rows, sizeof *t->classes);
    t->order = calloc(rows, sizeof *t->order);
    t->target = calloc(rows, sizeof *t->target);
    t->row = calloc(rows, sizeof *t->row);
    t->nodes = calloc(n_node, sizeof *t->nodes);
    if (t->label && t->classes && t->order && t->target && t->row && t->nodes)
        return OK;
    training_release(t);
    return err_nomem(err);
}

static struct svm_model *
train(const Training *t, const ModelOptions *o)
{
    struct svm_problem problem = {t->n, t->target, t->row};
    struct svm_parameter p;
    struct svm_model *found;
    char state[128], *before = NULL;

    set_parameters(&p, o);
    if (o->probability)
        before = initstate(o->seed, state, sizeof state);
    found = svm_train(&problem, &p);
    if (before)
        setstate(before);
    return found;
}

static size_t
count_nodes(const struct svm_model *found)
{
    size_t n = 0;

    for (int i = 0; i < found->l; i++)
        for (const struct svm_node *p = found->SV[i]; ; p++) {
            n++;
            if (p->index == -1)
                break;
        }
    return n;
}

static void
copy_vectors(Model *m, const struct svm_model *found)
{
    struct svm_node *to = m->nodes;

    for (int i = 0; i < m->n_sv; i++) {
        const struct svm_node *p = found->SV[i];

        m->sv[i] = to;
        while (p->index != -1)
            *to++ = *p++;
        *to++ = *p;
    }
}

static int
all_finite(const double *v, size_t n)
{
    while (n && isfinite(v[n - 1]))
        n--;
    return n == 0;
}

/* Copies what libsvm found, all of which goes away with the training. */
static int
keep(Model *m, const Training *t, const struct svm_model *found, Err *err)
{
    size_t pairs = model_pairs(m), l = (size_t)m->n_sv, k = (size_t)m->n_class;

    if (model_add_nodes(m, count_nodes(found), err))
        return err->code;
    copy_vectors(m, found);
    memcpy(m->label, t->classes, k * sizeof *m->label);
    memcpy(m->n_sv_of, found->nSV, k * sizeof *m->n_sv_of);
    memcpy(m->rho, found->rho, pairs * sizeof *m->rho);
    for (size_t i = 0; i + 1 < k; i++)
        memcpy(m->coef_row[i], found->sv_coef[i], l * sizeof *m->coef);
    if (m->prob) {
        memcpy(m->prob, found->probA, pairs * sizeof *m->prob);
        memcpy(m->prob + pairs, found->probB, pairs * sizeof *m->prob);
    }
    if (l == 0 || !all_finite(m->rho, pairs) || !all_finite(m->coef, (k - 1) * l)
        || (m->prob && !all_finite(m->prob, 2 * pairs)))
        return err_set(err, ERR_INVAL, "no finite solution was found; scale the features of X");
    return OK;
}

static int
fit_rows(Model **out, Training *t, const Array *X, const ModelOptions *o, Err *err)
{
    struct svm_node *to = t->nodes;
    struct svm_model *found;
    Model *m = NULL;
    int code;

    for (int i = 0; i < t->n; i++) {
        t->row[i] = to;
        to = put_row(to, X, t->order[i]);
    }
    found = train(t, o);
    code = model_new(&m, o, t->n_class, found->l, err);
    if (!code)
        code = keep(m, t, found, err);
    svm_free_and_destroy_model(&found);
    if (code) {
        model_free(m);
        return code;
    }
    m->n_feature = (int)X->shape[1];
    *out = m;
    return OK;
}

static int
check_rows(const Array *X, const Array *y, Err *err)
{
    if (check_matrix(X, err))
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
model_fit(Model **out, const Array *X, const Array *y, const ModelOptions *given, Err *err)
{
    ModelOptions o = *given;
    size_t n_node;
    Training t;
    int code;

    if (check_rows(X, y, err) || check_numbers(X, &n_node, err))
        return err->code;
    if (isnan(o.gamma))
        o.gamma = scale(X);
    if (model_check_options(&o, err))
        return err->code;
    if (training_init(&t, (int)X->shape[0], n_node, err))
        return err->code;
    code = read_labels(&t, y, err);
    if (!code)
        code = group_rows(&t, err);
    if (!code)
        code = fit_rows(out, &t, X, &o, err);
    training_release(&t);
    if (!code)
        (*out)->type = y->type;
    return code;
}

/* ---- predict ---- */

static void
put_label(Array *out, int64_t i, int64_t label)
{
    unsigned char *p = out->data + i * out->stride[0];

    switch (out->type) {
    case ARRAY_BOOL:
    case ARRAY_U8: *p = (unsigned char)label; break;
    case ARRAY_I32: { int32_t v = (int32_t)label; memcpy(p, &v, sizeof v); break; }
    case ARRAY_I64: memcpy(p, &label, sizeof label); break;
    case ARRAY_F32: { float v = (float)label; memcpy(p, &v, sizeof v); break; }
    case ARRAY_F64: { double v = (double)label; memcpy(p, &v, sizeof v); break; }
    }
}

/* Checks X and makes room for one of its rows. */
static int
open_rows(const Model *m, const Array *X, struct svm_node **row, Err *err)
{
    size_t n_node;

    if (check_matrix(X, err))
        return err->code;
    if (X->shape[1] != m->n_feature)
        return err_set(err, ERR_INVAL, "X has %lld features, the model was fitted with %d",
                       (long long)X->shape[1], m->n_feature);
    if (check_numbers(X, &n_node, err))
        return err->code;
    *row = calloc((size_t)m->n_feature + 1, sizeof **row);
    return *row ? OK : err_nomem(err);
}

int
model_predict(const Model *m, const Array *X, Array *out, Err *err)
{
    struct svm_node *row;

    if (open_rows(m, X, &row, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++) {
        put_row(row, X, i);
        put_label(out, i, m->label[(int)svm_predict(&m->svm, row)]);
    }
    free(row);
    return OK;
}

int
model_probabilities(const Model *m, const Array *X, Array *out, Err *err)
{
    struct svm_node *row;

    if (!m->prob)
        return err_set(err, ERR_INVAL, "the model was fitted without probability = true");
    if (open_rows(m, X, &row, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++) {
        put_row(row, X, i);
        svm_predict_probability(&m->svm, row, (double *)(void *)(out->data + i * out->stride[0]));
    }
    free(row);
    return OK;
}

const ModelOptions *
model_options(const Model *m)
{
    return &m->options;
}

ArrayType
model_label_type(const Model *m)
{
    return m->type;
}

int
model_classes(const Model *m, const int64_t **labels)
{
    *labels = m->label;
    return m->n_class;
}

int
model_vectors(const Model *m)
{
    return m->n_sv;
}

int
model_features(const Model *m)
{
    return m->n_feature;
}
