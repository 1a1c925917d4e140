/* classifier.h -- a support vector classifier that owns all its memory.
 *
 * libsvm trains and predicts; this keeps what it found.  libsvm's own model
 * points into the training data, and its file format rounds to 8 digits: here
 * the support vectors are copied and a dump holds every double as its 8 bytes,
 * so a loaded model predicts exactly as the fitted one did.
 *
 * A dump (section.h) is "rillesvm", version 1, and
 *     head  u32 kernel  u32 degree  u32 probability (0, 1)  u32 seed
 *           f64 C  f64 gamma  f64 coef0  f64 tolerance
 *           u32 label dtype (ArrayType)  u32 classes  u32 features  u32 vectors
 *     clas  i64 for each class, strictly ascending
 *     nsvs  u32 for each class: how many support vectors are of it
 *     rhos  f64 for each pair of classes (0,1), (0,2) ... (1,2) ...
 *     prob  with probability: f64 A for each pair, then f64 B; otherwise empty
 *     coef  f64 [classes - 1][vectors]
 *     vecs  f64 [vectors][features]
 * The same training gives the same bytes, and the dump of a loaded model is the
 * one it was loaded from.
 *
 * Invariants
 *   1. All numbers of a model are finite; classifier_fit and classifier_load refuse others.
 *   2. A model is never changed once made.
 *
 * libsvm does not report that memory ran out while it trains: the process ends.
 * It uses rand() only with probability; the state of rand() is then set from the
 * seed for the training and put back after it. */
#ifndef CLASSIFIER_H
#define CLASSIFIER_H

#include <stddef.h>
#include <stdint.h>

#include "learn/classes.h"
#include "learn/learn.h"

enum { MODEL_LINEAR, MODEL_POLY, MODEL_RBF, MODEL_SIGMOID };    /* as in libsvm */

typedef struct ClassifierOptions {
    int kernel, degree, probability;
    uint32_t seed;
    double C, coef0, tolerance;
    double gamma;       /* to classifier_fit NaN is 1 / (features * variance of X) */
    const double *weight;       /* to classifier_fit: of each class; NULL: all are 1 */
    int n_weight;
} ClassifierOptions;

typedef struct Classifier Classifier;

/* X is rows by features, y has a label for each row.  New; release with
 * classifier_free, which accepts NULL. */
int classifier_fit(Classifier **out, const Array *X, const Array *y, const ClassifierOptions *o,
                   Err *err);
void classifier_free(Classifier *m);

/* Fills out, a vector of the labels' dtype with a place for each row. */
int classifier_predict(const Classifier *m, const Array *X, Array *out, Err *err);
/* Fills out, contiguous f64, rows by classes.  Needs a model with probability. */
int classifier_probabilities(const Classifier *m, const Array *X, Array *out, Err *err);

const ClassifierOptions *classifier_options(const Classifier *m);
const Classes *classifier_classes(const Classifier *m);      /* borrowed */
int classifier_vectors(const Classifier *m);
int classifier_features(const Classifier *m);

size_t classifier_dump_size(const Classifier *m);
void classifier_dump(const Classifier *m, unsigned char *out);        /* that many bytes */
/* ERR_CORRUPT for bytes that are no dump, ERR_VERSION for another format. */
int classifier_load(Classifier **out, const void *bytes, size_t n, Err *err);

#endif
