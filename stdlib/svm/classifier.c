/* classifier.c -- see classifier.h */
#include <math.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "classifier_internal.h"

/* The data of a training; released at its end. */
typedef struct Training {
    int n;
    Classes classes;
    int *index;                 /* of each row: its class */
    int *order;                 /* rows by class, otherwise as they came */
    int *label;                 /* of each class: its index */
    double *target;             /* n, class indices in that order */
    struct svm_node **row;
    struct svm_node *nodes;
} Training;

/* ---- rows as libsvm takes them ---- */

static size_t
count_values(const Array *X)
{
    size_t n = (size_t)X->shape[0];

    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++)
            n += learn_element(X, i, j) != 0;
    return n;
}

/* Writes row i; returns the place after its closing node. */
static struct svm_node *
put_row(struct svm_node *to, const Array *X, int64_t i)
{
    for (int64_t j = 0; j < X->shape[1]; j++) {
        double v = learn_element(X, i, j);

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
            sum += learn_element(X, i, j);
    mean = sum / n;
    for (int64_t i = 0; i < X->shape[0]; i++)
        for (int64_t j = 0; j < X->shape[1]; j++) {
            double d = learn_element(X, i, j) - mean;

            squares += d * d;
        }
    return squares > 0 ? 1 / ((double)X->shape[1] * (squares / n)) : 1;
}

/* ---- the model's memory ---- */

size_t
classifier_pairs(const Classifier *m)
{
    return (size_t)m->classes.n * (size_t)(m->classes.n - 1) / 2;
}

void
classifier_free(Classifier *m)
{
    if (!m)
        return;
    classes_release(&m->classes);
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
allocate(Classifier *m)
{
    size_t k = (size_t)m->classes.n, l = (size_t)m->n_sv, pairs = classifier_pairs(m);

    m->index = calloc(k, sizeof *m->index);
    m->n_sv_of = calloc(k, sizeof *m->n_sv_of);
    m->sv = calloc(l, sizeof *m->sv);
    m->coef = calloc((k - 1) * l, sizeof *m->coef);
    m->coef_row = calloc(k - 1, sizeof *m->coef_row);
    m->rho = calloc(pairs, sizeof *m->rho);
    if (m->options.probability)
        m->prob = calloc(2 * pairs, sizeof *m->prob);
    return m->index && m->n_sv_of && m->sv && m->coef && m->coef_row && m->rho
           && (m->prob || !m->options.probability);
}

static void
set_parameters(struct svm_parameter *p, const ClassifierOptions *o)
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
classifier_new(Classifier **out, const ClassifierOptions *o, const Classes *like, int n_sv,
               Err *err)
{
    Classifier *m = calloc(1, sizeof *m);

    if (!m)
        return err_nomem(err);
    m->options = *o;
    m->n_sv = n_sv;
    if (classes_new(&m->classes, like->type, like->n, err) || !allocate(m)) {
        classifier_free(m);
        return err_nomem(err);
    }
    set_parameters(&m->svm.param, o);
    m->svm.nr_class = like->n;
    m->svm.l = n_sv;
    m->svm.SV = m->sv;
    m->svm.sv_coef = m->coef_row;
    m->svm.rho = m->rho;
    if (m->prob) {
        m->svm.probA = m->prob;
        m->svm.probB = m->prob + classifier_pairs(m);
    }
    m->svm.label = m->index;
    m->svm.nSV = m->n_sv_of;
    for (int i = 0; i < like->n; i++)
        m->index[i] = i;
    for (int i = 0; i < like->n - 1; i++)
        m->coef_row[i] = m->coef + (size_t)i * (size_t)n_sv;
    *out = m;
    return OK;
}

int
classifier_add_nodes(Classifier *m, size_t n_node, Err *err)
{
    m->nodes = calloc(n_node, sizeof *m->nodes);
    return m->nodes ? OK : err_nomem(err);
}

/* ---- fit ---- */

/* Fills order and target.  libsvm numbers the classes as it meets them: rows by
 * class give the same model however the classes are mixed in y, and the lowest
 * label wins a tie of votes. */
static int
group_rows(Training *t, Err *err)
{
    size_t *at = calloc((size_t)t->classes.n + 1, sizeof *at);

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

int
classifier_check_options(const ClassifierOptions *o, Err *err)
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
    classes_release(&t->classes);
    free(t->index);
    free(t->order);
    free(t->label);
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
    t->index = calloc(rows, sizeof *t->index);
    t->order = calloc(rows, sizeof *t->order);
    t->target = calloc(rows, sizeof *t->target);
    t->row = calloc(rows, sizeof *t->row);
    t->nodes = calloc(n_node, sizeof *t->nodes);
    if (t->index && t->order && t->target && t->row && t->nodes)
        return OK;
    training_release(t);
    return err_nomem(err);
}

static struct svm_model *
train(const Training *t, const ClassifierOptions *o)
{
    struct svm_problem problem = {t->n, t->target, t->row};
    struct svm_parameter p;
    struct svm_model *found;
    char state[128], *before = NULL;

    set_parameters(&p, o);
    p.nr_weight = o->n_weight;
    p.weight_label = t->label;
    p.weight = (double *)o->weight;
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
copy_vectors(Classifier *m, const struct svm_model *found)
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

/* Copies what libsvm found, all of which goes away with the training. */
static int
keep(Classifier *m, const Training *t, const struct svm_model *found, Err *err)
{
    size_t pairs = classifier_pairs(m), l = (size_t)m->n_sv, k = (size_t)m->classes.n;

    if (classifier_add_nodes(m, count_nodes(found), err))
        return err->code;
    copy_vectors(m, found);
    memcpy(m->classes.label, t->classes.label, k * sizeof *m->classes.label);
    memcpy(m->n_sv_of, found->nSV, k * sizeof *m->n_sv_of);
    memcpy(m->rho, found->rho, pairs * sizeof *m->rho);
    for (size_t i = 0; i + 1 < k; i++)
        memcpy(m->coef_row[i], found->sv_coef[i], l * sizeof *m->coef);
    if (m->prob) {
        memcpy(m->prob, found->probA, pairs * sizeof *m->prob);
        memcpy(m->prob + pairs, found->probB, pairs * sizeof *m->prob);
    }
    if (l == 0 || !learn_all_finite(m->rho, pairs) || !learn_all_finite(m->coef, (k - 1) * l)
        || (m->prob && !learn_all_finite(m->prob, 2 * pairs)))
        return err_set(err, ERR_INVAL, "no finite solution was found; scale the features of X");
    return OK;
}

static int
fit_rows(Classifier **out, Training *t, const Array *X, const ClassifierOptions *o, Err *err)
{
    struct svm_node *to = t->nodes;
    struct svm_model *found;
    Classifier *m = NULL;
    int code;

    for (int i = 0; i < t->n; i++) {
        t->row[i] = to;
        to = put_row(to, X, t->order[i]);
    }
    found = train(t, o);
    code = classifier_new(&m, o, &t->classes, found->l, err);
    if (!code)
        code = keep(m, t, found, err);
    svm_free_and_destroy_model(&found);
    if (code) {
        classifier_free(m);
        return code;
    }
    m->n_feature = (int)X->shape[1];
    m->options.weight = NULL;       /* it is the caller's */
    m->options.n_weight = 0;
    *out = m;
    return OK;
}

int
classifier_fit(Classifier **out, const Array *X, const Array *y, const ClassifierOptions *given,
               Err *err)
{
    ClassifierOptions o = *given;
    Training t;
    int code;

    if (learn_check_fit(X, y, err))
        return err->code;
    if (isnan(o.gamma))
        o.gamma = scale(X);
    if (classifier_check_options(&o, err))
        return err->code;
    if (training_init(&t, (int)X->shape[0], count_values(X), err))
        return err->code;
    code = classes_find(&t.classes, y, t.index, err);
    if (!code && t.classes.n > CLASSIFIER_MAX_CLASSES)
        code = err_set(err, ERR_INVAL, "y: %d classes are too many", t.classes.n);
    if (!code)
        code = learn_check_weights(o.weight, o.n_weight, t.classes.n, err);
    if (!code)
        code = label_classes(&t, err);
    if (!code)
        code = group_rows(&t, err);
    if (!code)
        code = fit_rows(out, &t, X, &o, err);
    training_release(&t);
    return code;
}

/* ---- predict ---- */

/* Checks X and makes room for one of its rows. */
static int
open_rows(const Classifier *m, const Array *X, struct svm_node **row, Err *err)
{
    if (learn_check_features(X, m->n_feature, err))
        return err->code;
    *row = calloc((size_t)m->n_feature + 1, sizeof **row);
    return *row ? OK : err_nomem(err);
}

int
classifier_predict(const Classifier *m, const Array *X, Array *out, Err *err)
{
    struct svm_node *row;

    if (open_rows(m, X, &row, err))
        return err->code;
    for (int64_t i = 0; i < X->shape[0]; i++) {
        put_row(row, X, i);
        classes_put(&m->classes, (int)svm_predict(&m->svm, row), out, i);
    }
    free(row);
    return OK;
}

int
classifier_probabilities(const Classifier *m, const Array *X, Array *out, Err *err)
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

const ClassifierOptions *
classifier_options(const Classifier *m)
{
    return &m->options;
}

const Classes *
classifier_classes(const Classifier *m)
{
    return &m->classes;
}

int
classifier_vectors(const Classifier *m)
{
    return m->n_sv;
}

int
classifier_features(const Classifier *m)
{
    return m->n_feature;
}
