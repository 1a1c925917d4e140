/* packed_bytes.h -- bytes that the metadata keeps packed: traces, wirings, printed lines.
 *
 *     a kind byte, then the bytes as they are ('r'), or LZ4 with the plain size before
 *     it as a varint (buf.h) ('z'), whichever is shorter
 *
 * Reading checks every length: a damaged blob is ERR_CORRUPT, never an overrun, and
 * never takes more than BLOB_MAX bytes. */
#ifndef PACKED_BYTES_H
#define PACKED_BYTES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"

enum { BLOB_MAX = 1 << 30 };

/* Appends to *out. */
int packed_bytes_pack(Buf *out, const void *p, size_t n, Err *err);
int packed_bytes_unpack(Buf *out, Slice packed, Err *err);

#endif
