/* meta_core.h -- what the files of meta.h share. */
#ifndef META_CORE_H
#define META_CORE_H

#include "meta/meta.h"

struct Meta {
    Db *db;
    Buf live;                   /* Live */
    Buf remembered;             /* Remembered */
    DigestMap codes;            /* code.digest -> id */
    DigestMap artifacts;        /* artifact.digest -> id, objects */
    DigestMap records;          /* keys written; perhaps rolled back */
    Buf packed, bytes, outs;    /* of the artifact or record being written */
};

/* Writes one step with all that it took and made, and sets its row; within a
 * write transaction. */
int meta_put_step(Meta *m, int64_t run, const MetaBatch *b, MetaStep *s, Err *err);

/* A write transaction: meta_end commits when rc is OK, else rolls back. */
int meta_begin(Meta *m, int durable, Err *err);
int meta_end(Meta *m, int rc, Err *err);
/* Puts the tags (JSON list) on the version that it never had. */
int meta_put_tags(Meta *m, int64_t version, Slice tags, Err *err);

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

#endif
