/* classifier_internal.h -- the fields of a Classifier, for classifier*.c alone */
#ifndef CLASSIFIER_INTERNAL_H
#define CLASSIFIER_INTERNAL_H

#include <libsvm/svm.h>

#include "classifier.h"

enum { CLASSIFIER_MAX_CLASSES = 46340 };    /* the pairs of classes fit an int */

struct Classifier {
    ClassifierOptions options;
    Classes classes;            /* libsvm's label is the index */
    int n_feature, n_sv;
    struct svm_model svm;       /* points into the memory below */
    struct svm_node **sv;       /* n_sv rows in nodes, features that are 0 left out */
    struct svm_node *nodes;
    double *coef, **coef_row;   /* [classes - 1][n_sv] */
    double *rho, *prob;         /* pairs; 2 * pairs or NULL */
    int *index, *n_sv_of;       /* a place for each class */
};

/* A model with room for classes like these (labels not set) and all but nodes
 * (n_node of them, set apart); zeroed. */
int classifier_new(Classifier **out, const ClassifierOptions *o, const Classes *like, int n_sv,
                   Err *err);
int classifier_add_nodes(Classifier *m, size_t n_node, Err *err);
size_t classifier_pairs(const Classifier *m);
/* ERR_INVAL with the reason when libsvm would not train with these. */
int classifier_check_options(const ClassifierOptions *o, Err *err);

#endif
