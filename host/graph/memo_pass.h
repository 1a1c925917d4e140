/* memo_pass.h -- compares the nodes of a graph with those of a node memo (meta/node_memo.h), in
 * their order.
 *
 * A node is known when its row is the memo's byte by byte, the keys of its step's nodes begin
 * as they did, and each of its sources has the outputs that it had: its key is then the
 * memo's, because nothing else goes into a key. */
#ifndef MEMO_PASS_H
#define MEMO_PASS_H

#include "graph/rows.h"
#include "meta/node_memo.h"

typedef struct MemoPass {
    const NodeMemo *memo;
    NodeMemoReader reader;
    NodeMemoNode node;                  /* the memo's at the last position */
    int there;                          /* there is one */
    int same_wiring;                    /* so far: ids, steps, ports and wires */
    Buf steps;                          /* of the memo, by number */
    Buf verdicts;                       /* of the graph's steps, by number */
    Buf same;                           /* by position, a byte: it has the memo's outputs */
} MemoPass;

/* Starts a pass over n nodes; memo may be NULL.  p starts as {0}; release with
 * memo_pass_release.  0 or ERR_NOMEM. */
int memo_pass_begin(MemoPass *p, const NodeMemo *memo, size_t n);
void memo_pass_release(MemoPass *p);
/* The step with the number, from 1, before the first node of it: its shape, and what the keys
 * of its nodes begin with, or NULL.  0 or ERR_NOMEM. */
int memo_pass_step(MemoPass *p, uint64_t number, Slice shape, const unsigned char *prefix);
/* Is the step with the number told? */
int memo_pass_has_step(const MemoPass *p, uint64_t number);
/* Goes on to the node at the position, whose row (NULL: it has none) is told: NODE_MEMO_PLAIN or
 * _KEY where it is known, then p->node is the memo's, else NODE_MEMO_NONE.  PLAIN: the result
 * is that of the newest record, too. */
int memo_pass_next(MemoPass *p, const GraphRows *rows, size_t position, const GraphRow *row);
/* The node at the position has these outputs. */
void memo_pass_settled(MemoPass *p, size_t position, Slice outs);
/* After the last node: is the wiring that of the memo? */
int memo_pass_end(MemoPass *p);

/* -- building a memo ---------------------------------------------------------- */

/* Append a step, a node; 0 or ERR_NOMEM.  prefix NULL: its nodes are never known.  state:
 * NODE_MEMO_...; key and outs count unless it is NODE_MEMO_NONE. */
int memo_pass_put_step(Buf *to, Slice shape, const unsigned char *prefix);
int memo_pass_put_node(Buf *to, Slice row, int state, const unsigned char *key, Slice outs);

#endif
