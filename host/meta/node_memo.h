/* node_memo.h -- the nodes of the last run of a pipeline whose results may all be used again,
 * so that nodes that are the same need not be looked up.
 *
 * One row of the table node_memo per pipeline.  Its bytes:
 *     steps      of each step, by its number: shape (varint length, bytes: the names of it and
 *                of its ports), a byte, 1 when its nodes may be here, and what the keys of its
 *                nodes begin with: 32 bytes
 *     nodes      of each node, by its position: its row (varint length, bytes: graph/rows.h),
 *                its state, a byte; unless that is NODE_MEMO_NONE its key, 32 bytes, and the
 *                digests of its outputs (varint length, bytes)
 *     results    of each node the row of the step run that it had its result from: 8 bytes
 *
 * What it says of a key is true while no step run after last_step has that key, but for the
 * one that is the node's own result.  A row that does not match its sum, or that was
 * written for another key of the table, is treated as absent. */
#ifndef NODE_MEMO_H
#define NODE_MEMO_H

#include "base/buf.h"
#include "base/digest_map.h"
#include "base/err.h"
#include "base/hash.h"
#include "meta/meta.h"

enum {
    NODE_MEMO_NONE,                     /* nothing is known of the node */
    NODE_MEMO_KEY,                      /* its key is */
    NODE_MEMO_PLAIN,                    /* and the newest record of that is its result: it read
                                         * nothing outside, and has no objects */
    NODE_MEMO_ASK                       /* in MetaNodeMemo: the records say which of the two */
};

typedef struct NodeMemo {
    int64_t spec, last_step;
    Buf bytes;                          /* what the slices point into */
    Slice steps, nodes, results;
    DigestMap newer;                    /* keys of step runs after last_step -> the newest */
    size_t n_newer;                     /* such step runs */
} NodeMemo;

/* A node, borrowed from its NodeMemo. */
typedef struct NodeMemoNode {
    Slice row, outs;
    int state;
    const unsigned char *key;
    int64_t step_run;
} NodeMemoNode;

/* Where a reader is in nodes and results; starts with node_memo_begin. */
typedef struct NodeMemoReader {
    const unsigned char *p, *end, *result, *result_end;
} NodeMemoReader;

/* Reads that of the pipeline; starts as {0}; release with node_memo_release.  1, 0 where
 * there is none for the key (or a damaged one), or an error. */
int node_memo_read(NodeMemo *out, Meta *m, Slice pipeline, Slice key, Err *err);
void node_memo_release(NodeMemo *memo);
void node_memo_begin(NodeMemoReader *r, const NodeMemo *memo);
/* The next node: 1; 0 at the end, or where the bytes are none of ours. */
int node_memo_next(NodeMemoReader *r, NodeMemoNode *out);
/* Is the node's result that of the newest record of its key? */
int node_memo_is_newest(const NodeMemo *memo, const NodeMemoNode *node);
/* Appends the wiring of the run that it is of; 1, 0 where it is gone, or an error. */
int node_memo_spec(const NodeMemo *memo, Meta *m, unsigned char hash[HASH_SIZE], Buf *out,
                   Err *err);

/* Within the write transaction that ends the run: keeps f->nodes.  The rows in f->trace are
 * known. */
int node_memo_put(Meta *m, int64_t run, const MetaFinish *f, Err *err);

#endif
