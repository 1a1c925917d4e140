/* boost_train.h -- a training by libxgboost, which is opened here and nowhere else.
 *
 *     trainer_new -> trainer_set ... -> trainer_round ... -> trainer_text
 *
 * The library is called in the calling thread, or with more threads than one in a thread of the
 * trainer's own: the threads that OpenMP keeps for it go with it, and a process that forks later
 * has none.  (The library keeps its caches by thread, so all calls come from one.)  libxgboost
 * stays loaded. */
#ifndef BOOST_TRAIN_H
#define BOOST_TRAIN_H

#include "boost.h"

enum { TRAINER_VERSION = 32 };

typedef struct Trainer Trainer;

typedef struct TrainerData {
    const Array *X, *y;         /* y: labels, or numbers when classes is 0 */
    int classes;
    const double *weight;       /* of each class, for its rows; NULL: all are 1 */
    int n_weight, n_thread;
} TrainerData;

/* New; release with trainer_free, which accepts NULL.  path: of libxgboost. */
int trainer_new(Trainer **out, const char *path, const TrainerData *data, Err *err);
void trainer_free(Trainer *t);
const Classes *trainer_classes(const Trainer *t);
void trainer_version(const Trainer *t, char out[TRAINER_VERSION]);      /* "1.7.4" */

/* A parameter of libxgboost, by its name. */
int trainer_set(Trainer *t, const char *name, const char *value, Err *err);
/* Grows the trees of round n, from 0. */
int trainer_round(Trainer *t, int n, Err *err);
/* The booster as JSON, borrowed until the next call. */
int trainer_text(Trainer *t, const char **text, size_t *len, Err *err);
/* ERR_ANY unless the model has, for all rows, the margins that libxgboost has. */
int trainer_compare(Trainer *t, const Boost *m, Err *err);

#endif
