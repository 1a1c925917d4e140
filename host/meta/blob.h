/* blob.h -- what the metadata keeps in blobs: the trace of a run, a spec.
 *
 *     packed   kind byte, then the body as it is ('r'), or LZ4 with its plain
 *              size before it as a varint ('z'), whichever is shorter
 *     trace    n, then runs of equal codes (length, code), then n rows, each as
 *              the zigzag difference to the one before; 0 is no row
 * All numbers are varints (buf.h).  Reading checks every length: a damaged blob
 * is ERR_CORRUPT, never an overrun, and never takes more than PACK_MAX bytes. */
#ifndef BLOB_H
#define BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"

enum { PACK_MAX = 1 << 30 };

/* Codes of a trace that the metadata knows (lua/record/record.lua has all). */
enum { TRACE_RAN = 1, TRACE_CACHED = 2, TRACE_CUT_OFF = 6 };

typedef struct TraceItem {
    int64_t row;                /* of step_run; 0: none */
    int32_t code;               /* the step's status, a number of the engine's */
    int32_t step;               /* while writing: 1 + index in the batch, or 0 */
} TraceItem;

/* Did the step come to a result, of this run or an earlier one? */
int trace_has_result(int32_t code);

/* Appends to *out. */
int pack_bytes(Buf *out, const void *p, size_t n, Err *err);
int pack_trace(Buf *out, const TraceItem *items, size_t n, Err *err);

/* Appends the body to *out. */
int unpack_bytes(Buf *out, Slice packed, Err *err);
/* Appends TraceItems. */
int unpack_trace(Buf *out, Slice packed, Err *err);

#endif
