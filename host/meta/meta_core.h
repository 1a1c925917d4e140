/* meta_core.h -- what the files of meta.h share. */
#ifndef META_CORE_H
#define META_CORE_H

#include <limits.h>

#include "meta/meta.h"

struct Meta {
    Db *db;
    Buf own_runs;               /* OwnRun */
    Buf remembered;             /* Remembered */
    DigestMap codes;            /* code.digest -> id */
    DigestMap artifacts;        /* artifact.digest -> id, objects */
    DigestMap records;          /* keys written -> step_run, whether the result is plain: it
                                 * read nothing, and has no objects; perhaps rolled back */
    Buf outs;                   /* of the records being written */
    int has_names;              /* names of outputs are there already: an earlier run's */
};

/* -- meta_lock.c ------------------------------------------------------------ */

/* A run that this process has begun and not ended. */
typedef struct OwnRun {
    int64_t row;                /* 0 until it has one */
    int fd;                     /* of its lock */
    char id[META_ID + 1];
} OwnRun;

int meta_is_id(Slice id);
void meta_lock_path(const Meta *m, const char *id, char path[PATH_MAX]);
/* Makes and takes the lock of a new run, whose row is 0. */
int meta_lock_take(Meta *m, Slice id, Err *err);
/* The run of that row, if it is of this process; or NULL. */
OwnRun *meta_lock_of(Meta *m, int64_t row);
/* Removes the lock, and the run from the list. */
void meta_lock_drop(Meta *m, OwnRun *own);
/* Is the process gone that held the lock?  *fd is then the lock, now ours, or -1. */
int meta_lock_is_dead(const char *path, int *fd);

/* -- meta_new_run.c, meta_step.c, meta_transaction.c, meta_name.c, meta_tag.c ----------- */

/* Within a write transaction; sets the fields of *out. */
int meta_insert_run(Meta *m, const MetaBegin *b, MetaRun *out, Err *err);

/* Writes the steps with all that they took and made, and sets their rows; within a
 * write transaction. */
int meta_put_steps(Meta *m, int64_t run, const MetaBatch *b, Err *err);

/* A write transaction: meta_end commits when rc is OK, else rolls back. */
int meta_begin(Meta *m, int durable, Err *err);
int meta_end(Meta *m, int rc, Err *err);
/* Puts the tags (JSON list) on the row that it never had; within a write transaction. */
int meta_put_tags(Meta *m, const char *kind, int64_t row, Slice tags, Err *err);

/* An output of a run, and its name. */
typedef struct Named {
    Slice name;
    int64_t run, position, output;      /* of the node in the trace; from 1 */
    int64_t artifact, step_run;         /* what it is, and the result it is of */
} Named;

/* The latest version of the name, made unless it is that artifact; within a write
 * transaction. */
int meta_put_version(Meta *m, const Named *n, int64_t *version, Err *err);
/* The run's pipeline has that version of a name of the port's own. */
int meta_hold_version(Meta *m, int64_t run, Slice name, int64_t version, Err *err);
/* Names what the run has by its trace, whose rows are known. */
int meta_name_run(Meta *m, int64_t run, const MetaFinish *f, Err *err);

/* -- run_metric.c ------------------------------------------------------------ */

/* Within a write transaction: the metrics of a step whose row is written, of the steps of a
 * trace that is written. */
int meta_put_metrics(Meta *m, int64_t run, const MetaStep *s, Err *err);
int meta_trace_metrics(Meta *m, int64_t run, const MetaFinish *f, Err *err);

#endif
