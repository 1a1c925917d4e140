/* boost.h -- gradient boosted trees, as a model that owns all its memory.
 *
 * libxgboost grows the trees (boost_train.h); what they predict is computed here, as
 * libxgboost does, bit for bit: a model needs no library once it is fitted.  Numbers of X
 * become f32.  A row begins at the base margin and adds the leaf that it reaches in each
 * tree of a group, in the order of the trees, in f32:
 *     logistic   one group; the margin's logistic function is the share of the second class
 *     softmax    a group for each class; their softmax are the shares
 *     squared    one group, whose margin is the prediction
 * A row goes left where its feature is less than the threshold; where it is NaN, the way
 * that the node has for missing values.
 *
 * A dump (section.h) is "rillexgb", version 1, and
 *     head  u32 objective (0 logistic, 1 softmax, 2 squared)  u32 features  u32 rounds
 *           u32 label dtype (ArrayType)  u32 classes (both 0 for squared)
 *           u32 nodes of all trees  u32 weights: 0, or as many as classes
 *           f64 base margin (an f32)
 *     opts  u32 max_depth  u32 max_bin  u32 seed  u32 tree_method
 *           f64 learning_rate min_child_weight gamma lambda alpha subsample colsample base_score
 *     clas  i64 for each class, strictly ascending
 *     weig  f64 for each weight
 *     size  u32 for each tree: its nodes; tree t is of group t % groups
 *     node  of each tree its nodes, parents before children, the left child next to its parent:
 *           u32 right (place in the tree; 0: a leaf)  u32 feature, 1 << 31 when missing goes left
 *           f32 threshold or leaf   f32 gain   f32 cover
 * The same training by the same library gives the same bytes, and the dump of a loaded model
 * is the one it was loaded from.
 *
 * Invariants
 *   0. There are at most BOOST_MOST_FEATURES features: importances have a place for each.
 *   1. All numbers of a model are finite; loading refuses others.
 *   2. Children come after their parent, within their tree: every walk ends.
 *   3. A model is never changed once made. */
#ifndef BOOST_H
#define BOOST_H

#include "learn/classes.h"
#include "learn/learn.h"

enum { BOOST_LOGISTIC, BOOST_SOFTMAX, BOOST_SQUARED };
enum { BOOST_EXACT, BOOST_HIST, BOOST_APPROX };

typedef struct BoostNode {
    uint32_t right;             /* 0: a leaf */
    uint32_t feature;
    int missing_left;
    float value;                /* threshold, or what the leaf adds */
    float gain, cover;
} BoostNode;

typedef struct BoostOptions {
    uint32_t max_depth, max_bin, seed, method;
    double learning_rate, min_child_weight, gamma, lambda, alpha, subsample, colsample,
           base_score;
} BoostOptions;

typedef struct Boost {
    int objective, n_feature, n_round, n_group;
    BoostOptions options;
    float base;                 /* margin */
    Classes classes;            /* none for squared */
    double *weight;             /* of each class; NULL: all are 1 */
    uint32_t n_tree, n_node;
    uint32_t *first;            /* n_tree + 1: of each tree its first node */
    BoostNode *node;
} Boost;

enum { BOOST_MOST_FEATURES = 1 << 24 };

/* New; release with boost_free, which accepts NULL.  like has the objective, n_feature,
 * n_round, n_node, options, base, and the dtype and number of the classes; all else is
 * zeroed, weight only when has_weight. */
int boost_new(Boost **out, const Boost *like, int has_weight, Err *err);
void boost_free(Boost *m);

/* A matrix with features, whose sizes fit an int and whose numbers are missing (NaN) or
 * finite in f32. */
int boost_check_matrix(const Array *X, Err *err);

/* Fills out, a place for each row of X: f64, or of the labels' dtype. */
int boost_predict(const Boost *m, const Array *X, Array *out, Err *err);
/* Fills out, contiguous f64, rows by classes.  Not of a squared model. */
int boost_probabilities(const Boost *m, const Array *X, Array *out, Err *err);
/* The margins of the rows of X, n_group a row. */
int boost_margins(const Boost *m, const Array *X, float *out, Err *err);

enum { BOOST_GAIN, BOOST_TOTAL_GAIN, BOOST_WEIGHT, BOOST_COVER, BOOST_TOTAL_COVER };
/* Fills out, a place for each feature, with shares that are together 1, or all 0: the mean
 * or total gain, or cover, of the splits by the feature, or how many there are. */
int boost_importances(const Boost *m, int kind, double *out, Err *err);

size_t boost_dump_size(const Boost *m);
void boost_dump(const Boost *m, unsigned char *to);         /* that many bytes */
/* ERR_CORRUPT for bytes that are no dump, ERR_VERSION for another format. */
int boost_load(Boost **out, const void *bytes, size_t n, Err *err);

#endif
