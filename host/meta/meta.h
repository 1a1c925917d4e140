/* meta.h -- recording runs: what is written when one begins, while it runs, and at its end.
 *
 *     DIR/meta.db         db.h, schema.sql
 *     DIR/runs/ID.lock    flock held by the process of a live run (run_lock.h)
 *
 *     (no row) -- meta_begin_run -> running -- meta_commit with finish -> its end
 *                                      \-- the process died: meta_close_dead
 *                                          -> failed, reason "interrupted"
 * Invariants
 *   1. A row with status "running" has a lock file that was locked before the row
 *      appeared; a lock that can be taken means that its run is dead.
 *   2. A step_run row, its edges, its artifacts and its record appear in one
 *      transaction: a hit never leads to half a result.
 *   3. When meta_commit with a finish returns OK the run is on disk.
 *   4. When a run with a naming has ended, the latest version of each name that it gives is
 *      its output, whether a step computed it or it was cached.
 * All strings and digests are borrowed for the call.  Rows and numbers start at 1;
 * seconds are UTC since 1970.  NaN is "no time". */
#ifndef META_H
#define META_H

#include "base/buf.h"
#include "base/digest_map.h"
#include "base/err.h"
#include "meta/artifact.h"
#include "meta/db.h"
#include "meta/run_outcomes.h"

enum { META_ID = 32 };                  /* hex digits of a run's id */

typedef struct Meta Meta;

typedef struct MetaSource {
    Slice path, text;
    const unsigned char *digest;
} MetaSource;

/* A value from outside, by the label that the wiring has of it. */
typedef struct MetaOrigin {
    Slice label;
    const unsigned char *digest;
    int64_t version;                    /* row of an artifact_version, or 0 */
    int64_t source, position, output;   /* else of that run, or 0 */
} MetaOrigin;

/* A run that is kept out of listings; one that no question finds but by its name: what it
 * leaves is its results in the cache. */
enum { META_UNLISTED = 1, META_INVISIBLE = 2 };

typedef struct MetaBegin {
    Slice id, name, pipeline;           /* {n} in name becomes the number */
    Slice spec;                         /* bytes */
    const unsigned char *spec_hash;
    int64_t spec_row;                   /* of one that is kept, in place of both, or 0 */
    Slice params, script, stack, tags, extra;
    Slice keys;                         /* format of its cache keys, or no value */
    Slice naming;                       /* JSON, or no value */
    Slice git;                          /* the same */
    double started;
    int cache, unlisted;                /* unlisted: META_... */
    const MetaSource *sources;
    size_t n_sources;
    const MetaOrigin *origins;
    size_t n_origins;
} MetaBegin;

typedef struct MetaRun {
    int64_t row, number, spec_version;
    int spec_new;
    int keys_new;                       /* the first run with keys of its format, in a
                                         * store that has results under other ones */
    Buf name;                           /* release with buf_release */
} MetaRun;

/* A name that a port gives, for an output of the trace. */
typedef struct MetaName {
    int64_t position, output;           /* from 1 */
    Slice name, tags;                   /* tags: as in MetaOutput */
} MetaName;

/* What the outputs of a run are called; prefix without a value: nothing.  One that
 * is not given a name is PREFIX NODE::PORT. */
typedef struct MetaNaming {
    Slice prefix;                       /* "PIPELINE::" */
    const MetaName *given;              /* in the order of the nodes, then by output */
    size_t n_given;
    Slice order;                        /* of the nodes: uint32_t positions, from 1; no value:
                                         * that of the trace */
    const Slice *items;                 /* ids of what follows the wiring's nodes */
    size_t n_items;
    Slice mute;                         /* a byte a position, 1: it names nothing */
} MetaNaming;

/* What to keep of the nodes of the run (node_memo.h). */
typedef struct MetaNodeMemo {
    Slice key, steps, nodes;            /* key without a value: nothing */
    int64_t view;                       /* data_version of the database when the run was
                                         * planned: another one means that another process
                                         * has written since */
} MetaNodeMemo;

typedef struct MetaFinish {
    Slice status, reason, counts, expansion;
    Slice git;                          /* JSON; no value: as it was at the beginning */
    double seconds;
    int traced;                         /* 0: without a trace */
    TraceItem *trace;                   /* .step is resolved in place */
    size_t n_trace;
    MetaNaming naming;
    Slice models;                       /* JSON (meta_model.h), or no value */
    Buf *told;                          /* gets the answer to models */
    MetaNodeMemo nodes;
} MetaFinish;

typedef struct MetaArtifact {
    Artifact row;                       /* without members, inlined, objects, id */
    size_t member, n_members;           /* in MetaBatch.members */
} MetaArtifact;

