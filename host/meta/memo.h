/* memo.h -- the tables memo and node_memo: what earlier runs found, so that later ones need
 * not find it again.
 *
 * Both are derived, and what they say is true only while rows are appended: whatever deletes
 * rows or changes what they hold calls memo_forget in its transaction.
 *
 * A row of memo is that of a run in which all was cached, or is from now on, under a key of
 * all that defining its pipeline depends on (lua/run/definition_memo.lua).  It is current as
 * long as a run that defined and planned would find
 *   1. the same results: no step_run after last_step has one of its cache keys;
 *   2. the same names: no artifact_version after named has a name of the pipeline's;
 *   3. the same wiring: the newest of its hash is the one of the row.
 * The check value of the row and that of the wiring guard what is taken; damage to the rows of
 * record and step_run that it was made of is not looked for: the outputs are what they were.
 * What the steps read outside and the objects of the outputs are for the caller to compare.
 * Slices of a row are borrowed from its statement, or belong to the caller. */
#ifndef MEMO_H
#define MEMO_H

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"
#include "meta/meta.h"
#include "meta/rows.h"

typedef struct MemoRow {
    int64_t pipeline, run, spec, last_step, named;
    const unsigned char *key;
    Slice counts, git, facts, artifacts, trace, keys;
    Slice wiring;               /* of the spec, packed; of a row that was read */
} MemoRow;

/* What a run that has ended leaves for a row of memo. */
typedef struct MemoBasis {
    int64_t pipeline, spec, last_step, named;
    size_t n;                   /* nodes */
    Buf git;                    /* of the run; nothing in it: none */
    Buf trace, keys, artifacts; /* as in the table */
    Buf reads;                  /* what steps read, each once: its length, a uint64_t, then
                                 * its bytes */
    const char *why;            /* set when the run leaves nothing */
} MemoBasis;

/* Empties both tables; within a write transaction. */
int memo_forget(Db *db, Err *err);

/* The row of that key: 1, 0 when there is none or it is damaged, or an error.  End *st. */
int memo_find(Db *db, Slice pipeline, const unsigned char *key, DbStmt **st, MemoRow *out,
              Err *err);
/* 1, 0, or an error. */
int memo_is_current(Db *db, Slice pipeline, const MemoRow *row, Err *err);
/* Puts the row in the place of one with its key; a pipeline keeps its newest ones. */
int memo_put(Meta *m, const MemoRow *row, Err *err);
/* Begins and ends a run that takes over what the row of that key and run has: 1, or 0 when
 * that is not current any more. */
int memo_take(Meta *m, MetaBegin *begin, const unsigned char *key, int64_t run, double seconds,
              MetaRun *out, Err *err);
/* What differs between what the row of the key and the run has and the row of another run,
 * as the first cell; no row for nothing. */
int memo_differs(Db *db, Slice pipeline, const unsigned char *key, int64_t run, int64_t other,
                 Rows *out, Err *err);

/* memo_basis.c: 1, 0 with why, or an error. */
int memo_basis(Meta *m, int64_t run, MemoBasis *out, Err *err);
void memo_basis_release(MemoBasis *b);
/* Whether an artifact_version after that row has a name of the pipeline's. */
int memo_named_since(Db *db, Slice pipeline, int64_t named, Err *err);

#endif
