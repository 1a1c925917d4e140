/* lz4_frame.h -- LZ4 frames, made and read a piece at a time.
 *
 * A frame made here has linked blocks of at most 256 KiB, each with a checksum
 * of its packed bytes, so a flipped bit is noticed even where it would unpack to
 * the same bytes.  It carries no size: the reader's caller must know from elsewhere how
 * much to expect, and stop there.
 * _new allocates, _free releases and accepts NULL.  No files, no Lua. */
#ifndef LZ4_FRAME_H
#define LZ4_FRAME_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

typedef struct Lz4Pack Lz4Pack;
typedef struct Lz4Unpack Lz4Unpack;

/* 1 when LZ4 brings these bytes below 7/8 of their size, else 0. */
int lz4_pays(const void *p, size_t n);

/* The three append what they made to *out: _begin once, _more any number of
 * times, _end once. */
int lz4_pack_new(Lz4Pack **out, Err *err);
int lz4_pack_begin(Lz4Pack *z, Buf *out, Err *err);
int lz4_pack_more(Lz4Pack *z, const void *p, size_t n, Buf *out, Err *err);
int lz4_pack_end(Lz4Pack *z, Buf *out, Err *err);
void lz4_pack_free(Lz4Pack *z);

/* A reader of one frame. */
int lz4_unpack_new(Lz4Unpack **out, Err *err);
/* Reads from the *taken bytes at in, writes into the *made bytes at out, and sets
 * both to what it used.  1 when the frame ended, 0 when it needs more input or room,
 * ERR_CORRUPT when this is not a valid frame. */
int lz4_unpack(Lz4Unpack *z, const void *in, size_t *taken, void *out, size_t *made,
               Err *err);
void lz4_unpack_free(Lz4Unpack *z);

#endif