typedef struct MetaInput {
    Slice port;
    const unsigned char *digest;
    size_t literal;                     /* 1 + index in MetaBatch.artifacts; 0: it
                                         * is the output of a step, and stored */
    int whole;                          /* it is the list that an item is from */
    int64_t source;                     /* step_run of another run that made it, or 0 */
} MetaInput;

typedef struct MetaOutput {
    Slice port, name;                   /* name of the artifact; no value: it gets
                                         * none, or when the run ends */
    Slice tags;                         /* JSON list: for that version, or no value */
    int own;                            /* the port gives the name */
    size_t artifact;                    /* index in MetaBatch.artifacts */
    int64_t version;                    /* of its name, or 0; set by meta_commit */
} MetaOutput;

typedef struct MetaAttempt {            /* one before the last */
    double started, seconds;
    Slice error, log;
} MetaAttempt;

typedef struct MetaStep {
    Slice node, step, status, params, reason, error, metrics, metadata, notes, reads, log;
    const unsigned char *key;           /* or NULL */
    const unsigned char *code;          /* or NULL */
    Slice leaves;                       /* of the code */
    int64_t position;
    double started, seconds;
    int reusable;
    size_t input, n_inputs;             /* in MetaBatch.inputs, and so on */
    size_t output, n_outputs;
    size_t attempt, n_attempts;
    int64_t row;                        /* set by meta_commit */
} MetaStep;

typedef struct MetaBatch {
    MetaStep *steps;
    MetaInput *inputs;
    MetaOutput *outputs;
    MetaArtifact *artifacts;
    Member *members;
    MetaAttempt *attempts;
    size_t n_steps;
} MetaBatch;

/* A file whose bytes were compared with the digest in its name. */
typedef struct MetaSeen {
    int64_t inode, size, mtime, ctime;  /* nanoseconds */
} MetaSeen;

/* As db_open.  After meta_close (NULL is fine) an unfinished run counts as dead. */
int meta_open(Meta **out, const char *dir, const char *schema, int flags, Err *err);
void meta_close(Meta *m);
/* In a forked process: closes the locks of runs there, so that they end with
 * the parent.  Nothing may follow, not even meta_close. */
void meta_abandon(Meta *m);

/* A new id: 12 hex digits of milliseconds, then 20 random ones, and a zero. */
int meta_new_id(char out[META_ID + 1], Err *err);
/* finish (may be NULL) closes the run in the same transaction. */
int meta_begin_run(Meta *m, const MetaBegin *begin, const MetaFinish *finish,
                   MetaRun *out, Err *err);
/* Appends the steps of the batch; with finish the run ends. */
int meta_commit(Meta *m, int64_t run, const MetaBatch *batch, const MetaFinish *finish,
                Err *err);
/* Ends the runs whose process died; appends their rows (int64_t) to *out. */
int meta_close_dead(Meta *m, Buf *out, Err *err);
/* Appends what the steps of a run that died had printed: 1, 0 for nothing, or an
 * error. */
int meta_unfinished(Meta *m, Slice id, Buf *out, Err *err);
/* So many steps of a running run are done: for who looks at its lock. */
void meta_progress(Meta *m, int64_t run, int64_t done, int64_t total);

/* What can have tags: rows of run, artifact_version and model_version (schema.sql, tagging). */
#define META_TAG_RUN "run"
#define META_TAG_ARTIFACT "artifact"
#define META_TAG_MODEL "model"

typedef struct MetaTag {
    Slice kind;
    int64_t row;
    Slice tag, author;                  /* author: the user, or no value */
} MetaTag;

/* Whether there are things of that kind. */
int meta_tag_is_kind(Slice kind);
/* Puts the tag on (added 1), or takes it off (0); *changed is 0 where it was so already. */
int meta_tag(Meta *m, const MetaTag *t, int added, int *changed, Err *err);
/* Notes a sentence about a run, which may have ended. */
int meta_note_run(Meta *m, int64_t run, Slice text, Err *err);
/* The pipeline's name is free, its runs (how many: *runs) are unlisted.
 * ERR_NOTFOUND; ERR_BUSY while one of them is running. */
int meta_delete_pipeline(Meta *m, Slice name, int64_t *runs, Err *err);

/* 1 when this digest is remembered with exactly these values. */
int meta_verified(Meta *m, const unsigned char *digest, const MetaSeen *seen);
/* Kept until the next transaction writes it; forgotten when memory is short. */
void meta_remember(Meta *m, const unsigned char *digest, const MetaSeen *seen);

/* Its row was read: the next commit that names it need not look for it. */
void meta_note_artifact(Meta *m, const Artifact *a);

/* For the other parts of the record. */
Db *meta_db(Meta *m);
/* 1 when this process appended a record of that key since it opened m. */
int meta_wrote(const Meta *m, const unsigned char *key);

#endif
