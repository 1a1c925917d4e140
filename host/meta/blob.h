/* blob.h -- bytes that the metadata keeps packed: traces, wirings, printed lines.
 *
 *     a kind byte, then the bytes as they are ('r'), or LZ4 with the plain size before
 *     it as a varint (buf.h) ('z'), whichever is shorter
 *
 * Reading checks every length: a damaged blob is ERR_CORRUPT, never an overrun, and
 * never takes more than BLOB_MAX bytes. */
#ifndef BLOB_H
#define BLOB_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"

enum { BLOB_MAX = 1 << 30 };

/* Appends to *out. */
int blob_pack(Buf *out, const void *p, size_t n, Err *err);
int blob_unpack(Buf *out, Slice packed, Err *err);

#endif
