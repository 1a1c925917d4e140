/* meta_model_core.h -- what the files of meta_model.h share. */
#ifndef META_MODEL_CORE_H
#define META_MODEL_CORE_H

#include "meta/meta_core.h"
#include "meta/meta_model.h"

/* Runs a query of one row with one text column, and appends it. */
int meta_model_tell(Meta *m, Buf *told, Err *err, const char *sql, const char *types,
                    Slice text, int64_t row);

/* Who moves a version, and why; run 0: a user. */
typedef struct ModelMover {
    Slice request;                      /* fields of meta_model_move */
    int64_t version, run;
    int is_old;                         /* the version is not new: without a metric it stays */
} ModelMover;

/* Moves a version, and appends MOVED; within a write transaction. */
int meta_model_put_move(Meta *m, const ModelMover *mover, Buf *told, Err *err);

/* Links an artifact to a version unless it is the newest of that name; within a write
 * transaction.  source 0: the output of no run that is known. */
typedef struct ModelLink {
    int64_t version, artifact, run, source, position, output;
    Slice name, kind;
    int overwrite;
} ModelLink;
int meta_model_put_link(Meta *m, const ModelLink *link, int *linked, Err *err);

#endif
