/* linear_predict.h -- linear and logistic regression, as a model that owns all its memory.
 *
 * Regression: least squares by LAPACK (dgelsd, by singular values), which gives
 * the shortest of several equally good solutions; a ridge r adds r * |w|^2, with
 * the intercept left out of it.
 * Logistic: liblinear's L2-regularised logistic regression, in the primal, which
 * draws no random numbers; more than two classes are one against the rest each.
 * The intercept is a feature that is 1 everywhere and is regularised with the
 * others, as liblinear has it.  A free one is not: then the least is found by
 * Newton's method, to rounding, and tolerance counts for nothing.
 *
 * A model has `rows` rows of coefficients and as many intercepts: one row for a
 * regression and for two classes (it speaks for the second), else one a class.
 *
 * A dump (section.h) is "rillelin", version 1, and
 *     head  u32 kind (0 regression, 1 logistic)  u32 intercept (0, 1; 2 free, of logistic)
 *           u32 features  u32 rank (regression, else 0)
 *           u32 label dtype (ArrayType), u32 classes (both 0 for a regression)
 *           f64 ridge or C  f64 tolerance (logistic, else 0)
 *     clas  i64 for each class, strictly ascending
 *     coef  f64 [rows][features]
 *     bias  f64 for each row
 * The same training on the same machine gives the same bytes, and the dump of a
 * loaded model is the one it was loaded from.
 *
 * Invariants
 *   1. All numbers of a model are finite; fitting and loading refuse others.
 *   2. A model is never changed once made.
 *
 * liblinear does not report that memory ran out while it trains: the process ends. */
#ifndef LINEAR_PREDICT_H
#define LINEAR_PREDICT_H

#include "learn/classes.h"
#include "learn/learn.h"

enum { LINEAR_REGRESSION, LINEAR_LOGISTIC };
enum { LINEAR_NO_INTERCEPT, LINEAR_INTERCEPT, LINEAR_FREE };

typedef struct LinearOptions {
    int intercept;
    double ridge;               /* regression: at least 0 */
    double C, tolerance;        /* logistic: more than 0 */
    const double *weight;       /* logistic, for the training: of each class; NULL: all are 1 */
    int n_weight;
} LinearOptions;

typedef struct Linear {
    int kind;
    LinearOptions options;
    int n_feature, rank, n_row;
    Classes classes;            /* none for a regression */
    double *coef;               /* [n_row][n_feature] */
    double *bias;               /* n_row */
} Linear;

/* New; release with linear_free, which accepts NULL.  like has the kind, options,
 * n_feature, rank, and the dtype and number of the classes; all else is zeroed. */
int linear_new(Linear **out, const Linear *like, Err *err);
void linear_free(Linear *m);

int linear_fit_regression(Linear **out, const Array *X, const Array *y, const LinearOptions *o,
                          Err *err);
int linear_fit_logistic(Linear **out, const Array *X, const Array *y, const LinearOptions *o,
                        Err *err);
/* Fills the coefficients and intercepts of m; index: the class of each row of X. */
int linear_newton(Linear *m, const Array *X, const int *index, const LinearOptions *o, Err *err);
/* ERR_INVAL with the reason when nothing is fitted with these. */
int linear_check_options(int kind, const LinearOptions *o, Err *err);

/* Fills out, a place for each row of X: f64, or of the labels' dtype. */
int linear_predict(const Linear *m, const Array *X, Array *out, Err *err);
/* Fills out, contiguous f64, rows by classes.  Of a logistic model. */
int linear_probabilities(const Linear *m, const Array *X, Array *out, Err *err);

size_t linear_dump_size(const Linear *m);
void linear_dump(const Linear *m, unsigned char *to);       /* that many bytes */
/* ERR_CORRUPT for bytes that are no dump, ERR_VERSION for another format. */
int linear_load(Linear **out, const void *bytes, size_t n, Err *err);

#endif
