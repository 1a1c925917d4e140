/* metacore.h -- what the files of meta.h share. */
#ifndef METACORE_H
#define METACORE_H

#include "meta.h"

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

#endif
