/* internal.h -- the inside of a Model, for model.c (fit, predict) and bytecode.c. */
#ifndef INTERNAL_H
#define INTERNAL_H

#include <libsvm/svm.h>

#include "model.h"

enum { MODEL_MAXCLASS = 46340 };    /* the pairs of classes fit an int */

struct Model {
    ModelOptions options;
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
int model_new(Model **out, const ModelOptions *o, const Classes *like, int n_sv, Err *err);
int model_add_nodes(Model *m, size_t n_node, Err *err);
size_t model_pairs(const Model *m);
/* ERR_INVAL with the reason when libsvm would not train with these. */
int model_check_options(const ModelOptions *o, Err *err);

#endif
