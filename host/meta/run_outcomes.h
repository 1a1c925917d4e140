/* run_outcomes.h -- the trace of a run: for each of its steps, in the order of the wiring and
 * then for the items of maps, how it ended and which step run has its result.
 *
 *     packed (packed_bytes.h): n, then runs of equal codes (length, code), then n rows, each
 *     as the zigzag difference to the one before; 0 is no row.  All are varints (buf.h).
 *
 * A damaged trace is ERR_CORRUPT. */
#ifndef RUN_OUTCOMES_H
#define RUN_OUTCOMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"

/* Codes that the metadata knows (lua/record/record.lua has all). */
enum { TRACE_RAN = 1, TRACE_CACHED = 2, TRACE_CUT_OFF = 6 };

typedef struct TraceItem {
    int64_t row;                /* of step_run; 0: none */
    int32_t code;               /* the step's status, a number of the engine's */
    int32_t step;               /* while writing: 1 + index in the batch, or 0 */
} TraceItem;

/* Whether the step has a result, of this run or an earlier one. */
int run_outcomes_has_result(int32_t code);

/* Appends to *out. */
int run_outcomes_pack(Buf *out, const TraceItem *items, size_t n, Err *err);
/* Appends TraceItems. */
int run_outcomes_unpack(Buf *out, Slice packed, Err *err);

#endif
