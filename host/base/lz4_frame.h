/* lz4_frame.h -- LZ4 frames, made and read a piece at a time.
 *
 * A frame made here has linked blocks of at most 256 KiB, each with a checksum
 * of its packed bytes, so a flipped bit is noticed even where it would unpack to
 * the same bytes.  It carries no size: a reader must be told by other means how
 * much to expect, and stop there.
 * _new allocates, _free releases and accepts NULL.  No files, no Lua. */
#ifndef LZ4_FRAME_H
#define LZ4_FRAME_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

typedef struct LzPack LzPack;
typedef struct LzUnpack LzUnpack;

/* 1 when LZ4 brings these bytes below 7/8 of their size, else 0. */
int lz_pays(const void *p, size_t n);

/* The three append what they made to *out: _begin once, _more any number of
 * times, _end once. */
int lz_pack_new(LzPack **out, Err *err);
int lz_pack_begin(LzPack *z, Buf *out, Err *err);
int lz_pack_more(LzPack *z, const void *p, size_t n, Buf *out, Err *err);
int lz_pack_end(LzPack *z, Buf *out, Err *err);
void lz_pack_free(LzPack *z);

/* A reader of one frame. */
int lz_unpack_new(LzUnpack **out, Err *err);
/* Takes from the *taken bytes at in, puts into the *made bytes at out, and sets
 * both to what it used.  1 when the frame ended, 0 when it wants more of either,
 * ERR_CORRUPT when this is no good frame. */
int lz_unpack(LzUnpack *z, const void *in, size_t *taken, void *out, size_t *made,
              Err *err);
void lz_unpack_free(LzUnpack *z);

#endif
